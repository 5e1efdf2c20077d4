//! A walk over the files of a folder of a store.

use crate::storage::bucket::BucketWalk;
use crate::storage::walk::FolderWalk;
use crate::storage::{Found, StorageError};

/// Yields the files below a folder. Nothing when the folder is not there.
#[derive(Debug)]
#[non_exhaustive]
pub enum Walk {
    /// Of a folder: each folder's names are sorted.
    Folder(FolderWalk),
    /// Of a bucket: keys come in their order.
    Bucket(BucketWalk),
}

impl Iterator for Walk {
    type Item = Result<Found, StorageError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Folder(walk) => walk.next(),
            Self::Bucket(walk) => walk.next(),
        }
    }
}
