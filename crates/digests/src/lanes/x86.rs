//! The compression functions compiled for AVX2 and AVX-512, behind proofs that the processor has them.

use super::transpose::gather_sixteen;
use super::{BLOCK_WORDS, Family, States, compress_blocks};

/// Proof that this processor has AVX2.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Avx2(());

/// Proof that this processor has AVX-512 F, BW and VL.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Avx512(());

/// Returns whether the processor computes SHA-1 and SHA-256 of one stream by instructions of its own.
pub(super) fn has_sha_instructions() -> bool {
    std::arch::is_x86_feature_detected!("sha")
}

impl Avx2 {
    /// Asks the processor.
    pub(crate) fn detect() -> Option<Self> {
        std::arch::is_x86_feature_detected!("avx2").then_some(Self(()))
    }

    /// Compresses blocks of eight streams.
    #[expect(unsafe_code, reason = "code for AVX2 can be called only where the caller vouches for the processor")]
    pub(crate) fn compress<F: Family>(self, states: &mut States<F::Word, 8>, inputs: &[&[u8]; 8], blocks: usize) {
        // SAFETY: the only requirement is AVX2, and `self` exists only where `detect` saw it.
        unsafe { avx2::<F>(states, inputs, blocks) }
    }
}

impl Avx512 {
    /// Asks the processor.
    pub(crate) fn detect() -> Option<Self> {
        let has_all = std::arch::is_x86_feature_detected!("avx512f")
            && std::arch::is_x86_feature_detected!("avx512bw")
            && std::arch::is_x86_feature_detected!("avx512vl");
        has_all.then_some(Self(()))
    }

    /// Compresses blocks of 16 streams with words of 32 bits.
    #[expect(unsafe_code, reason = "code for AVX-512 can be called only where the caller vouches for the processor")]
    pub(crate) fn compress_narrow<F: Family<Word = u32>>(
        self,
        states: &mut States<u32, 16>,
        inputs: &[&[u8]; 16],
        blocks: usize,
    ) {
        // SAFETY: the only requirement is AVX-512 F, BW and VL, and `self` exists only where `detect` saw them.
        unsafe { avx512_narrow::<F>(states, inputs, blocks) }
    }

    /// Compresses blocks of 16 streams with words of 64 bits.
    #[expect(unsafe_code, reason = "code for AVX-512 can be called only where the caller vouches for the processor")]
    pub(crate) fn compress_wide<F: Family<Word = u64>>(
        self,
        states: &mut States<u64, 16>,
        inputs: &[&[u8]; 16],
        blocks: usize,
    ) {
        // SAFETY: the only requirement is AVX-512 F, BW and VL, and `self` exists only where `detect` saw them.
        unsafe { avx512_wide::<F>(states, inputs, blocks) }
    }
}

#[target_feature(enable = "avx2")]
fn avx2<F: Family>(states: &mut States<F::Word, 8>, inputs: &[&[u8]; 8], blocks: usize) {
    compress_blocks::<F, 8>(states, inputs, blocks);
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
fn avx512_narrow<F: Family<Word = u32>>(states: &mut States<u32, 16>, inputs: &[&[u8]; 16], blocks: usize) {
    let mut words = [[0; 16]; BLOCK_WORDS];
    for block in 0..blocks {
        gather_sixteen(&mut words, inputs, block);
        F::compress_lanes(states, &words);
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
fn avx512_wide<F: Family<Word = u64>>(states: &mut States<u64, 16>, inputs: &[&[u8]; 16], blocks: usize) {
    compress_blocks::<F, 16>(states, inputs, blocks);
}
