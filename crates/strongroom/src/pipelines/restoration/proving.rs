//! A result read back from its disk while it is still being written.
//!
//! To write, then wait for the disk, then read all of it again takes three times as long as either. So what will not
//! change any more is made durable and read back a stretch at a time, beside the writing. Each stretch is durable before
//! it is read, and its pages are dropped in between: it is the disk that answers, as if it were asked at the end.

use std::fs::File;
use std::io;
use std::num::NonZeroU64;
use std::os::unix::fs::FileExt as _;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use digests::{Digest, Hasher};
use rustix::fs::Advice;

use super::replica::ended;

/// Bytes after which it is worth waiting for the disk.
const STRETCH_BYTES: u64 = 64 << 20;
/// Stretches begin and end here: no page of the cache, however large, belongs to what is read and to what is written.
const BORDER_BYTES: u64 = 8 << 20;
/// Bytes that are read at once; the disk is asked for the next ones meanwhile.
const PIECE_BYTES: usize = 4 << 20;

/// A thread that reads a file back. Dropped, it ends.
pub struct Proving {
    /// How many bytes will not change any more.
    tell: Option<Sender<u64>>,
    told_bytes: u64,
    thread: Option<JoinHandle<io::Result<Reading>>>,
}

impl Proving {
    /// Begins before the first byte is written, or after so many that were read back, with the hasher that saw them. The
    /// handle is one for reading, too.
    ///
    /// # Errors
    /// The system has no thread to spare.
    pub fn begin(file: File, (read_bytes, hasher): (u64, Hasher)) -> io::Result<Self> {
        let (tell, told) = channel();
        let reading = Reading { file, hasher, read_bytes, buffer: Vec::new() };
        let thread = std::thread::Builder::new().name("read back".to_owned()).spawn(move || reading.follow(&told))?;
        Ok(Self { tell: Some(tell), told_bytes: read_bytes, thread: Some(thread) })
    }

    /// Says that so many bytes are written and will not change any more.
    pub fn settle(&mut self, bytes: u64) {
        if let Some(tell) = &self.tell
            && bytes >= self.told_bytes.saturating_add(STRETCH_BYTES)
        {
            // When the thread has ended already, the end says why.
            self.told_bytes = tell.send(bytes).map_or(u64::MAX, |()| bytes);
        }
    }

    /// Reads the rest of the file, which is whole and durable now; returns the digest of what the disk holds.
    ///
    /// # Errors
    /// The disk could not be written or read.
    pub fn end(mut self) -> io::Result<Digest> {
        self.tell = None;
        let ended_early = || io::Error::other("the thread that reads the result back has ended");
        let thread = self.thread.take().ok_or_else(ended_early)?;
        thread.join().map_err(|_| ended_early())??.rest()
    }
}

impl Drop for Proving {
    fn drop(&mut self) {
        self.tell = None;
        if let Some(thread) = self.thread.take() {
            // Whoever drops this has given the result up.
            drop(thread.join());
        }
    }
}

struct Reading {
    file: File,
    hasher: Hasher,
    read_bytes: u64,
    buffer: Vec<u8>,
}

impl Reading {
    fn follow(mut self, told: &Receiver<u64>) -> io::Result<Self> {
        while let Ok(bytes) = told.recv() {
            let newest = told.try_iter().last().unwrap_or(bytes);
            self.file.sync_data()?;
            self.read_to(newest / BORDER_BYTES * BORDER_BYTES)?;
        }
        Ok(self)
    }

    fn rest(mut self) -> io::Result<Digest> {
        let size_bytes = self.file.metadata()?.len();
        self.read_to(size_bytes)?;
        Ok(ended(self.hasher))
    }

    fn read_to(&mut self, end: u64) -> io::Result<()> {
        let Some(length) = end.checked_sub(self.read_bytes).and_then(NonZeroU64::new) else { return Ok(()) };
        rustix::fs::fadvise(&self.file, self.read_bytes, Some(length), Advice::DontNeed)?;
        self.ask(self.read_bytes, end)?;
        while self.read_bytes < end {
            self.ask(self.read_bytes + PIECE_BYTES as u64, end)?;
            let piece = usize::try_from(end - self.read_bytes).unwrap_or(PIECE_BYTES).min(PIECE_BYTES);
            self.buffer.resize(piece, 0);
            self.file.read_exact_at(&mut self.buffer, self.read_bytes)?;
            self.hasher.update(&self.buffer);
            self.read_bytes += piece as u64;
        }
        Ok(())
    }

    /// Has the disk read a piece.
    fn ask(&self, begin: u64, end: u64) -> io::Result<()> {
        let piece = end.checked_sub(begin).and_then(|left| NonZeroU64::new(left.min(PIECE_BYTES as u64)));
        if piece.is_some() {
            rustix::fs::fadvise(&self.file, begin, piece, Advice::WillNeed)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::super::replica::{begun, sha256_of};
    use super::*;

    /// Writes blocks, settles after each, and compares what was read back.
    fn check(blocks: usize, block_bytes: usize) {
        let mut file = tempfile::tempfile().unwrap();
        let mut proving = Proving::begin(file.try_clone().unwrap(), (0, begun())).unwrap();
        let all: Vec<u8> = (0..blocks * block_bytes).map(|at| ((at * 7) >> 5) as u8).collect();
        for (number, block) in all.chunks(block_bytes.max(1)).enumerate() {
            file.write_all(block).unwrap();
            proving.settle(((number + 1) * block_bytes) as u64);
        }
        file.sync_all().unwrap();
        assert_eq!(proving.end().unwrap(), sha256_of(&all));
    }

    #[test]
    fn a_file_is_read_back_as_it_was_written() {
        check(0, 0);
        check(1, 1);
        check(3, (64 << 20) + 1);
    }

    #[test]
    fn a_byte_that_is_not_as_it_was_written_is_seen() {
        let mut file = tempfile::tempfile().unwrap();
        let proving = Proving::begin(file.try_clone().unwrap(), (0, begun())).unwrap();
        file.write_all(b"written").unwrap();
        file.write_all_at(b"other  ", 0).unwrap();
        file.sync_all().unwrap();
        assert_ne!(proving.end().unwrap(), sha256_of(b"written"));
    }
}
