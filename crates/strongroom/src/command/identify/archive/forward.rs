//! Reading forward: through a part of a source, or through what is unpacked as it goes by.

use std::io::{self, Read};

use pronom::{Recognizer, Source};

/// Bytes that are read at a time to pass over them.
const SKIPPED_BYTES: u64 = 64 << 10;

/// A reader that passes over bytes, the cheapest way it can.
pub trait Forward: Read {
    /// Passes over bytes and returns how many there were.
    fn skip(&mut self, bytes: u64) -> io::Result<u64> {
        let mut block = [0; SKIPPED_BYTES as usize];
        let mut left = bytes;
        while left > 0 {
            let wanted = usize::try_from(left.min(SKIPPED_BYTES)).unwrap_or(block.len());
            match self.read(&mut block[..wanted]) {
                Ok(0) => break,
                Ok(read) => left -= read as u64,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(bytes - left)
    }
}

impl Forward for Box<dyn Read + '_> {}

impl<R: Forward + ?Sized> Forward for &mut R {
    fn skip(&mut self, bytes: u64) -> io::Result<u64> {
        (**self).skip(bytes)
    }
}

/// Fills a buffer, and returns how many bytes there were.
pub fn fill(reader: &mut (impl Read + ?Sized), buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// A part of a source, itself a source and a reader.
#[derive(Clone, Copy)]
pub struct Range<'a> {
    source: &'a dyn Source,
    start: u64,
    length: u64,
    position: u64,
}

impl<'a> Range<'a> {
    /// Takes a part; what lies beyond the end of the source is not there.
    #[must_use]
    pub fn new(source: &'a dyn Source, start: u64, length: u64) -> Self {
        let length = length.min(source.size_bytes().saturating_sub(start));
        Self { source, start, length, position: 0 }
    }

    /// Takes all of a source.
    #[must_use]
    pub fn all(source: &'a dyn Source) -> Self {
        Self::new(source, 0, u64::MAX)
    }
}

impl Source for Range<'_> {
    fn size_bytes(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.length.saturating_sub(offset)).unwrap_or(usize::MAX);
        let wanted = buffer.len().min(left);
        match self.start.checked_add(offset) {
            Some(place) if wanted > 0 => self.source.read_at(place, &mut buffer[..wanted]),
            _ => Ok(0),
        }
    }
}

impl Read for Range<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.read_at(self.position, buffer)?;
        self.position += read as u64;
        Ok(read)
    }
}

impl Forward for Range<'_> {
    fn skip(&mut self, bytes: u64) -> io::Result<u64> {
        let skipped = bytes.min(self.length.saturating_sub(self.position));
        self.position += skipped;
        Ok(skipped)
    }
}

/// A reader whose bytes a recognizer sees as well.
pub struct Tee<'r, 's, R> {
    reader: R,
    recognizer: &'r mut Recognizer<'s>,
    /// Bytes that went by.
    pub bytes: u64,
}

impl<'r, 's, R: Read> Tee<'r, 's, R> {
    /// Begins.
    pub fn new(reader: R, recognizer: &'r mut Recognizer<'s>) -> Self {
        Self { reader, recognizer, bytes: 0 }
    }
}

impl<R: Read> Read for Tee<'_, '_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.recognizer.push(&buffer[..read]);
        self.bytes += read as u64;
        Ok(read)
    }
}

impl<R: Read> Forward for Tee<'_, '_, R> {}
