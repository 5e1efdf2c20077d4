//! Archives: their members, one after the other, within bounds.

mod budget;
mod fault;
mod field;
mod forward;
mod kind;
mod spool;
mod tar;
mod unpack;
mod zip;

pub use budget::Budget;
pub use fault::Fault;
pub use forward::{Forward, Range, Tee};
pub use kind::{ArchiveKind, may_be_container};
pub use spool::Spool;
pub use tar::{Tar, TarMember, is_header};
pub use unpack::{Metered, unpacked, unpacked_member, unpacked_name};
pub use zip::{STORED, Zip, ZipMember};

/// Archives within archives that are looked into.
pub const NESTING_MAX: usize = 8;
