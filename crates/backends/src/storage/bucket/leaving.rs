//! An object that leaves a bucket as a whole.
//!
//! A claim hides it first, by one request. Then its keys go, and the claim last: readers find the object whole, or none.

use std::io::Read;

use digests::{Algorithm, Algorithms, Digest, Hasher};

use crate::storage::StorageError;
use crate::storage::name::{check_key, check_path};
use crate::storage::store::OCFL;

use super::BucketStore;
use super::claim::Claim;
use super::fault::of_io;

/// An object of a bucket that is to go.
#[derive(Debug)]
pub struct BucketLeaving {
    store: BucketStore,
    key: String,
    object: String,
}

impl BucketStore {
    pub(in crate::storage) fn leaving(&self, key: &str, object: &str) -> Result<BucketLeaving, StorageError> {
        let (key, object) = (check_key(key)?, check_path(object)?);
        Ok(BucketLeaving { store: self.clone(), key: key.to_owned(), object: object.to_owned() })
    }

    pub(in crate::storage) fn withdraw(&self, key: &str, object: &str) -> Result<(), StorageError> {
        self.leaving(key, object)?.hide_and_remove()
    }
}

impl BucketLeaving {
    fn place(&self) -> String {
        format!("{OCFL}/{}/", self.object)
    }

    /// Says why an object is not exchanged for one that lacks some of its files.
    pub(in crate::storage) fn refuse_exchange(&self) -> StorageError {
        StorageError::NotOnBucket {
            place: self.store.path_of(self.place().trim_end_matches('/')),
            because:
                "single files cannot be deleted there yet, since S3 cannot exchange an object at one moment; nothing \
                      was changed. Delete the whole object, or evacuate it from this store first"
                    .to_owned(),
        }
    }

    /// Refuses when the bucket keeps what is deleted: two people agreed that the bytes go, not that they are hidden.
    pub(in crate::storage) fn check(&self) -> Result<(), StorageError> {
        if !self.store.client().keeps_versions()? {
            return Ok(());
        }
        Err(StorageError::NotOnBucket {
            place: self.store.path_of(self.place().trim_end_matches('/')),
            because:
                "the bucket keeps old versions of what is deleted, so that the bytes would stay; nothing was changed. \
                      Suspend versioning and remove old versions by a life-cycle rule, then try again"
                    .to_owned(),
        })
    }

    pub(in crate::storage) fn is_in_place(&self, inventory: Digest) -> Result<bool, StorageError> {
        let name = format!("{}inventory.json", self.place());
        let Some(mut file) = self.store.open_if_there(&name)? else { return Ok(false) };
        let mut hasher = Hasher::new(Algorithms::from(Algorithm::Sha256));
        let mut buffer = vec![0; 1 << 16];
        loop {
            match file.read(&mut buffer).map_err(|error| of_io(error, self.store.path_of(&name)))? {
                0 => return Ok(hasher.finish().get(Algorithm::Sha256) == Some(inventory)),
                got => hasher.update(&buffer[..got]),
            }
        }
    }

    pub(in crate::storage) fn take_out(&self) -> Result<(), StorageError> {
        self.check()?;
        self.hide_and_remove()
    }

    #[allow(clippy::unnecessary_wraps, reason = "a folder's may fail, and both stand behind one door")]
    pub(in crate::storage) fn give_up(&self) -> Result<(), StorageError> {
        let claim = Claim::new(&self.object, "v1");
        if self.store.claimed_by(&claim)?.as_deref() == Some(self.mark().as_str()) {
            return Err(StorageError::conflict(&self.store.path_of(&self.place()), "the object is being deleted"));
        }
        Ok(())
    }

    /// What a claim for leaving says: no draft has such a key.
    fn mark(&self) -> String {
        format!(".leaving-{}", self.key)
    }

    fn hide_and_remove(&self) -> Result<(), StorageError> {
        let (claim, place) = (Claim::new(&self.object, "v1"), self.store.key(&self.place())?);
        let client = self.store.client();
        let is_there = client.list(&place, None).next().transpose()?.is_some();
        if is_there {
            let owner = self.store.claim(&claim, &self.mark())?;
            if owner != self.mark() {
                let because = format!("{owner} is writing it");
                return Err(StorageError::conflict(&self.store.path_of(&self.place()), because));
            }
            client.abort_below(&place, None)?;
            client.delete_below(&place)?;
            if let Some(left) = client.list(&place, None).next().transpose()? {
                let because = format!("{} is there still after it was deleted", left.key);
                return Err(StorageError::Io {
                    path: self.store.path_of(&self.place()),
                    source: std::io::Error::other(because),
                });
            }
        }
        if self.store.claimed_by(&claim)?.as_deref() == Some(self.mark().as_str()) {
            self.store.release(&claim)?;
        }
        Ok(())
    }
}
