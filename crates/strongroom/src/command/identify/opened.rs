//! A file of the file system that can be read anywhere.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use pronom::Source;
use rustix::fs::OFlags;

/// An open file.
#[derive(Debug)]
pub struct Opened {
    file: File,
    size_bytes: u64,
    /// When it was changed, in seconds since 1970.
    pub modified: i64,
}

impl Opened {
    /// Opens a regular file. What has become a pipe since it was listed is not waited for.
    ///
    /// # Errors
    /// It cannot be opened, or is no regular file.
    pub fn open(path: &Path) -> io::Result<Self> {
        let flags = i32::try_from(OFlags::NONBLOCK.bits()).map_err(io::Error::other)?;
        let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::other("it is no regular file"));
        }
        Ok(Self { file, size_bytes: metadata.len(), modified: metadata.mtime() })
    }
}

impl Source for Opened {
    fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read_at(buffer, offset)
    }
}
