//! Who listens while a package is read.

use std::io::{self, Write};

use digests::{Control, Digests};

use crate::{Member, MemberIndex};

/// Hears of everything in a package while it is read once. Called from several threads; every method but
/// [`Observer::keep`] has a default that does nothing.
pub trait Observer: Sync {
    /// Opens a writer for a tag file or manifest whose contents the caller wants to have afterwards; `None` when
    /// not. Asked for the members for which [`crate::PathClass::is_kept`] holds. Of a tag file at most one byte more
    /// than [`crate::TAG_FILE_BYTES_MAX`] is written.
    ///
    /// # Errors
    /// The writer cannot be made; the reading ends with [`crate::BagitError::Keep`].
    fn keep(&self, path: &str) -> io::Result<Option<Box<dyn Write + Send + '_>>>;

    /// Returns the digests of a member that an earlier, interrupted reading of the same package computed; its bytes
    /// are then not read again, unless they are kept or an algorithm is lacking. Asked with random access only: first
    /// of the tag files, then of the payload, or of all at once, each time in the order of their places.
    fn known(&self, _index: MemberIndex, _member: &Member<'_>) -> Option<Digests> {
        None
    }

    /// Bytes of a member pass, in order within one member; `offset_bytes` is where they stand in it, `index` is the
    /// member's place among the members.
    fn block(&self, _index: MemberIndex, _path: &str, _offset_bytes: u64, _bytes: &[u8]) {}

    /// A member was read to its end and hashed; `index` is its place among the members.
    fn member(&self, _index: MemberIndex, _member: &Member<'_>, _digests: &Digests) -> Control {
        Control::Continue
    }

    /// Asked after each block, so that the reading of one huge member can be stopped too.
    fn go_on(&self) -> Control {
        Control::Continue
    }

    /// So many more bytes of members have been dealt with.
    fn progress(&self, _bytes: u64) {}
}

/// Keeps what is to be kept in a [`crate::Spool`] and hears nothing else.
impl Observer for crate::Spool {
    fn keep(&self, path: &str) -> io::Result<Option<Box<dyn Write + Send + '_>>> {
        Ok(Some(Box::new(self.create(path)?)))
    }
}
