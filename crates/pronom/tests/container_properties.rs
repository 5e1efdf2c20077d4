//! Whatever single damage a container takes, reading it stays within bounds and true to itself.

#![allow(clippy::print_stdout, reason = "the figures tell whether the bounds are near")]

mod container;

use container::{CompoundBuilder, Cost, ZipBuilder, ZipEntry, compound_with_cfb, explore, pattern, zip_with_crate};
use pronom::container::{ContainerKind, Wanted};

fn wanted() -> Wanted {
    Wanted::new(["mimetype", "META-INF/manifest.xml", "CompObj", "WordDocument", "folder/inner", "b"])
}

fn zips() -> Vec<Vec<u8>> {
    let entries = [
        ZipEntry::stored("mimetype", b"application/epub+zip"),
        ZipEntry::deflated("META-INF/manifest.xml", &pattern(700)),
        ZipEntry::deflated("b", &[7; 3000]).streamed(true),
    ];
    let builder = ZipBuilder::of(&entries);
    let files = [("mimetype", pattern(20)), ("b", pattern(500))];
    vec![
        builder.finish(),
        builder.finish_64(),
        builder.bytes,
        zip_with_crate(&files, true, false),
        zip_with_crate(&files, false, true),
    ]
}

fn compounds() -> Vec<Vec<u8>> {
    let mut builder = CompoundBuilder::new(9);
    builder.mini(&pattern(640), &[1, 2, 4, 3, 5, 6, 7, 0xffff_fffe]);
    builder.entry_of("\u{1}CompObj", 0, 300);
    builder.stream("WordDocument", &pattern(4200));
    let streams = [("/\u{1}CompObj", pattern(106)), ("/folder/inner", pattern(5000)), ("/b", pattern(70))];
    vec![builder.finish(), compound_with_cfb(cfb::Version::V3, &streams)]
}

fn explore_all(kind: ContainerKind, damaged: impl Iterator<Item = Vec<u8>>) {
    let wanted = wanted();
    let mut most = Cost::default();
    let mut count = 0;
    for bytes in damaged {
        let cost = explore(kind, &bytes, &wanted);
        most.entries = most.entries.max(cost.entries);
        most.reads = most.reads.max(cost.reads);
        most.bytes = most.bytes.max(cost.bytes);
        count += 1;
    }
    println!("{kind:?}: {count} files, at most {most:?}");
    assert!(most.entries >= 2);
}

/// Returns a file with each byte set to each of some values.
fn with_each_byte_changed(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let changes = (0..bytes.len()).flat_map(|place| [0, 1, 2, 0x7f, 0x80, 0xfe, 0xff].map(|value| (place, value)));
    changes.filter(|(place, value)| bytes[*place] != *value).map(|(place, value)| {
        let mut changed = bytes.to_vec();
        changed[place] = value;
        changed
    })
}

/// Returns a file with a number of four or eight bytes at each place.
fn with_each_number_changed(bytes: &[u8], step: usize) -> impl Iterator<Item = Vec<u8>> {
    let numbers = [0, u64::MAX, 1 << 63, i64::MAX as u64, 0xffff_fffe, 0x7fff_ffff, bytes.len() as u64];
    (0..bytes.len().saturating_sub(8)).step_by(step).flat_map(move |place| {
        [4, 8].into_iter().flat_map(move |width| {
            numbers.map(|number| {
                let mut changed = bytes.to_vec();
                changed[place..place + width].copy_from_slice(&number.to_le_bytes()[..width]);
                changed
            })
        })
    })
}

#[test]
fn a_container_cut_at_any_byte_is_read_within_bounds() {
    let cuts = |bytes: Vec<u8>| (0..=bytes.len()).map(move |length| bytes[..length].to_vec());
    explore_all(ContainerKind::Zip, zips().into_iter().flat_map(cuts));
    explore_all(ContainerKind::Ole2, compounds().into_iter().flat_map(cuts));
}

#[test]
fn an_archive_with_any_byte_changed_is_read_within_bounds() {
    explore_all(ContainerKind::Zip, zips().iter().flat_map(|bytes| with_each_byte_changed(bytes)));
}

#[test]
fn a_compound_file_with_any_byte_changed_is_read_within_bounds() {
    explore_all(ContainerKind::Ole2, compounds().iter().flat_map(|bytes| with_each_byte_changed(bytes)));
}

#[test]
fn an_archive_with_any_number_changed_is_read_within_bounds() {
    explore_all(ContainerKind::Zip, zips().iter().flat_map(|bytes| with_each_number_changed(bytes, 1)));
}

#[test]
fn a_compound_file_with_any_number_changed_is_read_within_bounds() {
    explore_all(ContainerKind::Ole2, compounds().iter().flat_map(|bytes| with_each_number_changed(bytes, 2)));
}
