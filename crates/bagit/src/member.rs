//! The members of a bag: one compact table of paths, sizes, places and digests.

mod class;
mod column;

use std::hash::BuildHasher as _;

use digests::{Algorithm, Digest, Digests};
use hashbrown::{DefaultHashBuilder, HashTable};

pub use class::PathClass;
use column::Column;

/// Members that one bag may have; a package reader stops there with a finding.
pub const MEMBERS_MAX: usize = 50_000_000;

/// The place of a member in its table, in the order in which the package held them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemberIndex(u32);

impl MemberIndex {
    /// Returns the place as a number, counted from 0.
    #[must_use]
    pub fn get(self) -> usize {
        self.0 as usize
    }
}

/// One member of a bag: a regular file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member<'a> {
    /// Relative to the bag's base folder, parts divided by `/`, exactly as the package has it.
    pub path: &'a str,
    /// Length of its contents in bytes.
    pub size_bytes: u64,
    /// Where its contents begin in the package, in bytes; 0 when they do not stand there as they are.
    pub offset_bytes: u64,
    /// When it was last changed, in Unix seconds.
    pub modified_at: i64,
    /// What the path makes of it.
    pub class: PathClass<'a>,
}

/// The members of one bag. A million of them with md5 and sha256 take about 150 bytes each.
#[derive(Debug, Clone, Default)]
pub struct Members {
    /// All paths, one after the other.
    paths: String,
    /// Where each path ends in `paths`.
    path_ends: Vec<u64>,
    sizes_bytes: Vec<u64>,
    offsets_bytes: Vec<u64>,
    modified_at: Vec<i64>,
    by_path: HashTable<u32>,
    hash_builder: DefaultHashBuilder,
    columns: Vec<Column>,
    has_payload_folder: bool,
}

impl Members {
    /// Makes an empty table.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a member. Of two with one path, [`Members::find`] knows the first.
    ///
    /// # Panics
    /// With more than `u32::MAX` members; callers stop at [`MEMBERS_MAX`], see [`Members::is_full`].
    pub fn push(&mut self, path: &str, size_bytes: u64, offset_bytes: u64, modified_at: i64) -> MemberIndex {
        let index = u32::try_from(self.len()).expect("callers stop at MEMBERS_MAX");
        let hash = self.hash_builder.hash_one(path);
        self.has_payload_folder |= path.starts_with("data/");
        self.paths.push_str(path);
        self.path_ends.push(self.paths.len() as u64);
        self.sizes_bytes.push(size_bytes);
        self.offsets_bytes.push(offset_bytes);
        self.modified_at.push(modified_at);
        let Self { paths, path_ends, hash_builder, by_path, .. } = self;
        let rehash = |other: &u32| hash_builder.hash_one(path_of(paths, path_ends, *other as usize));
        if by_path.find(hash, |other| path_of(paths, path_ends, *other as usize) == path).is_none() {
            by_path.insert_unique(hash, index, rehash);
        }
        MemberIndex(index)
    }

    /// Puts down that the package has a folder `data`, which may be empty. A payload file proves it too.
    pub fn mark_payload_folder(&mut self) {
        self.has_payload_folder = true;
    }

    /// Returns whether there is a folder `data`: RFC 8493 §2.1.2 wants one even when it is empty.
    #[must_use]
    pub fn has_payload_folder(&self) -> bool {
        self.has_payload_folder
    }

