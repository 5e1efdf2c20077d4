//! Tar archives of every kind: those that are right, and those that are made to do harm.

mod archive;

use std::fs::File;
use std::os::unix::fs::FileExt as _;

use archive::tar_fields::{Fields, base_256, octal};
use archive::{TarBuilder, bag_tar, check, codes, packed, paths};
use bagit::{GatherOptions, Package, PackageLimits, rules};

const BAG: [&str; 5] = ["bagit.txt", "bag-info.txt", "manifest-sha256.txt", "data/a.txt", "data/b/c.bin"];

#[test]
fn a_bag_in_a_tar_is_valid() {
    let packed = packed("bag.tar", &bag_tar().finish());
    let report = packed.validate();
    assert_eq!(report.findings.list, []);
    assert_eq!((report.payload_files, report.top_folder.as_deref()), (2, Some("bag")));
}

#[test]
fn every_byte_is_read_at_most_once() {
    let bytes = bag_tar().finish();
    let packed = packed("bag.tar", &bytes);
    let gathered = packed.gather();
    assert!(gathered.bytes_read <= bytes.len() as u64, "{} of {}", gathered.bytes_read, bytes.len());
    let data: usize = archive::bag_files().iter().map(|(_, bytes)| bytes.len()).sum();
    // Every header, the end mark, and every byte of data; no padding.
    assert!(gathered.bytes_read >= (data + 7 * 512) as u64);
}

#[test]
fn a_tar_cut_at_any_block_is_refused_and_never_read_beyond_its_end() {
    let bytes = bag_tar().finish();
    for end in (0..bytes.len()).step_by(512) {
        let packed = packed("bag.tar", &bytes[..end]);
        let gathered = packed.gather();
        let lone_end = bytes.len() - end == 512;
        assert_eq!(codes(&gathered).first(), Some(&rules::ARCHIVE_TRUNCATED.code), "cut at {end}");
        assert_eq!(gathered.findings.is_acceptable(), lone_end, "cut at {end}");
        for index in gathered.members.indexes() {
            assert!(gathered.members.digests(index).iter().count() > 0 || paths(&gathered).len() < 3, "cut at {end}");
        }
    }
}

#[test]
fn old_and_new_ways_of_writing_names_are_read() {
    let long = format!("bag/data/{}/{}", "d".repeat(120), "f".repeat(120));
    let mut tar = TarBuilder::new();
    // v7: no magic, and a folder is a name that ends in a slash.
    tar.header(&Fields { name: b"bag/data/", flag: b'\0', magic: &[0; 8], ..Fields::default() });
    tar.header(&Fields { name: b"bag/data/v7", flag: b'\0', magic: &[0; 8], ..Fields::default() });
    tar.header(&Fields { name: b"name", prefix: b"bag/data/prefix", ..Fields::default() });
    tar.entry(b"././@LongLink", b'L', format!("{long}\0").as_bytes()).entry(b"bag/data/cut", b'0', b"");
    tar.entry(b"././@LongLink", b'K', b"target\0");
    tar.pax(b'x', &[("path", "bag/data/päx"), ("mtime", "-1.5")]).entry(b"bag/data/x", b'0', b"");
    tar.header(&Fields { name: b"bag/data/gnu", size: base_256(0), magic: b"ustar  \0", ..Fields::default() });
    let gathered = packed("bag.tar", &tar.finish()).gather();
    let members = ["data/v7", "data/prefix/name", &long[4..], "data/päx", "data/gnu"];
    assert_eq!((paths(&gathered).as_slice(), codes(&gathered)), (members.as_slice(), vec![]));
    let index = gathered.members.find("data/päx").expect("it is there");
    assert_eq!(gathered.members.get(index).modified_at, -2);
}

#[test]
fn the_size_of_a_pax_header_outdoes_that_of_the_entry() {
    let mut tar = TarBuilder::new();
    tar.pax(b'g', &[("mtime", "1000")]).pax(b'x', &[("size", "3")]);
    tar.header(&Fields { name: b"bag/data/a", ..Fields::default() }).data(b"abc");
    tar.file("bag/data/b", b"");
    let gathered = packed("bag.tar", &tar.finish()).gather();
    assert_eq!((paths(&gathered).as_slice(), codes(&gathered)), (["data/a", "data/b"].as_slice(), vec![]));
    let sizes: Vec<_> = gathered.members.iter().map(|(_, member)| (member.size_bytes, member.modified_at)).collect();
    assert_eq!(sizes, [(3, 1000), (0, 1000)]);
}

