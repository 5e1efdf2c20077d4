//! OLE2 compound files (MS-CFB), read sector by sector: header, directory, and the streams that are asked for.

mod chain;
mod directory;
mod header;
mod name;
mod sectors;
mod stream;

use super::kept::Kept;
use super::{ContainerError, ContainerLimits, Flaw};
use crate::Source;
use chain::Chain;
use header::Header;
use sectors::Sectors;

/// A compound file that was opened.
#[derive(Debug)]
pub(super) struct Compound {
    sectors: Sectors,
    /// The table of the mini sectors.
    mini_fat: Chain,
    /// The stream that the mini sectors lie in, which is the root entry's.
    mini_stream: Chain,
}

/// Where the bytes of one stream begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stream {
    start: u32,
    size_bytes: u64,
}

impl Compound {
    /// Reads header and directory.
    pub fn open(
        source: &dyn Source,
        kept: &mut Kept<'_>,
        limits: &ContainerLimits,
    ) -> Result<(Self, Option<Flaw>), ContainerError> {
        let header = Header::read(source)?;
        let mut sectors = Sectors::new(source, &header);
        let (root, flaw) = directory::read(&mut sectors, source, header.first_directory_sector, kept, limits)?;
        let mini_fat = Chain::new(header.first_mini_fat_sector);
        Ok((Self { sectors, mini_fat, mini_stream: Chain::new(root.start) }, flaw))
    }
}
