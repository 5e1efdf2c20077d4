//! A chain of sectors, followed as far as it is needed.

use std::io;

use super::super::{ContainerLimits, Flaw, piece};
use super::sectors::{Next, Sectors};
use crate::Source;

/// Sectors that are searched one by one for a loop; a longer chain is watched by Brent's method.
const SEARCHED_SECTORS_MAX: usize = 128;
/// Sectors next to each other that are read at once.
const RUN_SECTORS_MAX: u64 = 128;

/// A chain of sectors: those that were followed so far, and where it goes on.
#[derive(Debug)]
pub(super) struct Chain {
    sectors: Vec<u32>,
    /// Where it begins, before the first sector was followed.
    first: u32,
    end: Option<Next>,
    /// The sector that later ones are compared with, in Brent's way: at powers of two.
    mark: usize,
}

impl Chain {
    pub fn new(first: u32) -> Self {
        Self { sectors: Vec::new(), first, end: None, mark: 0 }
    }

    /// Returns the sector at `place`, or how the chain ends before it.
    pub fn sector(
        &mut self,
        sectors: &mut Sectors,
        source: &dyn Source,
        place: u64,
        limits: &ContainerLimits,
    ) -> io::Result<Next> {
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        while self.sectors.len() <= place {
            if let Some(end) = self.end {
                return Ok(end);
            }
            let next = match self.sectors.last() {
                None => sectors.link(self.first),
                Some(last) => sectors.next(source, *last)?,
            };
            match next {
                Next::Sector(_) if self.sectors.len() as u64 >= limits.chain_sectors_max => {
                    let flaw = Flaw::TooLarge { what: "the sectors of a chain", limit: limits.chain_sectors_max };
                    self.end = Some(Next::Broken(flaw));
                }
                Next::Sector(sector) => self.push(sector),
                end => self.end = Some(end),
            }
        }
        Ok(Next::Sector(self.sectors[place]))
    }

    fn push(&mut self, sector: u32) {
        let length = self.sectors.len();
        let loops = if length < SEARCHED_SECTORS_MAX {
            self.sectors.contains(&sector)
        } else {
            self.sectors[self.mark] == sector
        };
        if loops {
            self.end = Some(Next::Broken(Flaw::Loop));
            self.trim_loop(sector);
            return;
        }
        self.sectors.push(sector);
        if length.is_power_of_two() {
            self.mark = length;
        }
    }

    /// Takes off what was followed for a second time before the loop showed.
    fn trim_loop(&mut self, sector: u32) {
        let length = self.sectors.len();
        let cycle = self.sectors.iter().rev().position(|seen| *seen == sector).map_or(length, |place| place + 1);
        let shifted = self.sectors.iter().skip(cycle);
        if let Some(start) = self.sectors.iter().zip(shifted).position(|(seen, again)| seen == again) {
            self.sectors.truncate(start + cycle);
        }
    }

    /// Appends bytes of the stream that the chain holds to `target`, and returns why there were fewer than asked for.
    pub fn append(
        &mut self,
        sectors: &mut Sectors,
        source: &dyn Source,
        start: u64,
        length_bytes: u64,
        target: &mut Vec<u8>,
        limits: &ContainerLimits,
    ) -> io::Result<Option<Flaw>> {
        let sector_bytes = sectors.sector_bytes();
        let end = start.saturating_add(length_bytes);
        let mut position = start;
        while position < end {
            let place = position >> sectors.shift;
            let first = match self.sector(sectors, source, place, limits)? {
                Next::Sector(first) => first,
                Next::End => return Ok(Some(Flaw::ShortChain)),
                Next::Broken(flaw) => {
                    self.truncate(position, start, sectors.shift, target);
                    return Ok(Some(flaw));
                }
            };
            let mut run = 1;
            while run < RUN_SECTORS_MAX
                && (place + run) << sectors.shift < end
                && self.sector(sectors, source, place + run, limits)? == Next::Sector(first.wrapping_add(run as u32))
            {
                run += 1;
            }
            let within = position % sector_bytes;
            let wanted_bytes = (run * sector_bytes - within).min(end - position);
            let read_bytes = piece::append(source, sectors.offset(first) + within, wanted_bytes, target)?;
            if read_bytes < wanted_bytes {
                return Ok(Some(Flaw::BeyondEnd));
            }
            position += read_bytes;
        }
        Ok(None)
    }

    /// Takes off what a loop gave for a second time, before it showed: it is no part of the stream.
    fn truncate(&self, position: u64, start: u64, shift: u16, target: &mut Vec<u8>) {
        let known_bytes = (self.sectors.len() as u64) << shift;
        let excess_bytes = position.saturating_sub(known_bytes.max(start));
        let excess_bytes = usize::try_from(excess_bytes).unwrap_or(usize::MAX);
        target.truncate(target.len().saturating_sub(excess_bytes));
    }
}
