//! The next version of an object: what must be stored for it, and the inventory that it will have.

use std::borrow::Cow;

use digests::{Algorithm, Digest};

use crate::content_names::ContentNames;
use crate::inventory::{Content, Draft, Entry, FixityBlock, Inventory, NOWHERE, NameTable, Place, Version};
use crate::logical_path::{check_logical_path, conflicts};
use crate::{Error, Fixity, Specification, VersionNotes, VersionNumber, is_created};

/// The entry to planning; see [`NextVersion::plan`].
#[derive(Debug, Clone, Copy)]
pub struct NextVersion;

/// What a new version asks for.
#[derive(Debug, Clone)]
pub struct Plan {
    inventory: Inventory,
    /// Which contents are new, and the logical paths that they are named by, in order of those.
    new_content: Vec<Entry>,
    is_unchanged: bool,
}

/// Bytes that must be stored for a new version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewContent<'plan> {
    /// The digest by which the object addresses them.
    pub digest: Digest,
    /// Where to store them, relative to the object root.
    pub content_path: String,
    /// The first file of the new version, in order of logical paths, that has these bytes.
    pub logical_path: &'plan str,
}

impl NextVersion {
    /// Plans the version that follows the previous inventory's head, or the first one of a new object.
    ///
    /// The state is all that the new version holds, in any order. Bytes that the object holds already are not
    /// stored again; equal bytes within the version are stored once, named by the first logical path in order
    /// of bytes. A new object is addressed by sha256 and written as OCFL 1.1; an old one keeps its algorithm, its
    /// specification and its padding of version numbers. The same input gives the same plan.
    ///
    /// # Errors
    /// The previous inventory is of another object, a digest of another algorithm, a logical path illegal, twice
    /// there or in the way of another, the date not one of RFC 3339, or a bound is passed.
    pub fn plan<P: AsRef<str>>(
        previous: Option<&Inventory>,
        object_id: &str,
        state: impl IntoIterator<Item = (P, Digest)>,
        notes: VersionNotes,
    ) -> Result<Plan, Error> {
        if !is_created(&notes.created) {
            return Err(Error::Created(notes.created));
        }
        let mut draft = match previous {
            Some(previous) if previous.id != object_id => {
                return Err(Error::OtherObject { expected: object_id.to_owned(), seen: previous.id.clone() });
            }
            Some(previous) => Draft::from_inventory(previous),
            None => Draft::new(object_id, Specification::NEWEST, Algorithm::Sha256),
        };
        if let Some(previous) = previous {
            draft.body.head = previous.head.next()?;
        }
        let state = read_state(&mut draft, state)?;
        draft.body.versions.push(Version { notes, state });
        let mut inventory = draft.finish();
        check_paths(&inventory)?;
        let new_content = place_new_content(&mut inventory)?;
        let is_unchanged = match inventory.versions.as_slice() {
            [.., before, new] => before.state == new.state,
            _ => false,
        };
        Ok(Plan { inventory, new_content, is_unchanged })
    }
}

fn read_state<P: AsRef<str>>(
    draft: &mut Draft,
    state: impl IntoIterator<Item = (P, Digest)>,
) -> Result<Vec<Entry>, Error> {
    let state = state.into_iter();
    let mut entries = Vec::with_capacity(state.size_hint().0);
    let expected = draft.body.algorithm;
    for (path, digest) in state {
        check_logical_path(path.as_ref())?;
        if digest.algorithm() != expected {
            return Err(Error::Algorithm { expected, seen: digest.algorithm() });
        }
        draft.add_entry(&mut entries, path.as_ref(), digest.as_bytes())?;
    }
    Ok(entries)
}

fn check_paths(inventory: &Inventory) -> Result<(), Error> {
    let state = inventory.versions.last().map_or(&[][..], |version| &version.state);
    match conflicts(state.len(), |place| inventory.names.get(state[place].path)).next() {
        Some((one, other)) => Err(Error::LogicalPathConflict(one.to_owned(), other.to_owned())),
        None => Ok(()),
    }
}

