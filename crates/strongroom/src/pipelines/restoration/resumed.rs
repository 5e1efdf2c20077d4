//! What a killed restoration has left of a tar: how much of it is right, held against the registry and read from the disk.
//!
//! Nothing of it is trusted. Each header must be the very bytes that would be written now, each document too, and each file
//! must have the digest that the registry knows. The first that does not, or is not there whole, ends it: what comes from
//! there on is cut off and given anew. Reading is the smaller half of the work, and asks no store.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

use bagit::tar_padding;
use digests::{Algorithm, Digest, Hasher};
use rustix::fs::Advice;

use super::RestorationError;
use super::bag_info::BAG_INFO;
use super::contents::{Contents, sha256};
use super::replica::{begun, ended};
use super::tag_files::TagFiles;
use super::tar_stream::TarStream;

/// Bytes that are read at once.
const PIECE_BYTES: usize = 1 << 20;
/// Bytes of a block of a tar.
const BLOCK_BYTES: u64 = 512;
/// Bytes of a PAX record that are passed over: the path of the top folder and a name beside it take far fewer.
const PAX_BYTES_MAX: u64 = 64 << 10;
/// Bytes of the beginning of a tar that tell when it was made.
pub const BEGINNING_BYTES: u64 = 2 * BLOCK_BYTES + PAX_BYTES_MAX;

/// The part of a tar that is there already, up to its last whole member.
pub struct Proven {
    /// Its bytes.
    pub bytes: u64,
    /// Files of the depositor in it. Where there is one, all documents are before it.
    pub files: u64,
    /// Their bytes.
    pub content_bytes: u64,
    /// Has hashed all of it.
    pub hasher: Hasher,
}

impl Proven {
    /// Nothing is there.
    pub fn nothing() -> Self {
        Self { bytes: 0, files: 0, content_bytes: 0, hasher: begun() }
    }
}

/// Returns the time that the top folder of a begun tar bears, in Unix seconds.
pub fn made_at(file: &File) -> Option<i64> {
    made_at_by(|block, offset_bytes| file.read_exact_at(block, offset_bytes).ok())
}

/// Returns the same of the beginning of a tar, which is [`BEGINNING_BYTES`] long or all there is.
pub fn made_at_in(beginning: &[u8]) -> Option<i64> {
    made_at_by(|block, offset_bytes| {
        let rest = beginning.get(usize::try_from(offset_bytes).ok()?..)?;
        block.copy_from_slice(rest.get(..block.len())?);
        Some(())
    })
}

fn made_at_by(read: impl Fn(&mut [u8], u64) -> Option<()>) -> Option<i64> {
    let mut block = [0; BLOCK_BYTES as usize];
    read(&mut block, 0)?;
    if block[156] == b'x' {
        let records = u64::try_from(octal(&block[124..136])?).ok().filter(|bytes| *bytes <= PAX_BYTES_MAX)?;
        read(&mut block, BLOCK_BYTES + records.next_multiple_of(BLOCK_BYTES))?;
    }
    octal(&block[136..148])
}

fn octal(field: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(field).ok()?;
    i64::from_str_radix(text.trim_matches(['\0', ' ']), 8).ok()
}

/// Reads what lies in a file of a tar that is to be written, and says how much of it can stay. The file is durable after it.
///
/// # Errors
/// The registry or the documents cannot be read, or the work is to stop. That the file cannot be read is the end of what
/// can stay.
pub fn proven(
    tar: &TarStream,
    contents: &Contents<'_>,
    tag_files: &mut TagFiles,
    file: &File,
) -> Result<Proven, RestorationError> {
    let mut proven = Proven::nothing();
    // What the kernel has not written yet proves nothing about the disk.
    if file.sync_all().is_err() || rustix::fs::fadvise(file, 0, None, Advice::DontNeed).is_err() {
        return Ok(proven);
    }
    let mut reading = Reading { file, place: 0, buffer: Vec::new(), buffered: 0, hasher: begun() };
    if !reading.is_next(&tar.folders()) {
        return Ok(proven);
    }
    for document in &mut tag_files.documents {
        let header = tar.document_header(&document.path, document.size_bytes);
        let expected = document.digests.get(Algorithm::Sha256);
        if !reading.is_member(&header, document.size_bytes, expected) {
            return Ok(proven);
        }
    }
    (proven.bytes, proven.hasher) = (reading.place, reading.hasher.clone());
    let ended = contents.each(|one| {
        if one.path == BAG_INFO {
            return Ok(());
        }
        if !reading.is_member(&tar.file_header(&one), one.size_bytes, Some(sha256(&one)?)) {
            // No error of the restoration: it ends the walk.
            return Err(RestorationError::Output(io::ErrorKind::UnexpectedEof.into()));
        }
        proven.files += 1;
        proven.content_bytes += one.size_bytes;
        (proven.bytes, proven.hasher) = (reading.place, reading.hasher.clone());
        Ok(())
    });
    match ended {
        Ok(()) | Err(RestorationError::Output(_)) => Ok(proven),
        Err(error) => Err(error),
    }
}

