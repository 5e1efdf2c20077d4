//! ZIP archives (APPNOTE 6.3.10), read by ranges: end record, central directory, and the entries that are asked for.

mod central;
mod contents;
mod end;
mod inflate;
mod local;
mod name;
mod zip64;

use super::inside::{Ends, Entry, InnerBytes, Place};
use super::kept::Kept;
use super::window::Window;
use super::{ContainerError, ContainerLimits, Flaw};
use crate::Source;
use inflate::Inflater;

/// Begins a local header (APPNOTE §4.3.7).
const LOCAL_HEADER: &[u8] = b"PK\x03\x04";
/// Begins a record of the central directory (§4.3.12).
const CENTRAL_RECORD: &[u8] = b"PK\x01\x02";
/// Bytes of a local header before the name.
const LOCAL_HEADER_BYTES: usize = 30;

/// An archive that was opened.
#[derive(Debug)]
pub(super) struct Archive {
    window: Window,
    /// What has to be added to the offsets of entries.
    shift_bytes: i64,
    inflater: Inflater,
}

/// Where the bytes of one entry are, as far as the directory tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Member {
    header_offset: u64,
    /// `None` when the archive is cut and the size stood behind the bytes, in a data descriptor.
    compressed_bytes: Option<u64>,
    size_bytes: u64,
    name_bytes: u16,
    flags: u16,
    method: u16,
}

impl Archive {
    /// Reads the central directory; without one, the local headers from the start.
    pub fn open(
        source: &dyn Source,
        kept: &mut Kept<'_>,
        limits: &ContainerLimits,
    ) -> Result<(Self, Option<Flaw>), ContainerError> {
        let mut window = Window::default();
        let (shift_bytes, flaw) = match end::find(&mut window, source)? {
            Some(directory) => (directory.shift_bytes, central::read(&mut window, source, &directory, kept, limits)?),
            None => (0, Some(local::walk(&mut window, source, kept, limits)?)),
        };
        Ok((Self { window, shift_bytes, inflater: Inflater::default() }, flaw))
    }
}

/// Returns an entry to be kept. The path of a folder ends in `/` (§4.3.8: it has no bytes).
fn entry(path: String, member: Member) -> Entry {
    let is_folder = path.ends_with('/');
    let place = if is_folder { Place::Folder } else { Place::Member(member) };
    Entry { path, size_bytes: member.size_bytes, place }
}
