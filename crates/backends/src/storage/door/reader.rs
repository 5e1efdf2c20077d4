//! The one way by which bytes leave a store: reading an object that was committed.

use model::ThawTier;

use crate::s3::{Asked, Kept};
use crate::storage::bucket::BucketReader;
use crate::storage::object::FolderReader;
use crate::storage::{Entry, ReadBack, StorageError, StoredFile, Walk};

/// Reads the files of one object (or of the whole OCFL root). Follows no link: such a place is `Damaged`. What a draft has
/// put into a bucket is not shown before its commit.
#[derive(Debug)]
#[non_exhaustive]
pub enum ObjectReader {
    /// Of a folder.
    Folder(FolderReader),
    /// Of a bucket.
    Bucket(BucketReader),
}

impl ObjectReader {
    /// Lists one folder, sorted by name; `""` is the object's own.
    ///
    /// # Errors
    /// `Io` when the folder is not there or cannot be read, `Damaged` when a link leads to it.
    pub fn list(&self, path: &str) -> Result<Vec<Entry>, StorageError> {
        match self {
            Self::Folder(reader) => reader.list(path),
            Self::Bucket(reader) => reader.list(path),
        }
    }

    /// Walks all files of one folder and of those below it.
    ///
    /// # Errors
    /// As [`ObjectReader::list`], while walking.
    pub fn walk(&self, path: &str) -> Result<Walk, StorageError> {
        match self {
            Self::Folder(reader) => reader.walk(path).map(Walk::Folder),
            Self::Bucket(reader) => reader.walk(path).map(Walk::Bucket),
        }
    }

    /// Returns the bytes of a file by asking for it alone, and not the listing of its folder; `None` when it is not there.
    ///
    /// # Errors
    /// `Damaged` when something else than a regular file is there, or a link leads to it; `Io`.
    pub fn size_of(&self, path: &str) -> Result<Option<u64>, StorageError> {
        match self {
            Self::Folder(reader) => reader.size_of(path),
            Self::Bucket(reader) => reader.size_of(path),
        }
    }

    /// Opens a file; what the page cache holds of it is read from there.
    ///
    /// # Errors
    /// `Io` when it is not there, `Damaged` when it is no regular file.
    pub fn open(&self, path: &str) -> Result<StoredFile, StorageError> {
        match self {
            Self::Folder(reader) => reader.open(path).map(StoredFile::Folder),
            Self::Bucket(reader) => reader.open(path).map(StoredFile::Bucket),
        }
    }

    /// Opens a file to read what the store keeps, as a check of fixity must (see [`ReadBack`]).
    ///
    /// # Errors
    /// As [`ObjectReader::open`].
    pub fn open_back(&self, path: &str) -> Result<ReadBack, StorageError> {
        match self {
            Self::Folder(reader) => reader.open_back(path).map(ReadBack::Folder),
            Self::Bucket(reader) => reader.open(path).map(ReadBack::Bucket),
        }
    }

    /// Returns how a bucket keeps a file: its length, class and stored checksum, without a byte of it. `None` when it is not
    /// there; a folder tells its length.
    ///
    /// # Errors
    /// As [`ObjectReader::size_of`].
    pub fn kept(&self, path: &str) -> Result<Option<Kept>, StorageError> {
        match self {
            Self::Folder(reader) => Ok(reader.size_of(path)?.map(Kept::at_hand)),
            Self::Bucket(reader) => reader.kept(path),
        }
    }

    /// Asks for a frozen file to be thawed for some days. Nothing is to be thawed in a folder.
    ///
    /// # Errors
    /// `Unreachable`, `Refused`, `Io`.
    pub fn ask_to_thaw(&self, path: &str, days: u32, tier: ThawTier) -> Result<Asked, StorageError> {
        match self {
            Self::Folder(_) => Ok(Asked::Before),
            Self::Bucket(reader) => reader.ask_to_thaw(path, days, tier),
        }
    }
}
