//! The table of formats and signatures: facts alone, without a way to search by them.

mod byte_set;
mod decode;
mod encode;
mod format;
mod pattern;
mod sequence;

pub use byte_set::ByteSet;
pub use format::{ContainerSignature, Format, InnerFile, Puid, Signature};
pub(crate) use format::{kind_name, kind_named};
pub use pattern::{Pattern, Piece};
pub use sequence::{Anchor, Fragment, SPAN_BYTES_MAX, Sequence, SubSequence};

use crate::ContainerKind;

/// The formats and signatures of one or more signature files.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// The version of the binary signature file.
    pub binary_version: String,
    /// When the binary signature file was made.
    pub binary_created: String,
    /// The date, or the version, of the container signature file.
    pub container_version: String,
    /// The formats, in the order of the files.
    pub formats: Vec<Format>,
    /// The container signatures, in the order of the files.
    pub containers: Vec<ContainerSignature>,
    /// The formats that have a container looked into.
    pub triggers: Vec<(Puid, ContainerKind)>,
}
