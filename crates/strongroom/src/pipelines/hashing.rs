//! Bytes digested as they pass.

use std::io::{self, Read};

use digests::{Algorithm, Algorithms, Digest, Hasher};

/// A reader that computes the sha256 of what it gives.
pub struct Hashing<R> {
    reader: R,
    hasher: Hasher,
}

impl<R: Read> Hashing<R> {
    /// Begins before the first byte.
    pub fn new(reader: R) -> Self {
        Self { reader, hasher: Hasher::new(Algorithms::from(Algorithm::Sha256)) }
    }

    /// Reads what is left, and returns the digest of all.
    ///
    /// # Errors
    /// Those of the reader.
    pub fn finish(mut self) -> io::Result<Option<Digest>> {
        io::copy(&mut self, &mut io::sink())?;
        Ok(self.hasher.finish().get(Algorithm::Sha256))
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.reader.read(buffer)?;
        self.hasher.update(&buffer[..got]);
        Ok(got)
    }
}
