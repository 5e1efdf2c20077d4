//! One stretch of a source in memory, moved to wherever bytes are asked for.

use std::io;

use crate::Source;

/// One stretch of a source in memory.
#[derive(Debug, Default)]
pub(super) struct Window {
    start: u64,
    bytes: Vec<u8>,
}

impl Window {
    /// Returns the bytes from `offset` on: `length_bytes` of them, or fewer when the source ends before.
    ///
    /// When some of them are not in the window, it moves to `offset` and takes in `ahead_bytes`, in one read.
    /// Both numbers come from constants and from fields of 16 bits, so that no file can make the window large.
    pub fn get(
        &mut self,
        source: &dyn Source,
        offset: u64,
        length_bytes: usize,
        ahead_bytes: usize,
    ) -> io::Result<&[u8]> {
        let rest_bytes = usize::try_from(source.size_bytes().saturating_sub(offset)).unwrap_or(usize::MAX);
        let length_bytes = length_bytes.min(rest_bytes);
        if !self.has(offset, length_bytes) {
            self.move_to(source, offset, ahead_bytes.max(length_bytes).min(rest_bytes))?;
        }
        Ok(self.rest(offset, length_bytes))
    }

    /// Returns the bytes from `offset` on that are in the window, at most `length_bytes`; with none there, it moves.
    ///
    /// Who takes bytes one after the other, in steps that are not known, reads none of them twice in this way.
    pub fn get_some(&mut self, source: &dyn Source, offset: u64, length_bytes: usize) -> io::Result<&[u8]> {
        if length_bytes > 0 && !self.has(offset, 1) {
            let rest_bytes = usize::try_from(source.size_bytes().saturating_sub(offset)).unwrap_or(usize::MAX);
            self.move_to(source, offset, length_bytes.min(rest_bytes))?;
        }
        Ok(self.rest(offset, length_bytes))
    }

    fn move_to(&mut self, source: &dyn Source, offset: u64, length_bytes: usize) -> io::Result<()> {
        self.bytes.clear();
        self.bytes.resize(length_bytes, 0);
        self.start = offset;
        let read = source.read_full_at(offset, &mut self.bytes);
        self.bytes.truncate(*read.as_ref().unwrap_or(&0));
        read.map(|_| ())
    }

    /// Returns the bytes from `offset` on that are in the window, at most `length_bytes`.
    pub fn rest(&self, offset: u64, length_bytes: usize) -> &[u8] {
        let from = offset.checked_sub(self.start).and_then(|from| usize::try_from(from).ok()).unwrap_or(usize::MAX);
        let found = self.bytes.get(from..).unwrap_or_default();
        &found[..found.len().min(length_bytes)]
    }

    fn has(&self, offset: u64, length_bytes: usize) -> bool {
        let end = self.start.saturating_add(self.bytes.len() as u64);
        offset >= self.start && offset.saturating_add(length_bytes as u64) <= end
    }
}
