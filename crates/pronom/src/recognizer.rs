//! Recognition of bytes that go by only once.

use crate::answer::{Evidence, Identification, conclude};
use crate::matching::{Ends, Scratch};
use crate::{Limits, Signatures};

/// Recognizes a file whose bytes go by in order, with memory for its first and last bytes only.
#[derive(Debug)]
pub struct Recognizer<'s> {
    signatures: &'s Signatures,
    limits: Limits,
    /// The first bytes, and behind them the last ones, at most twice as many as are looked at.
    kept: Vec<u8>,
    size_bytes: u64,
    scratch: Scratch,
}

impl<'s> Recognizer<'s> {
    /// Makes a recognizer, which is ready for its first file.
    #[must_use]
    pub fn new(signatures: &'s Signatures, limits: Limits) -> Self {
        Self { signatures, limits, kept: Vec::new(), size_bytes: 0, scratch: Scratch::default() }
    }

    /// Takes the next bytes of the file.
    pub fn push(&mut self, bytes: &[u8]) {
        self.size_bytes += bytes.len() as u64;
        let head_left = self.limits.head_bytes.saturating_sub(self.kept.len());
        let (head, rest) = bytes.split_at(head_left.min(bytes.len()));
        self.kept.extend_from_slice(head);
        if rest.len() >= self.limits.tail_bytes {
            // Nothing before it can be among the last bytes: of a large block only its end is copied.
            self.kept.truncate(self.limits.head_bytes);
            self.kept.extend_from_slice(&rest[rest.len() - self.limits.tail_bytes..]);
            return;
        }
        for block in rest.chunks(self.limits.tail_bytes.max(1)) {
            let tail_bytes = self.kept.len().saturating_sub(self.limits.head_bytes);
            if tail_bytes + block.len() > 2 * self.limits.tail_bytes {
                let needless = tail_bytes - self.limits.tail_bytes.min(tail_bytes);
                self.kept.drain(self.limits.head_bytes..self.limits.head_bytes + needless);
            }
            self.kept.extend_from_slice(block);
        }
    }

    /// Says what the bytes since the last [`Recognizer::reset`] are. The name of the file may help.
    ///
    /// The answer is provisional when [`Identification::container`] is set: [`settle`](crate::settle) looks inside.
    pub fn finish(&mut self, name: Option<&str>) -> Identification<'s> {
        let head = &self.kept[..self.kept.len().min(self.limits.head_bytes)];
        let tail = &self.kept[self.kept.len().saturating_sub(self.limits.tail_bytes)..];
        let ends = Ends { head, tail, size_bytes: self.size_bytes };
        self.scratch.work.begin(self.limits.work_max);
        let hits = self.signatures.index().match_ends(self.signatures.formats(), ends, &mut self.scratch);
        let is_work_spent = self.scratch.work.is_spent();
        let evidence = Evidence { hits, head, size_bytes: self.size_bytes, name, is_work_spent };
        conclude(self.signatures, evidence)
    }

    /// Begins the next file; the memory is used again.
    pub fn reset(&mut self) {
        self.kept.clear();
        self.size_bytes = 0;
    }
}
