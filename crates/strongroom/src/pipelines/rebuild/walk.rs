//! The objects of an OCFL storage root, one folder's names in memory at a time.

use backends::storage::{EntryKind, ObjectReader, StorageError};

/// What an object's declaration begins with, whatever version of OCFL it declares.
const DECLARATION: &str = "0=ocfl_object_";
/// The folder of the root that holds no objects (OCFL 1.1 §4.1).
const EXTENSIONS: &str = "extensions";

/// A folder of the root that is, or should be, an object.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// An object.
    Object(String),
    /// A folder with something in it that is neither an object nor a folder.
    Stray(String),
}

/// Yields every object below a root, in the order of paths. An empty folder is nothing.
pub struct Objects {
    root: ObjectReader,
    folders: Vec<String>,
}

impl Objects {
    /// Begins at the root.
    pub fn new(root: ObjectReader) -> Self {
        Self { root, folders: vec![String::new()] }
    }

    /// Looks into one folder; those below it wait for their turn.
    fn look(&mut self, folder: String) -> Result<Option<Found>, StorageError> {
        let entries = self.root.list(&folder)?;
        let is_root = folder.is_empty();
        if !is_root && entries.iter().any(|entry| entry.name.starts_with(DECLARATION)) {
            return Ok(Some(Found::Object(folder)));
        }
        if !is_root && entries.iter().any(|entry| entry.kind != EntryKind::Folder) {
            return Ok(Some(Found::Stray(folder)));
        }
        for entry in entries.into_iter().rev().filter(|entry| entry.kind == EntryKind::Folder) {
            match is_root {
                true if entry.name == EXTENSIONS => {}
                true => self.folders.push(entry.name),
                false => self.folders.push(format!("{folder}/{}", entry.name)),
            }
        }
        Ok(None)
    }
}

impl Iterator for Objects {
    type Item = Result<Found, StorageError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let folder = self.folders.pop()?;
            if let Some(found) = self.look(folder).transpose() {
                return Some(found);
            }
        }
    }
}
