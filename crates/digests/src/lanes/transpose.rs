//! Sixteen blocks of sixteen words, turned on their diagonal by AVX-512.
//!
//! Word by word the same costs a third of the time of MD5. Safe intrinsics only: vectors are built of words and taken
//! apart into words, which the compiler makes one load and one store each.

use std::arch::x86_64::{
    __m512i, _mm_extract_epi32, _mm512_extracti32x4_epi32, _mm512_setr_epi32, _mm512_setzero_si512,
    _mm512_shuffle_i32x4, _mm512_unpackhi_epi32, _mm512_unpackhi_epi64, _mm512_unpacklo_epi32, _mm512_unpacklo_epi64,
};

use super::{Word, Words};

/// The even 128-bit quarters of two vectors.
const EVEN: i32 = 0b10_00_10_00;
/// The odd 128-bit quarters of two vectors.
const ODD: i32 = 0b11_01_11_01;

/// Reads one block of each of 16 streams, word by word.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
pub(super) fn gather_sixteen(words: &mut Words<u32, 16>, inputs: &[&[u8]; 16], block: usize) {
    let mut rows = [_mm512_setzero_si512(); 16];
    for (row, input) in rows.iter_mut().zip(inputs) {
        *row = read_block(&input[block * u32::BLOCK_BYTES..][..u32::BLOCK_BYTES]);
    }
    for (word, row) in words.iter_mut().zip(transpose(rows)) {
        *word = to_words(row);
    }
}

/// Each quarter of a vector first, as 4 x 4 words; then the quarters among the vectors, as 4 x 4 quarters.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
fn transpose(rows: [__m512i; 16]) -> [__m512i; 16] {
    let mut quads = [_mm512_setzero_si512(); 16];
    for four in 0..4 {
        let [a, b, c, d] = [rows[4 * four], rows[4 * four + 1], rows[4 * four + 2], rows[4 * four + 3]];
        let (ab_low, ab_high) = (_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
        let (cd_low, cd_high) = (_mm512_unpacklo_epi32(c, d), _mm512_unpackhi_epi32(c, d));
        quads[4 * four] = _mm512_unpacklo_epi64(ab_low, cd_low);
        quads[4 * four + 1] = _mm512_unpackhi_epi64(ab_low, cd_low);
        quads[4 * four + 2] = _mm512_unpacklo_epi64(ab_high, cd_high);
        quads[4 * four + 3] = _mm512_unpackhi_epi64(ab_high, cd_high);
    }
    // Quarter q of quads[4 * four + word] now has word 4 * q + word of the four rows from 4 * four on.
    let mut columns = [_mm512_setzero_si512(); 16];
    for word in 0..4 {
        let even_low = _mm512_shuffle_i32x4::<EVEN>(quads[word], quads[4 + word]);
        let odd_low = _mm512_shuffle_i32x4::<ODD>(quads[word], quads[4 + word]);
        let even_high = _mm512_shuffle_i32x4::<EVEN>(quads[8 + word], quads[12 + word]);
        let odd_high = _mm512_shuffle_i32x4::<ODD>(quads[8 + word], quads[12 + word]);
        columns[word] = _mm512_shuffle_i32x4::<EVEN>(even_low, even_high);
        columns[4 + word] = _mm512_shuffle_i32x4::<EVEN>(odd_low, odd_high);
        columns[8 + word] = _mm512_shuffle_i32x4::<ODD>(even_low, even_high);
        columns[12 + word] = _mm512_shuffle_i32x4::<ODD>(odd_low, odd_high);
    }
    columns
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
fn read_block(bytes: &[u8]) -> __m512i {
    let w: [i32; 16] = std::array::from_fn(|index| u32::read(bytes, index).cast_signed());
    _mm512_setr_epi32(
        w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7], w[8], w[9], w[10], w[11], w[12], w[13], w[14], w[15],
    )
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
fn to_words(vector: __m512i) -> [u32; 16] {
    let quarters = [
        _mm512_extracti32x4_epi32::<0>(vector),
        _mm512_extracti32x4_epi32::<1>(vector),
        _mm512_extracti32x4_epi32::<2>(vector),
        _mm512_extracti32x4_epi32::<3>(vector),
    ];
    let mut words = [0; 16];
    for (four, quarter) in words.chunks_exact_mut(4).zip(quarters) {
        four[0] = _mm_extract_epi32::<0>(quarter).cast_unsigned();
        four[1] = _mm_extract_epi32::<1>(quarter).cast_unsigned();
        four[2] = _mm_extract_epi32::<2>(quarter).cast_unsigned();
        four[3] = _mm_extract_epi32::<3>(quarter).cast_unsigned();
    }
    words
}
