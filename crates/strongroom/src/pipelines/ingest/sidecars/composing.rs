//! A document while it is composed in staging, and once it is.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::PathBuf;

use digests::{Algorithm, Algorithms, Digest, Hasher};
use model::StepError;

const SHA256: Algorithms = Algorithms::NONE.with(Algorithm::Sha256);

/// A document that is whole.
pub struct Document {
    /// Where it goes in the draft.
    pub paths: Vec<String>,
    pub staged: PathBuf,
    pub digest: Digest,
}

/// A document that is being written, and digested as it is.
pub struct Composing {
    staged: PathBuf,
    file: BufWriter<File>,
    hasher: Hasher,
}

impl Composing {
    /// Begins a document, anew if a killed step had begun it.
    ///
    /// # Errors
    /// Staging cannot be written.
    pub fn begin(staged: PathBuf) -> Result<Self, StepError> {
        let file = File::create(&staged).map_err(StepError::retry)?;
        Ok(Self { staged, file: BufWriter::with_capacity(1 << 18, file), hasher: Hasher::new(SHA256) })
    }

    /// Ends it.
    ///
    /// # Errors
    /// Staging cannot be written.
    pub fn end(mut self, paths: Vec<String>) -> Result<Document, StepError> {
        self.flush().map_err(StepError::retry)?;
        let digest = self.hasher.finish().get(Algorithm::Sha256);
        let digest = digest.ok_or_else(|| StepError::stop("sha256 was not computed"))?;
        Ok(Document { paths, staged: self.staged, digest })
    }
}

impl Write for Composing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Returns the sha256 of all that a reader gives.
///
/// # Errors
/// Those of the reader.
pub fn digest_of(mut reader: impl Read) -> io::Result<Option<Digest>> {
    let mut hasher = Hasher::new(SHA256);
    let mut buffer = vec![0; 1 << 16];
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(hasher.finish().get(Algorithm::Sha256)),
            got => hasher.update(&buffer[..got]),
        }
    }
}
