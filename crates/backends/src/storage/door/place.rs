//! Where a store is, or is to be.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::storage::{BucketPlace, BucketStore, FolderStore, StorageError, Store};

/// A place for a store: a folder of this machine, or a prefix in a bucket.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum StorePlace {
    /// A folder.
    Folder(PathBuf),
    /// A bucket, with the connections to it.
    Bucket(BucketPlace),
}

impl StorePlace {
    /// Opens the store that was made there before.
    ///
    /// # Errors
    /// As [`FolderStore::open`] and [`BucketStore::open`].
    pub fn open(&self) -> Result<Store, StorageError> {
        match self {
            Self::Folder(path) => FolderStore::open(path).map(Store::Folder),
            Self::Bucket(place) => BucketStore::open(place).map(Store::Bucket),
        }
    }

    /// Makes a store there, or opens it when it is there already.
    ///
    /// # Errors
    /// As [`FolderStore::create`] and [`BucketStore::create`].
    pub fn create(&self, id: &str, root_files: &[(String, Vec<u8>)]) -> Result<Store, StorageError> {
        match self {
            Self::Folder(path) => FolderStore::create(path, id, root_files).map(Store::Folder),
            Self::Bucket(place) => BucketStore::create(place, id, root_files).map(Store::Bucket),
        }
    }

    /// Returns the class of storage that content is put into.
    #[must_use]
    pub fn class(&self) -> model::StorageClass {
        match self {
            Self::Folder(_) => model::StorageClass::Standard,
            Self::Bucket(place) => place.class(),
        }
    }

    /// Returns the folder, where it is one.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        match self {
            Self::Folder(path) => Some(path),
            Self::Bucket(_) => None,
        }
    }
}

impl fmt::Display for StorePlace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => path.display().fmt(formatter),
            Self::Bucket(place) => place.fmt(formatter),
        }
    }
}
