//! The entries of one container that signatures ask for, and no others.

use super::inside::Entry;
use super::wanted::Wanted;

/// Grows while a directory goes by, to twice the number of wanted paths at the most.
#[derive(Debug)]
pub(super) struct Kept<'a> {
    wanted: &'a Wanted,
    /// For each wanted path, whether there is an entry of exactly its name, and of its name in another case.
    has: Vec<[bool; 2]>,
    scratch: String,
    entries: Vec<Entry>,
}

impl<'a> Kept<'a> {
    pub fn new(wanted: &'a Wanted) -> Self {
        Self { wanted, has: vec![[false; 2]; wanted.len()], scratch: String::new(), entries: Vec::new() }
    }

    /// Says whether the entry of this path is to be kept, and remembers that it is: the first of a name wins.
    pub fn takes(&mut self, path: &str) -> bool {
        let mut takes = false;
        for place in self.wanted.alike(path, &mut self.scratch) {
            let has = &mut self.has[place][usize::from(self.wanted.is_exactly(place, path))];
            takes |= !*has;
            *has = true;
        }
        takes
    }

    /// Says whether a wanted path leads through this folder, whose path ends in `/`.
    pub fn leads_through(&mut self, folder: &str) -> bool {
        self.wanted.leads_through(folder, &mut self.scratch)
    }

    pub fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    pub fn finish(self) -> Vec<Entry> {
        self.entries
    }
}
