//! What tests of containers share: a source that counts, archives and compound files built byte by byte.

#![allow(dead_code, unused_imports, reason = "each test file uses a part of this")]
#![allow(clippy::print_stdout, reason = "the seed brings a failure back")]

mod compound;
mod counting;
mod random;
mod zip;

use pronom::container::{ContainerError, ContainerKind, ContainerLimits, Ends, Flaw, InnerBytes, Inside, Wanted};

pub use compound::{CompoundBuilder, END, Entry, FREE, compound_with_cfb};
pub use counting::Counting;
pub use random::{Random, fuzz_seconds};
pub use zip::{ZipBuilder, ZipEntry, deflate, zip_with_crate, zip64_extra};

/// What most signatures ask for: no more than this from the begin, nothing from the end.
pub const HEAD: Ends = Ends { head_bytes: 65_536, tail_bytes: 0 };
pub const BOTH: Ends = Ends { head_bytes: 4096, tail_bytes: 1024 };

/// Opens a container for some paths.
pub fn open(kind: ContainerKind, bytes: &[u8], wanted: &[&str]) -> Result<Inside, ContainerError> {
    Inside::open(kind, &bytes, &Wanted::new(wanted.iter().copied()), &ContainerLimits::default())
}

/// Opens a container for one path and reads both ends of it; `None` when it is not there.
pub fn read_one(
    kind: ContainerKind,
    bytes: &[u8],
    path: &str,
    ends: Ends,
) -> Option<Result<InnerBytes, ContainerError>> {
    let mut inside = open(kind, bytes, &[path]).expect("it can be opened");
    let id = inside.find(path)?;
    Some(inside.read(&bytes, id, ends, &ContainerLimits::default()))
}

/// Asserts that an entry is read whole, its head and its tail.
#[track_caller]
pub fn check_whole(kind: ContainerKind, bytes: &[u8], path: &str, expected: &[u8]) {
    let ends = Ends { head_bytes: expected.len() + 1, tail_bytes: 100 };
    let read = read_one(kind, bytes, path, ends).expect("it is there").expect("it can be read");
    assert_eq!(read.head, expected, "{path}");
    assert_eq!(read.tail, &expected[expected.len().saturating_sub(100)..], "{path}");
    assert_eq!((read.size_bytes, read.whole, read.flaw), (expected.len() as u64, true, None), "{path}");
}

/// Asserts why an entry that is there cannot be read at all.
#[track_caller]
pub fn check_unreadable(kind: ContainerKind, bytes: &[u8], path: &str, expected: Flaw) {
    match read_one(kind, bytes, path, BOTH).expect("it is there") {
        Err(ContainerError::Unreadable(flaw)) => assert_eq!(flaw, expected),
        other => panic!("{other:?}"),
    }
}

/// Asserts what is read of an entry that is cut, and why it is.
#[track_caller]
pub fn check_cut(kind: ContainerKind, bytes: &[u8], path: &str, head: &[u8], expected: Flaw) {
    let read = read_one(kind, bytes, path, BOTH).expect("it is there").expect("it can be read in part");
    assert_eq!((read.flaw, read.whole, read.tail.len()), (Some(expected), false, 0));
    assert_eq!(read.head, head);
}

/// Asserts that there is no opening, and why.
#[track_caller]
pub fn check_closed(kind: ContainerKind, bytes: &[u8], expected: Flaw) {
    match open(kind, bytes, &["a"]) {
        Err(ContainerError::Unreadable(flaw)) => assert_eq!(flaw, expected),
        other => panic!("{other:?}"),
    }
}

/// Bytes in which each place tells where it is.
pub fn pattern(length: usize) -> Vec<u8> {
    (0..length as u32).flat_map(|place| place.wrapping_mul(0x9e37_79b1).to_be_bytes()).take(length).collect()
}

/// What reading a container cost.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cost {
    pub entries: u64,
    pub reads: u64,
    pub bytes: u64,
}

/// Opens a container and reads both ends of all wanted entries, whatever comes of it, and asserts what that may cost.
#[track_caller]
pub fn explore(kind: ContainerKind, bytes: &[u8], wanted: &Wanted) -> Cost {
    let source = Counting::new(bytes);
    let limits = ContainerLimits { inflated_bytes_max: 1 << 20, ..ContainerLimits::default() };
    let mut entries = 0;
    if let Ok(mut inside) = Inside::open(kind, &source, wanted, &limits) {
        let ids: Vec<_> = inside.entries().map(|(id, _)| id).collect();
        entries = ids.len() as u64;
        for id in ids {
            match inside.read(&source, id, BOTH, &limits) {
                Ok(read) => check_consistent(&read),
                Err(error) => assert!(matches!(error, ContainerError::Unreadable(_)), "{error:?}"),
            }
        }
    }
    let (reads, bytes_read) = source.figures();
    let cost = Cost { entries, reads, bytes: bytes_read };
    assert!(entries <= 2 * wanted.len() as u64, "{cost:?}");
    let reads_max = match kind {
        ContainerKind::Zip => zip_reads_max(bytes.len() as u64, entries),
        ContainerKind::Ole2 => ole2_reads_max(bytes.len() as u64, entries),
    };
    assert!(reads <= reads_max, "{cost:?} for {} bytes, at most {reads_max} reads", bytes.len());
    // No read takes more than 64 KiB and the longest extra field.
    assert!(bytes_read <= reads * (bytes.len() as u64).min(140_000), "{cost:?}");
    cost
}

fn check_consistent(read: &InnerBytes) {
    assert!(read.head.len() <= BOTH.head_bytes && read.tail.len() <= BOTH.tail_bytes);
    assert!(!read.whole || (read.flaw.is_none() && read.head.len() as u64 == read.size_bytes));
    assert!(read.flaw.is_none() || read.tail.is_empty());
    if read.flaw.is_none() {
        assert_eq!(read.tail.len() as u64, read.size_bytes.min(BOTH.tail_bytes as u64));
        assert_eq!(read.head.len() as u64, read.size_bytes.min(BOTH.head_bytes as u64));
    }
}

/// Two blocks from the end; 16 places in each that look like the end, seven reads to follow one; then the directory in
/// blocks, or the local headers with two reads and a search each; then, for each entry, two places of its header, its
/// bytes in blocks of 16 KiB, and both ends when it is stored.
fn zip_reads_max(size_bytes: u64, entries: u64) -> u64 {
    let headers = (size_bytes / 30).min(1024);
    2 + 2 * 16 * 7 + size_bytes / 1024 + 3 * headers + entries * (5 + size_bytes / 4096)
}

/// Each step of a chain takes a sector of its table and a sector of content at the most, and there are no more steps
/// than three times the sectors of the file. There is a chain for each entry, one for the directory and two for small
/// streams, which have 64 mini sectors of two reads each at the most.
fn ole2_reads_max(size_bytes: u64, entries: u64) -> u64 {
    let sectors = size_bytes / 512 + 1;
    1 + (entries + 3) * 2 * 3 * sectors + entries * 2 * 64
}
