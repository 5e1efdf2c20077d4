//! Where the bytes go: in blocks, hashed as they pass, and taken back again where the target allows it.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write};

use digests::Digest;

use super::digesting::Digesting;
use super::proving::Proving;
use super::replica::begun;
use super::resumed::Proven;

/// Bytes that are written and hashed at once. The headers, files and paddings of a tar are mostly far shorter.
const BLOCK_BYTES: usize = 1 << 20;

/// A file that is being written, or a stream whose reader has every byte for good.
pub struct Output {
    file: File,
    /// What is to be written next.
    block: Vec<u8>,
    /// Nobody wants the digest of a file that is read back by its own.
    digesting: Option<Digesting>,
    /// Only what can be read again.
    proving: Option<Proving>,
    taken_bytes: u64,
    /// Where it may have to go back to.
    marked: Option<u64>,
    can_take_back: bool,
}

/// What became of an output.
pub struct Written {
    /// The sha256 of all bytes, if it was computed.
    pub digest: Option<Digest>,
    /// The file.
    pub file: File,
    /// Who has begun to read it back.
    pub proving: Option<Proving>,
}

/// A place in an output to which it can go back.
pub struct Mark {
    taken_bytes: u64,
}

impl Output {
    /// Writes to a file that nobody reads before it is whole, after what is there already.
    ///
    /// # Errors
    /// The system has no thread to spare, or the file cannot be used.
    pub fn hidden(mut file: File, there: &Proven) -> io::Result<Self> {
        file.seek(SeekFrom::Start(there.bytes))?;
        let proving = Some(Proving::begin(file.try_clone()?, (there.bytes, there.hasher.clone()))?);
        let digesting = Some(Digesting::begin(there.hasher.clone())?);
        Ok(Self { digesting, proving, taken_bytes: there.bytes, ..Self::undigested(file) })
    }

    /// Writes to a file as [`Output::hidden`] does, and leaves its digest to others: a bag has many files, and each was
    /// proven on its way here.
    pub fn undigested(file: File) -> Self {
        let (block, digesting, proving) = (Vec::new(), None, None);
        Self { file, block, digesting, proving, taken_bytes: 0, marked: None, can_take_back: true }
    }

    /// Writes to a stream: what was written is with its reader.
    ///
    /// # Errors
    /// The system has no thread to spare.
    pub fn stream(file: File) -> io::Result<Self> {
        let digesting = Some(Digesting::begin(begun())?);
        Ok(Self { digesting, can_take_back: false, ..Self::undigested(file) })
    }

    /// Returns whether bytes can be taken back.
    pub fn can_take_back(&self) -> bool {
        self.can_take_back
    }

    /// Returns how many bytes it was given.
    pub fn written_bytes(&self) -> u64 {
        self.taken_bytes
    }

    /// Remembers where the output stands. Only the newest mark can be gone back to.
    ///
    /// # Errors
    /// What was given before cannot be written.
    pub fn mark(&mut self) -> io::Result<Mark> {
        self.write_block()?;
        self.digesting.as_mut().map_or(Ok(()), Digesting::mark)?;
        self.marked = Some(self.taken_bytes);
        Ok(Mark { taken_bytes: self.taken_bytes })
    }

    /// Forgets the newest mark: what was given since stays.
    pub fn keep(&mut self) {
        self.marked = None;
    }

    /// Takes back all that was given since the newest mark.
    ///
    /// # Errors
    /// The file cannot be cut.
    pub fn take_back(&mut self, mark: &Mark) -> io::Result<()> {
        if self.taken_bytes == mark.taken_bytes {
            return Ok(());
        }
        self.block.clear();
        self.file.set_len(mark.taken_bytes)?;
        self.file.seek(SeekFrom::Start(mark.taken_bytes))?;
        self.taken_bytes = mark.taken_bytes;
        self.digesting.as_mut().map_or(Ok(()), Digesting::go_back)
    }

    /// Ends it.
    ///
    /// # Errors
    /// The last bytes cannot be written.
    pub fn end(mut self) -> io::Result<Written> {
        self.write_block()?;
        let digest = self.digesting.map(Digesting::end).transpose()?;
        Ok(Written { digest, file: self.file, proving: self.proving })
    }

    fn write_block(&mut self) -> io::Result<()> {
        if self.block.is_empty() {
            return Ok(());
        }
        self.file.write_all(&self.block)?;
        if let Some(digesting) = &mut self.digesting {
            self.block = digesting.take(std::mem::take(&mut self.block))?;
        }
        if let Some(proving) = &mut self.proving {
            proving.settle(self.marked.unwrap_or(self.taken_bytes));
        }
        Ok(())
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.digesting.is_none() {
            let written = self.file.write(bytes)?;
            self.taken_bytes += written as u64;
            return Ok(written);
        }
        self.block.reserve_exact(BLOCK_BYTES - self.block.len());
        let room = &bytes[..bytes.len().min(BLOCK_BYTES - self.block.len())];
        self.block.extend_from_slice(room);
        self.taken_bytes += room.len() as u64;
        if self.block.len() == BLOCK_BYTES {
            self.write_block()?;
        }
        Ok(room.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.write_block()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::super::replica::sha256_of;
    use super::*;

    /// Gives bytes of these lengths; those after the mark once in vain, and then again.
    fn check(before: usize, after: usize) {
        let bytes: Vec<u8> = (0..before + after).map(|at| ((at * 7) >> 4) as u8).collect();
        let file = tempfile::tempfile().unwrap();
        let mut output = Output::hidden(file.try_clone().unwrap(), &Proven::nothing()).unwrap();

        output.write_all(&bytes[..before]).unwrap();
        let mark = output.mark().unwrap();
        output.write_all(&vec![1; after + 5]).unwrap();
        output.take_back(&mark).unwrap();
        output.write_all(&bytes[before..]).unwrap();
        output.keep();
        assert_eq!(output.written_bytes(), bytes.len() as u64);
        let written = output.end().unwrap();

        let mut seen = Vec::new();
        (&file).seek(SeekFrom::Start(0)).unwrap();
        (&file).read_to_end(&mut seen).unwrap();
        assert!(seen == bytes, "{before} bytes before the mark, {after} after");
        assert_eq!(written.digest, Some(sha256_of(&bytes)));
        file.sync_all().unwrap();
        assert_eq!(written.proving.unwrap().end().unwrap(), sha256_of(&bytes));
    }

    #[test]
    fn what_was_taken_back_is_neither_in_the_file_nor_in_its_digest() {
        for (before, after) in [(0, 0), (0, 1), (1, BLOCK_BYTES), (BLOCK_BYTES, 3 * BLOCK_BYTES + 1), (5_000_000, 7)] {
            check(before, after);
        }
    }
}
