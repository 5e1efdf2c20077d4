//! A file of the workspace on its way to its place: a small one is read when it is met, and held.

use std::io::{self, Read};

use crate::storage::{StorageError, compare};

use super::BucketStore;
use super::fault::of_io;

/// Bytes of a document that is held in memory at the most. A larger one is read anew each time.
const HELD_BYTES_MAX: u64 = 256 << 10;
/// How often two readings may differ: a byte that flips on its way must not look like another document.
const READINGS: u32 = 2;

/// A document, known by its name below the prefix of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Document {
    pub(super) name: String,
    /// Its bytes, if they are few. They were read twice, and were the same both times.
    pub(super) held: Option<Vec<u8>>,
}

impl Document {
    /// Names a document that is read anew each time, whatever its size.
    pub(super) fn named(name: &str) -> Self {
        Self { name: name.to_owned(), held: None }
    }
}

impl BucketStore {
    /// Reads a document.
    pub(super) fn document(&self, name: &str) -> Result<Document, StorageError> {
        Ok(self.document_of_two(name, name)?.unwrap_or_else(|| Document::named(name)))
    }

    /// Reads a document that lies in two places, so that each proves the reading of the other; `None` when they differ, or
    /// one is missing.
    pub(super) fn document_of_two(&self, name: &str, copy: &str) -> Result<Option<Document>, StorageError> {
        for _ in 0..READINGS {
            let Some(mut file) = self.open_if_there(name)? else { return Ok(None) };
            if file.size_bytes() > HELD_BYTES_MAX {
                let is_same = name == copy || self.same_bytes(name, copy)?;
                return Ok(is_same.then(|| Document::named(name)));
            }
            let Some(mut other) = self.open_if_there(copy)? else { return Ok(None) };
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).map_err(|error| of_io(error, self.path_of(name)))?;
            if is_what_is_read(&bytes, &mut other).map_err(|error| of_io(error, self.path_of(copy)))? {
                return Ok(Some(Document { name: name.to_owned(), held: Some(bytes) }));
            }
        }
        Ok(None)
    }

    /// Says whether a document's bytes lie in another place too; `false` when nothing does.
    pub(super) fn lies_at(&self, document: &Document, target: &str) -> Result<bool, StorageError> {
        let Some(held) = &document.held else { return self.same_bytes(&document.name, target) };
        for _ in 0..READINGS {
            let Some(mut there) = self.open_if_there(target)? else { return Ok(false) };
            if there.size_bytes() != held.len() as u64 {
                return Ok(false);
            }
            if is_what_is_read(held, &mut there).map_err(|error| of_io(error, self.path_of(target)))? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn is_what_is_read(mut bytes: &[u8], file: &mut impl Read) -> io::Result<bool> {
    compare::same(&mut bytes, file)
}
