//! Reading what the disk holds, not what the page cache remembers of our writing.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read};
use std::num::NonZeroU64;

use rustix::fs::Advice;

/// Bytes that the disk is asked for ahead of the reader, file by file. Small files are asked for whole.
const AHEAD_BYTES: u64 = 4 << 20;

/// A file whose cached pages were dropped before the first byte is read.
///
/// After a `syncfs` the pages of a file are clean, and `posix_fadvise(DONTNEED)` drops clean pages: the next read is
/// answered by the block layer (a test counts `read_bytes` in `/proc/self/io`). Pages that are dirty, or mapped by
/// another process, would stay; drafts give no reader before they are durable, and nobody maps files of a draft.
/// `O_DIRECT` would do the same for files in aligned blocks only, without readahead. What the drive's own cache
/// answers no caller of the kernel can tell.
#[derive(Debug)]
pub struct FolderReadBack {
    file: File,
    size_bytes: u64,
    read_bytes: u64,
    /// How far the disk has been asked to read ahead.
    asked_bytes: u64,
}

impl FolderReadBack {
    pub(super) fn new(file: File) -> io::Result<Self> {
        let size_bytes = u64::try_from(rustix::fs::fstat(&file)?.st_size).unwrap_or(0);
        rustix::fs::fadvise(&file, 0, None, Advice::DontNeed)?;
        let mut back = Self { file, size_bytes, read_bytes: 0, asked_bytes: 0 };
        back.ask_ahead()?;
        Ok(back)
    }

    /// Keeps the disk busy ahead of the reader. Many files are read in turns; with the kernel's own readahead, a few
    /// pages for each, the disk would mostly wait for the next question.
    fn ask_ahead(&mut self) -> io::Result<()> {
        while self.asked_bytes < self.size_bytes && self.asked_bytes < self.read_bytes + AHEAD_BYTES {
            rustix::fs::fadvise(&self.file, self.asked_bytes, NonZeroU64::new(AHEAD_BYTES), Advice::WillNeed)?;
            self.asked_bytes += AHEAD_BYTES;
        }
        Ok(())
    }

    /// Returns the bytes that the file had when it was opened.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }
}

impl Read for FolderReadBack {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read_bytes == self.size_bytes && self.size_bytes > 0 {
            return Ok(0);
        }
        self.ask_ahead()?;
        let got = self.file.read(buffer)?;
        self.read_bytes += got as u64;
        Ok(got)
    }
}

/// Opens the next files before they are read, so that a disk has many reads to do at once.
///
/// Wraps an iterator that opens as it is pulled. Holds `files_ahead` open files.
#[derive(Debug)]
pub struct ReadBackAhead<I: Iterator> {
    opening: I,
    open: VecDeque<I::Item>,
    files_ahead: usize,
}

impl<I: Iterator> ReadBackAhead<I> {
    /// Opens `files_ahead` files ahead of the one that is asked for; 0 is none.
    pub fn new(opening: I, files_ahead: usize) -> Self {
        Self { opening, open: VecDeque::with_capacity(files_ahead + 1), files_ahead }
    }
}

impl<I: Iterator> Iterator for ReadBackAhead<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        while self.open.len() <= self.files_ahead {
            match self.opening.next() {
                Some(item) => self.open.push_back(item),
                None => break,
            }
        }
        self.open.pop_front()
    }
}
