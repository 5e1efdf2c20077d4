//! A part of a file whose digest was taken while the whole was proven.

use std::io::{Read as _, Seek as _, SeekFrom};

use backends::storage::StoredFile;
use digests::Digest;

use super::replica::{Wrong, sha256_of};

/// A part of a file, and what it must be.
pub struct Stretch {
    /// Where it begins.
    pub offset_bytes: u64,
    /// How long it is.
    pub length_bytes: u64,
    /// The sha256 that it had in the proof.
    pub digest: Digest,
}

impl Stretch {
    /// Reads it into a buffer of its length.
    ///
    /// # Errors
    /// It cannot be read, or is not what it was.
    pub fn read(&self, file: &mut StoredFile, place: &str, buffer: &mut [u8]) -> Result<(), Wrong> {
        let read = file.seek(SeekFrom::Start(self.offset_bytes)).and_then(|_| file.read_exact(buffer));
        read.map_err(|error| Wrong::unreadable(place, &error))?;
        let seen = sha256_of(buffer);
        if seen == self.digest { Ok(()) } else { Err(Wrong::other_bytes(place, seen, self.digest)) }
    }
}
