//! OLE2 compound files that are changed at random: reading them never panics, never goes on without end, never leaves its bounds.

mod container;

use std::time::Instant;

use container::{CompoundBuilder, Random, compound_with_cfb, explore, fuzz_seconds, pattern};
use pronom::container::{ContainerKind, Wanted};

/// Valid files, with the places of their header and of the sectors that hold tables and the directory.
fn corpus() -> Vec<(Vec<u8>, Vec<usize>)> {
    let streams = [
        ("/WordDocument", pattern(40_000)),
        ("/\u{1}CompObj", pattern(106)),
        ("/a/b/inner", pattern(4000)),
        ("/a/b/mimetype", pattern(70)),
        ("/big", pattern(9000)),
    ];
    let mut small = CompoundBuilder::new(9);
    small.mini(&pattern(640), &[1, 2, 4, 3, 5, 6, 7, 0xffff_fffe]);
    small.entry_of("\u{1}CompObj", 0, 300);
    small.stream("big", &pattern(4200));
    let files = [
        compound_with_cfb(cfb::Version::V3, &streams),
        compound_with_cfb(cfb::Version::V4, &streams),
        compound_with_cfb(cfb::Version::V3, &[("/big", pattern(200_000))]),
        small.finish(),
    ];
    files.map(|bytes| (bytes.clone(), tables(&bytes))).into()
}

/// Sectors that look like a table (two numbers that follow each other, or free places) or like the directory.
fn tables(bytes: &[u8]) -> Vec<usize> {
    let is_table = |sector: &[u8]| sector.windows(4).any(|four| four == [0xff; 4] || four == [0xfe, 0xff, 0xff, 0xff]);
    let places = (0..bytes.len() / 64).map(|place| place * 64);
    places.filter(|place| *place < 512 || is_table(&bytes[*place..*place + 64])).collect()
}

/// Reads changed files until the time is over.
#[test]
fn changed_files_are_read_within_bounds() {
    let corpus = corpus();
    let wanted = Wanted::new(["mimetype", "META-INF/manifest.xml", "big", "CompObj", "WordDocument", "a/b/inner"]);
    let mut random = Random::new("ole2");
    let (began, mut runs, mut read) = (Instant::now(), 0_u64, 0_u64);
    while began.elapsed() < fuzz_seconds() {
        let (bytes, places) = &corpus[random.below(corpus.len())];
        let mut changed = bytes.clone();
        random.change(&mut changed, places);
        let cost = explore(ContainerKind::Ole2, &changed, &wanted);
        runs += 1;
        read += u64::from(cost.entries > 0);
    }
    println!("ole2: {runs} files, {read} of them with entries");
    assert!(runs > 0 && read > runs / 20, "most changes should be survived");
}
