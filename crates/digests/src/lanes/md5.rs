//! MD5 in lanes, RFC 1321 §3.4.

use super::{BLOCK_WORDS, Family, Level, STATE_WORDS, States, Words};

/// MD5; its state is the first four words.
pub(crate) struct Md5;

/// RFC 1321 §3.3: how the four words begin.
pub(crate) const START: [u32; STATE_WORDS] = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0, 0, 0, 0];

/// RFC 1321 §3.4: the integer part of 2^32 times |sin(n + 1)|.
const SINES: [u32; 64] = [
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501, 0x698098d8,
    0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821, 0xf61e2562, 0xc040b340,
    0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8, 0x21e1cde6, 0xc33707d6, 0xf4d50d87,
    0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a, 0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c,
    0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70, 0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039,
    0xe6db99e5, 0x1fa27cf8, 0xc4ac5665, 0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92,
    0xffeff47d, 0x85845dd1, 0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb,
    0xeb86d391,
];

/// How far each step rotates, by round and step within it.
const TURNS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];

impl Family for Md5 {
    type Word = u32;

    #[inline(always)]
    fn compress_lanes<const L: usize>(states: &mut States<u32, L>, words: &Words<u32, L>) {
        for lane in 0..L {
            let mut now = [states[0][lane], states[1][lane], states[2][lane], states[3][lane]];
            steps!([0 16 32 48], |STEP| {
                let [a, b, c, d] = now;
                let (mixed, word) = match STEP / BLOCK_WORDS {
                    0 => ((b & c) | (!b & d), STEP),
                    1 => ((b & d) | (c & !d), (5 * STEP + 1) % BLOCK_WORDS),
                    2 => (b ^ c ^ d, (3 * STEP + 5) % BLOCK_WORDS),
                    _ => (c ^ (b | !d), (7 * STEP) % BLOCK_WORDS),
                };
                // The sum of word and sine does not wait for the step before.
                let sum = words[word][lane].wrapping_add(SINES[STEP]).wrapping_add(a).wrapping_add(mixed);
                now = [d, sum.rotate_left(TURNS[STEP / BLOCK_WORDS][STEP % 4]).wrapping_add(b), b, c];
            });
            for (row, word) in states.iter_mut().zip(now) {
                row[lane] = row[lane].wrapping_add(word);
            }
        }
    }

    fn compress_alone(state: &mut [u32; STATE_WORDS], bytes: &[u8]) {
        if let Some(state) = state.first_chunk_mut() {
            md5::block_api::compress(state, bytes.as_chunks().0);
        }
    }

    fn fewest(_level: Level) -> Option<usize> {
        Some(3)
    }
}
