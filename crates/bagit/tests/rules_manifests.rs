//! The rules about the form of manifests.

mod bag;

use bag::{BagBuilder, accepted, check, hex, refused};
use bagit::manifest::MANIFEST_LINE_BYTES_MAX;
use bagit::rules::*;
use digests::Algorithm::{Md5, Sha1, Sha256, Sha512};

const MANIFEST: &str = "manifest-md5.txt";

fn hello() -> String {
    hex(Md5, b"hello")
}

/// A bag of 1.0 whose manifest is written by the test.
fn listed(text: impl AsRef<[u8]>) -> BagBuilder {
    BagBuilder::valid().file(MANIFEST, text)
}

fn old_listed(text: impl AsRef<[u8]>) -> BagBuilder {
    BagBuilder::version("0.97").file(MANIFEST, text)
}

#[test]
fn a_bag_without_payload_manifest_is_refused() {
    refused(BagBuilder::valid().manifests(&[]), &[&MANIFEST_MISSING]);
}

#[test]
fn a_manifest_of_an_unknown_algorithm_is_warned_of() {
    let bag = BagBuilder::valid().file("manifest-crc32.txt", "3610a686  data/a.txt\n");
    accepted(bag.clone(), &[&ALGORITHM_UNKNOWN]);
    refused(bag.manifests(&[]), &[&ALGORITHM_UNKNOWN, &NO_MANIFEST_CHECKED]);
}

#[test]
fn every_algorithm_that_we_compute_can_be_checked() {
    for algorithm in digests::Algorithm::all() {
        accepted(BagBuilder::valid().manifests(&[algorithm]).tag_manifests(&[algorithm]), &[]);
        let wrong = format!("{}  data/a.txt\n", hex(algorithm, b"other"));
        let bag = BagBuilder::valid().file(&format!("manifest-{algorithm}.txt"), wrong).manifests(&[algorithm]);
        refused(bag, &[&PAYLOAD_DIGEST_WRONG]);
    }
}

#[test]
fn a_line_without_path_is_refused_and_the_next_is_read() {
    refused(listed(format!("abc\n{}  data/a.txt\n", hello())), &[&MANIFEST_LINE_MALFORMED]);
}

#[test]
fn blank_lines_and_comments_are_warned_of_once() {
    accepted(listed(format!("# made by hand\n\n{}  data/a.txt\n\n", hello())), &[&MANIFEST_LINE_EMPTY]);
}

#[test]
fn a_line_over_64_kib_is_refused_and_the_next_is_read() {
    let long = format!("{}  data/{}\n{}  data/a.txt\n", hello(), "x".repeat(MANIFEST_LINE_BYTES_MAX), hello());
    refused(listed(long), &[&MANIFEST_LINE_TOO_LONG]);
}

#[test]
fn a_digest_of_wrong_length_or_characters_is_refused() {
    for digest in ["abc", &"g".repeat(32), &hex(Sha1, b"hello"), &"é".repeat(16)] {
        refused(listed(format!("{digest}  data/a.txt\n")), &[&DIGEST_MALFORMED]);
    }
}

#[test]
fn digests_in_upper_case_are_welcome() {
    accepted(listed(format!("{}  data/a.txt\n", hello().to_uppercase())), &[]);
}

#[test]
fn all_line_ends_are_welcome_in_a_manifest() {
    for end in ["\r\n", "\r", "\n", ""] {
        accepted(listed(format!("{}  data/a.txt{end}", hello())), &[]);
    }
}

#[test]
fn a_byte_order_mark_in_a_manifest_is_warned_of() {
    accepted(listed(format!("\u{feff}{}  data/a.txt\n", hello())), &[&MANIFEST_BOM]);
}

#[test]
fn a_path_listed_twice_with_the_same_digest_is_forgiven_before_1_0() {
    let twice = format!("{0}  data/a.txt\n{0}  data/a.txt\n", hello());
    accepted(old_listed(&twice), &[&ENTRY_REPEATED]);
    refused(listed(&twice), &[&ENTRY_REPEATED]);
}

#[test]
fn a_path_listed_with_two_digests_is_refused() {
    let other = hex(Md5, b"other");
    for bag in [
        old_listed(format!("{}  data/a.txt\n{other}  data/a.txt\n", hello())),
        listed(format!("{}  data/a.txt\n{other}  data/a.txt\n", hello())),
    ] {
        refused(bag, &[&ENTRY_CONFLICTING]);
    }
    let wrong_first = format!("{other}  data/a.txt\n{}  data/a.txt\n", hello());
    refused(listed(wrong_first), &[&ENTRY_CONFLICTING, &PAYLOAD_DIGEST_WRONG]);
    let missing = format!("{0}  data/a.txt\n{0}  data/b\n{other}  data/b\n", hello());
    refused(listed(missing), &[&ENTRY_CONFLICTING, &PAYLOAD_FILE_MISSING]);
}

#[test]
fn the_marks_of_md5sum_are_forgiven_with_a_warning() {
    accepted(listed(format!("{} *data/a.txt\n", hello())), &[&LEGACY_MARKS]);
    let bag = BagBuilder::valid()
        .file("data/b\\c", "x")
        .file(MANIFEST, format!("{}  data/a.txt\n\\{}  data/b\\\\c\n", hello(), hex(Md5, b"x")));
    accepted(bag, &[&LEGACY_MARKS, &NAME_WINDOWS]);
}

#[test]
fn a_leading_dot_is_forgiven_with_a_warning() {
    accepted(listed(format!("{}  ./data/a.txt\n", hello())), &[&MANIFEST_LEADING_DOT]);
    accepted(listed(format!("{} *./data/a.txt\n", hello())), &[&LEGACY_MARKS, &MANIFEST_LEADING_DOT]);
}

