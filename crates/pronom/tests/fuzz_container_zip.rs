//! ZIP archives that are changed at random: reading them never panics, never goes on without end, never leaves its bounds.

mod container;

use std::time::Instant;

use container::{Random, ZipBuilder, ZipEntry, explore, fuzz_seconds, pattern, zip_with_crate};
use memchr::memmem;
use pronom::container::{ContainerKind, Wanted};

/// Valid archives, with the places of their headers.
fn corpus() -> Vec<(Vec<u8>, Vec<usize>)> {
    let files = [
        ("mimetype", pattern(20)),
        ("META-INF/manifest.xml", pattern(3000)),
        ("big", pattern(90_000)),
        ("MIMETYPE", vec![0; 100_000]),
    ];
    let entries = [ZipEntry::stored("mimetype", b"epub").streamed(true), ZipEntry::deflated("big", &pattern(20_000))];
    let builder = ZipBuilder::of(&entries);
    let archives = [
        zip_with_crate(&files, false, false),
        zip_with_crate(&files, true, false),
        zip_with_crate(&files, false, true),
        builder.finish_64(),
        builder.finish_with(builder.directory.len() as u32, builder.bytes.len() as u32, b"a comment"),
        [pattern(1000), builder.finish()].concat(),
        builder.bytes,
    ];
    archives.map(|bytes| (bytes.clone(), memmem::find_iter(&bytes, b"PK").collect())).into()
}

/// Reads changed archives until the time is over.
#[test]
fn changed_archives_are_read_within_bounds() {
    let corpus = corpus();
    let wanted = Wanted::new(["mimetype", "META-INF/manifest.xml", "big", "CompObj", "WordDocument", "a/b/inner"]);
    let mut random = Random::new("zip");
    let (began, mut runs, mut read) = (Instant::now(), 0_u64, 0_u64);
    while began.elapsed() < fuzz_seconds() {
        let (bytes, places) = &corpus[random.below(corpus.len())];
        let mut changed = bytes.clone();
        random.change(&mut changed, places);
        let cost = explore(ContainerKind::Zip, &changed, &wanted);
        runs += 1;
        read += u64::from(cost.entries > 0);
    }
    println!("zip: {runs} archives, {read} of them with entries");
    assert!(runs > 0 && read > runs / 20, "most changes should be survived");
}
