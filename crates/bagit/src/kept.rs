//! The contents of tag files and manifests, kept while a package is read so that the checks can read them.

mod spool;

use std::io::{self, Read};

pub use spool::{SPOOL_MEMORY_BYTES_MAX, Spool, SpoolWriter};

/// Bytes of a tag file that are read; manifests are streamed and have no bound.
pub const TAG_FILE_BYTES_MAX: u64 = 16 << 20;

/// Gives the contents of the members for which [`crate::PathClass::is_kept`] holds.
///
/// Several manifests are read at once, each by a thread of its own.
pub trait Kept: Sync {
    /// Opens a member by its path in the bag; `None` when it was not kept.
    ///
    /// # Errors
    /// The contents are there but cannot be read.
    fn open(&self, path: &str) -> io::Result<Option<Box<dyn Read + '_>>>;
}
