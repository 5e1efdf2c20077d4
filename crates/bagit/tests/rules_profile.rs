//! The rules that profiles make.

mod bag;

use bag::{BagBuilder, accepted, refused};
use bagit::Serialization::{Tar, TarGzip, Zip};
use bagit::rules::*;
use digests::Algorithm::{Md5, Sha256, Sha512};

/// A bag with a profile that asks for these keys.
fn asked(keys: &str) -> BagBuilder {
    let keys = if keys.is_empty() { String::new() } else { format!(", {keys}") };
    BagBuilder::valid()
        .file("bag-info.txt", "Title: x\nTitle: y\nEmpty: \n")
        .profile(&format!(r#"{{"BagIt-Profile-Info": {{}}, "Accept-BagIt-Version": ["1.0"]{keys}}}"#))
}

#[test]
fn a_profile_that_asks_nothing_finds_nothing() {
    accepted(asked(""), &[]);
}

#[test]
fn serialization_may_be_forbidden_or_required() {
    accepted(asked(r#""Serialization": "forbidden""#), &[]);
    refused(asked(r#""Serialization": "forbidden""#).serialization(Tar), &[&SERIALIZATION_FORBIDDEN]);
    let required = r#""Serialization": "required", "Accept-Serialization": ["application/x-tar"]"#;
    refused(asked(required), &[&SERIALIZATION_REQUIRED]);
    accepted(asked(required).serialization(Tar), &[]);
    refused(asked(required).serialization(Zip), &[&SERIALIZATION_NOT_ACCEPTED]);
    accepted(asked(r#""Accept-Serialization": ["application/gzip"]"#).serialization(TarGzip), &[]);
}

#[test]
fn the_version_must_be_accepted() {
    let mut bag = BagBuilder::version("0.96");
    bag.profile = asked("").profile;
    refused(bag, &[&VERSION_NOT_ACCEPTED]);
}

#[test]
fn fetch_may_be_forbidden_or_required() {
    let fetch = "https://example.org/a 5 data/a.txt\n";
    refused(asked(r#""Allow-Fetch.txt": false"#).file("fetch.txt", fetch), &[&FETCH_NOT_ALLOWED]);
    refused(asked(r#""Fetch.txt-Required": true"#), &[&FETCH_REQUIRED]);
    accepted(asked(r#""Fetch.txt-Required": true"#).file("fetch.txt", fetch), &[]);
}

#[test]
fn manifests_may_be_required_or_forbidden() {
    refused(asked(r#""Manifests-Required": ["sha256"]"#), &[&MANIFEST_REQUIRED]);
    accepted(asked(r#""Manifests-Required": ["SHA-256"]"#).manifests(&[Sha256]), &[]);
    refused(asked(r#""Manifests-Allowed": ["sha256"]"#), &[&MANIFEST_NOT_ALLOWED]);
    let bag = |keys| asked(keys).tag_manifests(&[Md5]);
    refused(bag(r#""Tag-Manifests-Required": ["sha512"]"#), &[&TAG_MANIFEST_REQUIRED]);
    refused(bag(r#""Tag-Manifests-Allowed": ["sha512"]"#), &[&TAG_MANIFEST_NOT_ALLOWED]);
    accepted(asked(r#""Tag-Manifests-Required": ["sha512"]"#).tag_manifests(&[Sha512]), &[]);
}

#[test]
fn tag_files_may_be_required_or_forbidden() {
    refused(asked(r#""Tag-Files-Required": ["a/b.xml"]"#), &[&TAG_FILE_REQUIRED]);
    accepted(asked(r#""Tag-Files-Required": ["a/b.xml"]"#).file("a/b.xml", "x"), &[]);
    refused(asked(r#""Tag-Files-Allowed": ["a/*.xml"]"#).file("a/b.txt", "x"), &[&TAG_FILE_NOT_ALLOWED]);
    accepted(asked(r#""Tag-Files-Allowed": []"#), &[]);
    accepted(asked(r#""Tag-Files-Allowed": ["*"]"#).file("a/b.txt", "x"), &[]);
}

#[test]
fn payload_files_may_be_required_or_forbidden() {
    refused(asked(r#""Payload-Files-Required": ["data/b"]"#), &[&PAYLOAD_FILE_REQUIRED]);
    refused(asked(r#""Payload-Files-Allowed": ["data/*.tif"]"#), &[&PAYLOAD_FILE_NOT_ALLOWED]);
    accepted(asked(r#""Payload-Files-Allowed": ["data/*.txt"]"#), &[]);
}

#[test]
fn the_payload_may_have_to_be_empty() {
    let empty = r#""Data-Empty": true"#;
    refused(asked(empty), &[&PAYLOAD_NOT_EMPTY]);
    accepted(asked(empty).file("data/a.txt", ""), &[]);
    refused(asked(empty).file("data/a.txt", "").file("data/b.txt", ""), &[&PAYLOAD_NOT_EMPTY]);
    accepted(asked(empty).without("data/a.txt").empty_payload_folder(), &[&PAYLOAD_EMPTY]);
}

#[test]
fn tags_of_the_metadata_may_be_required_and_have_values() {
    let info = |name: &str, rule: &str| asked(&format!(r#""Bag-Info": {{"{name}": {rule}}}"#));
    refused(info("Other", r#"{"required": true}"#), &[&TAG_REQUIRED]);
    refused(info("empty", r#"{"required": true}"#), &[&TAG_EMPTY]);
    accepted(info("Empty", "{}"), &[]);
    accepted(info("TITLE", r#"{"required": true, "values": ["X", "Y"]}"#), &[]);
    refused(info("Title", r#"{"values": ["x"]}"#), &[&TAG_VALUE_NOT_ALLOWED]);
    refused(info("Title", r#"{"repeatable": false}"#), &[&TAG_NOT_REPEATABLE]);
    accepted(info("Other", r#"{"recommended": true}"#), &[&TAG_RECOMMENDED]);
}

#[test]
fn tags_of_any_file_may_be_required_and_have_values() {
    let tag = |rule: &str| asked(&format!(r#""Tags": [{{"tagFile": "own.txt", "tagName": "Colour"{rule}}}]"#));
    refused(tag(r#", "required": true"#), &[&TAG_REQUIRED]);
    refused(tag(r#", "required": true"#).file("own.txt", "Colour:\n"), &[&TAG_EMPTY]);
    accepted(tag(r#", "required": true, "emptyOk": true, "values": ["red"]"#).file("own.txt", "Colour:\n"), &[]);
    refused(tag(r#", "values": ["red"]"#).file("own.txt", "Colour: blue\n"), &[&TAG_VALUE_NOT_ALLOWED]);
    refused(tag("").file("own.txt", "nonsense\n"), &[&TAG_LINE_MALFORMED]);
}

#[test]
fn a_bag_that_names_another_profile_is_warned_of() {
    let profile = r#"{"BagIt-Profile-Info": {"BagIt-Profile-Identifier": "https://example.org/a.json"},
                      "Accept-BagIt-Version": ["1.0"]}"#;
    let bag = |named: &str| {
        BagBuilder::valid().file("bag-info.txt", format!("BagIt-Profile-Identifier: {named}\n")).profile(profile)
    };
    accepted(bag("https://example.org/a.json"), &[]);
    accepted(bag("https://example.org/b.json"), &[&PROFILE_IDENTIFIER_DIFFERS]);
}

fn aptrust(title: &str, access: &str, option: &str) -> BagBuilder {
    let text = format!("Title: {title}\nAccess: {access}\n{option}");
    BagBuilder::valid().file("aptrust-info.txt", text).serialization(Tar).built_in_profile("aptrust")
}

#[test]
fn aptrust_asks_for_title_access_and_a_known_storage_option() {
    accepted(aptrust("A", "Institution", ""), &[]);
    accepted(aptrust("A", "consortia", "Storage-Option: wasabi-tx\n"), &[]);
    refused(
        aptrust("", "Hands Off!", "Storage-Option: Cardboard-Box\n"),
        &[&TAG_EMPTY, &TAG_VALUE_NOT_ALLOWED, &TAG_VALUE_NOT_ALLOWED],
    );
    refused(aptrust("A", "Institution", "").without("aptrust-info.txt"), &[&TAG_REQUIRED, &TAG_REQUIRED]);
    refused(aptrust("A", "Institution", "").manifests(&[Sha256]), &[&MANIFEST_REQUIRED]);
    refused(aptrust("A", "Institution", "").serialization(Zip), &[&SERIALIZATION_NOT_ACCEPTED]);
    refused(aptrust("A", "Institution", "").without("bagit.txt"), &[&BAGIT_TXT_MISSING]);
    let fetch = "https://example.org/a 5 data/a.txt\n";
    refused(aptrust("A", "Institution", "").file("fetch.txt", fetch), &[&FETCH_NOT_ALLOWED]);
    refused(aptrust("A", "Institution", "").file("data/a\\u007fb", "x"), &[&NAME_CONTROL, &NAME_WINDOWS]);
}

#[test]
fn btr_asks_for_date_oxum_organization_and_itself() {
    let identifier =
        "https://raw.githubusercontent.com/dpscollaborative/btr_bagit_profile/master/btr-bagit-profile.json";
    let info = format!(
        "BagIt-Profile-Identifier: {identifier}\nBagging-Date: 2026-01-01\nPayload-Oxum: 5.1\nSource-Organization: U\n"
    );
    let bag = |info: &str| BagBuilder::valid().file("bag-info.txt", info).manifests(&[Sha512]).built_in_profile("btr");
    for serialization in [Tar, TarGzip, Zip] {
        accepted(bag(&info).serialization(serialization), &[]);
    }
    accepted(bag(&info), &[]);
    refused(bag(&format!("BagIt-Profile-Identifier: {identifier}\n")), &[&TAG_REQUIRED; 3]);
}
