//! A member of an archive, kept to be read anywhere: in memory, or in a temporary file without a name.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;

use pronom::Source;

/// Bytes that are kept in memory.
const MEMORY_BYTES_MAX: usize = 1 << 20;
/// Bytes that are kept in a temporary file.
const FILE_BYTES_MAX: u64 = 1 << 30;

/// The bytes of a member.
#[derive(Debug, Default)]
pub struct Spool {
    memory: Vec<u8>,
    file: Option<File>,
    size_bytes: u64,
}

impl Spool {
    /// Adds bytes, and says whether there was room for them.
    ///
    /// # Errors
    /// The temporary file cannot be written.
    pub fn push(&mut self, bytes: &[u8]) -> io::Result<bool> {
        if self.size_bytes + bytes.len() as u64 > FILE_BYTES_MAX {
            return Ok(false);
        }
        self.size_bytes += bytes.len() as u64;
        if self.file.is_none() && self.memory.len() + bytes.len() > MEMORY_BYTES_MAX {
            let mut file = tempfile::tempfile()?;
            file.write_all(&self.memory)?;
            self.memory = Vec::new();
            self.file = Some(file);
        }
        match &mut self.file {
            Some(file) => file.write_all(bytes)?,
            None => self.memory.extend_from_slice(bytes),
        }
        Ok(true)
    }

    /// Says what stands in the way of a member that is longer.
    #[must_use]
    pub fn too_long() -> String {
        format!("it is longer than {FILE_BYTES_MAX} bytes, and was not looked into")
    }
}

impl Source for Spool {
    fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        match &self.file {
            Some(file) => file.read_at(buffer, offset),
            None => self.memory.as_slice().read_at(offset, buffer),
        }
    }
}
