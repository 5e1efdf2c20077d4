//! Objects whose older inventories tell another history than the newest.

use digests::Algorithm;
use serde_json::json;

use crate::object::{A1, B, C, Object, hex, sha512};
use crate::{Case, case};

/// Writes the first version's inventory under sha256, as an object had that changed its algorithm later.
fn first_by_sha256(object: &mut Object) {
    let old = Object::of("urn:example:good", "1.1", Algorithm::Sha256);
    object.first = old.first;
}

pub const CASES: &[Case] = &[
    case("a content directory named later", &["E019"], |object| object.root["contentDirectory"] = json!("content")),
    case("a content directory that changes", &["E020", "E042"], |object| {
        object.first["contentDirectory"] = json!("data");
    }),
    case("a file that its version's manifest does not list", &["E023", "E050"], |object| {
        object.first["manifest"].as_object_mut().expect("it is an object").remove(&sha512(B));
    }),
    case("an older head that is another version", &["E040"], |object| object.first["head"] = json!("v2")),
    case("an older state with another path", &["E066"], |object| {
        object.first["versions"]["v1"]["state"][sha512(B)] = json!(["sub/other.txt"]);
    }),
    case("an older state with other content", &["E066"], |object| {
        object.first["versions"]["v1"]["state"] = json!({ sha512(A1): ["sub/b.txt"], sha512(B): ["a.txt"] });
    }),
    case("an older manifest with another digest", &["E066", "E092"], |object| {
        let text = object.first.to_string().replace(&sha512(B), &sha512(C));
        object.first = serde_json::from_str(&text).expect("it was JSON");
    }),
    case("an older manifest under another algorithm is allowed", &["W004"], first_by_sha256),
    case("an older manifest under another algorithm that errs", &["E092", "W004"], |object| {
        first_by_sha256(object);
        let text = object.first.to_string().replace(&hex(Algorithm::Sha256, B), &hex(Algorithm::Sha256, C));
        object.first = serde_json::from_str(&text).expect("it was JSON");
    }),
    case("an older state under another algorithm that errs", &["E066", "W004"], |object| {
        first_by_sha256(object);
        let (a, b) = (hex(Algorithm::Sha256, A1), hex(Algorithm::Sha256, B));
        object.first["versions"]["v1"]["state"] = json!({ a: ["sub/b.txt"], b: ["a.txt"] });
    }),
    case("an older fixity that errs", &["E093"], |object| {
        object.first["fixity"] = json!({ "sha1": { hex(Algorithm::Sha1, C): ["v1/content/a.txt"] } });
    }),
    case("a version of an earlier specification", &["E103"], |object| {
        // The object root's own inventory and the newest version's are of 1.0 then, as the declaration is.
        let first = object.first.clone();
        *object = Object::of("urn:example:good", "1.0", Algorithm::Sha512);
        object.first = first;
    }),
    case("an older version of an earlier specification is allowed", &[], |object| {
        object.first["type"] = json!("https://ocfl.io/1.0/spec/#inventory");
    }),
    case("an id that changes", &["E110"], |object| object.first["id"] = json!("urn:example:other")),
    case("a date that changes", &["W011"], |object| {
        object.first["versions"]["v1"]["created"] = json!("2025-11-01T10:20:30Z");
    }),
    case("a message that changes", &["W011"], |object| {
        object.first["versions"]["v1"]["message"] = json!("remembered otherwise");
    }),
];
