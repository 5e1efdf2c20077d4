//! Tar archives: their headers, and the walk from entry to entry.

mod entries;
mod header;
mod pax;

pub(crate) use entries::{Blocks, Entries, Entry, EntryKind, Next};
pub(crate) use header::{BLOCK_BYTES, looks_like_header};
