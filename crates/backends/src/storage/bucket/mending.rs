//! The mending of one file of an object in a bucket.

use std::io::{self, Write};

use jiff::Timestamp;

use crate::storage::StorageError;
use crate::storage::fence::{fence_of, fenced, is_made_for};
use crate::storage::mend::{QUARANTINE, mending_of};
use crate::storage::name::{check_key, check_path};
use crate::storage::store::{OCFL, WORK};

use super::document::Document;
use super::transfer::Onto;
use super::{BucketFile, BucketStore};

/// A file of an object that is about to be replaced: the right bytes wait in `work/.mend-<key>-<fence>`.
#[derive(Debug)]
pub struct BucketMending {
    store: BucketStore,
    key: String,
    fence: i64,
    new: String,
    target: String,
    quarantined: String,
}

impl BucketStore {
    pub(in crate::storage) fn mend(
        &self,
        key: &str,
        fence: i64,
        object: &str,
        path: &str,
    ) -> Result<BucketMending, StorageError> {
        let (key, object, path) = (check_key(key)?, check_path(object)?, check_path(path)?);
        Ok(BucketMending {
            store: self.clone(),
            key: key.to_owned(),
            fence,
            new: format!("{WORK}/{}", fenced(&mending_of(key), fence)),
            target: format!("{OCFL}/{object}/{path}"),
            quarantined: format!("{QUARANTINE}/{key}"),
        })
    }

    pub(in crate::storage) fn forget_quarantined(&self, keys: &[String]) -> Result<(), StorageError> {
        for key in keys {
            let kept = self.key(&format!("{QUARANTINE}/{}", check_key(key)?))?;
            for top in [kept, self.mending_top(key)?] {
                let mut gone = Vec::new();
                for listed in self.client().list(&top, None) {
                    gone.extend(Some(listed?.key).filter(|found| is_made_for(found, &top)));
                }
                // A list may be older than what was just written.
                gone.push(top.clone());
                self.client().delete(&gone)?;
                if self.client().keeps_versions()? {
                    self.client().delete_versions_of_some(&top, |found| is_made_for(found, &top))?;
                }
            }
        }
        Ok(())
    }

    pub(in crate::storage) fn remove_left_mendings(&self, until: Timestamp) -> Result<u64, StorageError> {
        let mut gone = Vec::new();
        for listed in self.client().list(&self.mending_top("")?, None) {
            let listed = listed?;
            if listed.modified.is_some_and(|modified| modified < until) {
                gone.push(listed.key);
            }
        }
        self.client().delete(&gone)?;
        Ok(gone.len() as u64)
    }

    /// Returns the keys of the new files of a mending whose fence is such.
    fn mendings(&self, key: &str, which: impl Fn(i64) -> bool) -> Result<Vec<String>, StorageError> {
        let top = self.mending_top(key)?;
        let mut mendings = Vec::new();
        for listed in self.client().list(&top, None) {
            let listed = listed?.key;
            if fence_of(&listed, &top).is_some_and(&which) {
                mendings.push(listed);
            }
        }
        Ok(mendings)
    }

    /// Returns what the keys of the new files of a mending begin with.
    fn mending_top(&self, key: &str) -> Result<String, StorageError> {
        self.key(&format!("{WORK}/{}", mending_of(key)))
    }
}

impl BucketMending {
    pub(in crate::storage) fn write(
        &self,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), StorageError> {
        let earlier = self.store.mendings(&self.key, |fence| fence < self.fence)?;
        self.store.client().delete(&earlier)?;
        self.store.put_written(&self.new, fill)
    }

    pub(in crate::storage) fn open_back(&self) -> Result<BucketFile, StorageError> {
        self.store.open_file(&self.new)
    }

    pub(in crate::storage) fn abandon(&self) -> Result<(), StorageError> {
        let mut gone = self.store.mendings(&self.key, |fence| fence < self.fence)?;
        // A list may be older than what was just written.
        gone.push(self.store.key(&self.new)?);
        Ok(self.store.client().delete(&gone)?)
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
                    store.transfer(&Document::named(&self.target), &self.quarantined, Onto::Anything)?;
                }
                Some(self.quarantined.clone())
            }
        };
        store.transfer(&Document::named(&self.new), &self.target, Onto::Anything)?;
        self.abandon()?;
        Ok(kept)
    }
}
