//! A version of an object in the making: the one way by which bytes enter a store.

use std::io::{self, Write};

use crate::storage::bucket::BucketDraft;
use crate::storage::draft::FolderDraft;
use crate::storage::{Commit, Committed, Put, ReadBack, Source, StorageError, Walk};

/// A version in the making.
///
/// Laid out as the object will be: `v1/content/…`, `v1/inventory.json`, `inventory.json` and so on. Nothing is visible
/// under the object's path before the commit. Methods may be called from many threads at once.
///
/// In a folder it lies in `work/<key>/` and is put in its place by renames. A bucket knows no renames: there the content
/// goes to its place at once, and is hidden until the commit; only inventories and logs wait in `work/<key>/`.
#[derive(Debug)]
#[non_exhaustive]
pub enum Draft {
    /// In a folder.
    Folder(FolderDraft),
    /// In a bucket.
    Bucket(BucketDraft),
}

impl Draft {
    /// Copies a file into the draft, unless one of exactly that length is there.
    ///
    /// The length is enough to skip the copying of a resumed work and never enough to accept the file: whoever commits
    /// reads every byte back first, and calls [`Draft::replace`] where they are wrong. Nothing is made durable here.
    ///
    /// # Errors
    /// `SourceShort`, `SourceUnreadable`, `NoSpace` (with the length needed), `NotWritable`, `StoreGone`, `Unreachable`,
    /// `Refused`, `TooLarge`, `Io`. What was written stays, shorter than promised, or nothing does; the next call writes
    /// it anew.
    pub fn put(&self, content_path: &str, source: &Source<'_>) -> Result<Put, StorageError> {
        self.put_through(content_path, source, &mut Vec::new())
    }

    /// Does the same through a buffer that a thread uses again and again.
    pub(in crate::storage) fn put_through(
        &self,
        content_path: &str,
        source: &Source<'_>,
        buffer: &mut Vec<u8>,
    ) -> Result<Put, StorageError> {
        match self {
            Self::Folder(draft) => draft.put_through(content_path, source, buffer),
            Self::Bucket(draft) => draft.put(content_path, source),
        }
    }

    /// Copies a file into the draft over whatever is there: after a verification that failed. A reader of the old one keeps
    /// what it opened, or fails.
    ///
    /// # Errors
    /// As [`Draft::put`].
    pub fn replace(&self, content_path: &str, source: &Source<'_>) -> Result<(), StorageError> {
        match self {
            Self::Folder(draft) => draft.replace(content_path, source),
            Self::Bucket(draft) => draft.replace(content_path, source),
        }
    }

    /// Writes a file of the version or object: inventory, sidecar, log. Overwrites.
    ///
    /// It is durable once [`Draft::make_durable`] or the commit returned, like all that is in a draft.
    ///
    /// # Errors
    /// As [`Draft::put`], or what the closure answers.
    pub fn write(&self, path: &str, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), StorageError> {
        match self {
            Self::Folder(draft) => draft.write(path, fill),
            Self::Bucket(draft) => draft.write(path, fill),
        }
    }

    /// Brings all that was written to the disk. Costs nothing when nothing was written since the last time, or in a bucket,
    /// which says that it has something only when it keeps it.
    ///
    /// # Errors
    /// `NoSpace` and `Io` also for a write that failed in the background since the draft was opened.
    pub fn make_durable(&self) -> Result<(), StorageError> {
        match self {
            Self::Folder(draft) => draft.make_durable(),
            Self::Bucket(draft) => draft.make_durable(),
        }
    }

    /// Opens a file of the draft to read what the store keeps of it (see [`ReadBack`]).
    ///
    /// # Errors
    /// `NotReady` when something was written since the last [`Draft::make_durable`]: a cache would answer, and the proof
    /// be none.
    pub fn open_back(&self, content_path: &str) -> Result<ReadBack, StorageError> {
        match self {
            Self::Folder(draft) => draft.open_back(content_path).map(ReadBack::Folder),
            Self::Bucket(draft) => draft.open_back(content_path).map(ReadBack::Bucket),
        }
    }

    /// Returns the length of a file of the draft, `None` when there is none.
    ///
    /// # Errors
    /// `Damaged` when something else than a file is in its place.
    pub fn content(&self, content_path: &str) -> Result<Option<u64>, StorageError> {
        match self {
            Self::Folder(draft) => draft.content(content_path),
            Self::Bucket(draft) => draft.content(content_path),
        }
    }

    /// Walks the files that are in the draft; none when nothing was written.
    ///
    /// # Errors
    /// `Io`.
    pub fn list(&self) -> Result<Walk, StorageError> {
        match self {
            Self::Folder(draft) => draft.list().map(Walk::Folder),
            Self::Bucket(draft) => draft.list().map(Walk::Bucket),
        }
    }

    /// Removes one file of the draft: one that was put for a plan that has changed. Twice is well.
    ///
    /// Not while others put into the draft: the folder that it leaves empty goes too.
    ///
    /// # Errors
    /// `NotWritable`, `Io`.
    pub fn remove(&self, content_path: &str) -> Result<(), StorageError> {
        match self {
            Self::Folder(draft) => draft.remove(content_path),
            Self::Bucket(draft) => draft.remove(content_path),
        }
    }

    /// Makes the version a part of the store. Afterwards nothing of the draft is left in the workspace.
    ///
    /// The draft must hold `<version>/…` with its `inventory.json` and sidecar, the same two at its top, and for a new
    /// object the `0=ocfl_object_…` declaration. Content must have been read back: this proves nothing about it.
    ///
    /// Between the first and the last step of it a reader finds the object as it was before, or a root inventory whose
    /// sidecar is one version old: read `<newest version>/inventory.json`, whose sidecar agrees. Killed anywhere, a second
    /// commit of the same draft ends the work.
    ///
    /// # Errors
    /// `Conflict` when the object or version is there with another inventory, or is not the next one. `NotReady` when
    /// something is missing. `StoreGone`, `NoSpace`, `NotWritable`, `Io` and the like: call again; open the draft anew
    /// first.
    pub fn commit(self, commit: Commit) -> Result<Committed, StorageError> {
        match self {
            Self::Folder(draft) => draft.commit(commit),
            Self::Bucket(draft) => draft.commit(commit),
        }
    }

    /// Removes all that the draft has written. Twice is well.
    ///
    /// # Errors
    /// `Conflict` when the commit of a next version has begun: it can be ended (commit again), not taken back.
    pub fn discard(self) -> Result<(), StorageError> {
        match self {
            Self::Folder(draft) => draft.discard(),
            Self::Bucket(draft) => draft.discard(),
        }
    }

    /// Returns how many files are best put at once: a folder waits for its file system, a bucket for the way to it.
    #[must_use]
    pub fn puts_at_once(&self, in_folder: usize) -> usize {
        match self {
            Self::Folder(_) => in_folder,
            Self::Bucket(_) => BUCKET_PUTS_AT_ONCE,
        }
    }
}

/// Requests of one draft on their way at once.
const BUCKET_PUTS_AT_ONCE: usize = 16;
