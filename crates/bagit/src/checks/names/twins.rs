//! Names that differ only in case or normal form: RFC 8493 §6.1.1.3.

use std::hash::BuildHasher as _;

use hashbrown::{DefaultHashBuilder, HashTable};
use unicode_normalization::{UnicodeNormalization as _, is_nfc};

use crate::{MemberIndex, Members};

/// The members met so far, by what a forgetful file system makes of their paths. Four bytes a member.
pub(super) struct Twins {
    table: HashTable<MemberIndex>,
    hash_builder: DefaultHashBuilder,
    folded: String,
}

impl Twins {
    pub fn with_room_for(members: usize) -> Self {
        Self {
            table: HashTable::with_capacity(members),
            hash_builder: DefaultHashBuilder::default(),
            folded: String::new(),
        }
    }

    /// Adds a member; returns the earlier one with which it would fall together.
    pub fn insert(&mut self, members: &Members, index: MemberIndex) -> Option<MemberIndex> {
        let path = members.get(index).path;
        fold(path, &mut self.folded);
        let hash = self.hash_builder.hash_one(self.folded.as_str());
        let folded = self.folded.as_str();
        let mut other_folded = String::new();
        let is_same = |other: &MemberIndex| {
            fold(members.get(*other).path, &mut other_folded);
            other_folded == folded
        };
        if let Some(other) = self.table.find(hash, is_same) {
            return Some(*other);
        }
        let rehash = |other: &MemberIndex| {
            let mut folded = String::new();
            fold(members.get(*other).path, &mut folded);
            self.hash_builder.hash_one(folded.as_str())
        };
        self.table.insert_unique(hash, index, rehash);
        None
    }
}

/// Returns whether two paths are the same text in two normal forms.
pub(super) fn is_same_text(one: &str, other: &str) -> bool {
    one.nfc().eq(other.nfc())
}

/// Writes a path without its case and in NFC.
fn fold(path: &str, folded: &mut String) {
    folded.clear();
    if path.is_ascii() {
        folded.push_str(path);
        folded.make_ascii_lowercase();
    } else if is_nfc(path) {
        folded.extend(path.chars().flat_map(char::to_lowercase));
    } else {
        folded.extend(path.nfc().flat_map(char::to_lowercase));
    }
}
