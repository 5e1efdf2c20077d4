//! The end of a store: the note that it is retired, and the removal of objects on which nobody counts any more.

use super::name::{check_key, check_path};
use super::store::{OCFL, WORK};
use super::{FolderStore, StorageError};

/// The note in the store's own folder.
pub(super) const NOTE: &str = "RETIRED.txt";

impl FolderStore {
    /// Leaves a note in the store's own folder that it is retired.
    ///
    /// # Errors
    /// `StoreGone`, `NoSpace`, `NotWritable`, `Io`.
    pub fn leave_note(&self, text: &str) -> Result<(), StorageError> {
        self.write_small(NOTE, text.as_bytes()).map_err(|error| self.explain(error))
    }

    /// Removes a whole object from the store, and the folders that it leaves empty. Twice is well.
    ///
    /// The object leaves its place by one rename first, so that no reader ever finds a part of it; killed afterwards, the
    /// next call with the same key removes what is left in the workspace.
    ///
    /// # Errors
    /// `StoreGone`, `NotWritable`, `Io`, `Name`.
    pub fn withdraw(&self, key: &str, object_path: &str) -> Result<(), StorageError> {
        let (key, path) = (check_key(key)?, check_path(object_path)?);
        let root = self.root()?;
        let (leaving, object) = (format!("{WORK}/.leaving-{key}"), format!("{OCFL}/{path}"));
        let withdrawn = || {
            root.remove_tree(&leaving)?;
            if root.has(&object)? {
                root.rename_new(&object, &leaving)?;
                root.sync(object.rsplit_once('/').map_or(".", |(up, _)| up))?;
                root.remove_tree(&leaving)?;
            }
            // OCFL 1.1 §4.2, E073: a storage root holds no empty folders.
            let parents = object.rmatch_indices('/').map(|(at, _)| &object[..at]);
            for parent in parents.take_while(|parent| *parent != OCFL) {
                if root.has(parent)? && !root.remove_empty(parent)? {
                    break;
                }
            }
            root.sync(OCFL)
        };
        withdrawn().map_err(|error| self.explain(error))
    }
}
