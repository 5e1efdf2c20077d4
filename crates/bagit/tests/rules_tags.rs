//! The rules about tag files and metadata.

mod bag;

use bag::{BagBuilder, accepted, refused};
use bagit::rules::*;
use bagit::tag::{TAG_LINE_BYTES_MAX, TAGS_MAX};

fn info(text: impl AsRef<[u8]>) -> BagBuilder {
    BagBuilder::valid().file("bag-info.txt", text)
}

#[test]
fn a_byte_order_mark_in_a_tag_file_is_warned_of() {
    accepted(info("\u{feff}Title: x\n"), &[&TAG_FILE_BOM]);
}

#[test]
fn a_tag_file_must_be_in_the_declared_encoding() {
    refused(info(b"Title: caf\xe9\n"), &[&TAG_FILE_UNDECODABLE]);
}

#[test]
fn a_line_that_is_no_tag_is_refused_in_the_metadata_only() {
    refused(info("nonsense\n"), &[&TAG_LINE_MALFORMED]);
    accepted(BagBuilder::valid().file("readme.txt", "nonsense\n"), &[]);
}

#[test]
fn sizes_of_tag_files_have_bounds() {
    refused(info("A: 1\n").size("bag-info.txt", 17 << 20), &[&TAG_FILE_TOO_LARGE]);
    refused(info("A: 1\n".repeat(TAGS_MAX + 1)), &[&TAGS_TOO_MANY]);
    refused(info(format!("A: {}\n", "x".repeat(TAG_LINE_BYTES_MAX))), &[&TAG_LINE_TOO_LONG]);
    refused(info(format!("A: 1\n{}", format!(" {}\n", "y".repeat(60_000)).repeat(20))), &[&TAG_VALUE_TOO_LONG]);
}

#[test]
fn a_tag_that_should_stand_once_is_warned_of_when_repeated() {
    accepted(info("Bagging-Date: 2026-01-01\nbagging-date: 2026-01-02\n"), &[&TAG_REPEATED]);
    accepted(info("Contact-Name: A\nContact-Name: B\n"), &[]);
}

#[test]
fn the_oxum_is_two_numbers_and_right() {
    accepted(info("Payload-Oxum: 5.1\n"), &[]);
    for malformed in ["5", "5.1.2", "5 bytes", "", "+5.1", "99999999999999999999999.1"] {
        refused(info(format!("Payload-Oxum: {malformed}\n")), &[&OXUM_MALFORMED]);
    }
    refused(info("Payload-Oxum: 6.1\n"), &[&OXUM_WRONG]);
    refused(info("Payload-Oxum: 5.2\n"), &[&OXUM_WRONG]);
}

#[test]
fn the_oxum_stands_once() {
    let twice = "Payload-Oxum: 5.1\nPayload-Oxum: 5.1\n";
    refused(info(twice), &[&OXUM_REPEATED]);
    accepted(BagBuilder::version("0.97").file("bag-info.txt", twice), &[&OXUM_REPEATED]);
}

#[test]
fn the_oldest_bags_have_their_metadata_in_another_file() {
    refused(BagBuilder::version("0.95").file("package-info.txt", "Payload-Oxum: 6.1\n"), &[&OXUM_WRONG]);
    accepted(BagBuilder::version("0.95").file("bag-info.txt", "Payload-Oxum: 6.1\n"), &[]);
}

#[test]
fn unusual_spaces_around_the_colon_are_warned_of() {
    accepted(info("Title : x\n"), &[&TAG_SPACING]);
}

#[test]
fn a_tag_file_that_cannot_be_read_is_refused() {
    refused(info("A: 1\n").unkept("bag-info.txt"), &[&TAG_FILE_UNREADABLE]);
    refused(BagBuilder::valid().unkept("bagit.txt"), &[&TAG_FILE_UNREADABLE]);
}

#[test]
fn the_report_has_the_tags_in_order_and_with_their_files() {
    let bag = info("Title: a:b\n c\nTitle: second\n").file("aptrust-info.txt", "Access: Consortia\n");
    let report = bag.file("notes.txt", "not a tag file\n").validate();
    let tags: Vec<_> =
        report.tags.iter().map(|tag| (tag.file.as_str(), tag.name.as_str(), tag.value.as_str())).collect();
    assert_eq!(
        tags,
        [
            ("bagit.txt", "BagIt-Version", "1.0"),
            ("bagit.txt", "Tag-File-Character-Encoding", "UTF-8"),
            ("bag-info.txt", "Title", "a:b c"),
            ("bag-info.txt", "Title", "second"),
            ("aptrust-info.txt", "Access", "Consortia"),
        ]
    );
    assert_eq!(report.tag("bag-info.txt", "TITLE"), Some("a:b c"));
}
