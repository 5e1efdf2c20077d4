//! The cases of the Library of Congress conformance suite, built anew: same names, same verdicts.
//!
//! One verdict differs by intent: `valid/holey-bag` lacks the files that its `fetch.txt` names. It is complete only
//! when they have been fetched, which we never do, so here it is refused.

mod bag;

use bag::{BagBuilder, accepted, hex, refused};
use bagit::rules::*;
use digests::Algorithm::{Md5, Sha1, Sha224, Sha256, Sha512};

const MANIFEST: &str = "manifest-md5.txt";

fn old() -> BagBuilder {
    BagBuilder::version("0.97")
}

fn md5(contents: &str) -> String {
    hex(Md5, contents.as_bytes())
}

/// A bag of 0.97 whose manifest has one more entry, and one whose fetch file has it.
fn with_path(path: &str) -> [BagBuilder; 2] {
    let fetch = format!("https://example.org/a - {path}\n");
    [old().line(MANIFEST, &format!("{}  {path}", md5("x"))), old().file("fetch.txt", fetch)]
}

#[test]
fn valid_basic_bags_of_all_versions() {
    for version in ["0.93", "0.94", "0.95", "0.96", "0.97", "1.0"] {
        for algorithm in [Md5, Sha1, Sha224, Sha256, Sha512] {
            accepted(BagBuilder::version(version).manifests(&[algorithm]).tag_manifests(&[algorithm]), &[]);
        }
    }
}

#[test]
fn valid_duplicate_metadata_entries() {
    for (version, file) in [("0.93", "package-info.txt"), ("0.95", "package-info.txt"), ("0.96", "bag-info.txt")] {
        let info = "Contact-Name: A\nContact-Name: B\nContact-Name: A\n";
        accepted(BagBuilder::version(version).file(file, info).tag_manifests(&[Md5]), &[]);
    }
}

#[test]
fn valid_uncommon_metadata_separators() {
    let info = "Contact-Name  :\tA\nContact-Phone :   1\n";
    accepted(old().file("bag-info.txt", info), &[&TAG_SPACING]);
}

#[test]
fn valid_minimal_bag() {
    accepted(old(), &[]);
}

#[test]
fn valid_bag_with_escapable_characters() {
    accepted(old().file("data/carriage\rreturn", "x").file("data/line\nfeed", "y"), &[&NAME_CONTROL, &NAME_CONTROL]);
}

#[test]
fn valid_bag_with_encoded_names() {
    let manifest = format!("{}  data/hello%20world\n", md5("hello"));
    accepted(old().without("data/a.txt").file("data/hello%20world", "hello").file(MANIFEST, manifest), &[]);
}

#[test]
fn valid_tag_files_in_other_encodings() {
    let (name, text) = ("data/Núñez", format!("{}  data/Núñez\n", md5("hello")));
    let big_endian: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let little_endian: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let latin1: Vec<u8> = text.chars().map(|character| character as u8).collect();
    for (encoding, manifest) in [
        ("ISO-8859-1", latin1),
        ("UTF-16", [b"\xfe\xff", big_endian.as_slice()].concat()),
        ("UTF-16", [b"\xff\xfe", little_endian.as_slice()].concat()),
        ("UTF-16", big_endian.clone()),
        ("UTF-16BE", big_endian.clone()),
        ("UTF-16LE", little_endian.clone()),
    ] {
        let declaration = format!("BagIt-Version: 0.97\nTag-File-Character-Encoding: {encoding}\n");
        let bag = old().without("data/a.txt").file(name, "hello").file(MANIFEST, manifest);
        accepted(bag.file("bagit.txt", declaration), &[]);
    }
}

#[test]
fn valid_bag_in_a_bag() {
    let inner = "BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n";
    accepted(
        old().file("data/bag/bagit.txt", inner).file("data/bag/manifest-md5.txt", "x").file("data/bag/data/y", "z"),
        &[],
    );
}

#[test]
fn valid_bag_with_space() {
    accepted(old().file("data/test 1.txt", "x").file("data/ two  spaces", "y"), &[]);
}

#[test]
fn valid_and_warning_leading_dot_slash() {
    accepted(old().file(MANIFEST, format!("{}  ./data/a.txt\n", md5("hello"))), &[&MANIFEST_LEADING_DOT]);
}

#[test]
fn valid_local_fetch_and_holey_bag() {
    accepted(old().file("fetch.txt", "http://localhost/a.txt 5 data/a.txt\n"), &[]);
    let holey = old().file("fetch.txt", "http://localhost/b.txt 1 data/b.txt\n");
    let line = format!("{}  data/b.txt", md5("x"));
    refused(holey.line(MANIFEST, &line), &[&FETCH_FILE_ABSENT, &PAYLOAD_FILE_MISSING]);
}

#[test]
fn invalid_baginfo_missing_encoding() {
    refused(old().file("bagit.txt", "BagIt-Version: 0.97\n"), &[&ENCODING_MISSING]);
}

#[test]
fn invalid_bom_in_bagit_txt() {
    let text = "\u{feff}BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n";
    refused(old().file("bagit.txt", text), &[&BAGIT_TXT_BOM]);
}

