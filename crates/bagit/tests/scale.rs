//! Bags of many members: what the check costs, and that findings stay bounded.

#![allow(clippy::print_stdout, reason = "the time taken is what one runs this for")]

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::Instant;

use bagit::{Bag, Members, Spool, rules, validate};
use digests::Algorithm::{Md5, Sha256};
use digests::{Algorithm, Digest, Digests};
use findings::{FINDINGS_MAX, Findings};

/// A digest that is made, not computed: the check does not know the difference.
fn digest(algorithm: Algorithm, number: usize) -> Digest {
    let mut bytes = vec![0; algorithm.length_bytes()];
    bytes[..8].copy_from_slice(&(number as u64).to_le_bytes());
    Digest::from_bytes(algorithm, &bytes).expect("the length is right")
}

fn path(number: usize) -> String {
    format!("data/series {:04}/item {number:08}/page.tif", number / 1000)
}

fn members_and_manifests(count: usize) -> (Members, Spool) {
    let mut members = Members::new();
    let spool = Spool::new();
    members.push("bagit.txt", 55, 512, 0);
    let declaration = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";
    spool.create("bagit.txt").and_then(|mut writer| writer.write_all(declaration)).expect("memory can be written");
    for number in 0..count {
        let index = members.push(&path(number), 1, 1024 * number as u64, 0);
        members.set_digests(index, &[digest(Md5, number), digest(Sha256, number)].into_iter().collect::<Digests>());
    }
    for algorithm in [Md5, Sha256] {
        let name = format!("manifest-{algorithm}.txt");
        members.push(&name, 1, 0, 0);
        let mut writer =
            std::io::BufWriter::with_capacity(1 << 16, spool.create(&name).expect("memory can be written"));
        let mut line = String::new();
        // Backwards, so that the order of the package does not help.
        for number in (0..count).rev() {
            line.clear();
            writeln!(line, "{}  {}", digest(algorithm, number), path(number)).expect("memory can be written");
            writer.write_all(line.as_bytes()).expect("a temporary file can be written");
        }
        writer.flush().expect("a temporary file can be written");
    }
    (members, spool)
}

fn bag<'a>(members: &'a Members, spool: &'a Spool) -> Bag<'a> {
    Bag {
        members,
        kept: spool,
        serialization: None,
        top_folder: None,
        package_name: None,
        profile: None,
        found: Findings::default(),
    }
}

#[test]
fn a_bag_of_many_members_is_checked_whole() {
    let count = std::env::var("STRONGROOM_SCALE_MEMBERS").ok().and_then(|text| text.parse().ok()).unwrap_or(50_000);
    let (members, spool) = members_and_manifests(count);
    let start = Instant::now();
    let report = validate(&bag(&members, &spool)).expect("memory can be read");
    println!("{count} members under two manifests: {:?}", start.elapsed());
    assert!(report.findings.is_empty(), "{:?}", report.findings.list.first());
    assert_eq!(report.payload_files, count as u64);
}

#[test]
fn findings_are_bounded_and_all_are_counted() {
    let count = FINDINGS_MAX + 50_000;
    let (mut members, spool) = members_and_manifests(0);
    for number in 0..count {
        members.push(&path(number), 0, 0, 0);
    }
    let report = validate(&bag(&members, &spool)).expect("memory can be read");
    assert_eq!(report.findings.list.len(), FINDINGS_MAX);
    assert_eq!(report.findings.errors, 2 * count as u64);
    assert_eq!(report.findings.list[0].code, rules::PAYLOAD_FILE_UNLISTED.code);
}