#[test]
fn names_that_could_do_harm_are_refused() {
    for (name, rule) in [
        (&b"/etc/passwd"[..], &rules::ENTRY_PATH_ABSOLUTE),
        (b"C:/bag/x", &rules::ENTRY_PATH_ABSOLUTE),
        (b"bag/../../x", &rules::ENTRY_PATH_ESCAPES),
        (b"bag/data/\xff", &rules::ENTRY_NAME_NOT_UTF8),
        (b"bag/data/\x1b[2J", &rules::ENTRY_NAME_CONTROL),
        (b"loose", &rules::ENTRY_WITHOUT_TOP_FOLDER),
        (b"other/x", &rules::TOP_FOLDERS_SEVERAL),
        (b"bag/data/a.txt", &rules::ENTRY_DUPLICATE),
        (b"bag//data/./a.txt", &rules::ENTRY_DUPLICATE),
    ] {
        let mut tar = bag_tar();
        tar.entry(name, b'0', b"evil");
        check("bag.tar", &tar.finish(), &BAG, &[rule]);
    }
}

#[test]
fn names_that_are_odd_are_remarked_on() {
    let mut tar = bag_tar();
    tar.file("./bag/data/x\\y", b"");
    let members = [BAG.as_slice(), &["data/x\\y"]].concat();
    check("bag.tar", &tar.finish(), &members, &[&rules::ENTRY_BACKSLASH, &rules::ENTRY_LEADING_DOT]);
    check("gab.tar", &bag_tar().finish(), &BAG, &[&rules::TOP_FOLDER_NAME]);
    check("bag.zip", &bag_tar().finish(), &BAG, &[&rules::ARCHIVE_MISNAMED]);
    let mut tar = bag_tar();
    tar.folder("bag/data/empty/").folder("bag/data/b/").folder("bag/data/");
    check("bag.tar", &tar.finish(), &BAG, &[&rules::FOLDER_EMPTY]);
}

#[test]
fn links_devices_and_sparse_files_are_refused() {
    for (flag, rule) in [
        (b'1', &rules::ENTRY_LINK),
        (b'2', &rules::ENTRY_LINK),
        (b'3', &rules::ENTRY_SPECIAL),
        (b'4', &rules::ENTRY_SPECIAL),
        (b'6', &rules::ENTRY_SPECIAL),
        (b'Z', &rules::ENTRY_SPECIAL),
    ] {
        let mut tar = bag_tar();
        // The size field of an entry without data may hold anything.
        tar.header(&Fields { name: b"bag/data/x", flag, ..Fields::default() }).file("bag/data/y", b"after");
        check("bag.tar", &tar.finish(), &[BAG.as_slice(), &["data/y"]].concat(), &[rule]);
    }
    let mut tar = bag_tar();
    tar.pax(b'x', &[("GNU.sparse.major", "1"), ("GNU.sparse.name", "x")]).file("bag/GNUSparseFile.0/x", b"1\n0\n");
    tar.entry(b"bag/data/old", b'S', b"holes").file("bag/data/y", b"after");
    let both = [&rules::ENTRY_SPARSE, &rules::ENTRY_SPARSE];
    check("bag.tar", &tar.finish(), &[BAG.as_slice(), &["data/y"]].concat(), &both);
}

#[test]
fn sizes_that_lie_are_found_before_anything_is_read() {
    for size in [octal(0o777_7777_7777), base_256(6 << 40), base_256(i64::MAX as u64), octal(5000)] {
        let mut tar = bag_tar();
        tar.header(&Fields { name: b"bag/data/x", size, ..Fields::default() });
        check("bag.tar", &tar.finish(), &BAG, &[&rules::ARCHIVE_TRUNCATED]);
    }
    for size in [base_256(u64::MAX), b"99999999999\0".to_vec()] {
        let mut tar = bag_tar();
        tar.header(&Fields { name: b"bag/data/x", size, ..Fields::default() });
        check("bag.tar", &tar.finish(), &BAG, &[&rules::ARCHIVE_HEADER_DAMAGED]);
    }
}

#[test]
fn damaged_headers_end_the_reading_with_a_finding() {
    let mut bytes = bag_tar().finish();
    let last = bytes.len() - 1024 - 3072 - 512;
    bytes[last + 10] ^= 1;
    check("bag.tar", &bytes, &BAG[..4], &[&rules::ARCHIVE_HEADER_DAMAGED]);
    for records in [&b"999 path=x\n"[..], b"path=x\n", b"12 size=-100\n", b"30 size=99999999999999999999\n"] {
        let mut tar = bag_tar();
        tar.entry(b"PaxHeader", b'x', records).file("bag/data/x", b"");
        check("bag.tar", &tar.finish(), &BAG, &[&rules::ARCHIVE_HEADER_DAMAGED]);
    }
    let mut tar = bag_tar();
    tar.pax(b'x', &[("path", "bag/data/x")]);
    check("bag.tar", &tar.finish(), &BAG, &[&rules::ARCHIVE_HEADER_DAMAGED]);
}

