//! An object that leaves a bucket as a whole.
//!
//! A claim hides it first, by one request. Then its keys go, and the claim last: readers find the object whole, or none.
//! Where the bucket keeps old versions they go too: two people agreed that the bytes go, not that they are hidden.

use std::io::Read;
use std::sync::{Mutex, MutexGuard, PoisonError};

use digests::{Algorithm, Algorithms, Digest, Hasher};

use crate::s3::{Condition, Content, Versions};
use crate::storage::StorageError;
use crate::storage::name::{check_key, check_path};
use crate::storage::store::{OCFL, WORK};

use super::BucketStore;
use super::claim::{Claim, LEAVING, work_and_fence};
use super::fault::of_io;
use super::note::LeavingNote;
use super::taking_out::{OldVersions, TellNames};

/// What an object is known by.
pub(super) const INVENTORY: &str = "inventory.json";
/// Whether a bucket lets old versions go is tried with this.
const PROBE: &str = ".leaving-probe";

/// An object of a bucket that is to go, whole or in part.
#[derive(Debug)]
pub struct BucketLeaving {
    store: BucketStore,
    key: String,
    object: String,
    /// What becomes of its files, while that is being prepared.
    note: Mutex<LeavingNote>,
}

impl BucketStore {
    pub(in crate::storage) fn leaving(&self, key: &str, object: &str) -> Result<BucketLeaving, StorageError> {
        let (key, object) = (check_key(key)?, check_path(object)?);
        let note = Mutex::default();
        Ok(BucketLeaving { store: self.clone(), key: key.to_owned(), object: object.to_owned(), note })
    }

    pub(in crate::storage) fn withdraw(&self, key: &str, object: &str, tell: TellNames) -> Result<(), StorageError> {
        self.leaving(key, object)?.remove_by_steps(OldVersions::Stay, tell, &mut |_| Ok(()))
    }

    /// Ends the withdrawals that were begun under a key: what they have hidden is in no listing, so that nobody else finds it.
    pub(in crate::storage) fn end_withdrawals(&self, key: &str, tell: TellNames) -> Result<u64, StorageError> {
        let mut ended = 0;
        for (claim, owner) in self.claims()? {
            let leaving = self.leaving(key, &claim.object)?;
            if owner == leaving.mark() {
                leaving.remove_by_steps(OldVersions::Stay, tell, &mut |_| Ok(()))?;
                ended += 1;
            }
        }
        Ok(ended)
    }
}

impl BucketLeaving {
    pub(super) fn place(&self) -> String {
        format!("{OCFL}/{}/", self.object)
    }

    pub(super) fn store(&self) -> &BucketStore {
        &self.store
    }

    pub(super) fn key(&self) -> &str {
        &self.key
    }

    pub(super) fn note(&self) -> MutexGuard<'_, LeavingNote> {
        self.note.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refuses where the bucket keeps old versions and does not let them go: tried with a key of our own.
    pub(in crate::storage) fn check(&self) -> Result<(), StorageError> {
        let client = self.store.client();
        if !client.keeps_versions()? {
            return Ok(());
        }
        let probe = self.store.key(&format!("{WORK}/{PROBE}"))?;
        let tried = client
            .put(&probe, Content::Bytes(b"may old versions go?"), Condition::Always)
            .and_then(|_| client.delete(std::slice::from_ref(&probe)))
            .and_then(|()| client.delete_versions_of(&probe));
        match tried.map_err(StorageError::from) {
            Err(error) if !error.is_of_absent_store() || matches!(error, StorageError::Refused { .. }) => {
                Err(StorageError::NotOnBucket {
                    place: self.store.path_of(self.place().trim_end_matches('/')),
                    because: format!(
                        "the bucket keeps old versions of what is deleted, and does not let them go ({error}): the bytes \
                         would stay, so nothing was changed. Give the key the rights to list and delete versions \
                         (s3:ListBucketVersions, s3:DeleteObjectVersion) and take away what locks them, then try again"
                    ),
                })
            }
            other => other,
        }
    }

    /// Removes the old versions of all that begins so, where the bucket keeps any.
    pub(super) fn forget_versions(&self, prefix: &str, which: Versions) -> Result<(), StorageError> {
        if !self.store.client().keeps_versions()? {
            return Ok(());
        }
        Ok(self.store.client().delete_versions_below(prefix, which)?)
    }

    pub(in crate::storage) fn is_in_place(&self, inventory: Digest) -> Result<bool, StorageError> {
        Ok(self.digest_at(&format!("{}inventory.json", self.place()))? == Some(inventory))
    }

    /// Returns the sha256 of a file of the store; `None` when it is not there.
    pub(super) fn digest_at(&self, name: &str) -> Result<Option<Digest>, StorageError> {
        let Some(mut file) = self.store.open_if_there(name)? else { return Ok(None) };
        let mut hasher = Hasher::new(Algorithms::from(Algorithm::Sha256));
        let mut buffer = vec![0; 1 << 16];
        loop {
            match file.read(&mut buffer).map_err(|error| of_io(error, self.store.path_of(name)))? {
                0 => return Ok(hasher.finish().get(Algorithm::Sha256)),
                got => hasher.update(&buffer[..got]),
            }
        }
    }

    /// Removes what was prepared, when nothing has been taken out.
    pub(in crate::storage) fn give_up(&self) -> Result<(), StorageError> {
        if self.is_claimed()? {
            return Err(StorageError::conflict(&self.store.path_of(&self.place()), "the object is being deleted"));
        }
        let work = self.store.key(&format!("{WORK}/{}/", self.key))?;
        Ok(self.store.client().delete_below(&work)?)
    }

    /// The first version's claim hides the whole object.
    fn claim(&self) -> Claim {
        Claim::new(&self.object, "v1")
    }

    /// What a claim for leaving says: no draft has such a key. It names the work and not the claim of it, so that whoever
    /// takes the work over goes on with what an earlier one has hidden.
    fn mark(&self) -> String {
        format!("{LEAVING}{}", work_and_fence(&self.key).0)
    }

    pub(in crate::storage) fn is_claimed(&self) -> Result<bool, StorageError> {
        Ok(self.store.claimed_by(&self.claim())?.as_deref() == Some(self.mark().as_str()))
    }

    /// Hides the object. Returns whether it was this call that did.
    pub(super) fn hide(&self) -> Result<bool, StorageError> {
        let (owner, is_new) = self.store.claim_anew(&self.claim(), &self.mark())?;
        if owner == self.mark() {
            return Ok(is_new);
        }
        Err(StorageError::conflict(&self.store.path_of(&self.place()), format!("{owner} is writing it")))
    }

    pub(super) fn show(&self) -> Result<(), StorageError> {
        self.store.release(&self.claim())
    }
}
