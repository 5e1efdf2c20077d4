//! Where a new bag's files go, one after the other.

use std::io::{self, Write};

/// A form of bag that is being written. Paths are those in the bag; the top folder is the sink's own affair.
pub(super) trait BagSink: Write {
    /// Begins a file of a known length, which is then written to the sink itself.
    fn begin(&mut self, path: &str, size_bytes: u64, modified_at: i64) -> io::Result<()>;

    /// Ends the file.
    fn end(&mut self) -> io::Result<()>;

    /// Ends the bag and makes it durable.
    fn finish(self: Box<Self>) -> io::Result<()>;
}
