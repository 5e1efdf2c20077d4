//! What lies in a store's folder beside its OCFL root.

use std::io::Write;

use jiff::Timestamp;

use super::folder::{EntryKind, kind_of};
use super::marker::MARKER;
use super::name::check_path;
use super::object::FolderReader;
use super::store::{OCFL, WORK};
use super::{Entry, FolderStore, StorageError};

/// What the names of small files begin with, in the folder of work, until they are whole.
pub const UNFINISHED: &str = ".new-";

/// A folder of a store that holds no objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Beside {
    /// Drafts, and files on their way to their names.
    Work,
    /// Files that were found wrong, kept when they were repaired.
    Quarantine,
    /// Files planted with known damage.
    Canaries,
    /// What is left of deleted objects: who asked for it, and when.
    Tombstones,
    /// What jobs changed about which store holds what, since no object's own documents tell it.
    Chronicle,
}

impl Beside {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Work, Self::Quarantine, Self::Canaries, Self::Tombstones, Self::Chronicle];

    /// Returns the folder's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Work => WORK,
            Self::Quarantine => "quarantine",
            Self::Canaries => "canaries",
            Self::Tombstones => "tombstones",
            Self::Chronicle => "chronicle",
        }
    }
}

impl FolderStore {
    /// Lists the store's own folder.
    ///
    /// # Errors
    /// `StoreGone` and `Io`.
    pub fn top(&self) -> Result<Vec<Entry>, StorageError> {
        self.root()?.list(".").map_err(|error| self.explain(error))
    }

    /// Says whether a name in the store's own folder is one that this software gives.
    #[must_use]
    pub fn is_own(name: &str) -> bool {
        [MARKER, OCFL, "lost+found", super::withdraw::NOTE].contains(&name)
            || Beside::ALL.iter().any(|beside| beside.name() == name)
    }

    /// Returns a reader of a folder beside the OCFL root; `None` when there is none yet.
    ///
    /// # Errors
    /// `StoreGone` and `Io`.
    pub fn beside(&self, which: Beside) -> Result<Option<FolderReader>, StorageError> {
        let root = self.root()?;
        match root.stat(which.name())? {
            Some(stat) if kind_of(&stat) == EntryKind::Folder => {
                root.folder(which.name()).map(FolderReader::new).map(Some)
            }
            Some(_) => Err(StorageError::damaged(&root.path_of(which.name()), "not a folder")),
            None => Ok(None),
        }
    }

    /// Writes a small file beside the OCFL root, durably. Its name never stands for a part of it; what bears the name
    /// already is replaced.
    ///
    /// # Errors
    /// `StoreGone`, `NoSpace`, `NotWritable`, `Io`, `Name`.
    pub fn write_beside(&self, which: Beside, path: &str, bytes: &[u8]) -> Result<(), StorageError> {
        let place = format!("{}/{}", which.name(), check_path(path)?);
        self.write_small(&place, bytes).map_err(|error| self.explain(error))
    }

    pub(super) fn write_small(&self, place: &str, bytes: &[u8]) -> Result<(), StorageError> {
        let root = self.root()?;
        let parent = place.rsplit_once('/').map_or(".", |(parent, _)| parent);
        if parent != "." && !root.has(parent)? {
            root.make(parent)?;
            for (at, _) in place.match_indices('/').skip(1) {
                root.sync(place[..at].rsplit_once('/').map_or(".", |(up, _)| up))?;
            }
            root.sync(".")?;
        }
        let new = format!("{WORK}/{UNFINISHED}{:016x}", fingerprint(place));
        let mut file = root.rewrite(&new)?;
        file.write_all(bytes).and_then(|()| file.sync_all()).map_err(|source| root.fault(place, source))?;
        root.rename_over(&new, place)?;
        root.sync(parent)
    }
}

impl FolderStore {
    /// Removes files of the workspace whose names begin so, and which were last written before a time. Returns how many.
    ///
    /// # Errors
    /// `StoreGone` and `Io`.
    pub fn remove_old(&self, begins: &str, until: Timestamp) -> Result<u64, StorageError> {
        let root = self.root()?;
        let mut removed = 0;
        for entry in root.list(WORK)?.iter().filter(|entry| entry.name.starts_with(begins)) {
            let place = format!("{WORK}/{}", entry.name);
            if root.stat(&place)?.is_some_and(|stat| stat.st_mtime < until.as_second()) {
                root.remove_file(&place)?;
                removed += 1;
            }
        }
        Ok(removed)
    }
}

/// Tells the unfinished files of different places apart (FNV-1a); the same place is written by one at a time.
fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_writer_has_left_goes_when_it_is_old_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("store");
        let store = FolderStore::create(&place, "store-1", &[]).unwrap();
        for name in [".new-0123", "item-1-1"] {
            std::fs::write(place.join(WORK).join(name), b"half").unwrap();
        }
        let now = Timestamp::now();
        let hour = jiff::SignedDuration::from_hours(1);
        assert_eq!(store.remove_old(UNFINISHED, now - hour).unwrap(), 0);
        assert_eq!(store.remove_old(UNFINISHED, now + hour).unwrap(), 1);
        assert!(place.join(WORK).join("item-1-1").exists() && !place.join(WORK).join(".new-0123").exists());
    }
}
