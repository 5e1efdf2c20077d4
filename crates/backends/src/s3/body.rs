//! What a request sends: bytes in memory, or a stretch of a file that is read anew for each try.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;

use digests::{Algorithm, Digest, Hasher};

use super::Failure;

/// A file is hashed and sent through buffers of this many bytes.
const BUFFER_BYTES: usize = 128 << 10;

/// What is to be sent.
#[derive(Debug, Clone, Copy)]
pub enum Content<'a> {
    /// Bytes in memory.
    Bytes(&'a [u8]),
    /// A part of an open file.
    Stretch {
        /// The file, open for reading.
        file: &'a File,
        /// Where the bytes begin.
        offset_bytes: u64,
        /// How many they are.
        length_bytes: u64,
    },
}

impl<'a> Content<'a> {
    pub(super) const NONE: Self = Self::Bytes(&[]);

    /// Returns how many bytes it promises.
    #[must_use]
    pub fn length_bytes(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Stretch { length_bytes, .. } => *length_bytes,
        }
    }

    /// Opens it from its beginning.
    pub(super) fn open(&self) -> Sending<'a> {
        Sending { body: *self, sent_bytes: 0, fault: None }
    }

    /// Returns its digest.
    pub(super) fn digest(&self, algorithm: Algorithm) -> Result<Digest, Failure> {
        let mut hasher = Hasher::new(algorithm.into());
        match self {
            Self::Bytes(bytes) => hasher.update(bytes),
            Self::Stretch { length_bytes, .. } => {
                let length = usize::try_from(*length_bytes).unwrap_or(usize::MAX);
                let (mut reader, mut buffer) = (self.open(), vec![0; BUFFER_BYTES.min(length)]);
                loop {
                    match reader.read(&mut buffer) {
                        Ok(0) => break,
                        Ok(got) => hasher.update(&buffer[..got]),
                        Err(error) => return Err(reader.fault.take().unwrap_or(Failure::Source(error))),
                    }
                }
            }
        }
        Ok(hasher.finish().get(algorithm).expect("it was asked for"))
    }
}

/// A body on its way. Remembers why it could not be read, since the client only says that sending failed.
#[derive(Debug)]
pub(super) struct Sending<'a> {
    body: Content<'a>,
    sent_bytes: u64,
    pub(super) fault: Option<Failure>,
}

impl Read for Sending<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.body.length_bytes() - self.sent_bytes;
        let wanted = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        if wanted == 0 {
            return Ok(0);
        }
        let got = match self.body {
            Content::Bytes(bytes) => {
                let start = usize::try_from(self.sent_bytes).unwrap_or(usize::MAX);
                buffer[..wanted].copy_from_slice(&bytes[start..start + wanted]);
                wanted
            }
            Content::Stretch { file, offset_bytes, length_bytes } => {
                match file.read_at(&mut buffer[..wanted], offset_bytes + self.sent_bytes) {
                    Ok(0) => {
                        let (expected_bytes, seen_bytes) = (length_bytes, self.sent_bytes);
                        self.fault = Some(Failure::Short { expected_bytes, seen_bytes });
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                    Ok(got) => got,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
                    Err(error) => {
                        let told = io::Error::new(error.kind(), error.to_string());
                        self.fault = Some(Failure::Source(error));
                        return Err(told);
                    }
                }
            }
        };
        self.sent_bytes += got as u64;
        Ok(got)
    }
}
