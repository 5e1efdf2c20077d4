//! Why a container or one of its entries could not be read.

use std::io;

/// Why a container or one of its entries could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ContainerError {
    /// The source failed; nothing is known about the container.
    #[error("cannot read the bytes of the container")]
    Read(#[source] io::Error),
    /// The container is at fault, or keeps its content to itself.
    #[error(transparent)]
    Unreadable(#[from] Flaw),
}

impl From<io::Error> for ContainerError {
    fn from(error: io::Error) -> Self {
        Self::Read(error)
    }
}

/// What is wrong with a container or with one of its entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Flaw {
    /// The bytes do not begin, or end, as their kind has to.
    #[error("it is no container of this kind")]
    OtherKind,
    /// A ZIP archive without a usable central directory, whose entries were found by their local headers.
    #[error("the central directory is absent or unusable")]
    NoCentralDirectory,
    /// The list of entries stops before it should.
    #[error("the directory breaks off")]
    BrokenDirectory,
    /// Where a ZIP entry should begin, there is no local header.
    #[error("there is no local header where the entry should begin")]
    NoLocalHeader,
    /// Something lies beyond the end of the file, wholly or in part.
    #[error("it reaches beyond the end of the file")]
    BeyondEnd,
    /// The entry is there, but only its owner can read it.
    #[error("it is encrypted")]
    Encrypted,
    /// A compression method other than stored (0) and deflate (8).
    #[error("it is compressed with method {0}, which is not read here")]
    Method(u16),
    /// What should be deflate is not.
    #[error("its compressed bytes are damaged")]
    BrokenDeflate,
    /// A sector size other than the two of MS-CFB §2.2; the power of two that the header gives.
    #[error("the sectors are of 2^{0} bytes, where 2^9 and 2^12 are allowed")]
    SectorSize(u16),
    /// A chain of sectors leads to itself.
    #[error("its chain of sectors leads back to itself")]
    Loop,
    /// A chain of sectors leads to what is no sector of data.
    #[error("its chain of sectors is broken")]
    BrokenChain,
    /// A chain of sectors ends before the stream does.
    #[error("its chain of sectors ends too early")]
    ShortChain,
    /// The directory tree leads to itself, to an unused entry or to none at all.
    #[error("the directory tree is broken")]
    BrokenTree,
    /// Something is larger than the bound that is set for it.
    #[error("{what} go over the limit of {limit}")]
    TooLarge {
        /// What grew.
        what: &'static str,
        /// The bound.
        limit: u64,
    },
}
