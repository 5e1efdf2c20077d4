//! Objects with something wrong in the inventory itself.

use digests::Algorithm;
use serde_json::{Value, json};

use crate::memory_tree::Node;
use crate::object::{A1, A2, B, C, Object, hex, remove_key, rename_key, sha512};
use crate::{Case, case};

fn set_both(object: &mut Object, key: &str, value: Value) {
    object.both(|inventory| inventory[key] = value.clone());
}

fn state(object: &mut Object) -> &mut Value {
    &mut object.root["versions"]["v2"]["state"]
}

/// Renames a version in the root inventory and on disk, so that only the naming is wrong.
fn rename_newest(object: &mut Object, name: &'static str) {
    object.rename_version("v2", name);
    let text = object.root.to_string().replace("v2/content", &format!("{name}/content"));
    object.root = serde_json::from_str(&text).expect("it was JSON");
    rename_key(&mut object.root["versions"], "v2", name);
    object.root["head"] = json!(name);
}

fn rename_first(object: &mut Object, name: &'static str) {
    object.rename_version("v1", name);
    object.both(|inventory| {
        let text = inventory.to_string().replace("v1/content", &format!("{name}/content"));
        *inventory = serde_json::from_str(&text).expect("it was JSON");
        rename_key(&mut inventory["versions"], "v1", name);
    });
    object.first["head"] = json!(name);
}

/// Writes the root inventory with a text put in the place of another.
fn replace_text(object: &mut Object, from: &str, to: &str) {
    let text = object.root.to_string();
    assert!(text.contains(from), "{from}");
    object.text = Some(text.replacen(from, to, 1).into_bytes());
}