#[test]
fn what_follows_the_end_is_remarked_on() {
    let mut bytes = bag_tar().finish();
    bytes.extend_from_slice(&bag_tar().finish());
    check("bag.tar", &bytes, &BAG, &[&rules::TRAILING_DATA]);
    bytes = bag_tar().finish();
    bytes.resize(bytes.len() + 10_240, 0);
    check("bag.tar", &bytes, &BAG, &[]);
}

#[test]
fn limits_stop_the_reading() {
    let limited = |limits: PackageLimits, bytes: &[u8]| {
        let options = GatherOptions { limits, ..GatherOptions::default() };
        let gathered = packed("bag.tar", bytes).try_gather(&options).expect("it can be read");
        (gathered.members.len(), codes(&gathered).join(" "))
    };
    let ordinary = PackageLimits::default();
    let bytes = bag_tar().finish();
    assert_eq!(limited(PackageLimits { members_max: 3, ..ordinary }, &bytes), (3, rules::MEMBERS_TOO_MANY.code.into()));
    let few = PackageLimits { paths_bytes_max: 30, ..ordinary };
    assert_eq!(limited(few, &bytes), (2, rules::MEMBERS_TOO_MANY.code.into()));
    let mut tar = bag_tar();
    tar.pax(b'x', &[("comment", &"x".repeat(2000))]).file("bag/data/x", b"");
    let short = PackageLimits { tar_header_bytes_max: 1000, ..ordinary };
    assert_eq!(limited(short, &tar.finish()), (5, rules::ARCHIVE_HEADER_DAMAGED.code.into()));
    let mut tar = TarBuilder::new();
    for _ in 0..10 {
        tar.folder("bag/data/");
    }
    let codes = limited(PackageLimits { members_max: 5, ..ordinary }, &tar.finish()).1;
    assert_eq!(codes, rules::MEMBERS_TOO_MANY.code);
}

#[test]
fn names_that_are_too_long_are_refused() {
    let mut tar = bag_tar();
    tar.pax(b'x', &[("path", &format!("bag/data/{}", "x".repeat(256)))]).file("x", b"");
    check("bag.tar", &tar.finish(), &BAG, &[&rules::ENTRY_PATH_TOO_LONG]);
}

#[test]
fn a_tar_of_six_tebibytes_is_indexed_by_its_headers_alone() {
    let size_bytes = 6_u64 << 40;
    let mut tar = TarBuilder::new();
    tar.header(&Fields { name: b"bag/data/disk.img", size: base_256(size_bytes), ..Fields::default() });
    let mut rest = TarBuilder::new();
    rest.file("bag/bagit.txt", b"BagIt-Version: 1.0\n");
    let packed = packed("bag.tar", &tar.bytes);
    let file = File::options().write(true).open(&packed.path).expect("it was just written");
    if let Err(error) = file.write_all_at(&rest.finish(), 512 + size_bytes) {
        // Not every file system has files of that size; the arithmetic is then tested with one of a gibibyte less.
        assert_eq!(error.kind(), std::io::ErrorKind::FileTooLarge, "{error}");
        return;
    }
    let package = Package::open(&packed.path).expect("it can be opened");
    let index = package.index(&PackageLimits::default()).expect("it can be read");
    assert_eq!(index.findings.list, []);
    let members: Vec<_> = index.members.iter().map(|(_, member)| (member.path, member.size_bytes)).collect();
    assert_eq!(members, [("data/disk.img", size_bytes), ("bagit.txt", 19)]);
    assert!(package.bytes_read() < 4096);
}

#[test]
fn tars_made_by_another_library_are_read() {
    let long = format!("bag/data/{}/{}.txt", "ä".repeat(90), "n".repeat(150));
    let mut builder = tar::Builder::new(Vec::new());
    for (path, bytes) in archive::bag_files() {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        builder.append_data(&mut header, format!("bag/{path}"), &bytes[..]).expect("memory takes all");
    }
    let mut header = tar::Header::new_gnu();
    header.set_size(3);
    builder.append_data(&mut header, &long, &b"abc"[..]).expect("memory takes all");
    let bytes = builder.into_inner().expect("memory takes all");
    check("bag.tar", &bytes, &[BAG.as_slice(), &[&long[4..]]].concat(), &[]);
}
