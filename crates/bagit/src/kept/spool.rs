//! A store of small files in memory, and of what is too much for it in one anonymous temporary file.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom, Write};
use std::sync::{Mutex, MutexGuard};

use crate::Kept;

/// Bytes that one spool holds in memory, all files together.
pub const SPOOL_MEMORY_BYTES_MAX: usize = 8 << 20;

/// Contents by path; written by several writers at once if need be, then read any number of times.
#[derive(Debug, Default)]
pub struct Spool(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    files: BTreeMap<String, Stored>,
    memory_bytes: usize,
    overflow: Option<File>,
    overflow_bytes: u64,
}

/// One file: its beginning in memory, its rest in pieces of the overflow.
#[derive(Debug, Default)]
struct Stored {
    head: Vec<u8>,
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, Copy)]
struct Piece {
    start: u64,
    length_bytes: u64,
}

impl Spool {
    /// Makes an empty spool. No temporary file exists before [`SPOOL_MEMORY_BYTES_MAX`] is passed.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins a file; what an earlier writer put under the same path is dropped.
    ///
    /// # Errors
    /// Another thread died while it wrote.
    pub fn create(&self, path: &str) -> io::Result<SpoolWriter<'_>> {
        let mut state = self.lock()?;
        if let Some(old) = state.files.insert(path.to_owned(), Stored::default()) {
            state.memory_bytes -= old.head.len();
        }
        drop(state);
        Ok(SpoolWriter { spool: self, path: path.to_owned() })
    }

    fn lock(&self) -> io::Result<MutexGuard<'_, State>> {
        self.0.lock().map_err(|_| io::Error::other("another thread died while it wrote to the spool"))
    }
}

impl State {
    fn append(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let Some(stored) = self.files.get_mut(path) else {
            return Err(io::Error::new(io::ErrorKind::NotFound, "the file was dropped from the spool"));
        };
        if stored.pieces.is_empty() && self.memory_bytes + bytes.len() <= SPOOL_MEMORY_BYTES_MAX {
            stored.head.extend_from_slice(bytes);
            self.memory_bytes += bytes.len();
            return Ok(());
        }
        let overflow = match &mut self.overflow {
            Some(overflow) => overflow,
            none => none.insert(tempfile::tempfile()?),
        };
        let start = self.overflow_bytes;
        overflow.seek(SeekFrom::Start(start))?;
        overflow.write_all(bytes)?;
        let length_bytes = bytes.len() as u64;
        self.overflow_bytes += length_bytes;
        match stored.pieces.last_mut() {
            Some(last) if last.start + last.length_bytes == start => last.length_bytes += length_bytes,
            _ => stored.pieces.push(Piece { start, length_bytes }),
        }
        Ok(())
    }

    /// Reads at a place of a file; 0 at its end.
    fn read_at(&mut self, path: &str, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(stored) = self.files.get(path) else { return Ok(0) };
        let head_bytes = stored.head.len() as u64;
        if at < head_bytes {
            return (&stored.head[at as usize..]).read(buffer);
        }
        let mut rest = at - head_bytes;
        for piece in &stored.pieces {
            if rest < piece.length_bytes {
                let Some(overflow) = &mut self.overflow else { break };
                let wanted = buffer.len().min(usize::try_from(piece.length_bytes - rest).unwrap_or(usize::MAX));
                overflow.seek(SeekFrom::Start(piece.start + rest))?;
                return overflow.read(&mut buffer[..wanted]);
            }
            rest -= piece.length_bytes;
        }
        Ok(0)
    }
}

/// Writes one file of a spool. Every write is kept at once; nothing has to be finished.
#[derive(Debug)]
pub struct SpoolWriter<'a> {
    spool: &'a Spool,
    path: String,
}

impl Write for SpoolWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.spool.lock()?.append(&self.path, bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct SpoolReader<'a> {
    spool: &'a Spool,
    path: String,
    at: u64,
}

impl Read for SpoolReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.spool.lock()?.read_at(&self.path, self.at, buffer)?;
        self.at += got as u64;
        Ok(got)
    }
}

impl Kept for Spool {
    fn open(&self, path: &str) -> io::Result<Option<Box<dyn Read + '_>>> {
        let is_here = self.lock()?.files.contains_key(path);
        Ok(is_here.then(|| Box::new(SpoolReader { spool: self, path: path.to_owned(), at: 0 }) as Box<dyn Read>))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(spool: &Spool, path: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut reader = spool.open(path).expect("it can be opened").expect("it was kept");
        reader.read_to_end(&mut bytes).expect("it can be read");
        bytes
    }

    #[test]
    fn what_is_written_is_read_again() {
        let spool = Spool::new();
        spool.create("bagit.txt").unwrap().write_all(b"one").unwrap();
        spool.create("empty.txt").unwrap();
        assert_eq!(read(&spool, "bagit.txt"), b"one");
        assert_eq!(read(&spool, "empty.txt"), b"");
        assert!(spool.open("other.txt").unwrap().is_none());
    }

    #[test]
    fn two_writers_in_turn_do_not_mix_their_bytes_beyond_the_memory() {
        let spool = Spool::new();
        let (mut one, mut other) = (spool.create("one").unwrap(), spool.create("other").unwrap());
        let block = |byte: u8, number: usize| vec![byte.wrapping_add(number as u8); 300_000];
        for number in 0..40 {
            one.write_all(&block(1, number)).unwrap();
            other.write_all(&block(100, number)).unwrap();
        }
        let whole = |byte| (0..40).flat_map(|number| block(byte, number)).collect::<Vec<u8>>();
        assert!(read(&spool, "one") == whole(1));
        assert!(read(&spool, "other") == whole(100));
        assert!(spool.0.lock().unwrap().memory_bytes <= SPOOL_MEMORY_BYTES_MAX);
    }

    #[test]
    fn a_second_file_of_the_same_path_replaces_the_first() {
        let spool = Spool::new();
        spool.create("a").unwrap().write_all(b"long text").unwrap();
        spool.create("a").unwrap().write_all(b"new").unwrap();
        assert_eq!(read(&spool, "a"), b"new");
        assert_eq!(spool.0.lock().unwrap().memory_bytes, 3);
    }
}