#[test]
fn invalid_corrupt_data_file() {
    refused(old().file(MANIFEST, format!("{}  data/a.txt\n", md5("other"))), &[&PAYLOAD_DIGEST_WRONG]);
}

#[test]
fn invalid_corrupt_tag_file() {
    let tag_manifest = format!("{}  bag-info.txt\n", md5("A: 2\n"));
    let bag = old().file("bag-info.txt", "A: 1\n").manifests(&[Sha1]).file("tagmanifest-md5.txt", tag_manifest);
    refused(bag, &[&TAG_DIGEST_WRONG, &MANIFEST_UNLISTED]);
}

#[test]
fn invalid_extra_file_in_bag() {
    refused(old().unlisted("data/bar", "x"), &[&PAYLOAD_FILE_UNLISTED]);
}

#[test]
fn invalid_version_number() {
    refused(old().file("bagit.txt", "BagIt-Version: .97\nTag-File-Character-Encoding: UTF-8\n"), &[&VERSION_UNKNOWN]);
}

#[test]
fn invalid_missing_baginfo() {
    let line = format!("{}  bag-info.txt", md5("x"));
    refused(old().tag_manifests(&[Md5]).line("tagmanifest-md5.txt", &line), &[&TAG_FILE_MISSING]);
}

#[test]
fn invalid_missing_bagit_txt() {
    refused(old().without("bagit.txt"), &[&BAGIT_TXT_MISSING]);
}

#[test]
fn invalid_out_of_scope_file_paths() {
    for path in ["../../../README.md", "/tmp/foo", "~/foo", "~root/foo", "C:\\Windows\\System32\\setx.exe"] {
        let [listed, fetched] = with_path(path);
        refused(listed, &[&PATH_UNSAFE]);
        refused(fetched, &[&FETCH_PATH_UNSAFE]);
    }
    for path in ["%HomeDrive%\\Windows\\System32\\setx.exe", "\\\\?\\UNC\\server\\Windows\\System32\\setx.exe"] {
        let [listed, fetched] = with_path(path);
        refused(listed, &[&PATH_UNSAFE]);
        refused(fetched, &[&FETCH_PATH_UNSAFE]);
    }
}

#[test]
fn invalid_same_filename_listed_twice_with_different_hashes() {
    for version in ["0.97", "1.0"] {
        let bag = BagBuilder::version(version).line(MANIFEST, &format!("{}  data/a.txt", md5("other")));
        refused(bag, &[&ENTRY_CONFLICTING]);
    }
}

#[test]
fn invalid_bagit_with_invalid_whitespace() {
    for version in ["0.97", "1.0"] {
        let text = format!("BagIt-Version : {version}\nTag-File-Character-Encoding: UTF-8\n");
        refused(old().file("bagit.txt", text), &[&BAGIT_TXT_FORM]);
    }
}

#[test]
fn invalid_missing_from_manifest_in_1_0() {
    let bag = BagBuilder::valid().manifests(&[Sha512, Md5]).unlisted("data/missingFromManifest.txt", "x");
    let bag = bag.line(MANIFEST, &format!("{}  data/missingFromManifest.txt", md5("x")));
    refused(bag, &[&PAYLOAD_FILE_UNLISTED]);
}

#[test]
fn warning_duplicate_file_with_different_case() {
    accepted(old().file("data/Hello.txt", "x").file("data/hello.txt", "x"), &[&NAME_TWINS_CASE]);
}

#[test]
fn warning_same_filename_listed_twice_with_different_normalization() {
    let (composed, decomposed) = ("data/N\u{fa}\u{f1}ez", "data/Nu\u{301}n\u{303}ez");
    let manifest = format!("{0}  {composed}\n{0}  {decomposed}\n", md5(""));
    // On Linux both files are there; on a system that normalizes, only one is.
    let both = old().without("data/a.txt").file(composed, "").file(decomposed, "").file(MANIFEST, &manifest);
    accepted(both, &[&NAME_TWINS_NORMAL_FORM]);
    let one = old().without("data/a.txt").file(decomposed, "").file(MANIFEST, &manifest);
    accepted(one, &[&NORMAL_FORM_DIFFERS]);
}

#[test]
fn warning_filename_normalization() {
    let manifest = format!("{}  data/N\u{fa}\u{f1}ez\n", md5("hello"));
    let bag = old().without("data/a.txt").file("data/Nu\u{301}n\u{303}ez", "hello").file(MANIFEST, manifest);
    accepted(bag, &[&NORMAL_FORM_DIFFERS]);
}

#[test]
fn warning_special_system_files() {
    accepted(old().file("data/.DS_Store", "x").file("data/Thumbs.db", "x"), &[&NAME_SYSTEM_FILE, &NAME_SYSTEM_FILE]);
}

#[test]
fn warning_made_with_md5sum_tools() {
    accepted(old().file(MANIFEST, format!("{} *data/a.txt\n", md5("hello"))), &[&LEGACY_MARKS]);
}

#[test]
fn warning_same_filename_listed_twice_with_the_same_hash() {
    accepted(old().line(MANIFEST, &format!("{}  data/a.txt", md5("hello"))), &[&ENTRY_REPEATED]);
}
