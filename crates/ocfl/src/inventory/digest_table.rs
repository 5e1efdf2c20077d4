//! Many digests of one length in one piece of memory, each known by a number of four bytes.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::names::ranks;
use crate::Error;

/// Digests as bytes, one after another; the number of a digest is its place in the row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DigestTable {
    width: usize,
    bytes: Vec<u8>,
}

impl DigestTable {
    /// Makes an empty table of digests of `width` bytes, at least one.
    pub fn new(width: usize) -> Self {
        Self { width: width.max(1), bytes: Vec::new() }
    }

    pub fn width(&self) -> usize {
        self.width
    }

    pub fn len(&self) -> usize {
        self.bytes.len() / self.width
    }

    pub fn get(&self, digest: u32) -> &[u8] {
        let start = digest as usize * self.width;
        &self.bytes[start..start + self.width]
    }

    /// Returns the number of a digest, by bisection: for digests in order only.
    pub fn find(&self, bytes: &[u8]) -> Option<u32> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            match self.get(middle as u32).cmp(bytes) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Some(middle as u32),
            }
        }
        None
    }

    /// Puts the digests in order; returns the new number of each old one, or `None` when nothing moved.
    pub fn sort(&mut self) -> Option<Vec<u32>> {
        let count = self.len() as u32;
        if (1..count).all(|digest| self.get(digest - 1) <= self.get(digest)) {
            return None;
        }
        // The first eight bytes decide nearly always, and lie side by side.
        let mut order: Vec<(u64, u32)> = (0..count).map(|digest| (head(self.get(digest)), digest)).collect();
        order.sort_unstable_by(|one, other| one.0.cmp(&other.0).then_with(|| self.get(one.1).cmp(self.get(other.1))));
        let order: Vec<u32> = order.into_iter().map(|(_, digest)| digest).collect();
        let mut bytes = Vec::with_capacity(self.bytes.len());
        for digest in &order {
            bytes.extend_from_slice(self.get(*digest));
        }
        self.bytes = bytes;
        Some(ranks(&order))
    }

    pub fn shrink(&mut self) {
        self.bytes.shrink_to_fit();
    }
}

fn head(bytes: &[u8]) -> u64 {
    let mut first = [0; 8];
    for (to, from) in first.iter_mut().zip(bytes) {
        *to = *from;
    }
    u64::from_be_bytes(first)
}

/// Digests under construction: each is kept once.
#[derive(Debug, Clone)]
pub(crate) struct DigestInterner {
    pub digests: DigestTable,
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl DigestInterner {
    pub fn new(width: usize) -> Self {
        Self::from_table(DigestTable::new(width))
    }

    /// Takes over digests that are all different.
    pub fn from_table(digests: DigestTable) -> Self {
        let hasher = DefaultHashBuilder::default();
        let mut table = HashTable::with_capacity(digests.len());
        for digest in 0..digests.len() as u32 {
            let hash = |digest: u32| hasher.hash_one(digests.get(digest));
            table.insert_unique(hash(digest), digest, |digest| hash(*digest));
        }
        Self { digests, table, hasher }
    }

    pub fn into_table(self) -> DigestTable {
        self.digests
    }

    /// Returns the number of a digest, old or new. The caller has seen to its length.
    pub fn intern(&mut self, bytes: &[u8]) -> Result<u32, Error> {
        debug_assert_eq!(bytes.len(), self.digests.width);
        let hash = self.hasher.hash_one(bytes);
        let (digests, hasher) = (&mut self.digests, &self.hasher);
        if let Some(digest) = self.table.find(hash, |digest| digests.get(*digest) == bytes) {
            return Ok(*digest);
        }
        let digest = u32::try_from(digests.len())
            .map_err(|_| Error::TooLarge { what: "the number of digests", limit: u64::from(u32::MAX) })?;
        digests.bytes.extend_from_slice(bytes);
        self.table.insert_unique(hash, digest, |digest| hasher.hash_one(digests.get(*digest)));
        Ok(digest)
    }
}
