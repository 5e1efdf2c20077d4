//! A walk over the files of a folder, with the names of one folder in memory at a time.

use super::StorageError;
use super::folder::{EntryKind, Folder};

/// A file that a walk came upon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its path from the top of the walk.
    pub path: String,
    /// A file, or something that does not belong there; folders are walked and not told.
    pub kind: EntryKind,
    /// Bytes of a file.
    pub size_bytes: u64,
    pub(super) top: &'static str,
}

/// Yields the files below a folder, each folder's names sorted. Nothing when the folder is not there.
#[derive(Debug)]
pub struct FolderWalk {
    root: Folder,
    top: String,
    label: &'static str,
    folders: Vec<String>,
    files: std::vec::IntoIter<Found>,
}

impl FolderWalk {
    /// Walks `top` (a folder below `root`).
    pub(super) fn new(root: &Folder, top: &'static str) -> Result<Self, StorageError> {
        Self::below(root, top, top)
    }

    pub(super) fn below(root: &Folder, top: &str, label: &'static str) -> Result<Self, StorageError> {
        let folders = if root.has(top)? { vec![String::new()] } else { Vec::new() };
        Ok(Self { root: root.again()?, top: top.to_owned(), label, folders, files: Vec::new().into_iter() })
    }

    fn read(&mut self, folder: &str) -> Result<(), StorageError> {
        let place = if folder.is_empty() { self.top.clone() } else { format!("{}/{folder}", self.top) };
        let mut files = Vec::new();
        let mut folders = Vec::new();
        for entry in self.root.list(&place)? {
            let path = if folder.is_empty() { entry.name } else { format!("{folder}/{}", entry.name) };
            match entry.kind {
                EntryKind::Folder => folders.push(path),
                kind => files.push(Found { path, kind, size_bytes: entry.size_bytes, top: self.label }),
            }
        }
        self.folders.extend(folders.into_iter().rev());
        self.files = files.into_iter();
        Ok(())
    }
}

impl Iterator for FolderWalk {
    type Item = Result<Found, StorageError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(found) = self.files.next() {
                return Some(Ok(found));
            }
            let folder = self.folders.pop()?;
            if let Err(error) = self.read(&folder) {
                return Some(Err(error));
            }
        }
    }
}
