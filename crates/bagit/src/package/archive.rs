//! An archive that is no file of this machine.

use std::fmt;
use std::io;

/// An archive that lies elsewhere and is read at places: one that somebody else's server keeps.
///
/// [`super::gather`] reads a tar of it from beginning to end, once. May be asked from any thread.
pub trait Archive: fmt::Debug + Send + Sync {
    /// Returns its length, which it keeps as long as it is the same.
    fn length_bytes(&self) -> u64;

    /// Reads at a place; 0 at the end. Reading on from where the last reading ended is what costs least.
    ///
    /// # Errors
    /// It cannot be read, or is no longer the one that was opened: no other bytes are ever given for it.
    fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize>;

    /// Says whether it is still the one that was opened.
    ///
    /// # Errors
    /// That cannot be found out.
    fn is_unchanged(&self) -> io::Result<bool>;
}