pub const CASES: &[Case] = &[
    case("no versions", &["E008", "E036"], |object| {
        *object = Object::good();
        object.root = json!({
            "id": "urn:example:good", "type": "https://ocfl.io/1.1/spec/#inventory", "digestAlgorithm": "sha512",
            "manifest": { sha512(A1): ["v1/content/a.txt"] }, "versions": {},
        });
        object.tree.remove("v1");
        object.tree.remove("v2");
        object.versions.clear();
    }),
    case("versions that start with two", &["E009", "W010"], |object| {
        rename_newest(object, "v3");
        object.rename_version("v1", "v2");
        let text = object.root.to_string().replace("v1/content", "v2/content");
        object.root = serde_json::from_str(&text).expect("it was JSON");
        rename_key(&mut object.root["versions"], "v1", "v2");
        for path in ["inventory.json", "inventory.json.sha512"] {
            object.finally(&format!("v2/{path}"), None);
            object.finally(&format!("v3/{path}"), None);
        }
    }),
    case("a gap between versions", &["E010"], |object| rename_newest(object, "v3")),
    case("a padded number outgrown", &["E011", "E013", "W001", "W010"], |object| {
        rename_first(object, "v01");
        rename_newest(object, "v10");
        let text = object.root.to_string();
        let mut root: Value = serde_json::from_str(&text).expect("it was JSON");
        let newest = root["versions"]["v10"].clone();
        for number in 2..10 {
            root["versions"][format!("v{number:02}")] = newest.clone();
            object.tree.0.insert(format!("v{number:02}"), Node::Directory);
        }
        object.root = root;
    }),
    case("numbers of two manners", &["E012", "E013", "W001"], |object| rename_first(object, "v01")),
    case("a path with another version name", &["E014", "E023", "E092"], |object| {
        object.root["manifest"][sha512(C)] = json!(["v02/content/c.txt"]);
    }),
    case("a content directory with a slash", &["E017"], |object| set_both(object, "contentDirectory", json!("a/b"))),
    case("a content directory of two dots", &["E018"], |object| set_both(object, "contentDirectory", json!(".."))),
    case("a content directory of no letters", &["E108"], |object| set_both(object, "contentDirectory", json!(""))),
    case("content addressed by md5", &["E025"], |object| {
        *object = Object::of("urn:example:good", "1.1", Algorithm::Md5);
        remove_key(&mut object.root, "fixity");
    }),
    case("a sha1 digest of another length", &["E029"], |object| {
        object.root["fixity"]["sha1"] = json!({ "abcd": ["v1/content/sub/b.txt"] });
    }),
    case("a sha256 digest that is no hexadecimal", &["E030"], |object| {
        object.root["fixity"]["sha256"] = json!({ "x".repeat(64): ["v1/content/sub/b.txt"] });
    }),
    case("a sha512 digest that is no hexadecimal", &["E023", "E031", "E050"], |object| {
        rename_key(&mut object.root["manifest"], &sha512(C), &"x".repeat(128));
    }),
    case("a blake2b digest of another length", &["E032"], |object| {
        object.root["fixity"]["blake2b-512"] = json!({ "abcd": ["v1/content/sub/b.txt"] });
    }),
    case("a broken JSON", &["E033"], |object| replace_text(object, "}}", "}")),
    case("a JSON that is no object", &["E033"], |object| object.text = Some(b"[]".to_vec())),
    case("a JSON with something behind it", &["E033"], |object| {
        object.text = Some(format!("{} x", object.root).into_bytes());
    }),
    case("a JSON that is not UTF-8", &["E033"], |object| object.text = Some(b"{\"id\":\"\xff\"}".to_vec())),
    case("a key twice", &["E033"], |object| replace_text(object, "\"head\":\"v2\"", "\"head\":\"v2\",\"head\":\"v2\"")),
    case("a content path with backslashes", &["E023", "E035", "E092"], |object| {
        object.root["manifest"][sha512(C)] = json!(["v2\\content\\c.txt"]);
    }),
    case("no id", &["E036"], |object| object.both(|inventory| remove_key(inventory, "id"))),
    case("no type", &["E036"], |object| remove_key(&mut object.root, "type")),
    case("no algorithm", &["E036"], |object| remove_key(&mut object.root, "digestAlgorithm")),
    case("no head", &["E036"], |object| remove_key(&mut object.root, "head")),
    case("an empty id", &["E037"], |object| set_both(object, "id", json!(""))),
    case("an id that is no text", &["E037"], |object| set_both(object, "id", json!(7))),
    case("a type of an older specification", &["E038", "E103"], |object| {
        object.root["type"] = json!("https://ocfl.io/1.0/spec/#inventory");
    }),
    case("a type of no specification", &["E038"], |object| object.root["type"] = json!("https://example.org/")),
    case("digests of another algorithm", &["E039", "W004", "W010"], |object| {
        object.both(|inventory| inventory["digestAlgorithm"] = json!("sha256"));
        object.algorithm = Algorithm::Sha256;
        object.tree.0.retain(|path, _| path.starts_with("0="));
        object.versions.clear();
        object.root["versions"] = json!({ "v1": object.root["versions"]["v1"] });
        object.root["versions"]["v1"]["state"] = json!({ sha512(A1): ["a.txt"] });
        object.root["manifest"] = json!({ sha512(A1): ["v1/content/a.txt"] });
        object.root["head"] = json!("v1");
        remove_key(&mut object.root, "fixity");
        object.tree.0.insert("v1".to_owned(), Node::Directory);
    }),
    case("a head that is not the newest", &["E040"], |object| object.root["head"] = json!("v1")),
    case("a head that is a number", &["E040"], |object| object.root["head"] = json!(2)),
    case("no manifest", &["E041"], |object| remove_key(&mut object.root, "manifest")),
    case("no block of versions", &["E041"], |object| remove_key(&mut object.root, "versions")),
    case("a content path out of the content directory", &["E015", "E042", "E092"], |object| {
        object.root["manifest"][sha512(C)] = json!(["v2/c.txt"]);
        object.tree.remove("v2/content/c.txt");
        object.tree.put("v2/c.txt", C);
    }),
    case("versions that are a list", &["E044"], |object| object.root["versions"] = json!([])),
    case("a version that is a text", &["E047", "E107"], |object| object.root["versions"]["v2"] = json!("v2")),
    case("a version without date", &["E048"], |object| remove_key(&mut object.root["versions"]["v2"], "created")),
    case("a version without state", &["E048", "E107"], |object| {
        remove_key(&mut object.root["versions"]["v2"], "state")
    }),
    case("a date without zone", &["E049"], |object| {
        object.root["versions"]["v2"]["created"] = json!("2026-11-02T10:20:30");
    }),
    case("a date without seconds", &["E049"], |object| {
        object.root["versions"]["v2"]["created"] = json!("2026-11-02T10:20Z");
    }),
    case("a date that is a number", &["E049"], |object| object.root["versions"]["v2"]["created"] = json!(2026)),
    case("a digest of a state that is not in the manifest", &["E050"], |object| {
        state(object)[sha512(b"unheard of")] = json!(["d.txt"]);
    }),
    case("a digest of a state in capitals", &["E050"], |object| {
        rename_key(state(object), &sha512(C), &sha512(C).to_uppercase());
    }),
    case("a digest of the manifest in capitals", &["E050"], |object| {
        rename_key(&mut object.root["manifest"], &sha512(C), &sha512(C).to_uppercase());
    }),
    case("a digest of a state in two spellings", &["E050"], |object| {
        state(object)[sha512(C).to_uppercase()] = json!(["d.txt"]);
    }),
    case("a state that is a list", &["E050", "E107"], |object| *state(object) = json!([])),
    case("a state without lists", &["E050"], |object| state(object)[sha512(C)] = json!("c.txt")),
    case("a logical path that is a number", &["E051"], |object| state(object)[sha512(C)] = json!(["c.txt", 7])),
    case("a logical path with dots", &["E052"], |object| state(object)[sha512(C)] = json!(["../c.txt", "a/./b"])),
    case("a logical path with an empty element", &["E052"], |object| state(object)[sha512(C)] = json!(["c//c.txt"])),
    case("a logical path that begins with a slash", &["E053"], |object| state(object)[sha512(C)] = json!(["/c.txt"])),
    case("a logical path that ends with a slash", &["E053"], |object| state(object)[sha512(C)] = json!(["c/"])),
    case("an empty logical path", &["E053"], |object| state(object)[sha512(C)] = json!([""])),
    case("a user that is a text", &["E054"], |object| object.root["versions"]["v2"]["user"] = json!("me")),
    case("a user without name", &["E054"], |object| remove_key(&mut object.root["versions"]["v2"]["user"], "name")),
    case("fixity of an unheard-of algorithm", &["E056"], |object| object.root["fixity"]["crc17"] = json!({})),
    case("fixity that is a text", &["E057"], |object| object.root["fixity"]["md5"] = json!("x")),
    case("fixity without lists", &["E057"], |object| {
        object.root["fixity"]["md5"] = json!({ hex(Algorithm::Md5, B): "v1/content/sub/b.txt" });
    }),
    case("fixity of a path that is not in the manifest", &["E057"], |object| {
        object.root["fixity"]["md5"] = json!({ hex(Algorithm::Md5, B): ["v1/content/none.txt"] });
    }),
    case("a manifest without lists", &["E023", "E092"], |object| object.root["manifest"][sha512(C)] = json!("c.txt")),
    case("a digest of the manifest without paths", &["E023", "E092"], |object| {
        object.root["manifest"][sha512(C)] = json!([]);
    }),
    case("a digest of a state without paths", &["E107"], |object| state(object)[sha512(C)] = json!([])),
    case("fixity of another digest", &["E093"], |object| {
        object.root["fixity"]["md5"] = json!({ hex(Algorithm::Md5, C): ["v1/content/sub/b.txt"] });
    }),
    case("a message that is a number", &["E094"], |object| object.root["versions"]["v2"]["message"] = json!(7)),
    case("a logical path twice", &["E095"], |object| state(object)[sha512(C)] = json!(["c.txt", "a.txt"])),
    case("a logical path that is a folder", &["E095"], |object| state(object)[sha512(C)] = json!(["c.txt", "sub"])),
    case("a digest of the manifest in two spellings", &["E096"], |object| {
        let copy = "v2/content/copy.txt";
        object.root["manifest"][sha512(C).to_uppercase()] = json!([copy]);
        object.tree.put(copy, C);
    }),
    case("a digest of the fixity in two spellings", &["E097"], |object| {
        let digest = hex(Algorithm::Md5, A1);
        object.root["fixity"]["md5"] = json!({ &digest: ["v1/content/a.txt"], digest.to_uppercase(): [] });
    }),
    case("a content path that is a number", &["E098"], |object| {
        object.root["manifest"][sha512(C)] = json!(["v2/content/c.txt", 7]);
    }),
    case("a content path with dots", &["E099"], |object| {
        object.root["manifest"][sha512(C)] = json!(["v2/content/c.txt", "v2/content/../c.txt"]);
    }),
    case("a content path with slashes around", &["E100"], |object| {
        object.root["manifest"][sha512(C)] = json!(["v2/content/c.txt", "/v2/content/c.txt", "v2/content/c.txt/"]);
    }),
    case("a content path twice", &["E101"], |object| {
        object.root["manifest"][sha512(C)] = json!(["v2/content/c.txt", "v2/content/c.txt"]);
    }),
    case("a content path that is a folder", &["E092", "E101"], |object| {
        object.root["manifest"][sha512(B)] = json!(["v1/content/sub/b.txt", "v1/content/sub"]);
    }),
    case("a key that nobody knows", &["E102"], |object| object.root["colour"] = json!("red")),
    case("a key of a version that nobody knows", &["E102"], |object| {
        object.root["versions"]["v2"]["colour"] = json!("red");
    }),
    case("a version without v", &["E042", "E064", "E092", "E104"], |object| {
        rename_key(&mut object.root["versions"], "v2", "2");
        object.root["head"] = json!("v1");
        let text = object.root.to_string().replace("v2/content", "2/content");
        object.root = serde_json::from_str(&text).expect("it was JSON");
        object.finally("v2", None);
    }),
    case("a version of number zero", &["E105"], |object| {
        let newest = object.root["versions"]["v2"].clone();
        object.root["versions"]["v0"] = newest;
    }),
    case("a manifest that is a list", &["E106"], |object| object.root["manifest"] = json!([])),
    case("a digest of the manifest that no version uses", &["E107"], |object| {
        let path = "v2/content/unused.txt";
        object.root["manifest"][sha512(b"unused")] = json!([path]);
        object.tree.put(path, "unused");
    }),
    case("fixity that is a list", &["E111"], |object| object.root["fixity"] = json!([])),
    case("padded numbers", &["W001"], |object| {
        rename_first(object, "v001");
        rename_newest(object, "v002");
    }),
    case("a version without files that has content", &["W003"], |object| {
        let (a, b) = (sha512(A1), sha512(B));
        object.root["manifest"] = json!({ &a: ["v1/content/a.txt"], &b: ["v1/content/sub/b.txt"] });
        *state(object) = json!({ a: ["a.txt"] });
        object.tree.remove("v2/content");
        object.tree.0.insert("v2/content".to_owned(), Node::Directory);
    }),
    case("an id that is no URI", &["W005"], |object| set_both(object, "id", json!("simple"))),
    case("a version without message and user", &["W007"], |object| {
        for key in ["message", "user"] {
            remove_key(&mut object.root["versions"]["v2"], key);
        }
    }),
    case("a user without address", &["W008"], |object| {
        remove_key(&mut object.root["versions"]["v2"]["user"], "address");
    }),
    case("an address that is no URI", &["W009"], |object| {
        object.root["versions"]["v2"]["user"]["address"] = json!("1 Archive Street");
    }),
    case("content kept twice is allowed", &[], |object| {
        object.root["manifest"][sha512(A2)] = json!(["v2/content/a.txt", "v2/content/again.txt"]);
        object.tree.put("v2/content/again.txt", A2);
    }),
];