    /// Returns how many members there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.path_ends.len()
    }

    /// Returns whether there is no member.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.path_ends.is_empty()
    }

    /// Returns whether [`MEMBERS_MAX`] is reached.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.len() >= MEMBERS_MAX
    }

    /// Returns one member.
    ///
    /// # Panics
    /// With an index of another, longer table.
    #[must_use]
    pub fn get(&self, index: MemberIndex) -> Member<'_> {
        let place = index.get();
        let path = path_of(&self.paths, &self.path_ends, place);
        Member {
            path,
            size_bytes: self.sizes_bytes[place],
            offset_bytes: self.offsets_bytes[place],
            modified_at: self.modified_at[place],
            class: PathClass::of(path),
        }
    }

    /// Returns the member at a place, counted from 0; `None` behind the last.
    #[must_use]
    pub fn nth(&self, place: usize) -> Option<(MemberIndex, Member<'_>)> {
        let index = MemberIndex(u32::try_from(place).ok().filter(|_| place < self.len())?);
        Some((index, self.get(index)))
    }

    /// Finds a member by its exact path.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<MemberIndex> {
        let hash = self.hash_builder.hash_one(path);
        let same = |other: &u32| path_of(&self.paths, &self.path_ends, *other as usize) == path;
        self.by_path.find(hash, same).copied().map(MemberIndex)
    }

    /// Returns every index, in the order of the package.
    pub fn indexes(&self) -> impl Iterator<Item = MemberIndex> + use<> {
        (0..self.len() as u32).map(MemberIndex)
    }

    /// Returns every member with its index, in the order of the package.
    pub fn iter(&self) -> impl Iterator<Item = (MemberIndex, Member<'_>)> {
        self.indexes().map(|index| (index, self.get(index)))
    }

    /// Puts down the digests of a member; those of other algorithms that it already has stay.
    pub fn set_digests(&mut self, index: MemberIndex, digests: &Digests) {
        for digest in digests.iter() {
            let algorithm = digest.algorithm();
            let column = match self.columns.iter().position(|column| column.algorithm() == algorithm) {
                Some(place) => &mut self.columns[place],
                None => {
                    self.columns.push(Column::new(algorithm));
                    self.columns.last_mut().expect("one was just pushed")
                }
            };
            column.set(index.get(), &digest);
        }
    }

    /// Returns the digest of a member under one algorithm, when it is known.
    #[must_use]
    pub fn digest(&self, index: MemberIndex, algorithm: Algorithm) -> Option<Digest> {
        self.columns.iter().find(|column| column.algorithm() == algorithm)?.get(index.get())
    }

    /// Returns all digests of a member that are known.
    #[must_use]
    pub fn digests(&self, index: MemberIndex) -> Digests {
        self.columns.iter().filter_map(|column| column.get(index.get())).collect()
    }
}

fn path_of<'a>(paths: &'a str, path_ends: &[u64], place: usize) -> &'a str {
    let start = if place == 0 { 0 } else { path_ends[place - 1] as usize };
    &paths[start..path_ends[place] as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(algorithm: Algorithm, byte: u8) -> Digest {
        Digest::from_bytes(algorithm, &vec![byte; algorithm.length_bytes()]).expect("the length is right")
    }

    #[test]
    fn a_member_is_found_by_its_exact_path() {
        let mut members = Members::new();
        members.push("bagit.txt", 55, 512, 7);
        let index = members.push("data/ä", 1, 1536, -1);
        assert_eq!(members.find("data/ä"), Some(index));
        assert_eq!(members.find("data/a\u{308}"), None);
        let member = members.get(index);
        assert_eq!((member.path, member.size_bytes, member.offset_bytes, member.modified_at), ("data/ä", 1, 1536, -1));
        assert_eq!(member.class, PathClass::Payload);
    }

    #[test]
    fn of_two_members_with_one_path_the_first_is_found() {
        let mut members = Members::new();
        let first = members.push("data/a", 1, 0, 0);
        let second = members.push("data/a", 2, 0, 0);
        assert_eq!(members.find("data/a"), Some(first));
        assert_eq!(members.get(second).size_bytes, 2);
        assert_eq!(members.len(), 2);
    }

    #[test]
    fn digests_are_kept_an_algorithm_a_column() {
        let mut members = Members::new();
        let indexes: Vec<_> = (0..200).map(|number| members.push(&format!("data/{number}"), 0, 0, 0)).collect();
        let both = [digest(Algorithm::Md5, 1), digest(Algorithm::Sha512, 2)].into_iter().collect::<Digests>();
        members.set_digests(indexes[130], &both);
        assert_eq!(members.digests(indexes[130]), both);
        assert_eq!(members.digest(indexes[130], Algorithm::Sha256), None);
        assert_eq!(members.digest(indexes[129], Algorithm::Md5), None);
        assert_eq!(members.digest(indexes[131], Algorithm::Md5), None);
    }
}