/// A file that is read from its beginning, all bytes hashed.
struct Reading<'a> {
    file: &'a File,
    /// How far it was compared.
    place: u64,
    /// Bytes from there on, those before `buffered` done with.
    buffer: Vec<u8>,
    buffered: usize,
    hasher: Hasher,
}

impl Reading<'_> {
    /// Returns whether the next bytes are a member: its header, so many bytes of this digest, and the padding.
    fn is_member(&mut self, header: &[u8], size_bytes: u64, expected: Option<Digest>) -> bool {
        if !self.is_next(header) {
            return false;
        }
        let (mut left, mut hasher) = (size_bytes, begun());
        while left > 0 {
            let wanted = usize::try_from(left).unwrap_or(PIECE_BYTES).min(PIECE_BYTES);
            let Some(bytes) = self.next(wanted) else { return false };
            hasher.update(bytes);
            left -= bytes.len() as u64;
        }
        Some(ended(hasher)) == expected && self.is_next(tar_padding(size_bytes))
    }

    fn is_next(&mut self, expected: &[u8]) -> bool {
        let mut left = expected;
        while !left.is_empty() {
            let Some(bytes) = self.next(left.len().min(PIECE_BYTES)) else { return false };
            let (now, rest) = left.split_at(bytes.len());
            if bytes != now {
                return false;
            }
            left = rest;
        }
        true
    }

    /// Returns the next bytes, at most so many, and hashes them; `None` at the end, and where the disk cannot be read.
    fn next(&mut self, most: usize) -> Option<&[u8]> {
        if self.buffered == self.buffer.len() {
            self.buffer.resize(PIECE_BYTES, 0);
            let got = self.file.read_at(&mut self.buffer, self.place).ok().filter(|got| *got > 0);
            self.buffer.truncate(got.unwrap_or(0));
            self.buffered = 0;
            got?;
        }
        let end = self.buffer.len().min(self.buffered + most);
        let bytes = &self.buffer[self.buffered..end];
        self.hasher.update(bytes);
        (self.place, self.buffered) = (self.place + bytes.len() as u64, end);
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use bagit::TarEntry;

    use super::*;

    fn holding(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    #[test]
    fn the_time_of_a_begun_tar_is_that_of_its_top_folder_whatever_its_name() {
        for name in ["letters/", &format!("{}/", "ü".repeat(120))] {
            assert_eq!(made_at(&holding(&TarEntry::folder(name, 1_795_000_000).header())), Some(1_795_000_000));
        }
        assert_eq!(made_at(&holding(b"")), None);
        assert_eq!(made_at(&holding(&[0xff; 512])), None);
    }

    #[test]
    fn a_member_is_the_very_bytes_or_none() {
        let header = TarEntry::file("letters/a", 5, 7).header();
        let right = [header.as_slice(), b"hello", tar_padding(5)].concat();
        let seen = |bytes: &[u8]| {
            let file = holding(bytes);
            let mut reading = Reading { file: &file, place: 0, buffer: Vec::new(), buffered: 0, hasher: begun() };
            let digest = super::super::replica::sha256_of(b"hello");
            (reading.is_member(&header, 5, Some(digest)), reading.place)
        };
        assert_eq!(seen(&right), (true, right.len() as u64));
        for place in 0..right.len() {
            let mut wrong = right.clone();
            wrong[place] ^= 1;
            assert!(!seen(&wrong).0, "byte {place}");
        }
        assert!(!seen(&right[..right.len() - 1]).0);
    }
}
