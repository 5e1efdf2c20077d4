//! A file of a store that is being read.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use crate::storage::bucket::BucketFile;
use crate::storage::read_back::FolderReadBack;

/// A file of a store, to be read from any place on. What a cache holds of it is read from there.
#[derive(Debug)]
#[non_exhaustive]
pub enum StoredFile {
    /// In a folder.
    Folder(File),
    /// In a bucket.
    Bucket(BucketFile),
}

/// A file of a store, read so that what comes is what the store keeps: what the disk holds and not what the page cache
/// remembers of our writing; what the bucket answers.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReadBack {
    /// In a folder.
    Folder(FolderReadBack),
    /// In a bucket.
    Bucket(BucketFile),
}

impl StoredFile {
    /// Returns the bytes of the file.
    ///
    /// # Errors
    /// The system cannot tell.
    pub fn size_bytes(&self) -> io::Result<u64> {
        match self {
            Self::Folder(file) => Ok(file.metadata()?.len()),
            Self::Bucket(file) => Ok(file.size_bytes()),
        }
    }

    /// Returns the file of the system, where it is one: for what the kernel does better with it.
    #[must_use]
    pub fn as_file(&self) -> Option<&File> {
        match self {
            Self::Folder(file) => Some(file),
            Self::Bucket(_) => None,
        }
    }
}

impl Read for StoredFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Folder(file) => file.read(buffer),
            Self::Bucket(file) => file.read(buffer),
        }
    }
}

impl Seek for StoredFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            Self::Folder(file) => file.seek(to),
            Self::Bucket(file) => file.seek(to),
        }
    }
}

impl ReadBack {
    /// Returns the bytes that the file had when it was opened.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        match self {
            Self::Folder(file) => file.size_bytes(),
            Self::Bucket(file) => file.size_bytes(),
        }
    }
}

impl Read for ReadBack {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Folder(file) => file.read(buffer),
            Self::Bucket(file) => file.read(buffer),
        }
    }
}
