//! A draft given up: all that it has put into the bucket goes.

use crate::storage::name::version_number;
use crate::storage::store::{OCFL, WORK};
use crate::storage::{Commit, StorageError};

use super::claim::{Claim, NOTE};
use super::draft::{BucketDraft, INVENTORY};

impl BucketDraft {
    /// Removes what this key has written, whichever version that was. Twice is well.
    ///
    /// Only what is claimed for this key is taken out of the OCFL root. What was half written is hidden until it is gone.
    pub(in crate::storage) fn discard(self) -> Result<(), StorageError> {
        let store = &self.store;
        let noted = store.noted(&self.key)?;
        if noted.is_none() {
            self.release_claims()?;
        }
        if let Some(claim) = noted
            && store.claimed_by(&claim)?.as_deref() == Some(self.key.as_str())
        {
            if self.is_a_version(&claim)? {
                // The root inventory names it: it cannot be taken back any more.
                if claim.object == self.claim.object {
                    let because = "its commit has begun and must be ended";
                    return Err(StorageError::conflict(&store.path_of(&format!("{WORK}/{}", self.key)), because));
                }
                // Asked by the sweeper, who knows the key alone: no work will ever end it, and half a commit helps nobody.
                let kind = match version_number(&claim.version) {
                    Some(1) => Commit::NewObject,
                    _ => Commit::NextVersion,
                };
                let left = BucketDraft::new(store.clone(), &self.key, &claim.object, &claim.version);
                return left.commit(kind).map(drop);
            }
            self.take_back(&claim)?;
            store.release(&claim)?;
        }
        let work = store.key(&self.work(""))?;
        store.client().abort_below(&work, None)?;
        let note = format!("{work}{NOTE}");
        let mut keys = Vec::new();
        for listed in store.client().list(&work, None) {
            keys.push(listed?.key);
        }
        // The note goes last: while it is there, a discarding that was killed finds what to go on with.
        keys.retain(|key| *key != note);
        store.client().delete(&keys)?;
        Ok(store.client().delete(&[note])?)
    }

    /// Gives up claims of a late one, whose draft was taken over and ended by another, note and all.
    fn release_claims(&self) -> Result<(), StorageError> {
        for (claim, _) in self.store.claims()?.into_iter().filter(|(_, owner)| *owner == self.key) {
            // What has an inventory of its own was committed, by another: it is only to be seen again.
            let own = self.store.key(&format!("{OCFL}/{}/{}/{INVENTORY}", claim.object, claim.version))?;
            if self.store.client().head(&own)?.is_none() {
                self.take_back(&claim)?;
            }
            self.store.release(&claim)?;
        }
        Ok(())
    }

    fn is_a_version(&self, claim: &Claim) -> Result<bool, StorageError> {
        let own = format!("{OCFL}/{}/{}/{INVENTORY}", claim.object, claim.version);
        self.store.same_bytes(&own, &format!("{OCFL}/{}/{INVENTORY}", claim.object))
    }

    fn take_back(&self, claim: &Claim) -> Result<(), StorageError> {
        let (store, object) = (&self.store, format!("{OCFL}/{}", claim.object));
        let version = store.key(&format!("{object}/{}/", claim.version))?;
        store.client().abort_below(&version, None)?;
        store.client().delete_below(&version)?;
        let root = store.key(&format!("{object}/{INVENTORY}"))?;
        if version_number(&claim.version) == Some(1) && store.client().head(&root)?.is_none() {
            // A new object's declaration may have been put already.
            store.client().delete_below(&store.key(&format!("{object}/"))?)?;
        }
        Ok(())
    }
}
