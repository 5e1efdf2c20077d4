//! An object that is taken out of a store, or exchanged for one that lacks some of its files.

use std::io::{self, Write};

use digests::Digest;

use crate::storage::bucket::{BucketLeaving, TellNames};
use crate::storage::exchange::FolderLeaving;
use crate::storage::{ReadBack, StorageError};

/// An object that is to go, whole or in part. One writer a key: the caller's lease sees to that.
///
/// Where a bucket keeps old versions, and does not let them go, all is refused with `NotOnBucket` before anything changes.
#[derive(Debug)]
#[non_exhaustive]
pub enum Leaving {
    /// From a folder.
    Folder(FolderLeaving),
    /// From a bucket.
    Bucket(BucketLeaving),
}

impl Leaving {
    /// Forgets what was prepared, so that it can be prepared anew.
    ///
    /// # Errors
    /// `NotWritable`, `StoreGone`, `Io`, `NotOnBucket`.
    pub fn begin_anew(&self) -> Result<(), StorageError> {
        match self {
            Self::Folder(leaving) => leaving.begin_anew(),
            Self::Bucket(leaving) => leaving.begin_anew(),
        }
    }

    /// Gives a file of the object a second name in what is prepared.
    ///
    /// # Errors
    /// `Io` when the file is not there, `NoSpace`, `NotWritable`, `StoreGone`, `NotOnBucket`.
    pub fn keep(&self, path: &str, new_path: &str) -> Result<(), StorageError> {
        match self {
            Self::Folder(leaving) => leaving.keep(path, new_path),
            Self::Bucket(leaving) => leaving.keep(path, new_path),
        }
    }

    /// Writes a document of what is prepared. Overwrites.
    ///
    /// # Errors
    /// `NoSpace`, `NotWritable`, `StoreGone`, `Io`, `NotOnBucket`, or what the closure answers.
    pub fn write(&self, path: &str, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), StorageError> {
        match self {
            Self::Folder(leaving) => leaving.write(path, fill),
            Self::Bucket(leaving) => leaving.write(path, fill),
        }
    }

    /// Brings all that was prepared to the disk.
    ///
    /// # Errors
    /// `NoSpace` and `Io` also for a write that failed in the background; `NotOnBucket`.
    pub fn make_durable(&self) -> Result<(), StorageError> {
        match self {
            Self::Folder(leaving) => leaving.make_durable(),
            Self::Bucket(leaving) => leaving.make_durable(),
        }
    }

    /// Opens a document of what is prepared, to read what the disk holds of it.
    ///
    /// # Errors
    /// `Io` when it is not there, `StoreGone`, `NotOnBucket`.
    pub fn open_back(&self, path: &str) -> Result<ReadBack, StorageError> {
        match self {
            Self::Folder(leaving) => leaving.open_back(path).map(ReadBack::Folder),
            Self::Bucket(leaving) => leaving.open_back(path).map(ReadBack::Bucket),
        }
    }

    /// Says whether the object in its place has this inventory.
    ///
    /// # Errors
    /// `StoreGone`, `Io`, `Damaged`.
    pub fn is_in_place(&self, inventory: Digest) -> Result<bool, StorageError> {
        match self {
            Self::Folder(leaving) => leaving.is_in_place(inventory),
            Self::Bucket(leaving) => leaving.is_in_place(inventory),
        }
    }

    /// Says whether it is in the middle of an exchange or a removal, so that readers find nothing. A folder has no such middle.
    ///
    /// # Errors
    /// `StoreGone`, `Refused`, `Unreachable`, `Io`.
    pub fn is_begun(&self) -> Result<bool, StorageError> {
        match self {
            Self::Folder(_) => Ok(false),
            Self::Bucket(leaving) => leaving.is_claimed(),
        }
    }

    /// Puts what is prepared, which has this inventory, into the place of the object, and removes the old one from the
    /// disk. Safe to repeat: which of the two stands in the place is told by its inventory.
    ///
    /// # Errors
    /// `NotReady` when what is prepared is another; `NotWritable`, `StoreGone`, `Io`, `NotOnBucket`.
    pub fn exchange(&self, inventory: Digest) -> Result<(), StorageError> {
        match self {
            Self::Folder(leaving) => leaving.exchange(inventory),
            Self::Bucket(leaving) => leaving.exchange(inventory),
        }
    }

    /// Refuses when the object could be taken out of sight, and its bytes would stay: in a bucket that keeps old versions and
    /// does not let them go.
    /// Changes nothing.
    ///
    /// # Errors
    /// `NotOnBucket`, and what asking may meet.
    pub fn check(&self) -> Result<(), StorageError> {
        match self {
            Self::Folder(_) => Ok(()),
            Self::Bucket(leaving) => leaving.check(),
        }
    }

    /// Names a file of the old object that the new one does not have: it goes by its name. Call it when all that stays is
    /// kept. What is written anew under such a name stays.
    pub fn goes(&self, path: &str) {
        match self {
            Self::Folder(_) => {}
            Self::Bucket(leaving) => leaving.goes(path),
        }
    }

    /// Takes the whole object out of its place, and removes it from the disk: in a bucket what its inventory names, read
    /// by `tell`, whatever a listing shows. Safe to repeat.
    ///
    /// # Errors
    /// `NotWritable`, `StoreGone`, `Io`, `Conflict`, `NotOnBucket`. Readers then find the object whole, or none.
    pub fn take_out(&self, tell: TellNames) -> Result<(), StorageError> {
        match self {
            Self::Folder(leaving) => leaving.take_out(),
            Self::Bucket(leaving) => leaving.take_out(tell),
        }
    }

    /// Removes what was prepared, when the deletion has ended before its time.
    ///
    /// # Errors
    /// `Conflict` when the object was taken out already: then it goes on and not back.
    pub fn give_up(&self) -> Result<(), StorageError> {
        match self {
            Self::Folder(leaving) => leaving.give_up(),
            Self::Bucket(leaving) => leaving.give_up(),
        }
    }
}