#[test]
fn a_path_that_leads_out_is_refused_and_not_followed() {
    for path in ["/etc/passwd", "../x", "data/../../x", "~/x", "C:\\x", "\\\\server\\x", "data/..%2F../x"] {
        let bag = listed(format!("{0}  data/a.txt\n{0}  {path}\n", hello()));
        let rule = if path.contains("%2F") { PAYLOAD_FILE_MISSING } else { PATH_UNSAFE };
        refused(bag, &[&rule]);
    }
}

#[test]
fn backslashes_for_slashes_are_refused() {
    refused(listed(format!("{}  data\\a.txt\n", hello())), &[&PATH_BACKSLASH]);
}

#[test]
fn a_payload_manifest_lists_nothing_outside_the_payload() {
    let declaration = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";
    refused(
        BagBuilder::valid().line(MANIFEST, &format!("{}  bagit.txt", hex(Md5, declaration))),
        &[&PATH_OUTSIDE_PAYLOAD],
    );
    refused(BagBuilder::valid().line(MANIFEST, &format!("{}  nowhere.txt", hello())), &[&PATH_OUTSIDE_PAYLOAD]);
}

#[test]
fn a_tag_manifest_that_lists_payload_or_tag_manifests_is_warned_of() {
    let bag = BagBuilder::valid().tag_manifests(&[Md5]);
    accepted(
        bag.clone().line("tagmanifest-md5.txt", &format!("{}  data/a.txt", hello())),
        &[&TAG_MANIFEST_LISTS_PAYLOAD],
    );
    let other = "tagmanifest-sha1.txt";
    let text = format!("{}  bagit.txt\n", hex(Sha1, b"BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n"));
    let bag = BagBuilder::version("0.97").file(other, &text).tag_manifests(&[Md5]);
    let bag = bag.line("tagmanifest-md5.txt", &format!("{}  {other}", hex(Md5, text.as_bytes())));
    check(bag, &[&TAG_MANIFEST_LISTS_TAG_MANIFEST, &MANIFEST_UNLISTED]);
}

#[test]
fn a_name_in_the_other_normal_form_is_found_with_a_warning() {
    let (composed, decomposed) = ("data/N\u{fa}\u{f1}ez", "data/Nu\u{301}n\u{303}ez");
    for (file, entry) in [(composed, decomposed), (decomposed, composed)] {
        let bag = BagBuilder::valid().without("data/a.txt").file(file, "hello");
        accepted(bag.file(MANIFEST, format!("{}  {entry}\n", hello())), &[&NORMAL_FORM_DIFFERS]);
    }
    // With both files there, neither form is taken for the other.
    let bag = BagBuilder::valid().file(composed, "hello").file(decomposed, "hello");
    accepted(bag, &[&NAME_TWINS_NORMAL_FORM]);
}

#[test]
fn escapes_mean_characters_from_1_0_on() {
    accepted(BagBuilder::valid().file("data/100%", "x").file("data/%0A", "x"), &[]);
    accepted(BagBuilder::valid().file("data/a\nb", "x"), &[&NAME_CONTROL]);
    let bag = |version| BagBuilder::version(version).without("data/a.txt").file("data/100%", "hello");
    let plain = format!("{}  data/100%\n", hello());
    accepted(bag("1.0").file(MANIFEST, &plain), &[&PERCENT_NOT_ENCODED]);
    accepted(bag("0.97").file(MANIFEST, &plain), &[]);
    accepted(bag("0.97"), &[]);
    let bag = BagBuilder::version("0.97").without("data/a.txt").file("data/%0A", "hello");
    accepted(bag.file(MANIFEST, format!("{}  data/%0A\n", hello())), &[]);
}

#[test]
fn a_manifest_must_be_in_the_declared_encoding() {
    let line = [format!("{0}  data/a.txt\n{0}  data/", hello()).as_bytes(), b"\xff\n"].concat();
    refused(listed(line), &[&MANIFEST_UNDECODABLE]);
}

#[test]
fn an_algorithm_that_is_not_written_as_bagit_writes_it_is_warned_of() {
    let bag = BagBuilder::valid()
        .manifests(&[])
        .file("manifest-SHA-256.txt", format!("{}  data/a.txt\n", hex(Sha256, b"hello")));
    accepted(bag, &[&MANIFEST_NAME_FORM]);
}

#[test]
fn spaces_after_a_path_are_forgiven_with_a_warning() {
    accepted(listed(format!("{}  data/a.txt  \n", hello())), &[&PATH_PADDED]);
}

#[test]
fn a_manifest_that_cannot_be_read_is_refused() {
    refused(BagBuilder::valid().unkept(MANIFEST), &[&MANIFEST_UNREADABLE, &NO_MANIFEST_CHECKED]);
}

#[test]
fn a_fault_of_form_is_reported_once_with_its_count() {
    let report = listed(format!("x\ny\nz\n{}  data/a.txt\n", hello())).validate();
    assert_eq!(report.findings.list.len(), 1);
    assert_eq!(report.findings.list[0].seen.as_deref(), Some("line 1 and 2 more"));
}

#[test]
fn a_file_in_a_folder_called_like_a_manifest_is_an_ordinary_tag_file() {
    let report = BagBuilder::valid().manifests(&[Sha512]).file("manifest-x/y.txt", "whatever").validate();
    assert!(report.findings.is_empty());
    assert_eq!(report.manifests, ["sha512"]);
}
