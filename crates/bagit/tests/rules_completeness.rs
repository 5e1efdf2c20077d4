//! The rules about what is there, what is listed and whether it matches.

mod bag;

use bag::{BagBuilder, accepted, hex, refused};
use bagit::rules::*;
use digests::Algorithm::{Md5, Sha1, Sha256};

#[test]
fn a_bag_without_payload_folder_is_refused() {
    refused(BagBuilder::valid().without("data/a.txt"), &[&PAYLOAD_FOLDER_MISSING]);
}

#[test]
fn an_empty_payload_is_warned_of() {
    accepted(BagBuilder::valid().without("data/a.txt").empty_payload_folder(), &[&PAYLOAD_EMPTY]);
}

#[test]
fn an_empty_file_is_a_file() {
    accepted(BagBuilder::valid().file("data/empty", ""), &[]);
}

#[test]
fn a_listed_file_that_is_not_there_is_refused() {
    let line = format!("{}  data/b.txt", hex(Md5, b"x"));
    refused(BagBuilder::valid().line("manifest-md5.txt", &line), &[&PAYLOAD_FILE_MISSING]);
    // A manifest lists files, not folders.
    let line = format!("{}  data", hex(Md5, b"x"));
    refused(BagBuilder::valid().line("manifest-md5.txt", &line), &[&PATH_OUTSIDE_PAYLOAD]);
}

#[test]
fn all_missing_files_are_reported() {
    let bag = (0..4).fold(BagBuilder::valid(), |bag, number| {
        bag.line("manifest-md5.txt", &format!("{}  data/{number}", hex(Md5, b"x")))
    });
    refused(bag, &[&PAYLOAD_FILE_MISSING; 4]);
}

#[test]
fn a_listed_tag_file_that_is_not_there_is_refused() {
    let bag = BagBuilder::valid().tag_manifests(&[Md5]);
    refused(bag.line("tagmanifest-md5.txt", &format!("{}  bag-info.txt", hex(Md5, b"x"))), &[&TAG_FILE_MISSING]);
}

#[test]
fn a_payload_file_in_no_manifest_is_refused() {
    for version in ["0.97", "1.0"] {
        refused(BagBuilder::version(version).unlisted("data/extra", "x"), &[&PAYLOAD_FILE_UNLISTED]);
    }
}

#[test]
fn a_payload_file_in_one_manifest_of_two_is_forgiven_before_1_0() {
    let line = format!("{}  data/extra", hex(Sha256, b"x"));
    let bag = |version| {
        let bag = BagBuilder::version(version).manifests(&[Md5, Sha256]).unlisted("data/extra", "x");
        bag.line("manifest-sha256.txt", &line)
    };
    accepted(bag("0.97"), &[&PAYLOAD_FILE_LISTED_PARTLY]);
    refused(bag("1.0"), &[&PAYLOAD_FILE_UNLISTED]);
}

#[test]
fn a_tag_manifest_lists_every_payload_manifest() {
    let tag_manifest = |version: &str| {
        let text = format!("BagIt-Version: {version}\nTag-File-Character-Encoding: UTF-8\n");
        let line = format!("{}  bagit.txt\n", hex(Sha1, text.as_bytes()));
        BagBuilder::version(version).file("tagmanifest-sha1.txt", line)
    };
    refused(tag_manifest("1.0"), &[&MANIFEST_UNLISTED]);
    accepted(tag_manifest("0.97"), &[&MANIFEST_UNLISTED]);
    refused(tag_manifest("0.97").manifests(&[Sha1]), &[&MANIFEST_UNLISTED]);
}

#[test]
fn a_changed_payload_file_is_refused_with_both_digests() {
    let listed = format!("{}  data/a.txt\n", hex(Md5, b"hello"));
    let bag = BagBuilder::valid().file("data/a.txt", "hellO").file("manifest-md5.txt", listed);
    refused(bag.clone(), &[&PAYLOAD_DIGEST_WRONG]);
    let finding = bag.validate().findings.list.remove(0);
    assert_eq!(finding.path.as_deref(), Some("data/a.txt"));
    assert_eq!(finding.expected, Some(format!("md5 {}", hex(Md5, b"hello"))));
    assert_eq!(finding.seen, Some(format!("md5 {}", hex(Md5, b"hellO"))));
}

#[test]
fn a_tag_manifest_is_checked_whatever_its_algorithm() {
    let bag = BagBuilder::version("0.97").file("bag-info.txt", "A: 1\n").tag_manifests(&[Md5]);
    let wrong = format!("{}  bag-info.txt\n", hex(Sha256, b"other"));
    refused(bag.file("tagmanifest-sha256.txt", wrong), &[&TAG_DIGEST_WRONG, &MANIFEST_UNLISTED]);
}

#[test]
fn a_tag_file_need_not_be_listed() {
    accepted(BagBuilder::valid().tag_manifests(&[Md5]).unlisted("custom/notes.xml", "x"), &[]);
}

#[test]
fn a_file_without_digest_proves_nothing() {
    refused(BagBuilder::valid().unread("data/a.txt"), &[&DIGEST_NOT_COMPUTED]);
}

#[test]
fn what_the_package_reader_found_comes_first() {
    let mut bag = BagBuilder::valid().unlisted("data/extra", "x");
    bag.found.push(FOLDER_EMPTY.finding().at("data/empty"));
    let report = bag.validate();
    let codes: Vec<_> = report.findings.list.iter().map(|finding| finding.code.as_ref()).collect();
    assert_eq!(codes, [FOLDER_EMPTY.code, PAYLOAD_FILE_UNLISTED.code]);
}

#[test]
fn the_report_counts_and_names() {
    let bag = BagBuilder::valid().file("data/b", "12").file("bag-info.txt", "BagIt-Profile-Identifier: x\n");
    let report = bag.manifests(&[Md5, Sha256]).tag_manifests(&[Sha1]).validate();
    assert_eq!((report.payload_files, report.payload_bytes, report.tag_files), (2, 7, 5));
    assert_eq!((report.manifests.join(" "), report.tag_manifests.join(" ")), ("md5 sha256".into(), "sha1".into()));
    assert_eq!((report.version.as_deref(), report.encoding.as_deref()), (Some("1.0"), Some("UTF-8")));
    assert_eq!(report.profile_identifier.as_deref(), Some("x"));
    let json = serde_json::to_value(&report).expect("it is plain data");
    assert_eq!(json["payload_bytes"], 7);
}
