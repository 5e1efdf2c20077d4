//! A version given back as plain files, every byte proven as it goes out.

use std::io::{self, Read};

use digests::{Algorithm, Digest, Hasher};

use crate::{Error, Inventory, Tree, VersionNumber};

/// Gives each file of a version to a receiver, in order of logical path.
///
/// The receiver reads to the end and publishes nothing before the reader says that it is at its end: when the bytes
/// do not have the digest that the manifest gives, the last read is an error instead, and so is the export.
///
/// # Errors
/// There is no such version, content is missing, unreadable or damaged, or the receiver fails.
pub fn export_version(
    tree: &dyn Tree,
    inventory: &Inventory,
    version: VersionNumber,
    receive: &mut dyn FnMut(&str, &mut dyn Read) -> io::Result<()>,
) -> Result<(), Error> {
    if inventory.notes(version).is_none() {
        return Err(Error::NoSuchVersion(version));
    }
    for (logical_path, digest) in inventory.state(version) {
        export_file(tree, inventory, logical_path, digest, receive)?;
    }
    Ok(())
}

fn export_file(
    tree: &dyn Tree,
    inventory: &Inventory,
    logical_path: &str,
    digest: Digest,
    receive: &mut dyn FnMut(&str, &mut dyn Read) -> io::Result<()>,
) -> Result<(), Error> {
    let content_path = inventory
        .content_path(digest)
        .ok_or_else(|| Error::NoContent { logical_path: logical_path.to_owned(), digest: digest.to_hex() })?;
    let file = tree.open(&content_path).map_err(|source| Error::Read { path: content_path.clone(), source })?;
    let mut reader = VerifiedReader::new(file, digest);
    let received = receive(logical_path, &mut reader);
    match reader.outcome {
        Outcome::Damaged(seen) => Err(Error::Damaged { content_path, expected: digest.to_hex(), seen: seen.to_hex() }),
        Outcome::Unreadable(source) => Err(Error::Read { path: content_path, source }),
        Outcome::Proven => received.map_err(|source| Error::Export { logical_path: logical_path.to_owned(), source }),
        Outcome::Underway => {
            let early = io::Error::other("the receiver did not read the file to its end");
            Err(Error::Export { logical_path: logical_path.to_owned(), source: received.err().unwrap_or(early) })
        }
    }
}

/// A reader whose end is an error when the bytes do not have the digest expected.
pub struct VerifiedReader<R> {
    reader: R,
    hasher: Option<Hasher>,
    algorithm: Algorithm,
    expected: Digest,
    outcome: Outcome,
}

enum Outcome {
    Underway,
    Proven,
    Damaged(Digest),
    Unreadable(io::Error),
}

impl<R: Read> VerifiedReader<R> {
    /// Reads from `reader` what should have the digest `expected`.
    pub fn new(reader: R, expected: Digest) -> Self {
        let algorithm = expected.algorithm();
        let hasher = Some(Hasher::new(algorithm.into()));
        Self { reader, hasher, algorithm, expected, outcome: Outcome::Underway }
    }

    /// Returns whether the end was reached and the bytes are those expected.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        matches!(self.outcome, Outcome::Proven)
    }

    fn end(&mut self) -> io::Result<usize> {
        let seen = self.hasher.take().and_then(|hasher| hasher.finish().get(self.algorithm));
        match (seen, &self.outcome) {
            (Some(seen), _) if seen == self.expected => self.outcome = Outcome::Proven,
            (Some(seen), _) => self.outcome = Outcome::Damaged(seen),
            (None, _) => {}
        }
        match &self.outcome {
            Outcome::Proven => Ok(0),
            _ => Err(io::Error::new(io::ErrorKind::InvalidData, "the bytes do not have the digest expected")),
        }
    }
}

impl<R: Read> Read for VerifiedReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        if self.hasher.is_none() {
            return self.end();
        }
        match self.reader.read(buffer) {
            Ok(0) => self.end(),
            Ok(got) => {
                if let Some(hasher) = &mut self.hasher {
                    hasher.update(&buffer[..got]);
                }
                Ok(got)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => {
                let told = io::Error::new(error.kind(), error.to_string());
                self.outcome = Outcome::Unreadable(error);
                Err(told)
            }
        }
    }
}
