//! The header of a compound file (MS-CFB §2.2).

use super::super::little_endian::{u16_at, u32_at};
use super::super::{ContainerError, Flaw};
use crate::Source;

const SIGNATURE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
const HEADER_BYTES: usize = 512;
/// Sectors of the FAT whose numbers the header holds.
pub(super) const DIFAT_ENTRIES: usize = 109;
const DIFAT_OFFSET: usize = 76;

/// What is needed of a header. All else in it is stated elsewhere too, or must be what it is.
#[derive(Debug)]
pub(super) struct Header {
    /// 9 or 12: a sector has 2 to this power bytes.
    pub sector_shift: u16,
    pub first_directory_sector: u32,
    pub first_mini_fat_sector: u32,
    pub first_difat_sector: u32,
    pub difat: [u32; DIFAT_ENTRIES],
}

impl Header {
    /// Reads the header.
    ///
    /// # Errors
    /// When it is none, is cut, or has sectors of a size that there is not.
    pub fn read(source: &dyn Source) -> Result<Self, ContainerError> {
        let mut bytes = [0; HEADER_BYTES];
        let read = source.read_full_at(0, &mut bytes)?;
        if !bytes.starts_with(SIGNATURE) {
            return Err(Flaw::OtherKind.into());
        }
        if read < HEADER_BYTES {
            return Err(Flaw::BeyondEnd.into());
        }
        let sector_shift = u16_at(&bytes, 30).unwrap_or(0);
        // The version should go with the size, and in files of some writers does not.
        if !matches!(sector_shift, 9 | 12) {
            return Err(Flaw::SectorSize(sector_shift).into());
        }
        let field = |place| u32_at(&bytes, place).unwrap_or(u32::MAX);
        Ok(Self {
            sector_shift,
            first_directory_sector: field(48),
            first_mini_fat_sector: field(60),
            first_difat_sector: field(68),
            difat: std::array::from_fn(|place| field(DIFAT_OFFSET + 4 * place)),
        })
    }
}
