//! A draft given up.

use crate::storage::StorageError;
use crate::storage::draft::FolderDraft;
use crate::storage::store::{OCFL, WORK};

use super::INVENTORY;
use super::new_object::parents;
use super::prepared::same_bytes;

impl FolderDraft {
    /// Removes the workspace of the draft, and the empty folders that a broken-off commit left. Twice is well.
    ///
    /// # Errors
    /// `Conflict` when the commit of a next version has begun: it can be ended (commit again), not taken back.
    pub fn discard(self) -> Result<(), StorageError> {
        self.check_place()?;
        if !self.root.has(&self.work)? {
            self.prune_parents();
            return Ok(());
        }
        if self.has_begun_to_commit()? {
            return Err(StorageError::conflict(
                &self.root.path_of(&self.work),
                "its commit has begun and must be ended",
            ));
        }
        let discarded = self.root.remove_tree(&self.work).and_then(|()| self.root.sync(WORK));
        self.prune_parents();
        discarded.map_err(|error| self.store.explain(error))
    }

    /// Tells whether the version folder has left for the object and the root inventory has not followed.
    fn has_begun_to_commit(&self) -> Result<bool, StorageError> {
        let place = format!("{}/{}", self.object, self.version);
        if self.root.has(&format!("{}/{}", self.work, self.version))? || !self.root.has(&place)? {
            return Ok(false);
        }
        let (own, top) = (format!("{place}/{INVENTORY}"), format!("{}/{INVENTORY}", self.object));
        Ok(!same_bytes(&self.root, &own, &top)?)
    }

    /// Removes the folders above the object that are empty: OCFL 1.1 §4.2, E073 allows none in a storage root.
    ///
    /// An error is not told: it would hide the one that led here, and what it leaves is empty.
    pub(super) fn prune_parents(&self) {
        for parent in parents(&self.object).filter(|parent| *parent != OCFL) {
            if !matches!(self.root.remove_empty(parent), Ok(true)) {
                return;
            }
        }
    }
}
