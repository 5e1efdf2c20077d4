//! A store, whatever kind it is.

use std::io::{self, Write};

use model::StorageClass;

use crate::storage::mend::MENDING;
use crate::storage::{
    Beside, BucketStore, Draft, Entry, FolderStore, Leaving, Mending, ObjectReader, StorageError, TellNames, UNFINISHED,
};

/// A store that keeps replicas: in a folder of this machine, or in a bucket.
///
/// Laid out the same: `ocfl/` (an OCFL storage root), `work/` (drafts) and `strongroom-store.json` (id and layout).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Store {
    /// In a folder.
    Folder(FolderStore),
    /// In a bucket.
    Bucket(BucketStore),
}

impl Store {
    /// Returns the id that the store was made with. A caller that knows which store should be here compares it.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Folder(store) => store.id(),
            Self::Bucket(store) => store.id(),
        }
    }

    /// Returns where the store is, for people.
    #[must_use]
    pub fn place(&self) -> String {
        match self {
            Self::Folder(store) => store.path().display().to_string(),
            Self::Bucket(store) => store.place().to_string(),
        }
    }

    /// Returns the store's folder, where it is in one.
    #[must_use]
    pub fn folder(&self) -> Option<&FolderStore> {
        match self {
            Self::Folder(store) => Some(store),
            Self::Bucket(_) => None,
        }
    }

    /// Says whether a name in the store's own folder is one that this software gives.
    #[must_use]
    pub fn is_own(name: &str) -> bool {
        FolderStore::is_own(name) || BucketStore::is_own(name)
    }

    /// Returns the class of storage that content is put into.
    #[must_use]
    pub fn class(&self) -> StorageClass {
        match self {
            Self::Folder(_) => StorageClass::Standard,
            Self::Bucket(store) => store.place().class(),
        }
    }

    /// Returns the bytes that may still be written here; `None` where there is no bound that could be asked for.
    ///
    /// # Errors
    /// `StoreGone` and `Io`.
    pub fn free_bytes(&self) -> Result<Option<u64>, StorageError> {
        match self {
            Self::Folder(store) => store.free_bytes().map(Some),
            Self::Bucket(_) => Ok(None),
        }
    }

    /// Gives up uploads that were begun for drafts and never ended, of which no listing tells. Returns how many; a folder
    /// has none.
    ///
    /// # Errors
    /// `StoreGone`, `Unreachable`, `Refused`, `Io`.
    pub fn abort_uploads(&self) -> Result<u64, StorageError> {
        match self {
            Self::Folder(_) => Ok(0),
            Self::Bucket(store) => store.abort_uploads(),
        }
    }

    /// Removes new files of mendings that were last written before a time: the mending was killed, or lost its claim, and
    /// nobody took it up again. Returns how many.
    ///
    /// # Errors
    /// `StoreGone` and `Io`.
    pub fn remove_left_mendings(&self, until: jiff::Timestamp) -> Result<u64, StorageError> {
        match self {
            Self::Folder(store) => store.remove_old(MENDING, until),
            Self::Bucket(store) => store.remove_left_mendings(until),
        }
    }

    /// Removes small files that were last written before a time and never got their names; a bucket has none. Returns how many.
    ///
    /// # Errors
    /// `StoreGone` and `Io`.
    pub fn remove_unfinished(&self, until: jiff::Timestamp) -> Result<u64, StorageError> {
        match self {
            Self::Folder(store) => store.remove_old(UNFINISHED, until),
            Self::Bucket(_) => Ok(0),
        }
    }

    /// Writes a file among the tombstones, whole or not at all, and brings it to the disk. Overwrites.
    ///
    /// # Errors
    /// `StoreGone`, `NoSpace`, `NotWritable`, `Io`, `Name`, or what the closure answers.
    pub fn write_tombstone(
        &self,
        path: &str,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), StorageError> {
        match self {
            Self::Folder(store) => store.write_tombstone(path, fill),
            Self::Bucket(store) => store.write_tombstone(path, fill),
        }
    }

    /// Begins a version of an object, or takes up again what was begun under the same key.
    ///
    /// Writes nothing yet. One writer a key: the caller's lease on the work item sees to that.
    ///
    /// # Errors
    /// `StoreGone`; `Name` when the key, path or version is none.
    pub fn draft(&self, work_key: &str, object_path: &str, version: &str) -> Result<Draft, StorageError> {
        match self {
            Self::Folder(store) => store.draft(work_key, object_path, version).map(Draft::Folder),
            Self::Bucket(store) => store.draft(work_key, object_path, version).map(Draft::Bucket),
        }
    }

    /// Goes on under a new key with what was begun under others, of which the newest is the last. Twice is well.
    ///
    /// Whoever still works under an old key changes nothing of the version any more that a commit under the new one would
    /// not prove again or replace.
    ///
    /// # Errors
    /// `StoreGone`, `NotWritable`, `Io`; of a bucket `Unreachable` and `Refused`.
    pub fn take_over_drafts(&self, keys: &[String], new_key: &str) -> Result<(), StorageError> {
        match self {
            Self::Folder(store) => match keys.last() {
                // What is under the new key already was taken over before, and one that came late began anew.
                Some(key) if !store.drafts()?.iter().any(|known| known == new_key) => {
                    store.take_over_draft(key, new_key).map(drop)
                }
                _ => Ok(()),
            },
            Self::Bucket(store) => keys.iter().rev().try_for_each(|key| store.take_over_draft(key, new_key)),
        }
    }

    /// Begins to replace a file of an object under a claim with this fence; 0 where the key bears one. Writes nothing yet.
    ///
    /// # Errors
    /// `StoreGone`; `Name` when the key or a path is none.
    pub fn mend(&self, key: &str, fence: i64, object_path: &str, path: &str) -> Result<Mending, StorageError> {
        match self {
            Self::Folder(store) => store.mend(key, fence, object_path, path).map(Mending::Folder),
            Self::Bucket(store) => store.mend(key, fence, object_path, path).map(Mending::Bucket),
        }
    }

    /// Begins to take an object out, or takes up again what was begun under the same key. Changes nothing yet.
    ///
    /// # Errors
    /// `StoreGone`; `Name` when the key or the path is none.
    pub fn leaving(&self, key: &str, object_path: &str) -> Result<Leaving, StorageError> {
        match self {
            Self::Folder(store) => store.leaving(key, object_path).map(Leaving::Folder),
            Self::Bucket(store) => store.leaving(key, object_path).map(Leaving::Bucket),
        }
    }

    /// Returns a reader of an object, `None` when the store is there and the object is not.
    ///
    /// # Errors
    /// `StoreGone` when the store is not there: then nobody knows whether the object is.
    pub fn object(&self, object_path: &str) -> Result<Option<ObjectReader>, StorageError> {
        match self {
            Self::Folder(store) => Ok(store.object(object_path)?.map(ObjectReader::Folder)),
            Self::Bucket(store) => Ok(store.object(object_path)?.map(ObjectReader::Bucket)),
        }
    }

    /// Returns a reader of the whole OCFL storage root.
    ///
    /// # Errors
    /// As [`Store::object`].
    pub fn ocfl_root(&self) -> Result<ObjectReader, StorageError> {
        match self {
            Self::Folder(store) => store.ocfl_root().map(ObjectReader::Folder),
            Self::Bucket(store) => store.ocfl_root().map(ObjectReader::Bucket),
        }
    }

    /// Returns the keys of the drafts that are in the workspace, sorted. Empty when all work is done.
    ///
    /// # Errors
    /// `StoreGone` and `Io`.
    pub fn drafts(&self) -> Result<Vec<String>, StorageError> {
        match self {
            Self::Folder(store) => store.drafts(),
            Self::Bucket(store) => store.drafts(),
        }
    }

    /// Returns the keys of drafts that hide a version from readers. Always empty of a folder, where a draft hides nothing.
    ///
    /// One that is not among [`Store::drafts`] has lost its workspace to a later claim of the same work.
    ///
    /// # Errors
    /// `StoreGone`, `Unreachable`, `Refused`, `Io`.
    pub fn claimants(&self) -> Result<Vec<String>, StorageError> {
        match self {
            Self::Folder(_) => Ok(Vec::new()),
            Self::Bucket(store) => store.claimants(),
        }
    }

    /// Proves that the store is there and can be written, by writing a probe and removing it.
    ///
    /// # Errors
    /// `StoreGone`, `NotWritable`, `NoSpace`, `Damaged` or `Io`: whichever a deposit would meet.
    pub fn check(&self) -> Result<(), StorageError> {
        match self {
            Self::Folder(store) => store.check(),
            Self::Bucket(store) => store.check(),
        }
    }

    /// Lists the store's own folder.
    ///
    /// # Errors
    /// `StoreGone` and `Io`.
    pub fn top(&self) -> Result<Vec<Entry>, StorageError> {
        match self {
            Self::Folder(store) => store.top(),
            Self::Bucket(store) => store.top(),
        }
    }

    /// Returns a reader of a folder beside the OCFL root; `None` when there is none yet.
    ///
    /// # Errors
    /// `StoreGone` and `Io`.
    pub fn beside(&self, which: Beside) -> Result<Option<ObjectReader>, StorageError> {
        match self {
            Self::Folder(store) => Ok(store.beside(which)?.map(ObjectReader::Folder)),
            Self::Bucket(store) => Ok(store.beside(which)?.map(ObjectReader::Bucket)),
        }
    }

    /// Writes a small file beside the OCFL root, durably. Its name never stands for a part of it; what bears the name
    /// already is replaced.
    ///
    /// # Errors
    /// `StoreGone`, `NoSpace`, `NotWritable`, `Io`, `Name`.
    pub fn write_beside(&self, which: Beside, path: &str, bytes: &[u8]) -> Result<(), StorageError> {
        match self {
            Self::Folder(store) => store.write_beside(which, path, bytes),
            Self::Bucket(store) => store.write_beside(which, path, bytes),
        }
    }

    /// Makes sure that the planted files are there, and brings them to the disk. What is there already stays.
    ///
    /// # Errors
    /// `StoreGone`, `NoSpace`, `NotWritable`, `Io`, `Name`.
    pub fn plant(&self, files: &[(&str, &[u8])]) -> Result<(), StorageError> {
        match self {
            Self::Folder(store) => store.plant(files),
            Self::Bucket(store) => store.plant(files),
        }
    }

    /// Returns a reader of the planted files.
    ///
    /// # Errors
    /// `StoreGone`; `Io` when nothing was planted.
    pub fn planted(&self) -> Result<ObjectReader, StorageError> {
        match self {
            Self::Folder(store) => store.planted().map(ObjectReader::Folder),
            Self::Bucket(store) => store.planted().map(ObjectReader::Bucket),
        }
    }

    /// Returns a reader of the tombstones; `None` when nothing was ever deleted from this store.
    ///
    /// # Errors
    /// `StoreGone`, `Io`.
    pub fn tombstones(&self) -> Result<Option<ObjectReader>, StorageError> {
        match self {
            Self::Folder(store) => Ok(store.tombstones()?.map(ObjectReader::Folder)),
            Self::Bucket(store) => Ok(store.tombstones()?.map(ObjectReader::Bucket)),
        }
    }

    /// Leaves a note in the store's own folder that it is retired.
    ///
    /// # Errors
    /// `StoreGone`, `NoSpace`, `NotWritable`, `Io`.
    pub fn leave_note(&self, text: &str) -> Result<(), StorageError> {
        match self {
            Self::Folder(store) => store.leave_note(text),
            Self::Bucket(store) => store.leave_note(text),
        }
    }

    /// Removes a whole object from the store, and the folders that it leaves empty. Twice is well.
    ///
    /// No reader ever finds a part of it; killed on the way, the next call with the same key removes what is left. In a bucket
    /// what its inventory names, read by `tell`, goes whatever a listing shows.
    ///
    /// # Errors
    /// `StoreGone`, `NotWritable`, `Io`, `Name`.
    pub fn withdraw(&self, key: &str, object_path: &str, tell: TellNames) -> Result<(), StorageError> {
        match self {
            Self::Folder(store) => store.withdraw(key, object_path),
            Self::Bucket(store) => store.withdraw(key, object_path, tell),
        }
    }

    /// Ends the withdrawals that were begun under a key and killed, and returns how many there were. In a bucket they have
    /// hidden what is left of the object; a folder shows it, and it is withdrawn once more.
    ///
    /// # Errors
    /// As [`Store::withdraw`].
    pub fn end_withdrawals(&self, key: &str, tell: TellNames) -> Result<u64, StorageError> {
        match self {
            Self::Folder(_) => Ok(0),
            Self::Bucket(store) => store.end_withdrawals(key, tell),
        }
    }

    /// Removes what was kept and made for some mendings: wrong files that were put aside, right ones that never came to their
    /// places. A key stands for all whose keys begin with it and a dash. They are gone when this returns.
    ///
    /// # Errors
    /// `StoreGone`, `NotWritable`, `Io`.
    pub fn forget_quarantined(&self, keys: &[String]) -> Result<(), StorageError> {
        match self {
            Self::Folder(store) => store.forget_quarantined(keys),
            Self::Bucket(store) => store.forget_quarantined(keys),
        }
    }
}

impl From<FolderStore> for Store {
    fn from(store: FolderStore) -> Self {
        Self::Folder(store)
    }
}

impl From<BucketStore> for Store {
    fn from(store: BucketStore) -> Self {
        Self::Bucket(store)
    }
}
