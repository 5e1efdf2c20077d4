//! Every kind of error that APTrust's validator knows, V01 to V19 and V21, each found by `strongroom bag validate`.
//!
//! V20 is an error of their cache and not of a bag; we have no such cache.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

#[path = "support/bag_command.rs"]
mod bag_command;
#[path = "support/hostile.rs"]
mod hostile;

use bag_command::{Place, Validated};
use digests::Algorithm::{Md5, Sha224, Sha256};
use hostile::bag_files::BagFiles;

/// Sealed as APTrust wants it.
fn sealed(files: BagFiles) -> BagFiles {
    files.seal(&[Md5], &[])
}

fn with_profile(file_name: &str, bytes: &[u8], profile: &str) -> Validated {
    let place = Place::new();
    let path = place.file(file_name, bytes);
    place.validate(&path, &["--profile", profile])
}

/// Validates a tar against APTrust's profile.
fn aptrust(files: &BagFiles) -> Validated {
    with_profile("bag.tar", &files.tar(), "aptrust")
}

/// Validates a tar against a profile of its own.
fn own(files: &BagFiles, rest: &str) -> Validated {
    let place = Place::new();
    let json = format!(r#"{{"BagIt-Profile-Info": {{}}, "Accept-BagIt-Version": ["1.0"], {rest}}}"#);
    let profile = place.file("profile.json", json);
    let bag = place.file("bag.tar", files.tar());
    place.validate(&bag, &["--profile", profile.to_str().unwrap()])
}

#[test]
fn a_bag_without_any_of_the_errors_is_valid() {
    aptrust(&sealed(BagFiles::aptrust())).check(0, None, "");
}

#[test]
fn v01_an_archive_where_the_profile_forbids_it() {
    own(&BagFiles::valid(), r#""Serialization": "forbidden""#).check(1, Some("BAG-201"), "");
}

#[test]
fn v02_a_folder_where_the_profile_wants_an_archive() {
    let place = Place::new();
    sealed(BagFiles::aptrust()).write_to(&place.path("bag"));
    place.validate(&place.path("bag"), &["--profile", "aptrust"]).check(1, Some("BAG-202"), "");
}

#[test]
fn v03_an_archive_of_a_form_that_the_profile_does_not_accept() {
    with_profile("bag.zip", &sealed(BagFiles::aptrust()).zip(), "aptrust").check(1, Some("BAG-203"), "application");
}

#[test]
fn v04_no_bagit_version_or_an_empty_one() {
    let encoding = "Tag-File-Character-Encoding: UTF-8\n";
    for first in ["", "BagIt-Version:\n", "BagIt-Version: \n"] {
        let files = BagFiles::aptrust().file("bagit.txt", format!("{first}{encoding}"));
        aptrust(&sealed(files)).check(1, Some("BAG-003"), "bagit.txt");
    }
}

#[test]
fn v05_a_bagit_version_that_the_profile_does_not_accept() {
    let files = BagFiles::aptrust().edit("bagit.txt", |text| text.replace("1.0", "0.96"));
    aptrust(&sealed(files)).check(1, Some("BAG-204"), "0.96");
}

#[test]
fn v06_a_fetch_file_where_the_profile_forbids_it() {
    let files = BagFiles::aptrust().file("fetch.txt", "https://example.org/a.txt 5 data/a.txt\n");
    aptrust(&sealed(files)).check(1, Some("BAG-205"), "fetch.txt");
}

#[test]
fn v07_a_payload_manifest_of_a_forbidden_algorithm() {
    aptrust(&BagFiles::aptrust().seal(&[Md5, Sha224], &[])).check(1, Some("BAG-207"), "sha224");
}

#[test]
fn v08_a_tag_file_that_the_profile_forbids() {
    let files = BagFiles::plain().file("notes/mine.txt", "x").seal(&[Md5], &[]);
    own(&files, r#""Tag-Files-Allowed": ["bag-info.txt"]"#).check(1, Some("BAG-211"), "notes/mine.txt");
}

#[test]
fn v09_a_tag_manifest_of_a_forbidden_algorithm() {
    aptrust(&BagFiles::aptrust().seal(&[Md5], &[Sha224])).check(1, Some("BAG-209"), "sha224");
}

#[test]
fn v10_a_payload_manifest_that_the_profile_wants_is_missing() {
    aptrust(&BagFiles::aptrust().seal(&[Sha256], &[])).check(1, Some("BAG-208"), "md5");
}

#[test]
fn v11_no_payload_manifest_at_all() {
    aptrust(&BagFiles::aptrust()).check(1, Some("BAG-031"), "");
}

#[test]
fn v12_a_tag_manifest_that_the_profile_wants_is_missing() {
    let rest = r#""Tag-Manifests-Required": ["sha512"]"#;
    own(&BagFiles::valid(), rest).check(1, Some("BAG-210"), "sha512");
}

#[test]
fn v13_a_tag_that_the_profile_wants_is_missing() {
    let files = BagFiles::aptrust().file("aptrust-info.txt", "Title: Letters\n");
    aptrust(&sealed(files)).check(1, Some("BAG-216"), "Access");
}

#[test]
fn v14_a_tag_that_the_profile_wants_is_empty() {
    let files = BagFiles::aptrust().file("aptrust-info.txt", "Title:\nAccess: Institution\n");
    aptrust(&sealed(files)).check(1, Some("BAG-217"), "Title");
}

#[test]
fn v15_a_tag_has_a_value_that_is_not_in_the_list() {
    let files = BagFiles::aptrust().file("aptrust-info.txt", "Title: Letters\nAccess: Nobody\n");
    aptrust(&sealed(files)).check(1, Some("BAG-218"), "Nobody");
}

#[test]
fn v16_control_characters_in_a_name() {
    for (name, shown) in [("data/a\tb", "a\tb"), ("data/a\nb", "a\nb"), ("data/a\u{7f}b", "b"), ("data/a\u{85}b", "b")]
    {
        let validated = aptrust(&sealed(BagFiles::aptrust().file(name, "x")));
        // What a tar may not hold at all is refused before the profile is asked.
        let code = if name.contains('\u{7f}') { "BAG-130" } else { "BAG-081" };
        validated.check(1, Some(code), shown);
    }
}

#[test]
fn v16_control_characters_written_out_in_a_name() {
    let files = sealed(BagFiles::aptrust().file("data/a\\u0007b", "x"));
    aptrust(&files).check(1, Some("BAG-081"), "u0007");
}

#[test]
fn v17_a_file_that_a_manifest_lists_is_missing() {
    let files = sealed(BagFiles::aptrust().file("data/b.txt", "x")).without("data/b.txt");
    aptrust(&files).check(1, Some("BAG-063"), "data/b.txt");
}

#[test]
fn v17_a_tag_file_that_a_tag_manifest_lists_is_missing() {
    let files = BagFiles::aptrust().seal(&[Md5], &[Md5]).without("bag-info.txt");
    aptrust(&files).check(1, Some("BAG-064"), "bag-info.txt");
}

#[test]
fn v18_a_payload_file_that_no_manifest_lists() {
    aptrust(&sealed(BagFiles::aptrust()).file("data/new.txt", "x")).check(1, Some("BAG-065"), "data/new.txt");
}

#[test]
fn v18_a_manifest_that_a_tag_manifest_does_not_list() {
    let files = BagFiles::aptrust().seal(&[], &[Md5]).seal(&[Md5], &[]);
    aptrust(&files).check(1, Some("BAG-067"), "manifest-md5.txt");
}

#[test]
fn v19_a_payload_file_with_another_digest() {
    let files = sealed(BagFiles::aptrust()).file("data/a.txt", "jello");
    let validated = aptrust(&files);
    validated.check(1, Some("BAG-068"), "data/a.txt");
    let finding = validated.findings().iter().find(|finding| finding["code"] == "BAG-068").unwrap();
    assert_eq!(finding["expected"], "md5 5d41402abc4b2a76b9719d911017c592");
    assert_eq!(finding["seen"], "md5 7aa6991a62353dd2761280cf592542dc");
}

#[test]
fn v19_a_tag_file_with_another_digest() {
    let files = BagFiles::aptrust().seal(&[Md5], &[Md5]).edit("bag-info.txt", |text| text + "Contact-Name: B\n");
    aptrust(&files).check(1, Some("BAG-069"), "bag-info.txt");
}

#[test]
fn v21_too_many_errors_are_all_counted() {
    let digest = "0".repeat(32);
    let missing = 100_500;
    let lines: String = (0..missing).map(|number| format!("{digest}  data/{number}\n")).collect();
    let files = sealed(BagFiles::aptrust()).edit("manifest-md5.txt", |text| text + &lines);
    let validated = aptrust(&files);
    validated.check(1, Some("BAG-063"), "data/7");
    let found = &validated.json["findings"];
    assert_eq!(found["errors"], missing);
    assert_eq!(found["not_kept"], 500);
    assert_eq!(validated.findings().len(), findings::FINDINGS_MAX);
}
