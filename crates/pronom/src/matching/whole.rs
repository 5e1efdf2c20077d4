//! The comparison of every byte of a file, a chunk at a time.

use std::io::Result;

use super::evaluate::advance;
use super::index::Entry;
use super::search::Window;
use super::{Ends, Hit, Index, Place, Scratch};
use crate::Source;
use crate::table::{Format, SPAN_BYTES_MAX, Sequence, Signature};

/// Bytes of a chunk; two chunks overlap by the longest match of one part, which is a quarter of it at the most.
const CHUNK_BYTES: u64 = 4 * SPAN_BYTES_MAX;

/// How far a signature is found.
struct Pending<'a> {
    entry: &'a Entry,
    signature: &'a Signature,
    /// For each sequence, where its parts stand.
    places: Vec<Vec<Place>>,
}

/// Compares every byte of a file with all signatures and returns those that match, in the order of the table.
pub fn match_whole(
    index: &Index,
    formats: &[Format],
    source: &dyn Source,
    work_max: u64,
    scratch: &mut Scratch,
) -> Result<Vec<Hit>> {
    let size_bytes = source.size_bytes();
    let mut chunk = Vec::new();
    if size_bytes <= CHUNK_BYTES {
        read(source, 0, size_bytes, &mut chunk)?;
        let ends = Ends { head: &chunk, tail: &chunk, size_bytes: chunk.len() as u64 };
        return Ok(index.match_ends(formats, ends, scratch));
    }
    let mut pending: Vec<_> = index.entries.iter().map(|entry| Pending::new(entry, formats)).collect();
    let mut reading = Reading { index, source, size_bytes, work_max, chunk };
    reading.go_forward(&mut pending, scratch)?;
    reading.go_backward(&mut pending, scratch)?;
    Ok(pending.into_iter().filter(Pending::is_complete).map(Pending::hit).collect())
}

/// A file that is read in chunks.
struct Reading<'a> {
    index: &'a Index,
    source: &'a dyn Source,
    size_bytes: u64,
    work_max: u64,
    chunk: Vec<u8>,
}

impl Reading<'_> {
    /// Goes from the begin to the end, for all that is not found backward.
    fn go_forward(&mut self, pending: &mut Vec<Pending<'_>>, scratch: &mut Scratch) -> Result<()> {
        let (mut start, mut kept_bytes) = (0, 0);
        loop {
            read_on(self.source, start, &mut self.chunk, kept_bytes)?;
            let window = Window { bytes: &self.chunk, start };
            // A chunk that is not full is the last one, whatever the source says about its size.
            let is_last = window.end() >= self.size_bytes || (self.chunk.len() as u64) < CHUNK_BYTES;
            let next_start = if is_last { u64::MAX } else { window.end() - self.index.span_max };
            scratch.work.begin_chunk(self.work_max);
            self.index.filter.scan(&self.chunk, &mut scratch.seen);
            pending.retain_mut(|pending| pending.go_forward(window, self.size_bytes, next_start, scratch));
            if is_last {
                return Ok(());
            }
            kept_bytes = usize::try_from(window.end() - next_start).unwrap_or(0);
            start = next_start;
        }
    }

    /// Goes from the end to the begin, as long as something is not found.
    fn go_backward(&mut self, pending: &mut Vec<Pending<'_>>, scratch: &mut Scratch) -> Result<()> {
        let mut end = self.size_bytes;
        while end > 0 && pending.iter().any(|pending| !pending.is_complete()) {
            let start = end.saturating_sub(CHUNK_BYTES);
            read(self.source, start, end - start, &mut self.chunk)?;
            if self.chunk.is_empty() {
                break;
            }
            scratch.work.begin_chunk(self.work_max);
            let next_end = if start == 0 { 0 } else { start + self.index.span_max };
            let window = Window { bytes: &self.chunk, start };
            pending.retain_mut(|pending| pending.go_backward(window, self.size_bytes, next_end, scratch));
            end = next_end;
        }
        Ok(())
    }
}

/// Moves the last bytes of the chunk to its begin, and fills the rest with those that follow.
fn read_on(source: &dyn Source, start: u64, chunk: &mut Vec<u8>, kept_bytes: usize) -> Result<()> {
    chunk.drain(..chunk.len().saturating_sub(kept_bytes));
    let kept_bytes = chunk.len();
    chunk.resize(usize::try_from(CHUNK_BYTES).unwrap_or(usize::MAX), 0);
    let filled = source.read_full_at(start.saturating_add(kept_bytes as u64), &mut chunk[kept_bytes..])?;
    chunk.truncate(kept_bytes + filled);
    Ok(())
}

/// Fills the chunk with bytes that are really there.
fn read(source: &dyn Source, start: u64, length: u64, chunk: &mut Vec<u8>) -> Result<()> {
    let length = usize::try_from(length.min(CHUNK_BYTES)).unwrap_or(usize::MAX);
    chunk.resize(length, 0);
    let filled = source.read_full_at(start, chunk)?;
    chunk.truncate(filled);
    Ok(())
}

impl<'a> Pending<'a> {
    fn new(entry: &'a Entry, formats: &'a [Format]) -> Self {
        let signature = entry.signature(formats);
        Self { entry, signature, places: vec![Vec::new(); signature.sequences.len()] }
    }

    fn is_complete(&self) -> bool {
        self.signature.sequences.iter().zip(&self.places).all(|(sequence, places)| sequence.parts.len() == places.len())
    }

    /// Looks for what is found from the begin; false when something can no more be found.
    fn go_forward(&mut self, window: Window<'_>, size_bytes: u64, next_start: u64, scratch: &mut Scratch) -> bool {
        for (number, sequence) in self.signature.sequences.iter().enumerate() {
            if sequence.is_backward() {
                continue;
            }
            let places = &mut self.places[number];
            let literal = self.entry.literals[number].get(places.len()).copied().flatten();
            let is_there = literal.is_none_or(|literal| scratch.seen.has(literal));
            let is_done = is_there && advance(sequence, places, window, size_bytes, &mut scratch.work);
            let is_lost =
                next_start == u64::MAX || highest_offset(sequence, places).is_some_and(|most| most < next_start);
            if !is_done && places.len() < sequence.parts.len() && is_lost {
                return false;
            }
        }
        true
    }

    /// Looks for what is found from the end; false when something can no more be found.
    fn go_backward(&mut self, window: Window<'_>, size_bytes: u64, next_end: u64, scratch: &mut Scratch) -> bool {
        for (sequence, places) in self.signature.sequences.iter().zip(&mut self.places) {
            if !sequence.is_backward() || advance(sequence, places, window, size_bytes, &mut scratch.work) {
                continue;
            }
            let lowest = highest_offset(sequence, places).map(|most| size_bytes.saturating_sub(most));
            if next_end == 0 || lowest.is_some_and(|lowest| lowest > next_end) {
                return false;
            }
        }
        true
    }

    fn hit(self) -> Hit {
        Hit { format: self.entry.format, signature_id: self.signature.id, places: self.places.concat() }
    }
}

/// Returns the highest offset of the part that is looked for next, if it has one.
fn highest_offset(sequence: &Sequence, places: &[Place]) -> Option<u64> {
    sequence.parts.get(places.len()).and_then(|part| part.offset_max)
}
