//! Content on its way into the store's class of storage: after it was read back, by copies within the bucket.

use crate::each_at_once;
use crate::s3::{Failure, S3Error};
use crate::storage::StorageError;

use super::BucketStore;

/// Copies that are under way at once: each is a request that is waited for.
const COPIES_AT_ONCE: usize = 8;

impl BucketStore {
    /// Puts all that lies below a name into the store's class. What is in it already stays; so twice is well.
    pub(super) fn cool_below(&self, name: &str) -> Result<(), StorageError> {
        if !self.has_class() {
            return Ok(());
        }
        let listing = self.client().list(&self.key(name)?, None);
        each_at_once(listing, COPIES_AT_ONCE, |listed| self.cool(&listed?.key))
    }

    /// Puts one key into the store's class, and looks whether it is there.
    pub(super) fn cool(&self, key: &str) -> Result<(), StorageError> {
        if !self.has_class() {
            return Ok(());
        }
        let (client, class) = (self.client(), self.place().class());
        let missing = || {
            StorageError::from(S3Error {
                operation: "CopyObject",
                place: format!("s3://{}/{key}", client.address().bucket),
                failure: Failure::NoKey,
            })
        };
        let kept = client.kept(key)?.ok_or_else(missing)?;
        // A life-cycle rule may have been faster.
        if kept.class == class.name() || !kept.is_readable() {
            return Ok(());
        }
        client.put_in_class(key, class, &kept)?;
        let now = client.kept(key)?.ok_or_else(missing)?;
        // Grade B, for this moment: the server has read all that lies there to compute it.
        let is_other = matches!((&kept.sha256, &now.sha256), (Some(before), Some(now)) if before != now);
        if now.class == class.name() && now.size_bytes == kept.size_bytes && !is_other {
            return Ok(());
        }
        if is_other {
            return Err(StorageError::NotOnBucket {
                place: self.place().path_of(""),
                because: format!("the copy of {key} in the class {class} has another sha256: check this replica"),
            });
        }
        Err(StorageError::NotOnBucket {
            place: self.place().path_of(""),
            because: format!(
                "its server took the storage class {class} and keeps {} in {}: leave `class` out of the store's settings, \
                 or name one that the server has; the bytes are there",
                key, now.class
            ),
        })
    }

    fn has_class(&self) -> bool {
        self.place().class() != model::StorageClass::Standard
    }
}
