//! Chance that can be brought back by its seed, and what it does to files.

use std::hash::{BuildHasher as _, Hasher as _};
use std::time::Duration;

/// How long a fuzz test goes on, unless `STRONGROOM_FUZZ_SECONDS` says otherwise.
const SECONDS: u64 = 5;

pub fn fuzz_seconds() -> Duration {
    let text = std::env::var("STRONGROOM_FUZZ_SECONDS").ok();
    Duration::from_secs(text.map_or(SECONDS, |text| text.parse().expect("STRONGROOM_FUZZ_SECONDS is a number")))
}

/// A xorshift generator; `STRONGROOM_FUZZ_SEED` brings a failure back.
pub struct Random(u64);

impl Random {
    pub fn new(name: &str) -> Self {
        let seed = match std::env::var("STRONGROOM_FUZZ_SEED") {
            Ok(text) => text.parse().expect("STRONGROOM_FUZZ_SEED is a number"),
            Err(_) => std::collections::hash_map::RandomState::new().build_hasher().finish() | 1,
        };
        println!("{name}: STRONGROOM_FUZZ_SEED={seed}");
        Self(seed)
    }

    pub fn with_seed(seed: u64) -> Self {
        Self(seed | 1)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }

    /// Changes a few places; `places` are where it hurts, such as headers and tables.
    pub fn change(&mut self, bytes: &mut Vec<u8>, places: &[usize]) {
        for _ in 0..=self.below(5) {
            let anywhere = self.below(bytes.len());
            let near = places.get(self.below(places.len())).map_or(0, |place| place + self.below(64));
            let place = if self.below(3) == 0 { anywhere } else { near.min(bytes.len().saturating_sub(1)) };
            self.change_at(bytes, place);
        }
    }

    fn change_at(&mut self, bytes: &mut Vec<u8>, place: usize) {
        let end = (place + self.below(1200)).min(bytes.len());
        match self.below(9) {
            0 if !bytes.is_empty() => bytes[place] ^= 1 << self.below(8),
            1 if !bytes.is_empty() => bytes[place] = [0, 0xff, 0xfe, 1, 8, 0x80][self.below(6)],
            2 if self.below(4) == 0 => bytes.truncate(place),
            3 if self.below(4) == 0 => drop(bytes.drain(place..end)),
            4 if self.below(2) == 0 => {
                let piece = bytes[place..end].to_vec();
                let target = self.below(bytes.len() + 1);
                bytes.splice(target..target, piece);
            }
            5 if place + 8 <= bytes.len() => {
                let number = [0, u64::MAX, i64::MAX as u64, 1 << 63, 0xffff_ffff, 1 << 40][self.below(6)];
                bytes[place..place + 8].copy_from_slice(&number.to_le_bytes());
            }
            // A small number in a field of four bytes: another sector, another offset, another size.
            6 | 7 if place + 4 <= bytes.len() => {
                let place = place & !3;
                let number = [self.below(40), self.below(bytes.len()), 0xffff_fffe, 0xffff_ffff][self.below(4)] as u32;
                bytes[place..place + 4].copy_from_slice(&number.to_le_bytes());
            }
            _ => {
                let piece = bytes[place..end].to_vec();
                let target = self.below(bytes.len() - piece.len() + 1);
                bytes[target..target + piece.len()].copy_from_slice(&piece);
            }
        }
    }
}
