//! The mending of one file of an object in a bucket.

use std::io::{self, Write};

use crate::storage::StorageError;
use crate::storage::name::{check_key, check_path};
use crate::storage::store::{OCFL, WORK};

use super::transfer::Onto;
use super::{BucketFile, BucketStore};

/// Where wrong files are kept.
const QUARANTINE: &str = "quarantine";

/// A file of an object that is about to be replaced: the right bytes wait in `work/.mend-<key>`.
#[derive(Debug)]
pub struct BucketMending {
    store: BucketStore,
    new: String,
    target: String,
    quarantined: String,
}

impl BucketStore {
    pub(in crate::storage) fn mend(&self, key: &str, object: &str, path: &str) -> Result<BucketMending, StorageError> {
        let (key, object, path) = (check_key(key)?, check_path(object)?, check_path(path)?);
        Ok(BucketMending {
            store: self.clone(),
            new: format!("{WORK}/.mend-{key}"),
            target: format!("{OCFL}/{object}/{path}"),
            quarantined: format!("{QUARANTINE}/{key}"),
        })
    }

    pub(in crate::storage) fn forget_quarantined(&self, keys: &[String]) -> Result<(), StorageError> {
        for key in keys {
            let key = check_key(key)?;
            let names = [format!("{QUARANTINE}/{key}"), format!("{WORK}/.mend-{key}")];
            let keys = [self.key(&names[0])?, self.key(&names[1])?];
            self.client().delete(&keys)?;
            if self.client().keeps_versions()? {
                keys.iter().try_for_each(|key| self.client().delete_versions_of(key))?;
            }
        }
        Ok(())
    }
}

impl BucketMending {
    pub(in crate::storage) fn write(
        &self,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), StorageError> {
        self.store.put_written(&self.new, fill)
    }

    pub(in crate::storage) fn open_back(&self) -> Result<BucketFile, StorageError> {
        self.store.open_file(&self.new)
    }

    pub(in crate::storage) fn abandon(&self) -> Result<(), StorageError> {
        Ok(self.store.client().delete(&[self.store.key(&self.new)?])?)
    }

    pub(in crate::storage) fn kept(&self) -> Result<Option<String>, StorageError> {
        let head = self.store.client().head(&self.store.key(&self.quarantined)?)?;
        Ok(head.map(|_| self.quarantined.clone()))
    }

    pub(in crate::storage) fn put_in_class(&self) -> Result<(), StorageError> {
        // Documents are read by every audit, and stay as they are.
        if !self.target.contains("/content/") {
            return Ok(());
        }
        self.store.cool(&self.store.key(&self.target)?)
    }

    /// Keeps the wrong file first, then puts the right one over it. Killed in between, both are there.
    pub(in crate::storage) fn put_in_place(&self) -> Result<Option<String>, StorageError> {
        let store = &self.store;
        // Nothing is put in the place of a file unless the right one was written.
        drop(store.open_file(&self.new)?);
        let kept = match store.open_if_there(&self.target)? {
            None => None,
            Some(wrong) => {
                let size_bytes = wrong.size_bytes();
                drop(wrong);
                let there = store.client().head(&store.key(&self.quarantined)?)?;
                // Kept by a mending that was killed: what is in the place now may be the right file already.
                if there.is_none_or(|there| there.size_bytes != size_bytes) {
                    store.transfer(&self.target, &self.quarantined, Onto::Anything)?;
                }
                Some(self.quarantined.clone())
            }
        };
        store.transfer(&self.new, &self.target, Onto::Anything)?;
        self.abandon()?;
        Ok(kept)
    }
}
