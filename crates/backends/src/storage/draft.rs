//! A version of an object in the making: the one way by which bytes enter a store.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use super::folder::{EntryKind, Folder, kind_of, size_of};
use super::name::check_path;
use super::read_back::FolderReadBack;
use super::source::{CopyFault, CopyWay, Source, copy, pour};
use super::store::{OCFL, WORK};
use super::walk::FolderWalk;
use super::{FolderStore, StorageError};

/// A version in the making, in `work/<key>/` of its store.
///
/// Laid out as the object will be: `v1/content/…`, `v1/inventory.json`, `inventory.json` and so on. Nothing is visible
/// under the object's path before the commit. Holds a handle of the store's folder: when the disk is unmounted, writes
/// fail with `StoreGone` and never land in the empty mount point. Methods may be called from many threads at once.
#[derive(Debug)]
pub struct FolderDraft {
    pub(super) store: FolderStore,
    /// Opened before the first write, so that `syncfs` reports every write that failed since.
    pub(super) root: Folder,
    /// `work/<key>`.
    pub(super) work: String,
    /// `ocfl/<object path>`.
    pub(super) object: String,
    pub(super) version: String,
    way: CopyWay,
    is_durable: AtomicBool,
}

/// What became of one put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// The bytes were copied.
    Written,
    /// A file of that length was there already, from a work that was broken off.
    AlreadyThere,
}

impl FolderDraft {
    pub(super) fn new(
        store: FolderStore,
        root: Folder,
        key: &str,
        object_path: &str,
        version: &str,
    ) -> Result<Self, StorageError> {
        let way = CopyWay::onto(root.handle()).map_err(|source| root.fault(".", source))?;
        let (work, object) = (format!("{WORK}/{key}"), format!("{OCFL}/{object_path}"));
        // What an earlier process wrote may still be on its way to the disk.
        let is_durable = AtomicBool::new(false);
        Ok(Self { store, root, work, object, version: version.to_owned(), way, is_durable })
    }

    /// Copies a file into the draft, unless one of exactly that length is there.
    ///
    /// The length is enough to skip the copying of a resumed work and never enough to accept the file: whoever commits
    /// reads every byte back first, and calls [`FolderDraft::replace`] where they are wrong. Nothing is made durable here.
    ///
    /// # Errors
    /// `SourceShort`, `SourceUnreadable`, `NoSpace` (with the length needed), `NotWritable`, `StoreGone`, `Io`. What was
    /// written stays, shorter than promised, and is written anew by the next call.
    pub fn put(&self, content_path: &str, source: &Source<'_>) -> Result<Put, StorageError> {
        self.put_through(content_path, source, &mut Vec::new())
    }

    /// Does the same through a buffer that a thread uses again and again.
    pub(super) fn put_through(
        &self,
        content_path: &str,
        source: &Source<'_>,
        buffer: &mut Vec<u8>,
    ) -> Result<Put, StorageError> {
        let place = self.place(content_path)?;
        if let Some(target) = self.root.create(&place).map_err(|error| self.explain(error, source))? {
            return self.fill(&place, &target, source, buffer);
        }
        if self.content(content_path)? == Some(source.length_bytes()) {
            return Ok(Put::AlreadyThere);
        }
        self.replace_through(&place, source, buffer)
    }

    /// Copies a file into the draft over whatever is there: after a verification that failed.
    ///
    /// The old file is unlinked first, so that a reader of it keeps what it opened.
    ///
    /// # Errors
    /// As [`FolderDraft::put`].
    pub fn replace(&self, content_path: &str, source: &Source<'_>) -> Result<(), StorageError> {
        self.replace_through(&self.place(content_path)?, source, &mut Vec::new()).map(|_| ())
    }

    fn replace_through(&self, place: &str, source: &Source<'_>, buffer: &mut Vec<u8>) -> Result<Put, StorageError> {
        let opened = self.root.remove_file(place).and_then(|()| self.root.rewrite(place));
        let target = opened.map_err(|error| self.explain(error, source))?;
        self.fill(place, &target, source, buffer)
    }

    fn fill(&self, place: &str, target: &File, source: &Source<'_>, buffer: &mut Vec<u8>) -> Result<Put, StorageError> {
        let path = || self.root.path_of(place);
        let copied = match source {
            Source::Range { file, offset_bytes, length_bytes } => {
                copy((file, *offset_bytes, *length_bytes), target, self.way, buffer)
            }
            Source::Object { object, offset_bytes, length_bytes } => {
                pour(object.stretch(*offset_bytes, *length_bytes), *length_bytes, target, buffer)
            }
            Source::File { path, length_bytes } => File::open(path)
                .map_err(CopyFault::Read)
                .and_then(|file| copy((&file, 0, *length_bytes), target, self.way, buffer)),
        };
        // Said after the bytes are there: a make_durable that runs meanwhile may have missed them.
        self.is_durable.store(false, Ordering::SeqCst);
        match copied {
            Ok(()) => Ok(Put::Written),
            Err(CopyFault::Read(source)) => Err(StorageError::SourceUnreadable { path: path(), source }),
            Err(CopyFault::Write(error)) => Err(self.explain(self.root.fault(place, error), source)),
            Err(CopyFault::Short { seen_bytes }) => {
                let expected_bytes = source.length_bytes();
                Err(StorageError::SourceShort { path: path(), expected_bytes, seen_bytes })
            }
        }
    }

