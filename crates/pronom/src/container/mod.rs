//! Files that hold files: the inner files that signatures look at, read from ZIP archives and OLE2 compound files.

mod error;
mod inside;
mod kept;
mod limits;
mod little_endian;
mod ole2;
mod piece;
mod wanted;
mod window;
mod zip;

pub use error::{ContainerError, Flaw};
pub use inside::{Ends, Entry, EntryId, InnerBytes, Inside};
pub use limits::ContainerLimits;
pub use wanted::Wanted;

/// A kind of container whose inner files signatures look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ContainerKind {
    /// A ZIP archive.
    Zip,
    /// An OLE2 compound file (MS-CFB).
    Ole2,
}
