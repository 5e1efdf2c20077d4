//! Files planted in a store with damage that is known: whoever proves the store must find it.

use std::io::Write;

use super::name::check_path;
use super::object::FolderReader;
use super::{FolderStore, StorageError};

/// Beside the OCFL root, for nothing but OCFL files is in that.
const CANARIES: &str = "canaries";

impl FolderStore {
    /// Makes sure that the planted files are there, and brings them to the disk. What is there already stays.
    ///
    /// # Errors
    /// `StoreGone`, `NoSpace`, `NotWritable`, `Io`, `Name`.
    pub fn plant(&self, files: &[(&str, &[u8])]) -> Result<(), StorageError> {
        let root = self.root()?;
        let mut is_new = false;
        for (name, bytes) in files {
            let place = format!("{CANARIES}/{}", check_path(name)?);
            if root.has(&place)? {
                continue;
            }
            is_new = true;
            // Under another name first: a planted file that is cut by a kill would be damage that nobody meant.
            let new = format!("{CANARIES}/.new");
            let mut file = root.rewrite(&new).map_err(|error| self.explain(error))?;
            file.write_all(bytes).and_then(|()| file.sync_all()).map_err(|source| root.fault(&place, source))?;
            root.rename_over(&new, &place)?;
        }
        if is_new { root.sync(CANARIES) } else { Ok(()) }
    }

    /// Returns a reader of the planted files.
    ///
    /// # Errors
    /// `StoreGone`; `Io` when nothing was planted.
    pub fn planted(&self) -> Result<FolderReader, StorageError> {
        Ok(FolderReader::new(self.root()?.folder(CANARIES)?))
    }
}
