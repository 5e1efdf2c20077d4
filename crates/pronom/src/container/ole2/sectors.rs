//! The sectors of a compound file and the tables that link them, read when they are needed.

use std::io;

use super::super::Flaw;
use super::super::little_endian::u32_at;
use super::header::{DIFAT_ENTRIES, Header};
use crate::Source;

/// Sectors of tables that stay in memory; most files have one or two, and chains mostly stay in one of them.
const CACHED_SECTORS_MAX: usize = 8;
/// Ends a chain (MS-CFB §2.1).
pub(super) const END_OF_CHAIN: u32 = 0xffff_fffe;
/// The greatest number that a sector can have.
pub(super) const SECTOR_MAX: u32 = 0xffff_fffa;

/// What follows in a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    Sector(u32),
    End,
    Broken(Flaw),
}

/// The sectors of one file.
#[derive(Debug)]
pub(super) struct Sectors {
    pub shift: u16,
    /// Sectors that are in the file, the last one perhaps in part: no number above is followed.
    count: u64,
    header_difat: [u32; DIFAT_ENTRIES],
    /// The sectors of the DIFAT that were walked so far, behind those in the header.
    difat: Vec<u32>,
    /// Where the DIFAT goes on.
    next_difat: Next,
    cached: Vec<(u32, Vec<u8>)>,
    replaced_next: usize,
}

impl Sectors {
    pub fn new(source: &dyn Source, header: &Header) -> Self {
        let shift = header.sector_shift;
        let count = source.size_bytes().div_ceil(1 << shift).saturating_sub(1);
        let mut sectors = Self {
            shift,
            count,
            header_difat: header.difat,
            difat: Vec::new(),
            next_difat: Next::End,
            cached: Vec::new(),
            replaced_next: 0,
        };
        sectors.next_difat = sectors.link(header.first_difat_sector);
        sectors
    }

    /// Returns the bytes of one sector.
    pub fn sector_bytes(&self) -> u64 {
        1 << self.shift
    }

    /// Returns where a sector begins; the header takes the place of one.
    pub fn offset(&self, sector: u32) -> u64 {
        (u64::from(sector) + 1) << self.shift
    }

    /// Reads a number of a chain: a sector of the file, the end, or nonsense.
    pub fn link(&self, number: u32) -> Next {
        match number {
            END_OF_CHAIN => Next::End,
            number if number > SECTOR_MAX => Next::Broken(Flaw::BrokenChain),
            number if u64::from(number) >= self.count => Next::Broken(Flaw::BeyondEnd),
            number => Next::Sector(number),
        }
    }

    /// Returns what follows a sector of the file, by the FAT.
    pub fn next(&mut self, source: &dyn Source, sector: u32) -> io::Result<Next> {
        let per_sector = self.words_per_sector();
        let place = sector as usize % per_sector;
        match self.fat_sector(source, sector as usize / per_sector)? {
            Next::Sector(fat) => {
                Ok(self.word(source, fat, place)?.map_or(Next::Broken(Flaw::BeyondEnd), |n| self.link(n)))
            }
            Next::End => Ok(Next::Broken(Flaw::BrokenChain)),
            broken => Ok(broken),
        }
    }

    /// Returns a number of a sector that is a table; `None` when the file ends before it.
    pub fn word(&mut self, source: &dyn Source, sector: u32, place: usize) -> io::Result<Option<u32>> {
        if let Some((_, bytes)) = self.cached.iter().find(|(cached, _)| *cached == sector) {
            return Ok(u32_at(bytes, 4 * place));
        }
        let mut bytes = vec![0; 1 << self.shift];
        let read = source.read_full_at(self.offset(sector), &mut bytes)?;
        bytes.truncate(read);
        let word = u32_at(&bytes, 4 * place);
        if self.cached.len() < CACHED_SECTORS_MAX {
            self.cached.push((sector, bytes));
        } else {
            self.cached[self.replaced_next] = (sector, bytes);
            self.replaced_next = (self.replaced_next + 1) % CACHED_SECTORS_MAX;
        }
        Ok(word)
    }

    pub fn words_per_sector(&self) -> usize {
        1 << (self.shift - 2)
    }

    /// Returns the sector of the FAT at `place`: from the header, or from the DIFAT behind it (MS-CFB §2.5).
    ///
    /// The place comes from a sector of the file, so that the walk is no longer than its FAT could need.
    fn fat_sector(&mut self, source: &dyn Source, place: usize) -> io::Result<Next> {
        if let Some(number) = self.header_difat.get(place) {
            return Ok(self.link(*number));
        }
        // The last number of a DIFAT sector leads to the next one.
        let per_sector = self.words_per_sector() - 1;
        let behind_header = place - DIFAT_ENTRIES;
        while self.difat.len() <= behind_header / per_sector {
            let Next::Sector(sector) = self.next_difat else { return Ok(self.next_difat) };
            let number = self.word(source, sector, per_sector)?;
            self.next_difat = number.map_or(Next::Broken(Flaw::BeyondEnd), |number| self.link(number));
            self.difat.push(sector);
        }
        let number = self.word(source, self.difat[behind_header / per_sector], behind_header % per_sector)?;
        Ok(number.map_or(Next::Broken(Flaw::BeyondEnd), |number| self.link(number)))
    }
}
