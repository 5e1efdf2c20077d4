//! ZIP archives of every kind: those that are right, and those that are made to do harm.

mod archive;

use std::io::Write as _;

use archive::{ZipBuilder, ZipEntry, bag_files, check, codes, packed, paths};
use bagit::{GatherOptions, PackageLimits, rules};
use digests::Algorithm;

const BAG: [&str; 5] = ["bagit.txt", "bag-info.txt", "manifest-sha256.txt", "data/a.txt", "data/b/c.bin"];

/// A valid bag; every other file is stored.
fn bag_zip() -> ZipBuilder {
    let mut zip = ZipBuilder::new();
    zip.entry(&ZipEntry::stored("bag/", b""));
    for (number, (path, bytes)) in bag_files().iter().enumerate() {
        let name = format!("bag/{path}");
        let is_stored = number % 2 == 0;
        zip.entry(&if is_stored { ZipEntry::stored(&name, bytes) } else { ZipEntry::deflated(&name, bytes) });
    }
    zip
}

#[test]
fn a_bag_in_a_zip_is_valid() {
    for bytes in [bag_zip().finish(), bag_zip().finish_64(), bag_zip().finish_with(6, b"a comment PK\x05\x06")] {
        let report = packed("bag.zip", &bytes).validate();
        assert_eq!(report.findings.list, []);
        assert_eq!(report.payload_files, 2);
    }
}

#[test]
fn every_byte_is_read_at_most_once() {
    for bytes in [bag_zip().finish(), bag_zip().finish_64(), bag_zip().finish_with(6, &[b'x'; 60_000])] {
        let gathered = packed("bag.zip", &bytes).gather();
        // Where there are a few bytes only, the directory lies within the tail that is read for the end record.
        assert!(gathered.bytes_read <= bytes.len() as u64, "{} of {}", gathered.bytes_read, bytes.len());
    }
}

#[test]
fn a_zip_made_by_another_library_is_read() {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (number, (path, bytes)) in bag_files().iter().enumerate() {
        let method = [zip::CompressionMethod::Stored, zip::CompressionMethod::Deflated][number % 2];
        let options = zip::write::SimpleFileOptions::default().compression_method(method).large_file(number == 3);
        writer.start_file(format!("bag/{path}"), options).expect("memory takes all");
        writer.write_all(bytes).expect("memory takes all");
    }
    let bytes = writer.finish().expect("memory takes all").into_inner();
    assert_eq!(packed("bag.zip", &bytes).validate().findings.list, []);
}

#[test]
fn zstandard_entries_are_read() {
    let mut zip = bag_zip();
    let data = zstd::encode_all(&b"hello again"[..], 3).expect("memory takes all");
    let compressed_bytes = data.len() as u32;
    zip.entry(&ZipEntry { method: 93, data, compressed_bytes, ..ZipEntry::stored("bag/data/z", b"hello again") });
    check("bag.zip", &zip.finish(), &[BAG.as_slice(), &["data/z"]].concat(), &[]);
}

#[test]
fn a_zip_cut_anywhere_is_refused() {
    let bytes = bag_zip().finish();
    for end in (0..bytes.len()).step_by(97).chain(bytes.len() - 30..bytes.len()) {
        let gathered = packed("bag.zip", &bytes[..end]).gather();
        assert_eq!(codes(&gathered), [rules::ARCHIVE_TRUNCATED.code], "cut at {end}");
        assert!(gathered.members.is_empty());
    }
}

#[test]
fn entries_that_cannot_be_read_are_named() {
    let entry = ZipEntry::stored("bag/data/x", b"evil");
    for (entry, rule) in [
        (ZipEntry { flags: 1, ..entry.clone() }, &rules::ENTRY_ENCRYPTED),
        (ZipEntry { method: 12, ..entry.clone() }, &rules::COMPRESSION_UNSUPPORTED),
        (ZipEntry { unix_mode: 0o120_777, ..entry.clone() }, &rules::ENTRY_LINK),
        (ZipEntry { unix_mode: 0o010_644, ..entry.clone() }, &rules::ENTRY_SPECIAL),
        (ZipEntry { local_name: b"bag/data/y".to_vec(), ..entry.clone() }, &rules::ENTRY_HEADERS_DISAGREE),
        (ZipEntry { local_name: b"bag/data/longer".to_vec(), ..entry.clone() }, &rules::ENTRY_HEADERS_DISAGREE),
        (ZipEntry { size_bytes: 5, ..entry.clone() }, &rules::ENTRY_SIZE_WRONG),
        (ZipEntry { size_bytes: 4000, compressed_bytes: 4000, ..entry.clone() }, &rules::ENTRY_SIZE_WRONG),
        (ZipEntry { offset: Some(3), ..entry.clone() }, &rules::ARCHIVE_HEADER_DAMAGED),
        (ZipEntry { offset: Some(u32::MAX - 1), ..entry.clone() }, &rules::ARCHIVE_HEADER_DAMAGED),
        (ZipEntry::stored("bag/../../x", b""), &rules::ENTRY_PATH_ESCAPES),
        (ZipEntry::stored("/x", b""), &rules::ENTRY_PATH_ABSOLUTE),
        (ZipEntry::stored("x", b""), &rules::ENTRY_WITHOUT_TOP_FOLDER),
        (ZipEntry::stored("bag/data/a.txt", b""), &rules::ENTRY_DUPLICATE),
    ] {
        let mut zip = bag_zip();
        zip.entry(&entry);
        check("bag.zip", &zip.finish(), &BAG, &[rule]);
    }
}

