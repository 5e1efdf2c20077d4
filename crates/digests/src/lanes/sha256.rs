//! SHA-256 and SHA-224 in lanes, FIPS 180-4 §6.2.2.

use super::{BLOCK_WORDS, Family, Level, STATE_WORDS, States, Words};

/// SHA-256 and SHA-224, which differ only in how they begin and where their digest is cut.
pub(crate) struct Sha256;

/// FIPS 180-4 §5.3.2: how SHA-224 begins.
pub(crate) const START_224: [u32; STATE_WORDS] =
    [0xc1059ed8, 0x367cd507, 0x3070dd17, 0xf70e5939, 0xffc00b31, 0x68581511, 0x64f98fa7, 0xbefa4fa4];

/// FIPS 180-4 §5.3.3: how SHA-256 begins.
pub(crate) const START_256: [u32; STATE_WORDS] =
    [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];

/// FIPS 180-4 §4.2.2: of the cube roots of the first 64 primes.
const CUBE_ROOTS: [u32; 64] = [
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
    0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
    0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
    0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
    0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
    0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
    0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
    0xc67178f2,
];

impl Family for Sha256 {
    type Word = u32;

    #[inline(always)]
    fn compress_lanes<const L: usize>(states: &mut States<u32, L>, words: &Words<u32, L>) {
        for lane in 0..L {
            let mut schedule: [u32; BLOCK_WORDS] = std::array::from_fn(|index| words[index][lane].swap_bytes());
            let mut now: [u32; STATE_WORDS] = std::array::from_fn(|index| states[index][lane]);
            steps!([0 16 32 48], |STEP| {
                if !matches!(STEP, 0..BLOCK_WORDS) {
                    let (early, late) = (schedule[(STEP + 1) % 16], schedule[(STEP + 14) % 16]);
                    let early = early.rotate_right(7) ^ early.rotate_right(18) ^ (early >> 3);
                    let late = late.rotate_right(17) ^ late.rotate_right(19) ^ (late >> 10);
                    let sum = schedule[STEP % 16].wrapping_add(schedule[(STEP + 9) % 16]);
                    schedule[STEP % 16] = sum.wrapping_add(early).wrapping_add(late);
                }
                let [a, b, c, d, e, f, g, h] = now;
                let turned = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
                let word = schedule[STEP % 16].wrapping_add(CUBE_ROOTS[STEP]);
                let first = h.wrapping_add(turned).wrapping_add((e & f) | (!e & g)).wrapping_add(word);
                let turned = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
                let second = turned.wrapping_add((a & b) | (c & (a | b)));
                now = [first.wrapping_add(second), a, b, c, d.wrapping_add(first), e, f, g];
            });
            for (row, word) in states.iter_mut().zip(now) {
                row[lane] = row[lane].wrapping_add(word);
            }
        }
    }

    fn compress_alone(state: &mut [u32; STATE_WORDS], bytes: &[u8]) {
        sha2::block_api::compress256(state, bytes.as_chunks().0);
    }

    fn fewest(level: Level) -> Option<usize> {
        match level {
            Level::Portable => None,
            #[cfg(target_arch = "x86_64")]
            Level::Avx2(_) => (!super::x86::has_sha_instructions()).then_some(3),
            #[cfg(target_arch = "x86_64")]
            Level::Avx512(_) => Some(if super::x86::has_sha_instructions() { 8 } else { 3 }),
        }
    }
}
