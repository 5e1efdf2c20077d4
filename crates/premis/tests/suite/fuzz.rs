//! The reader on spoilt documents: whatever the bytes, it ends and does not panic.

use std::time::{Duration, Instant};

use premis::EventReader;

use crate::documents::complete;

/// A small generator of numbers that are random enough to spoil documents with.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).unwrap()
    }
}

/// How long to go on: one second, or a fourth of what `./test` asks for, since nobody else writes what is read here.
fn duration() -> Duration {
    let seconds = std::env::var("STRONGROOM_FUZZ_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    Duration::from_secs(seconds.map_or(1, |seconds: u64| seconds.div_ceil(4)))
}

#[test]
fn fuzz_the_reader_with_spoilt_documents() {
    let seed = std::env::var("STRONGROOM_FUZZ_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0x5EED);
    println!("STRONGROOM_FUZZ_SEED={seed}");
    let mut numbers = Numbers(seed);
    let mut document = complete();
    document.events.truncate(3);
    let good = document.to_xml();
    let until = Instant::now() + duration();
    while Instant::now() < until {
        let mut spoilt = good.clone();
        for _ in 0..=numbers.below(8) {
            spoil(&mut spoilt, &mut numbers);
        }
        let length = spoilt.len();
        let events = EventReader::new(&spoilt[..]).count();
        assert!(events <= length / "<premis:event/>".len() + 1, "{events} events in {length} bytes");
    }
}

/// Changes, removes, repeats or inserts a little.
fn spoil(bytes: &mut Vec<u8>, numbers: &mut Numbers) {
    const MARKUP: [&[u8]; 8] = [b"<", b">", b"&", b"]]>", b"<![CDATA[", b"<!--", b"/>", b"\xff"];
    if bytes.is_empty() {
        return;
    }
    let begin = numbers.below(bytes.len());
    let end = (begin + numbers.below(200)).min(bytes.len());
    match numbers.below(4) {
        0 => bytes[begin] = u8::try_from(numbers.below(256)).unwrap(),
        1 => drop(bytes.drain(begin..end)),
        2 => {
            let piece = bytes[begin..end].to_vec();
            bytes.splice(begin..begin, piece);
        }
        _ => drop(bytes.splice(begin..begin, MARKUP[numbers.below(MARKUP.len())].iter().copied())),
    }
}
