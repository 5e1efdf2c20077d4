//! The ends of one stream of a compound file.

use std::io;

use super::super::inside::{Ends, InnerBytes};
use super::super::{ContainerError, ContainerLimits, Flaw};
use super::chain::Chain;
use super::sectors::{END_OF_CHAIN, Next, SECTOR_MAX};
use super::{Compound, Stream};
use crate::Source;

/// Streams below this size lie in mini sectors (MS-CFB §2.2: the header must say this number).
const MINI_BELOW_BYTES: u64 = 4096;
/// Bytes of a mini sector, of which the same is true.
const MINI_BYTES: u64 = 64;

impl Compound {
    /// Reads the ends of a stream; of a cut one, the head up to the cut.
    pub fn read(
        &mut self,
        source: &dyn Source,
        stream: &Stream,
        ends: Ends,
        limits: &ContainerLimits,
    ) -> Result<InnerBytes, ContainerError> {
        let mut bytes = InnerBytes { size_bytes: stream.size_bytes, ..InnerBytes::default() };
        bytes.flaw = if stream.size_bytes < MINI_BELOW_BYTES {
            self.read_small(source, stream, ends, &mut bytes, limits)?
        } else {
            self.read_large(source, stream, ends, &mut bytes, limits)?
        };
        if bytes.flaw.is_some() {
            bytes.tail.clear();
        }
        bytes.whole = bytes.flaw.is_none() && bytes.head.len() as u64 == stream.size_bytes;
        Ok(bytes)
    }

    fn read_large(
        &mut self,
        source: &dyn Source,
        stream: &Stream,
        ends: Ends,
        bytes: &mut InnerBytes,
        limits: &ContainerLimits,
    ) -> io::Result<Option<Flaw>> {
        let mut chain = Chain::new(stream.start);
        let head_bytes = stream.size_bytes.min(ends.head_bytes as u64);
        let flaw = chain.append(&mut self.sectors, source, 0, head_bytes, &mut bytes.head, limits)?;
        let tail_bytes = stream.size_bytes.min(ends.tail_bytes as u64);
        if flaw.is_some() || tail_bytes == 0 {
            return Ok(flaw);
        }
        let tail_start = stream.size_bytes - tail_bytes;
        chain.append(&mut self.sectors, source, tail_start, tail_bytes, &mut bytes.tail, limits)
    }

    fn read_small(
        &mut self,
        source: &dyn Source,
        stream: &Stream,
        ends: Ends,
        bytes: &mut InnerBytes,
        limits: &ContainerLimits,
    ) -> io::Result<Option<Flaw>> {
        let needed_bytes = if ends.tail_bytes > 0 { u64::MAX } else { ends.head_bytes as u64 };
        let needed_bytes = stream.size_bytes.min(needed_bytes);
        let flaw = self.append_mini(source, stream.start, needed_bytes, &mut bytes.head, limits)?;
        let tail_start = bytes.head.len().saturating_sub(ends.tail_bytes);
        bytes.tail.extend_from_slice(&bytes.head[tail_start..]);
        bytes.head.truncate(ends.head_bytes);
        Ok(flaw)
    }

    /// Appends the first bytes of a small stream, and returns why there were fewer than asked for.
    fn append_mini(
        &mut self,
        source: &dyn Source,
        start: u32,
        length_bytes: u64,
        target: &mut Vec<u8>,
        limits: &ContainerLimits,
    ) -> io::Result<Option<Flaw>> {
        let (numbers, flaw) = self.mini_sectors(source, start, length_bytes.div_ceil(MINI_BYTES), limits)?;
        let mut left_bytes = length_bytes;
        // Neighbours are read at once.
        for run in numbers.chunk_by(|number, next| number.checked_add(1) == Some(*next)) {
            let Some(first) = run.first() else { continue };
            let run_bytes = left_bytes.min(run.len() as u64 * MINI_BYTES);
            let position = u64::from(*first) * MINI_BYTES;
            let cut = self.mini_stream.append(&mut self.sectors, source, position, run_bytes, target, limits)?;
            if cut.is_some() {
                return Ok(cut);
            }
            left_bytes -= run_bytes;
        }
        Ok(flaw)
    }

    /// Returns the first mini sectors of a chain, 64 at the most, and why there are fewer than asked for.
    fn mini_sectors(
        &mut self,
        source: &dyn Source,
        start: u32,
        count: u64,
        limits: &ContainerLimits,
    ) -> io::Result<(Vec<u32>, Option<Flaw>)> {
        let mut numbers = Vec::new();
        let mut next = mini_link(start);
        while (numbers.len() as u64) < count {
            let number = match next {
                Next::Sector(number) => number,
                Next::End => return Ok((numbers, Some(Flaw::ShortChain))),
                Next::Broken(flaw) => return Ok((numbers, Some(flaw))),
            };
            if numbers.contains(&number) {
                return Ok((numbers, Some(Flaw::Loop)));
            }
            numbers.push(number);
            if (numbers.len() as u64) < count {
                next = self.next_mini(source, number, limits)?;
            }
        }
        Ok((numbers, None))
    }

    fn next_mini(&mut self, source: &dyn Source, number: u32, limits: &ContainerLimits) -> io::Result<Next> {
        let per_sector = self.sectors.words_per_sector();
        let place = number as usize / per_sector;
        match self.mini_fat.sector(&mut self.sectors, source, place as u64, limits)? {
            Next::Sector(table) => {
                let word = self.sectors.word(source, table, number as usize % per_sector)?;
                Ok(word.map_or(Next::Broken(Flaw::BeyondEnd), mini_link))
            }
            Next::End => Ok(Next::Broken(Flaw::BrokenChain)),
            broken => Ok(broken),
        }
    }
}

/// Reads a number of a chain of mini sectors; whether there is one of that number, the stream that holds them tells.
fn mini_link(number: u32) -> Next {
    match number {
        END_OF_CHAIN => Next::End,
        number if number > SECTOR_MAX => Next::Broken(Flaw::BrokenChain),
        number => Next::Sector(number),
    }
}
