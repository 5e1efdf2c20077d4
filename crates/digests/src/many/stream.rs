//! One stream on its way through a thread.

use std::io::{self, Read};
use std::ops::Range;

use super::{Control, Job, Watch};
use crate::chains::{Chains, GRAIN_BYTES};
use crate::{Algorithms, Digests};

/// One stream that is being hashed.
pub(super) struct Stream<K, R> {
    key: K,
    reader: R,
    size_hint: u64,
    /// Bytes read so far.
    read_bytes: u64,
    end: Option<End>,
    /// Its states; apart from here while several threads compute them.
    pub(super) chains: Chains,
    /// Where in its thread's buffers the piece stands that was read last.
    pub(super) piece: Range<usize>,
}

/// How a stream came to its end.
enum End {
    Whole,
    Broken(io::Error),
}

impl<K, R: Read> Stream<K, R> {
    /// Starts a stream.
    pub(super) fn new(algorithms: Algorithms, job: Job<K, R>) -> Self {
        let Job { key, reader, size_hint } = job;
        Self { key, reader, size_hint, read_bytes: 0, end: None, chains: Chains::new(algorithms), piece: 0..0 }
    }

    /// Returns how long a piece it makes use of, a multiple of the grain: one byte more than is expected, so that
    /// its end is seen at once, and all that there is once it proves to be longer.
    pub(super) fn wanted_bytes(&self, most: usize) -> usize {
        match self.expected_bytes() {
            // Zero says that nothing is known.
            0 => most,
            rest => {
                usize::try_from(rest).map_or(most, |rest| (rest.min(most) + 1).next_multiple_of(GRAIN_BYTES).min(most))
            }
        }
    }

    /// Returns how many bytes are still expected.
    pub(super) fn expected_bytes(&self) -> u64 {
        self.size_hint.saturating_sub(self.read_bytes)
    }

    /// Fills a buffer unless the stream ends before, and shows the watcher what was read.
    pub(super) fn read_piece(&mut self, buffer: &mut [u8], watch: &impl Watch<K>) -> (usize, Control) {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.reader.read(&mut buffer[filled..]) {
                Ok(0) => {
                    self.end = Some(End::Whole);
                    break;
                }
                Ok(got) => filled += got,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.end = Some(End::Broken(error));
                    break;
                }
            }
        }
        let offset_bytes = self.read_bytes;
        self.read_bytes += filled as u64;
        if filled == 0 {
            return (0, Control::Continue);
        }
        (filled, watch.block(&self.key, offset_bytes, &buffer[..filled]))
    }

    /// Returns whether the last piece was the last.
    pub(super) fn has_ended(&self) -> bool {
        self.end.is_some()
    }

    /// Returns whether it broke before its end.
    pub(super) fn is_broken(&self) -> bool {
        matches!(self.end, Some(End::Broken(_)))
    }

    /// Tells the watcher of the end, with the digests that others computed added.
    pub(super) fn finish(self, last: &[u8], others: Digests, watch: &impl Watch<K>) -> Control {
        let result = match self.end {
            Some(End::Broken(error)) => Err(error),
            Some(End::Whole) | None => {
                let mut digests = self.chains.finish(self.read_bytes, last);
                digests.extend(others);
                Ok((digests, self.read_bytes))
            }
        };
        watch.ended(self.key, result)
    }

    /// Returns the bytes read so far.
    pub(super) fn read_bytes(&self) -> u64 {
        self.read_bytes
    }
}
