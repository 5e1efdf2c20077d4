//! A finding on its way through a reader: `Read` can only fail with an I/O error.

use std::io;

use super::source::Unread;
use findings::Finding;

/// The error inside the I/O error.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Refusal(Finding);

/// Packs a finding into an I/O error.
pub(crate) fn refuse(finding: Finding) -> io::Error {
    io::Error::other(Refusal(finding))
}

/// Unpacks it again.
///
/// # Errors
/// It is an I/O error and nothing else.
pub(crate) fn finding_in(error: io::Error) -> Result<Finding, io::Error> {
    error.downcast::<Refusal>().map(|refusal| refusal.0)
}

/// Takes what a decompressor complains of for damaged data, unless the system or a reader below said something itself.
pub(crate) fn damaged_unless_io(error: io::Error, damage: &'static findings::Rule) -> io::Error {
    let is_own = error.get_ref().is_some_and(|inner| inner.is::<Refusal>() || inner.is::<Unread>());
    if error.raw_os_error().is_some() || is_own || error.kind() == io::ErrorKind::Interrupted {
        return error;
    }
    refuse(damage.finding().seen(error.to_string()))
}
