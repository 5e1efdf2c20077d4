//! The digests of one algorithm for many members, side by side.

use digests::{Algorithm, Digest};

/// One column: fixed-length digests, and a bit a member that says whether its digest is known.
#[derive(Debug, Clone)]
pub(super) struct Column {
    algorithm: Algorithm,
    bytes: Vec<u8>,
    known: Vec<u64>,
}

impl Column {
    pub(super) fn new(algorithm: Algorithm) -> Self {
        Self { algorithm, bytes: Vec::new(), known: Vec::new() }
    }

    pub(super) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub(super) fn set(&mut self, place: usize, digest: &Digest) {
        let length = self.algorithm.length_bytes();
        let end = (place + 1) * length;
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        if self.known.len() <= place / 64 {
            self.known.resize(place / 64 + 1, 0);
        }
        self.bytes[end - length..end].copy_from_slice(digest.as_bytes());
        self.known[place / 64] |= 1 << (place % 64);
    }

    pub(super) fn get(&self, place: usize) -> Option<Digest> {
        if self.known.get(place / 64)? & (1 << (place % 64)) == 0 {
            return None;
        }
        let length = self.algorithm.length_bytes();
        Digest::from_bytes(self.algorithm, &self.bytes[place * length..(place + 1) * length])
    }
}