/// Gives each digest of the newest state that has no content yet a place, and puts it into the manifest.
fn place_new_content(inventory: &mut Inventory) -> Result<Vec<Entry>, Error> {
    let mut names = ContentNames::default();
    let mut new = Vec::new();
    let mut marked = Vec::new();
    let head = inventory.head;
    let state = inventory.versions.last().map_or(&[][..], |version| &version.state);
    for entry in state {
        let holder = &mut inventory.content_of[entry.digest as usize];
        if *holder != NOWHERE {
            continue;
        }
        // Whatever is not nowhere serves until the manifest is in order again.
        *holder = 0;
        let logical = inventory.names.get(entry.path);
        let name = names.name(logical);
        if name != logical {
            marked.push((inventory.manifest.len(), name));
        }
        inventory.manifest.push(Content { digest: entry.digest, place: Place::new(head, entry.path) });
        new.push(*entry);
    }
    drop(names);
    if !marked.is_empty() {
        rename(inventory, &mut new, marked)?;
    }
    inventory.index_contents();
    Ok(new)
}

/// Adds the names that differ from their logical paths; this moves all names, hence the plan's numbers too.
fn rename(inventory: &mut Inventory, new: &mut [Entry], marked: Vec<(usize, String)>) -> Result<(), Error> {
    let mut table = NameTable::from_names(std::mem::take(&mut inventory.names));
    for (place, name) in marked {
        let content = &mut inventory.manifest[place];
        content.place = content.place.renamed(table.intern(&name)?);
    }
    inventory.names = table.into_names();
    let ranks = inventory.settle_names();
    for entry in new.iter_mut().filter(|_| !ranks.is_empty()) {
        entry.path = ranks[entry.path as usize];
    }
    Ok(())
}

impl Plan {
    /// Returns the number of the new version.
    #[must_use]
    pub fn version(&self) -> VersionNumber {
        self.inventory.head
    }

    /// Returns whether the new state equals that of the version before: then there is nothing to do.
    #[must_use]
    pub fn is_unchanged(&self) -> bool {
        self.is_unchanged
    }

    /// Returns what must be stored, in order of the logical paths that it is named by.
    pub fn new_content(&self) -> impl ExactSizeIterator<Item = NewContent<'_>> {
        self.new_content.iter().map(|entry| NewContent {
            digest: self.inventory.digest(entry.digest),
            content_path: self.inventory.first_path(entry.digest).expect("the plan gave it a place"),
            logical_path: self.inventory.names.get(entry.path),
        })
    }

    /// Returns where the bytes of any file of the new version lie, or will lie.
    #[must_use]
    pub fn content_path(&self, digest: Digest) -> Option<String> {
        self.inventory.content_path(digest)
    }

    /// Returns the inventory of the new version, with the fixity of older versions and that which was collected.
    ///
    /// The same input gives the same bytes.
    ///
    /// # Errors
    /// A bound is passed.
    pub fn inventory(self, fixity: Fixity) -> Result<Inventory, Error> {
        let Self { mut inventory, new_content, .. } = self;
        drop(new_content);
        fixity.add_to(&mut inventory)?;
        inventory.settle();
        inventory.fixity.iter_mut().for_each(FixityBlock::dedup);
        Ok(inventory)
    }

    /// Returns the inventory as far as it is known while fixity is collected.
    pub(crate) fn planned_inventory(&self) -> &Inventory {
        &self.inventory
    }
}

/// Returns the state of the previous head overlaid by new files: a new file replaces the old one of its path, and
/// old files that are not among the new ones are kept. Both must be in order of path; so is what comes out.
pub fn merge_state<'state, P: Into<Cow<'state, str>>>(
    previous: &'state Inventory,
    new: impl IntoIterator<Item = (P, Digest)>,
) -> impl Iterator<Item = (Cow<'state, str>, Digest)> {
    let mut old = previous.state(previous.head()).map(|(path, digest)| (Cow::Borrowed(path), digest)).peekable();
    let mut new = new.into_iter().map(|(path, digest)| (path.into(), digest)).peekable();
    std::iter::from_fn(move || match (old.peek(), new.peek()) {
        (Some((kept, _)), Some((path, _))) if kept < path => old.next(),
        (Some((kept, _)), Some((path, _))) => {
            if kept == path {
                old.next();
            }
            new.next()
        }
        (Some(_), None) => old.next(),
        (None, _) => new.next(),
    })
}
