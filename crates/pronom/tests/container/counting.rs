//! A source that counts what is read of it.

use std::cell::Cell;

use pronom::Source;

/// Bytes in memory, with a count of the reads and of the bytes that they gave.
pub struct Counting<'a> {
    pub bytes: &'a [u8],
    pub reads: Cell<u64>,
    pub bytes_read: Cell<u64>,
    /// A size other than the true one, for a source that lies.
    pub stated_bytes: Option<u64>,
}

impl<'a> Counting<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, reads: Cell::new(0), bytes_read: Cell::new(0), stated_bytes: None }
    }

    pub fn figures(&self) -> (u64, u64) {
        (self.reads.get(), self.bytes_read.get())
    }
}

impl Source for Counting<'_> {
    fn size_bytes(&self) -> u64 {
        self.stated_bytes.unwrap_or(self.bytes.len() as u64)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.bytes.read_at(offset, buffer)?;
        self.reads.set(self.reads.get() + 1);
        self.bytes_read.set(self.bytes_read.get() + read as u64);
        Ok(read)
    }
}
