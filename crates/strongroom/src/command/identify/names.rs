//! The names in a folder, in the order of their bytes.

use std::ffi::{OsStr, OsString};
use std::fs::FileType;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

/// Names in one folder.
const NAMES_MAX: usize = 1 << 20;
/// Bytes of all names in one folder.
const NAMES_BYTES_MAX: usize = 32 << 20;

/// What a name in a folder stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// A device, pipe or socket.
    Special,
}

impl NameKind {
    /// Returns what a type of the file system is here.
    #[must_use]
    pub fn of(kind: FileType) -> Self {
        if kind.is_file() {
            NameKind::File
        } else if kind.is_dir() {
            NameKind::Folder
        } else if kind.is_symlink() {
            NameKind::Link
        } else {
            NameKind::Special
        }
    }
}

/// The names in a folder: in one piece of memory, as a folder may hold a million of them.
#[derive(Debug, Default)]
pub struct Names {
    bytes: Vec<u8>,
    /// From the last to the first: they are taken off the end.
    places: Vec<(u32, u16, NameKind)>,
}

impl Names {
    /// Reads the names of a folder.
    ///
    /// # Errors
    /// The folder cannot be read, or holds more than the bounds allow.
    pub fn of(folder: &Path) -> io::Result<Self> {
        let mut names = Self::default();
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let kind = NameKind::of(entry.file_type()?);
            names.add(entry.file_name(), kind)?;
        }
        let Self { bytes, places } = &mut names;
        let name = |(start, length, _): &(u32, u16, NameKind)| &bytes[*start as usize..][..usize::from(*length)];
        places.sort_unstable_by(|one, other| name(other).cmp(name(one)));
        Ok(names)
    }

    fn add(&mut self, name: OsString, kind: NameKind) -> io::Result<()> {
        let name = name.into_vec();
        let too_many = || {
            let message = format!("the folder has more than {NAMES_MAX} names, or {NAMES_BYTES_MAX} bytes of names");
            io::Error::other(message)
        };
        if self.places.len() == NAMES_MAX || self.bytes.len() + name.len() > NAMES_BYTES_MAX {
            return Err(too_many());
        }
        let start = u32::try_from(self.bytes.len()).map_err(|_| too_many())?;
        let length = u16::try_from(name.len()).map_err(|_| too_many())?;
        self.places.push((start, length, kind));
        self.bytes.extend_from_slice(&name);
        Ok(())
    }

    /// Takes the first of the names that are left.
    pub fn next(&mut self) -> Option<(&OsStr, NameKind)> {
        let (start, length, kind) = self.places.pop()?;
        let name = self.bytes.get(start as usize..)?.get(..usize::from(length))?;
        Some((OsStr::from_bytes(name), kind))
    }
}
