//! Many texts in one piece of memory, each known by a number of four bytes.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::Error;

/// Bytes of all different paths of one inventory together, at the most.
pub const NAMES_BYTES_MAX: u32 = u32::MAX;

/// Texts one after another; the number of a text is its place in the row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Names {
    text: String,
    ends: Vec<u32>,
}

impl Names {
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn get(&self, name: u32) -> &str {
        let place = name as usize;
        let start = if place == 0 { 0 } else { self.ends[place - 1] as usize };
        &self.text[start..self.ends[place] as usize]
    }

    pub fn push(&mut self, text: &str) -> Result<u32, Error> {
        let limit = || Error::TooLarge { what: "the text of all paths", limit: u64::from(NAMES_BYTES_MAX) };
        let end = u32::try_from(self.text.len() + text.len()).map_err(|_| limit())?;
        let name = u32::try_from(self.ends.len()).map_err(|_| limit())?;
        self.text.push_str(text);
        self.ends.push(end);
        Ok(name)
    }

    /// Returns the number of a text, by bisection: for names in order only.
    pub fn find(&self, text: &str) -> Option<u32> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            match self.get(middle as u32).cmp(text) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Some(middle as u32),
            }
        }
        None
    }

    /// Puts the names in order of bytes; returns the new number of each old one, or `None` when nothing moved.
    pub fn sort(&mut self) -> Option<Vec<u32>> {
        let count = self.len() as u32;
        if (1..count).all(|name| self.get(name - 1) <= self.get(name)) {
            return None;
        }
        let mut order: Vec<u32> = (0..count).collect();
        order.sort_unstable_by(|one, other| self.get(*one).cmp(self.get(*other)));
        let mut sorted = Self { text: String::with_capacity(self.text.len()), ends: Vec::with_capacity(order.len()) };
        for name in &order {
            sorted.text.push_str(self.get(*name));
            sorted.ends.push(sorted.text.len() as u32);
        }
        *self = sorted;
        Some(ranks(&order))
    }

    pub fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
    }
}

/// Turns "which old one stands here" into "where does the old one stand now".
pub(crate) fn ranks(order: &[u32]) -> Vec<u32> {
    let mut ranks = vec![0; order.len()];
    for (rank, old) in order.iter().enumerate() {
        ranks[*old as usize] = rank as u32;
    }
    ranks
}

/// Names under construction: each text is kept once.
#[derive(Debug, Clone, Default)]
pub(crate) struct NameTable {
    pub names: Names,
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl NameTable {
    /// Takes over names that are all different.
    pub fn from_names(names: Names) -> Self {
        let hasher = DefaultHashBuilder::default();
        let mut table = HashTable::with_capacity(names.len());
        for name in 0..names.len() as u32 {
            table.insert_unique(hasher.hash_one(names.get(name)), name, |name| hasher.hash_one(names.get(*name)));
        }
        Self { names, table, hasher }
    }

    pub fn into_names(self) -> Names {
        self.names
    }

    pub fn intern(&mut self, text: &str) -> Result<u32, Error> {
        let hash = self.hasher.hash_one(text);
        let (names, hasher) = (&mut self.names, &self.hasher);
        if let Some(name) = self.table.find(hash, |name| names.get(*name) == text) {
            return Ok(*name);
        }
        let name = names.push(text)?;
        self.table.insert_unique(hash, name, |name| hasher.hash_one(names.get(*name)));
        Ok(name)
    }
}
