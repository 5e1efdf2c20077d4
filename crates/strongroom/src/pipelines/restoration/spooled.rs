//! A document of the bag while it waits to be written: in a file of staging without a name, which ends with us.

use std::fs::File;
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write};
use std::path::Path;

use digests::{Algorithm, Algorithms, Digests, Hasher};

use super::RestorationError;
use super::output::Output;
use super::replica::{begun, ended};

const BUFFER_BYTES: usize = 1 << 18;

/// A document that is being written.
pub struct Spooling {
    file: BufWriter<File>,
    hasher: Hasher,
    size_bytes: u64,
}

/// A document that is whole.
pub struct Spooled {
    /// Its path in the bag.
    pub path: String,
    /// Its length.
    pub size_bytes: u64,
    /// Its digests, under all algorithms of the bag.
    pub digests: Digests,
    file: File,
}

impl Spooling {
    /// Begins a document.
    ///
    /// # Errors
    /// Staging cannot be written.
    pub fn begin(staging: &Path, algorithms: Algorithms) -> Result<Self, RestorationError> {
        let file = tempfile::tempfile_in(staging).map_err(RestorationError::Staging)?;
        let file = BufWriter::with_capacity(BUFFER_BYTES, file);
        Ok(Self { file, hasher: Hasher::new(algorithms), size_bytes: 0 })
    }

    /// Adds a line of a manifest: RFC 8493 §2.1.3.
    ///
    /// # Errors
    /// Staging cannot be written.
    pub fn list(&mut self, algorithm: Algorithm, digests: &Digests, path: &str) -> Result<(), RestorationError> {
        let lacking = || RestorationError::Registry(format!("it has no {algorithm} of {}", path.escape_debug()));
        let digest = digests.get(algorithm).ok_or_else(lacking)?;
        writeln!(self, "{digest}  {}", bagit::path::encode(path)).map_err(RestorationError::Staging)
    }

    /// Ends the document.
    ///
    /// # Errors
    /// Staging cannot be written.
    pub fn end(self, path: &str) -> Result<Spooled, RestorationError> {
        let file = self.file.into_inner().map_err(|error| RestorationError::Staging(error.into_error()))?;
        Ok(Spooled { path: path.to_owned(), size_bytes: self.size_bytes, digests: self.hasher.finish(), file })
    }
}

impl Write for Spooling {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.size_bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Spooled {
    /// Writes the document to an output.
    ///
    /// # Errors
    /// Staging cannot be read or gives other bytes than it was given, or the output cannot be written.
    pub fn give(&mut self, output: &mut Output) -> Result<(), RestorationError> {
        // One of the digests is enough to know the bytes again.
        let mut hasher = begun();
        let mut buffer = vec![0; BUFFER_BYTES];
        self.file.seek(SeekFrom::Start(0)).map_err(RestorationError::Staging)?;
        loop {
            match self.file.read(&mut buffer).map_err(RestorationError::Staging)? {
                0 => break,
                got => {
                    hasher.update(&buffer[..got]);
                    output.write_all(&buffer[..got]).map_err(RestorationError::Output)?;
                }
            }
        }
        if Some(ended(hasher)) == self.digests.get(Algorithm::Sha256) {
            return Ok(());
        }
        let because = format!("{} was read back with other bytes than were written", self.path);
        Err(RestorationError::Staging(io::Error::other(because)))
    }
}
