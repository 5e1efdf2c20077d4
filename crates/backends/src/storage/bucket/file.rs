//! A file of a bucket that is being read.

use std::io::{self, Read, Seek, SeekFrom};

use super::fault::of_io;
use crate::s3::Reading;

/// A file of a bucket. Its errors are those of the door.
#[derive(Debug)]
pub struct BucketFile {
    reading: Box<Reading>,
}

impl BucketFile {
    pub(super) fn new(reading: Reading) -> Self {
        Self { reading: Box::new(reading) }
    }

    /// Returns the bytes that it had when it was opened.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        self.reading.size_bytes()
    }
}

impl Read for BucketFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reading.read(buffer).map_err(|error| {
            let kind = error.kind();
            if kind == io::ErrorKind::Interrupted {
                return error;
            }
            io::Error::new(kind, of_io(error, std::path::PathBuf::from(format!("{:?}", self.reading))))
        })
    }
}

impl Seek for BucketFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.reading.seek(to)
    }
}
