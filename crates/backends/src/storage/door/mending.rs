//! The mending of one file of an object: the only change that a committed version ever sees.

use std::io::{self, Write};

use crate::storage::bucket::BucketMending;
use crate::storage::mend::FolderMending;
use crate::storage::{ReadBack, StorageError};

/// A file of an object that is about to be replaced.
///
/// The right bytes are written to the workspace, made durable and read back by the caller; only then does
/// [`Mending::put_in_place`] swap them in. Killed at any moment, the object has either the wrong file or the right one.
/// The new file is one claim's own, whose fence its name bears: what a writer does that has lost its lease and does not know
/// it yet, touches no file of the next.
#[derive(Debug)]
#[non_exhaustive]
pub enum Mending {
    /// In a folder.
    Folder(FolderMending),
    /// In a bucket.
    Bucket(BucketMending),
}

impl Mending {
    /// Writes the right bytes to the workspace and brings them to the disk. What earlier claims have left there goes.
    ///
    /// # Errors
    /// `NoSpace`, `NotWritable`, `StoreGone`, `Io` and the like, or what the closure answers.
    pub fn write(&self, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), StorageError> {
        match self {
            Self::Folder(mending) => mending.write(fill),
            Self::Bucket(mending) => mending.write(fill),
        }
    }

    /// Opens what was written, to read what the store keeps of it.
    ///
    /// # Errors
    /// `Io` when nothing was written, `StoreGone`.
    pub fn open_back(&self) -> Result<ReadBack, StorageError> {
        match self {
            Self::Folder(mending) => mending.open_back().map(ReadBack::Folder),
            Self::Bucket(mending) => mending.open_back().map(ReadBack::Bucket),
        }
    }

    /// Removes what this claim and earlier ones have written to the workspace; what is not there is well.
    ///
    /// # Errors
    /// `StoreGone`, `NotWritable`, `Io`.
    pub fn abandon(&self) -> Result<(), StorageError> {
        match self {
            Self::Folder(mending) => mending.abandon(),
            Self::Bucket(mending) => mending.abandon(),
        }
    }

    /// Returns where a wrong file is kept that was put aside under this key, below the store's folder.
    ///
    /// # Errors
    /// `StoreGone`, `Io`.
    pub fn kept(&self) -> Result<Option<String>, StorageError> {
        match self {
            Self::Folder(mending) => mending.kept(),
            Self::Bucket(mending) => mending.kept(),
        }
    }

    /// Puts the new file into the place of the wrong one, which is kept. Returns where, below the store's folder;
    /// `None` when there was none.
    ///
    /// # Errors
    /// `NotWritable`, `NoSpace`, `StoreGone`, `Io`. The object then has the wrong file or the right one.
    pub fn put_in_place(&self) -> Result<Option<String>, StorageError> {
        match self {
            Self::Folder(mending) => mending.put_in_place(),
            Self::Bucket(mending) => mending.put_in_place(),
        }
    }

    /// Puts the file into the store's class of storage, once it was read back from its place. Twice is well.
    ///
    /// # Errors
    /// `StoreGone`, `Unreachable`, `Refused`, `NotOnBucket`, `Io`.
    pub fn put_in_class(&self) -> Result<(), StorageError> {
        match self {
            Self::Folder(_) => Ok(()),
            Self::Bucket(mending) => mending.put_in_class(),
        }
    }
}
