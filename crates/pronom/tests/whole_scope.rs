//! Files of many chunks, every byte of which is looked at.

mod sample;

use std::cell::Cell;
use std::io;

use pronom::{Limits, MatchKind, Scope, Signatures, Source, identify};
use sample::compile_one;

const MIB: u64 = 1 << 20;
/// Bytes of a chunk, at whose border nothing may be missed.
const CHUNK_BYTES: u64 = 8 * MIB;

/// A file of one byte all over, with a few stretches of others.
struct Patched {
    size_bytes: u64,
    filler: u8,
    patches: Vec<(u64, Vec<u8>)>,
    read_bytes: Cell<u64>,
}

impl Patched {
    fn new(size_bytes: u64, patches: &[(u64, &[u8])]) -> Self {
        let patches = patches.iter().map(|(place, bytes)| (*place, bytes.to_vec())).collect();
        Self { size_bytes, filler: b'.', patches, read_bytes: Cell::new(0) }
    }
}

impl Source for Patched {
    fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.size_bytes.saturating_sub(offset).min(buffer.len() as u64) as usize;
        buffer[..length].fill(self.filler);
        for (place, bytes) in &self.patches {
            for (number, byte) in bytes.iter().enumerate() {
                let at = (place + number as u64).checked_sub(offset).filter(|at| *at < length as u64);
                if let Some(at) = at {
                    buffer[at as usize] = *byte;
                }
            }
        }
        self.read_bytes.set(self.read_bytes.get() + length as u64);
        Ok(length)
    }
}

fn is_told(signatures: &Signatures, source: &Patched, scope: Scope) -> bool {
    let answer = identify(signatures, source, None, &Limits::default(), scope).expect("it is memory");
    answer.best.is_some_and(|best| best.kind == MatchKind::Signature)
}

/// Checks a file of 40 MiB with these stretches.
#[track_caller]
fn check(sequences: &str, patches: &[(u64, &[u8])], expected: bool) {
    let signatures = compile_one(sequences);
    let source = Patched::new(40 * MIB, patches);
    assert_eq!(is_told(&signatures, &source, Scope::Whole), expected);
    assert!(source.read_bytes.get() <= 3 * source.size_bytes, "no byte is read again and again");
    assert!(!is_told(&signatures, &source, Scope::Windows), "the windows do not reach so far");
}

const ANYWHERE: &str = "<ByteSequence><SubSequence SubSeqMinOffset=\"0\"><Sequence>'a long literal'</Sequence></SubSequence></ByteSequence>";

fn begin(least: u64, most: u64, more: &str) -> String {
    format!(
        "<ByteSequence Reference=\"BOFoffset\"><SubSequence SubSeqMinOffset=\"{least}\" SubSeqMaxOffset=\"{most}\">\
         <Sequence>'main'</Sequence>{more}</ByteSequence>"
    )
}

fn end(least: u64, most: u64, before: &str) -> String {
    format!(
        "<ByteSequence Reference=\"EOFoffset\">{before}<SubSequence SubSeqMinOffset=\"{least}\" \
         SubSeqMaxOffset=\"{most}\"><Sequence>'end'</Sequence></SubSequence></ByteSequence>"
    )
}

#[test]
fn a_sequence_is_found_at_every_place_around_the_border_of_chunks() {
    for border in [CHUNK_BYTES, 2 * CHUNK_BYTES - 14, 40 * MIB - CHUNK_BYTES] {
        for before in [0, 1, 7, 13, 14, 15] {
            check(ANYWHERE, &[(border - before, b"a long literal")], true);
        }
    }
    check(ANYWHERE, &[(40 * MIB - 100_000, b"a long literal")], true);
    check(ANYWHERE, &[(9 * MIB, b"a long litera")], false);
}

#[test]
fn parts_follow_each_other_across_chunks() {
    let sequence = begin(
        0,
        0,
        "</SubSequence><SubSequence SubSeqMinOffset=\"2\"><Sequence>'two'</Sequence></SubSequence>\
         <SubSequence SubSeqMinOffset=\"0\"><Sequence>'a third one'</Sequence></SubSequence>",
    );
    check(&sequence, &[(0, b"main"), (9 * MIB, b"two"), (17 * MIB, b"a third one")], true);
    check(&sequence, &[(0, b"main.two"), (17 * MIB, b"two.a third one")], true);
    check(&sequence, &[(0, b"main"), (17 * MIB, b"two"), (9 * MIB, b"a third one")], false);
    check(&sequence, &[(9 * MIB, b"two"), (17 * MIB, b"a third one")], false);
}

#[test]
fn offsets_beyond_the_first_chunk_count() {
    let sequence = begin(0, 9 * MIB, "</SubSequence>");
    check(&sequence, &[(9 * MIB, b"main")], true);
    check(&sequence, &[(9 * MIB + 1, b"main")], false);
    let sequence = end(4, 9 * MIB, "");
    check(&sequence, &[(31 * MIB - 3, b"end")], true);
    check(&sequence, &[(31 * MIB - 4, b"end")], false);
}

#[test]
fn what_stands_before_the_end_is_found_backward_across_chunks() {
    let before = "<SubSequence SubSeqMinOffset=\"1\"><Sequence>'before'</Sequence></SubSequence>";
    let sequence = end(0, 200_000, before);
    let size = 40 * MIB;
    check(&sequence, &[(MIB, b"before"), (size - 150_000, b"end")], true);
    check(&sequence, &[(size - 150_006, b"before"), (size - 150_000, b"end")], false);
    check(&sequence, &[(MIB, b"before"), (size - 250_000, b"end")], false);
}

#[test]
fn a_wide_gap_may_lie_across_the_border() {
    let fragment =
        "<RightFragment Position=\"1\" MinOffset=\"0\" MaxOffset=\"1500000\">'far'</RightFragment></SubSequence>";
    let sequence = begin(0, 40 * MIB, fragment);
    check(&sequence, &[(CHUNK_BYTES - 100, b"main"), (CHUNK_BYTES + 1_400_000, b"far")], true);
    check(&sequence, &[(CHUNK_BYTES - 100, b"main"), (CHUNK_BYTES + 1_500_000, b"far")], false);
}

#[test]
fn the_official_signatures_find_what_the_windows_miss() {
    // fmt/468: CD001 around offset 32769, and a terminator that may follow up to 16 KiB later.
    let image = Patched::new(40 * MIB, &[(32_769, b"CD001"), (34_816, b"\xFFCD001")]);
    let official = Signatures::official();
    let puid = |scope| {
        let answer = identify(official, &image, None, &Limits::default(), scope).expect("it is memory");
        answer.best.map(|best| best.puid().to_string())
    };
    assert_eq!(puid(Scope::Whole).as_deref(), Some("fmt/468"));
    assert_eq!(puid(Scope::Windows).as_deref(), Some("fmt/468"));
}

#[test]
fn a_source_that_lies_about_its_size_is_no_endless_loop() {
    struct Liar(u64);
    impl Source for Liar {
        fn size_bytes(&self) -> u64 {
            self.0
        }
        fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
            b"GIF89a....;".as_slice().read_at(offset, buffer)
        }
    }
    for size_bytes in [0, 1, 5, 100_000, 200_000, CHUNK_BYTES + 1, 1 << 40, u64::MAX] {
        for scope in [Scope::Windows, Scope::Whole] {
            let answer = identify(Signatures::official(), &Liar(size_bytes), Some("a.gif"), &Limits::default(), scope);
            assert!(answer.is_ok_and(|answer| answer.best.is_some()), "{size_bytes} {scope:?}");
        }
    }
}
