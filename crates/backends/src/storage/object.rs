//! The one way by which bytes leave a store: reading an object that was committed.

use std::fs::File;

use super::folder::Folder;
use super::name::check_path;
use super::read_back::FolderReadBack;
use super::walk::FolderWalk;
use super::{Entry, StorageError};

/// Reads the files of one object (or of the whole OCFL root). Follows no link: such a place is `Damaged`.
#[derive(Debug)]
pub struct FolderReader {
    folder: Folder,
}

impl FolderReader {
    pub(super) fn new(folder: Folder) -> Self {
        Self { folder }
    }

    /// Lists one folder, sorted by name; `""` is the object's own.
    ///
    /// # Errors
    /// `Io` when the folder is not there or cannot be read, `Damaged` when a link leads to it.
    pub fn list(&self, path: &str) -> Result<Vec<Entry>, StorageError> {
        self.folder.list(if path.is_empty() { "." } else { check_path(path)? })
    }

    /// Walks all files of one folder and of those below it.
    ///
    /// # Errors
    /// As [`FolderReader::list`], while walking.
    pub fn walk(&self, path: &str) -> Result<FolderWalk, StorageError> {
        FolderWalk::below(&self.folder, if path.is_empty() { "." } else { check_path(path)? }, "")
    }

    /// Returns the bytes of a file by asking for it alone, and not the listing of its folder; `None` when it is not there.
    ///
    /// # Errors
    /// `Damaged` when something else than a regular file is there, or a link leads to it; `Io`.
    pub fn size_of(&self, path: &str) -> Result<Option<u64>, StorageError> {
        match self.open(path) {
            Ok(file) => file.metadata().map(|data| Some(data.len())).map_err(|source| self.folder.fault(path, source)),
            Err(error) if error.io_kind() == Some(std::io::ErrorKind::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Opens a file; what the page cache holds of it is read from there.
    ///
    /// # Errors
    /// `Io` when it is not there, `Damaged` when it is no regular file.
    pub fn open(&self, path: &str) -> Result<File, StorageError> {
        self.folder.file(check_path(path)?)
    }

    /// Opens a file to read what the disk holds, as a check of fixity must (see [`FolderReadBack`]).
    ///
    /// # Errors
    /// As [`FolderReader::open`].
    pub fn open_back(&self, path: &str) -> Result<FolderReadBack, StorageError> {
        FolderReadBack::new(self.open(path)?).map_err(|source| self.folder.fault(path, source))
    }
}