    /// Writes a file of the version or object: inventory, sidecar, log. Overwrites.
    ///
    /// It is durable once [`FolderDraft::make_durable`] or the commit returned, like all that is in a draft. An fsync for each
    /// such file would cost a small object more than its content does.
    ///
    /// # Errors
    /// `NoSpace`, `NotWritable`, `StoreGone`, `Io`, or what the closure answers.
    pub fn write(&self, path: &str, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), StorageError> {
        let place = self.place(path)?;
        let gone = |error| self.store.explain(error);
        let mut file = BufWriter::new(self.root.rewrite(&place).map_err(gone)?);
        let written = fill(&mut file).and_then(|()| file.flush());
        self.is_durable.store(false, Ordering::SeqCst);
        written.map_err(|source| gone(self.root.fault(&place, source)))
    }

    /// Brings all that was written to the disk: one `syncfs` of the store's file system.
    ///
    /// Costs nothing when nothing was written since the last time. Also waits for what others write there.
    ///
    /// # Errors
    /// `NoSpace` and `Io` also for a write that failed in the background since the draft was opened.
    pub fn make_durable(&self) -> Result<(), StorageError> {
        if self.is_durable.swap(true, Ordering::SeqCst) {
            return Ok(());
        }
        rustix::fs::syncfs(self.root.handle()).map_err(|errno| {
            self.is_durable.store(false, Ordering::SeqCst);
            self.store.explain(self.root.fault(".", errno))
        })
    }

    /// Opens a file of the draft to read what the disk holds of it (see [`FolderReadBack`]).
    ///
    /// # Errors
    /// `NotReady` when something was written since the last [`FolderDraft::make_durable`]: the page cache would answer, and
    /// the proof be none.
    pub fn open_back(&self, content_path: &str) -> Result<FolderReadBack, StorageError> {
        let place = self.place(content_path)?;
        if !self.is_durable.load(Ordering::SeqCst) {
            return Err(self.not_ready("make it durable before reading it back"));
        }
        let file = self.root.file(&place).map_err(|error| self.store.explain(error))?;
        FolderReadBack::new(file).map_err(|source| self.root.fault(&place, source))
    }

    /// Returns the length of a file of the draft, `None` when there is none.
    ///
    /// # Errors
    /// `Damaged` when something else than a file is in its place.
    pub fn content(&self, content_path: &str) -> Result<Option<u64>, StorageError> {
        let place = self.place(content_path)?;
        match self.root.stat(&place)? {
            None => Ok(None),
            Some(stat) if kind_of(&stat) == EntryKind::File => Ok(Some(size_of(&stat))),
            Some(_) => Err(StorageError::damaged(&self.root.path_of(&place), "not a regular file")),
        }
    }

    /// Walks the files that are in the draft; none when nothing was written.
    ///
    /// # Errors
    /// `Io`.
    pub fn list(&self) -> Result<FolderWalk, StorageError> {
        FolderWalk::below(&self.root, &self.work, "")
    }

    /// Removes one file of the draft: one that was put for a plan that has changed. Twice is well.
    ///
    /// Not while others put into the draft: the folder that it leaves empty goes too.
    ///
    /// # Errors
    /// `NotWritable`, `Io`.
    pub fn remove(&self, content_path: &str) -> Result<(), StorageError> {
        let place = self.place(content_path)?;
        self.root.remove_file(&place)?;
        // OCFL 1.1 §3.3.2, E024: a version holds no empty folders.
        let parents = place.rmatch_indices('/').map(|(at, _)| &place[..at]);
        for parent in parents.take_while(|parent| *parent != self.work) {
            if !self.root.remove_empty(parent)? {
                break;
            }
        }
        Ok(())
    }

    pub(super) fn place(&self, path: &str) -> Result<String, StorageError> {
        Ok(format!("{}/{}", self.work, check_path(path)?))
    }

    pub(super) fn not_ready(&self, missing: impl Into<String>) -> StorageError {
        StorageError::NotReady { path: self.root.path_of(&self.work), missing: missing.into() }
    }

    fn explain(&self, error: StorageError, source: &Source<'_>) -> StorageError {
        self.store.explain(error.needing(source.length_bytes()))
    }
}
