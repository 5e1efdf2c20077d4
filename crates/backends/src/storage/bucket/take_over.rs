//! A draft that changes hands in a bucket, where nothing can be renamed.

use crate::storage::StorageError;
use crate::storage::name::check_key;
use crate::storage::store::WORK;

use super::BucketStore;
use super::claim::NOTE;
use super::transfer::Onto;

impl BucketStore {
    /// Goes on under a new key with what was begun under another.
    ///
    /// The content is in its place already. First come the note and the documents that the new key lacks, then the claim
    /// of the version changes hands, and only then goes what the old key had: killed anywhere, the next call goes on.
    pub(in crate::storage) fn take_over_draft(&self, key: &str, new_key: &str) -> Result<(), StorageError> {
        let (old, new) = (format!("{WORK}/{}/", check_key(key)?), format!("{WORK}/{}/", check_key(new_key)?));
        let noted = self.noted(key)?;
        let mut keys = Vec::new();
        let top = self.key(&old)?;
        for listed in self.client().list(&top, None) {
            keys.push(listed?.key);
        }
        for path in keys.iter().filter_map(|key| key.strip_prefix(&top)) {
            let target = format!("{new}{path}");
            // What the new key has was written by it, or taken over from one that came later.
            if self.client().head(&self.key(&target)?)?.is_none() {
                self.transfer(&self.document(&format!("{old}{path}"))?, &target, Onto::Nothing)?;
            }
        }
        if let Some(claim) = noted {
            self.pass_claim(&claim, key, new_key)?;
        }
        let note = format!("{top}{NOTE}");
        keys.retain(|key| *key != note);
        self.client().delete(&keys)?;
        Ok(self.client().delete(&[note])?)
    }
}
