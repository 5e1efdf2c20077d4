//! An inventory under construction: entries come in any order, and are put in order at the end.

use std::mem;

use digests::Algorithm;

use super::{Content, DigestInterner, DigestTable, Entry, FixityBlock, Inventory, NOWHERE, NameTable, Names};
use super::{Place, split};
use crate::{Error, Specification, VersionNumber};

/// What will be an inventory. While it is a draft its names and digests can be looked up by value.
pub(crate) struct Draft {
    pub names: NameTable,
    pub digests: DigestInterner,
    pub fixity: Vec<(Algorithm, DigestInterner, Vec<Content>)>,
    /// The rest; its own names, digests and fixity are empty.
    pub body: Inventory,
}

impl Draft {
    pub fn new(id: &str, specification: Specification, algorithm: Algorithm) -> Self {
        let body = Inventory {
            id: id.to_owned(),
            specification,
            algorithm,
            head: VersionNumber::FIRST,
            content_directory: None,
            names: Names::default(),
            digests: DigestTable::new(algorithm.length_bytes()),
            manifest: Vec::new(),
            content_of: Vec::new(),
            fixity: Vec::new(),
            versions: Vec::new(),
        };
        Self {
            names: NameTable::default(),
            digests: DigestInterner::new(algorithm.length_bytes()),
            fixity: Vec::new(),
            body,
        }
    }

    /// Takes up where an inventory stands.
    pub fn from_inventory(previous: &Inventory) -> Self {
        let mut draft = Self::new(&previous.id, previous.specification, previous.algorithm);
        draft.names = NameTable::from_names(previous.names.clone());
        draft.digests = DigestInterner::from_table(previous.digests.clone());
        draft.body.head = previous.head;
        draft.body.content_directory.clone_from(&previous.content_directory);
        draft.body.manifest.clone_from(&previous.manifest);
        draft.body.fixity.clone_from(&previous.fixity);
        draft.body.versions.clone_from(&previous.versions);
        draft
    }

    /// Adds one file to a state.
    pub fn add_entry(&mut self, state: &mut Vec<Entry>, path: &str, digest: &[u8]) -> Result<(), Error> {
        let entry = Entry { digest: self.digests.intern(digest)?, path: self.names.intern(path)? };
        state.push(entry);
        Ok(())
    }

    /// Ends the construction.
    pub fn finish(self) -> Inventory {
        let Self { names, digests, fixity, body: mut inventory } = self;
        // What only finds names and digests is let go before the ordering asks for room.
        inventory.names = names.into_names();
        inventory.digests = digests.into_table();
        for (algorithm, interner, entries) in fixity {
            inventory.fixity.push(FixityBlock { algorithm, digests: interner.into_table(), entries });
        }
        inventory.settle();
        inventory
    }
}

impl Inventory {
    /// Puts names, digests and all that refers to them in order.
    pub(crate) fn settle(&mut self) {
        self.settle_names();
        if let Some(ranks) = self.digests.sort() {
            let states = self.versions.iter_mut().flat_map(|version| version.state.iter_mut());
            states.for_each(|entry| entry.digest = ranks[entry.digest as usize]);
            self.manifest.iter_mut().for_each(|content| content.digest = ranks[content.digest as usize]);
        }
        for block in &mut self.fixity {
            if let Some(ranks) = block.digests.sort() {
                block.entries.iter_mut().for_each(|entry| entry.digest = ranks[entry.digest as usize]);
            }
            block.entries.sort_unstable_by_key(|entry| (entry.place, entry.digest));
        }
        self.fixity.retain(|block| !block.entries.is_empty());
        self.fixity.sort_by_key(|block| block.algorithm);
        self.index_contents();
        self.names.shrink();
        self.digests.shrink();
    }

    /// Puts names and states in order; returns the new number of each old name, or nothing when none moved.
    pub(crate) fn settle_names(&mut self) -> Vec<u32> {
        let ranks = self.names.sort().unwrap_or_default();
        if !ranks.is_empty() {
            self.rename(&ranks);
        }
        for version in &mut self.versions {
            version.state.sort_unstable_by_key(|entry| (entry.path, entry.digest));
            version.state.shrink_to_fit();
        }
        ranks
    }

    fn rename(&mut self, ranks: &[u32]) {
        let states = self.versions.iter_mut().flat_map(|version| version.state.iter_mut());
        states.for_each(|entry| entry.path = ranks[entry.path as usize]);
        let fixity = self.fixity.iter_mut().flat_map(|block| block.entries.iter_mut());
        for content in self.manifest.iter_mut().chain(fixity) {
            content.place = content.place.renamed(ranks[content.place.name as usize]);
        }
    }

    /// Orders the manifest and notes where the content of each digest is.
    pub(crate) fn index_contents(&mut self) {
        self.manifest.sort_unstable_by_key(|content| (content.place, content.digest));
        self.manifest.shrink_to_fit();
        self.content_of = vec![NOWHERE; self.digests.len()];
        for (place, content) in self.manifest.iter().enumerate().rev() {
            self.content_of[content.digest as usize] = place as u32;
        }
    }

    /// Splits all content paths anew, after the content directory was learnt later than the paths.
    pub(crate) fn split_again(&mut self, assumed: &str) -> Result<(), Error> {
        let actual = self.content_directory().to_owned();
        if actual == assumed {
            return Ok(());
        }
        let old = mem::take(&mut self.names);
        // A table made anew, since names that were split otherwise may be of no use any more.
        let mut names = NameTable::default();
        let states = self.versions.iter_mut().flat_map(|version| version.state.iter_mut());
        for entry in states {
            entry.path = names.intern(old.get(entry.path))?;
        }
        let fixity = self.fixity.iter_mut().flat_map(|block| block.entries.iter_mut());
        for content in self.manifest.iter_mut().chain(fixity) {
            let name = old.get(content.place.name);
            let path = match content.place.version() {
                Some(version) => format!("{version}/{assumed}/{name}"),
                None => name.to_owned(),
            };
            content.place = match split(&path, &actual) {
                Some((version, name)) => Place::new(version, names.intern(name)?),
                None => Place::whole(names.intern(&path)?),
            };
        }
        self.names = names.into_names();
        self.settle();
        Ok(())
    }
}
