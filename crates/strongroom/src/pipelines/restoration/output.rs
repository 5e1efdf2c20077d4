//! Where the bytes go: hashed as they pass, and taken back again where the target allows it.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write};

use digests::{Algorithm, Algorithms, Digest, Hasher};

const SHA256: Algorithms = Algorithms::NONE.with(Algorithm::Sha256);

/// A file that is being written, or a stream whose reader has every byte at once and for good.
pub struct Output {
    file: File,
    hasher: Hasher,
    written_bytes: u64,
    can_take_back: bool,
}

/// A place in an output to which it can go back.
pub struct Mark {
    hasher: Hasher,
    written_bytes: u64,
}

impl Output {
    /// Writes to a file that nobody reads before it is whole.
    pub fn hidden(file: File) -> Self {
        Self { file, hasher: Hasher::new(SHA256), written_bytes: 0, can_take_back: true }
    }

    /// Writes to a stream: what was written is with its reader.
    pub fn stream(file: File) -> Self {
        Self { can_take_back: false, ..Self::hidden(file) }
    }

    /// Returns whether bytes can be taken back.
    pub fn can_take_back(&self) -> bool {
        self.can_take_back
    }

    /// Returns how many bytes were written.
    pub fn written_bytes(&self) -> u64 {
        self.written_bytes
    }

    /// Remembers where the output stands.
    pub fn mark(&self) -> Mark {
        Mark { hasher: self.hasher.clone(), written_bytes: self.written_bytes }
    }

    /// Takes back all that was written since.
    ///
    /// # Errors
    /// The file cannot be cut.
    pub fn take_back(&mut self, mark: &Mark) -> io::Result<()> {
        self.file.set_len(mark.written_bytes)?;
        self.file.seek(SeekFrom::Start(mark.written_bytes))?;
        (self.hasher, self.written_bytes) = (mark.hasher.clone(), mark.written_bytes);
        Ok(())
    }

    /// Ends it; returns the sha256 of all bytes, and the file.
    pub fn end(self) -> (Digest, File) {
        let digest = self.hasher.finish().get(Algorithm::Sha256);
        (digest.expect("it was asked for sha256"), self.file)
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.written_bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
