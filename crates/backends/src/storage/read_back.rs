//! Reading what the disk holds, not what the page cache remembers of our writing.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read};

use rustix::fs::Advice;

/// Files up to this length are asked for whole when they are opened, so that the disk works ahead of the reader.
const ASK_WHOLE_BYTES_MAX: u64 = 4 << 20;

/// A file whose cached pages were dropped before the first byte is read.
///
/// After a `syncfs` the pages of a file are clean, and `posix_fadvise(DONTNEED)` drops clean pages: the next read is
/// answered by the block layer (a test counts `read_bytes` in `/proc/self/io`). Pages that are dirty, or mapped by
/// another process, would stay; drafts give no reader before they are durable, and nobody maps files of a draft.
/// `O_DIRECT` would do the same for files in aligned blocks only, without readahead. What the drive's own cache
/// answers no caller of the kernel can tell.
#[derive(Debug)]
pub struct ReadBack {
    file: File,
    size_bytes: u64,
}

impl ReadBack {
    pub(super) fn new(file: File) -> io::Result<Self> {
        let size_bytes = file.metadata()?.len();
        rustix::fs::fadvise(&file, 0, None, Advice::DontNeed)?;
        let ahead = if size_bytes <= ASK_WHOLE_BYTES_MAX { Advice::WillNeed } else { Advice::Sequential };
        rustix::fs::fadvise(&file, 0, None, ahead)?;
        Ok(Self { file, size_bytes })
    }

    /// Returns the bytes that the file had when it was opened.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }
}

impl Read for ReadBack {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read(buffer)
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