#[test]
fn contents_that_are_not_what_the_directory_says_have_no_digests() {
    let text = [b'x'; 5000];
    let honest = ZipEntry::deflated("bag/data/x", &text);
    let mut damaged = honest.clone();
    damaged.data[0] = 0xff;
    for (entry, rule) in [
        (ZipEntry { crc: 1, ..honest.clone() }, &rules::COMPRESSED_DATA_DAMAGED),
        (damaged, &rules::COMPRESSED_DATA_DAMAGED),
        (ZipEntry { size_bytes: 4999, ..honest.clone() }, &rules::ENTRY_SIZE_WRONG),
        (ZipEntry { size_bytes: 5001, ..honest.clone() }, &rules::ENTRY_SIZE_WRONG),
    ] {
        let mut zip = bag_zip();
        zip.entry(&entry);
        let gathered = packed("bag.zip", &zip.finish()).gather();
        assert_eq!(codes(&gathered), [rule.code]);
        let index = gathered.members.find("data/x").expect("it was listed");
        assert_eq!(gathered.members.digest(index, Algorithm::Sha256), None);
    }
}

#[test]
fn a_directory_that_lies_about_itself_is_damage() {
    let gathered = packed("bag.zip", &bag_zip().finish_with(9, b"")).gather();
    assert_eq!(codes(&gathered), [rules::ARCHIVE_HEADER_DAMAGED.code]);
    let mut bytes = bag_zip().finish();
    let end = bytes.len() - 22;
    bytes[end + 16..end + 20].copy_from_slice(&0xffff_fff0_u32.to_le_bytes());
    check("bag.zip", &bytes, &[], &[&rules::ARCHIVE_HEADER_DAMAGED]);
}

#[test]
fn entries_that_share_bytes_are_a_bomb() {
    let mut zip = bag_zip();
    let start = zip.bytes.len() as u32;
    let kernel = ZipEntry::deflated("bag/data/0", &vec![0; 1 << 20]);
    zip.entry(&kernel);
    // The second record points at the first entry's header, which bears another name; a third at the same name.
    zip.entry(&ZipEntry { offset: Some(start), name: b"bag/data/0".to_vec(), ..kernel.clone() });
    let gathered = packed("bag.zip", &zip.finish()).gather();
    assert_eq!(codes(&gathered), [rules::ENTRY_DUPLICATE.code, rules::ENTRIES_OVERLAP.code]);
    assert!(gathered.members.is_empty(), "nothing of it is read");
}

#[test]
fn a_bomb_is_not_expanded() {
    let mut zip = bag_zip();
    zip.entry(&ZipEntry::deflated("bag/data/zeros", &vec![0; 4 << 20]));
    let bytes = zip.finish();
    let gather = |limits| {
        let options = GatherOptions { limits, ..GatherOptions::default() };
        let gathered = packed("bag.zip", &bytes).try_gather(&options).expect("it can be read");
        (codes(&gathered).join(" "), paths(&gathered).len())
    };
    let ordinary = PackageLimits::default();
    assert_eq!(gather(ordinary), (String::new(), 6));
    let ratio = PackageLimits { expansion_free_bytes: 1 << 20, ..ordinary };
    assert_eq!(gather(ratio), (rules::EXPANSION_RATIO.code.into(), 0));
    let total = PackageLimits { expanded_bytes_max: 1 << 20, ..ordinary };
    assert_eq!(gather(total), (rules::EXPANDED_TOO_LARGE.code.into(), 0));
}

#[test]
fn a_name_in_unicode_stands_for_one_in_another_encoding() {
    let name = "bag/data/é".as_bytes();
    let mut extra = vec![0x75, 0x70, (5 + name.len()) as u8, 0, 1, 0, 0, 0, 0];
    extra.extend_from_slice(name);
    let local_name = b"bag/data/\x82".to_vec();
    let entry = ZipEntry { flags: 0, name: local_name.clone(), local_name, ..ZipEntry::stored("", b"") };
    let mut zip = bag_zip();
    zip.entry(&ZipEntry { extra, ..entry.clone() });
    check("bag.zip", &zip.finish(), &[BAG.as_slice(), &["data/é"]].concat(), &[]);
    let mut zip = bag_zip();
    zip.entry(&entry);
    check("bag.zip", &zip.finish(), &BAG, &[&rules::ENTRY_NAME_NOT_UTF8]);
}
