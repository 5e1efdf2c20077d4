//! What a store tells of objects and files that were deleted from it: beside its OCFL root, never in it.

use std::io::{self, BufWriter, Write};

use super::name::check_path;
use super::object::FolderReader;
use super::{FolderStore, StorageError};

/// Beside the OCFL root, for nothing but OCFL files is in that.
const TOMBSTONES: &str = "tombstones";

impl FolderStore {
    /// Writes a file among the tombstones, whole or not at all, and brings it to the disk. Overwrites.
    ///
    /// # Errors
    /// `StoreGone`, `NoSpace`, `NotWritable`, `Io`, `Name`, or what the closure answers.
    pub fn write_tombstone(
        &self,
        path: &str,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), StorageError> {
        let root = self.root()?;
        let place = format!("{TOMBSTONES}/{}", check_path(path)?);
        let parent = place.rsplit_once('/').map_or(TOMBSTONES, |(parent, _)| parent).to_owned();
        let new = format!("{parent}/.new");
        let gone = |error| self.explain(error);
        let mut file = BufWriter::new(root.rewrite(&new).map_err(gone)?);
        let written = fill(&mut file).and_then(|()| file.flush()).and_then(|()| file.get_ref().sync_all());
        written.map_err(|source| gone(root.fault(&place, source)))?;
        root.rename_over(&new, &place).map_err(gone)?;
        for folder in [parent.as_str(), TOMBSTONES, "."] {
            root.sync(folder).map_err(gone)?;
        }
        Ok(())
    }

    /// Returns a reader of the tombstones; `None` when nothing was ever deleted from this store.
    ///
    /// # Errors
    /// `StoreGone`, `Io`.
    pub fn tombstones(&self) -> Result<Option<FolderReader>, StorageError> {
        let root = self.root()?;
        if root.has(TOMBSTONES)? { root.folder(TOMBSTONES).map(FolderReader::new).map(Some) } else { Ok(None) }
    }
}
