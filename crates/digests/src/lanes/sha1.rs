//! SHA-1 in lanes, FIPS 180-4 §6.1.2.

use super::{BLOCK_WORDS, Family, Level, STATE_WORDS, States, Words};

/// SHA-1; its state is the first five words.
pub(crate) struct Sha1;

/// FIPS 180-4 §5.3.1: how the five words begin.
pub(crate) const START: [u32; STATE_WORDS] = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0, 0, 0, 0];

impl Family for Sha1 {
    type Word = u32;

    #[inline(always)]
    fn compress_lanes<const L: usize>(states: &mut States<u32, L>, words: &Words<u32, L>) {
        for lane in 0..L {
            let mut schedule: [u32; BLOCK_WORDS] = std::array::from_fn(|index| words[index][lane].swap_bytes());
            let mut now: [u32; 5] = std::array::from_fn(|index| states[index][lane]);
            steps!([0 16 32 48 64], |STEP| {
                if !matches!(STEP, 0..BLOCK_WORDS) {
                    let word = schedule[(STEP + 13) % 16] ^ schedule[(STEP + 8) % 16] ^ schedule[(STEP + 2) % 16];
                    schedule[STEP % 16] = (word ^ schedule[STEP % 16]).rotate_left(1);
                }
                let [a, b, c, d, e] = now;
                let (mixed, constant) = match STEP / 20 {
                    0 => ((b & c) | (!b & d), 0x5a827999),
                    1 => (b ^ c ^ d, 0x6ed9eba1),
                    2 => ((b & c) | (b & d) | (c & d), 0x8f1bbcdcu32),
                    _ => (b ^ c ^ d, 0xca62c1d6),
                };
                let sum = schedule[STEP % 16].wrapping_add(constant).wrapping_add(e).wrapping_add(mixed);
                now = [sum.wrapping_add(a.rotate_left(5)), a, b.rotate_left(30), c, d];
            });
            for (row, word) in states.iter_mut().zip(now) {
                row[lane] = row[lane].wrapping_add(word);
            }
        }
    }

    fn compress_alone(state: &mut [u32; STATE_WORDS], bytes: &[u8]) {
        if let Some(state) = state.first_chunk_mut() {
            sha1::block_api::compress(state, bytes.as_chunks().0);
        }
    }

    fn fewest(level: Level) -> Option<usize> {
        match level {
            Level::Portable => None,
            #[cfg(target_arch = "x86_64")]
            Level::Avx2(_) => Some(if super::x86::has_sha_instructions() { 6 } else { 3 }),
            #[cfg(target_arch = "x86_64")]
            Level::Avx512(_) => Some(if super::x86::has_sha_instructions() { 5 } else { 3 }),
        }
    }
}
