//! A file, or an archive elsewhere, that is read at places, with a count of the bytes that were read.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Archive;

/// Counts the bytes that came from a source, from any thread.
#[derive(Debug, Default)]
pub(crate) struct Meter(AtomicU64);

impl Meter {
    pub(crate) fn add(&self, bytes: usize) {
        self.0.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What tells one state of a file from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileState {
    pub length_bytes: u64,
    modified: (i64, i64),
    inode: u64,
}

impl FileState {
    pub(crate) fn of(metadata: &std::fs::Metadata) -> Self {
        Self {
            length_bytes: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            inode: metadata.ino(),
        }
    }
}

/// An archive file. No byte of it is asked of the system twice: what was read in order to recognise it is kept.
#[derive(Debug)]
pub(crate) struct Source {
    door: Door,
    meter: Meter,
    /// Stretches that were read early: where each begins, and its bytes.
    early: Vec<(u64, Vec<u8>)>,
}

/// Where the bytes come from.
#[derive(Debug)]
enum Door {
    File(File, FileState),
    Elsewhere(Arc<dyn Archive>),
}

impl Source {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let state = FileState::of(&file.metadata()?);
        Ok(Self::through(Door::File(file, state)))
    }

    pub(crate) fn elsewhere(archive: Arc<dyn Archive>) -> Self {
        Self::through(Door::Elsewhere(archive))
    }

    fn through(door: Door) -> Self {
        Self { door, meter: Meter::default(), early: Vec::new() }
    }

    /// Reads a stretch now and keeps it for those who ask for its bytes later.
    pub(crate) fn read_early(&mut self, start: u64, length_bytes: usize) -> io::Result<&[u8]> {
        let mut bytes = vec![0; length_bytes];
        let got = self.fill_at(&mut bytes, start)?;
        bytes.truncate(got);
        self.early.push((start, bytes));
        Ok(self.early.last().map_or(&[], |(_, bytes)| bytes))
    }

    /// Returns the file; `None` when the archive is elsewhere.
    pub(crate) fn file(&self) -> Option<&File> {
        match &self.door {
            Door::File(file, _) => Some(file),
            Door::Elsewhere(_) => None,
        }
    }

    pub(crate) fn length_bytes(&self) -> u64 {
        match &self.door {
            Door::File(_, state) => state.length_bytes,
            Door::Elsewhere(archive) => archive.length_bytes(),
        }
    }

    pub(crate) fn read_bytes(&self) -> u64 {
        self.meter.get()
    }

    /// Returns whether the file is still the one that was opened.
    pub(crate) fn is_unchanged(&self) -> io::Result<bool> {
        match &self.door {
            Door::File(file, state) => Ok(FileState::of(&file.metadata()?) == *state),
            Door::Elsewhere(archive) => archive.is_unchanged(),
        }
    }

    /// Reads at a place; 0 at the end of the file.
    pub(crate) fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        let mut wanted = buffer.len();
        for (start, bytes) in &self.early {
            if let Some(rest) = at.checked_sub(*start).and_then(|skip| bytes.get(usize::try_from(skip).ok()?..))
                && !rest.is_empty()
            {
                let count = rest.len().min(wanted);
                buffer[..count].copy_from_slice(&rest[..count]);
                return Ok(count);
            }
            // What was read early is not read again as the end of a longer stretch.
            if let Some(before) = start.checked_sub(at).filter(|before| *before > 0 && !bytes.is_empty()) {
                wanted = wanted.min(usize::try_from(before).unwrap_or(usize::MAX));
            }
        }
        loop {
            let got = match &self.door {
                Door::File(file, _) => file.read_at(&mut buffer[..wanted], at),
                Door::Elsewhere(archive) => archive.read_at(&mut buffer[..wanted], at).map_err(Unread::told),
            };
            match got {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(got) => {
                    self.meter.add(got);
                    return Ok(got);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Fills as much of the buffer as the file has, and returns how much that is.
    pub(crate) fn fill_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.read_at(&mut buffer[filled..], at + filled as u64)? {
                0 => break,
                got => filled += got,
            }
        }
        Ok(filled)
    }

    /// Returns a reader of one stretch.
    pub(crate) fn section(&self, start: u64, length_bytes: u64) -> Section<'_> {
        Section { source: self, at: start, rest_bytes: length_bytes }
    }
}

/// An archive elsewhere could not be read, which says nothing about what it holds.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(crate) struct Unread(io::Error);

impl Unread {
    fn told(error: io::Error) -> io::Error {
        if error.kind() == io::ErrorKind::Interrupted { error } else { io::Error::new(error.kind(), Self(error)) }
    }
}

/// Reads one stretch of a source to its end, or fails with `UnexpectedEof`.
pub(crate) struct Section<'a> {
    source: &'a Source,
    at: u64,
    rest_bytes: u64,
}

impl Read for Section<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = buffer.len().min(usize::try_from(self.rest_bytes).unwrap_or(usize::MAX));
        if wanted == 0 {
            return Ok(0);
        }
        let got = self.source.read_at(&mut buffer[..wanted], self.at)?;
        if got == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.at += got as u64;
        self.rest_bytes -= got as u64;
        Ok(got)
    }
}
