//! Packages: where a bag's bytes come from, whatever form it travels in.

mod archive;
pub(crate) mod catalog;
pub(crate) mod folder;
mod gather;
pub(crate) mod hash;
mod index;
mod limits;
pub(crate) mod name;
mod observer;
mod recognise;
pub(crate) mod refusal;
mod source;
pub(crate) mod stream;
mod tar;
mod top_folder;
mod unpack;
mod zip;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use archive::Archive;
pub use gather::{Gathered, gather};
pub use index::Index;
pub use limits::{
    EXPANDED_BYTES_MAX, EXPANSION_FREE_BYTES, EXPANSION_RATIO_MAX, GatherOptions, PATH_BYTES_MAX, PATH_PART_BYTES_MAX,
    PATHS_BYTES_MAX, PackageLimits, TAR_HEADER_BYTES_MAX,
};
pub use observer::Observer;
pub use recognise::Form;
pub use unpack::Sink;

use crate::{BagitError, Member, MemberIndex, Members, Serialization};
use catalog::Place;
use folder::Folder;
use source::Source;

/// A package that is open for reading: an archive of a bag, an unpacked bag, or a folder of plain files.
#[derive(Debug)]
pub struct Package {
    path: PathBuf,
    name: String,
    form: Form,
    /// The form that the file's name promises, where it promises another one.
    promised: Option<Form>,
    bytes: Bytes,
}

/// Where the bytes are.
#[derive(Debug)]
enum Bytes {
    File(Source),
    Folder(Folder),
}

/// Where a member's bytes stand as they are, for callers who can copy or serve them without passing them through.
#[derive(Debug)]
pub enum Location<'a> {
    /// A stretch of the archive.
    Stretch {
        /// The archive, open for reading.
        file: &'a File,
        /// Where the stretch begins.
        offset_bytes: u64,
        /// How long it is.
        size_bytes: u64,
    },
    /// A whole file.
    File(PathBuf),
    /// A stretch of the [`Archive`] that the package was opened with.
    Elsewhere {
        /// Where the stretch begins.
        offset_bytes: u64,
        /// How long it is.
        size_bytes: u64,
    },
}

impl Package {
    /// Opens a package and finds out its form: by its contents, and only where they say nothing by its name. A folder
    /// with `bagit.txt` or a payload manifest in it is an unpacked bag, any other a folder of plain files.
    ///
    /// # Errors
    /// It cannot be read, or is nothing that could hold a bag. A damaged archive with an archive's name does open;
    /// reading it gives findings.
    pub fn open(path: &Path) -> Result<Self, BagitError> {
        recognise::open(path)
    }

    /// Does the same with an archive that is no file of this machine; `path` says what messages call it, and its last
    /// name is that of the package.
    ///
    /// # Errors
    /// As [`Package::open`].
    pub fn open_archive(path: &Path, archive: Arc<dyn Archive>) -> Result<Self, BagitError> {
        recognise::open_archive(path, archive)
    }

    /// Returns the path that was opened.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the name of the package without the ending of its form: `bag1` for `bag1.tar.gz`. By RFC 8493 §4 this
    /// is also the name of the top folder.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the form.
    #[must_use]
    pub fn form(&self) -> Form {
        self.form
    }

    /// Returns whether gathering reads each member by itself, and passes over those that the observer knows; else the
    /// package is read from beginning to end.
    #[must_use]
    pub fn is_read_by_member(&self) -> bool {
        let is_read_through = match self.form {
            Form::TarGzip | Form::TarZstandard => true,
            Form::Tar => self.is_elsewhere(),
            _ => false,
        };
        !is_read_through
    }

    fn is_elsewhere(&self) -> bool {
        matches!(&self.bytes, Bytes::File(source) if source.file().is_none())
    }

    /// Returns how the bag was made one file; `None` for folders.
    #[must_use]
    pub fn serialization(&self) -> Option<Serialization> {
        self.form.serialization()
    }

    /// Returns the length of the archive in bytes; `None` for folders.
    #[must_use]
    pub fn length_bytes(&self) -> Option<u64> {
        match &self.bytes {
            Bytes::File(source) => Some(source.length_bytes()),
            Bytes::Folder(_) => None,
        }
    }

    /// Returns how many bytes have been read since the package was opened. Names in folders are not counted.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        match &self.bytes {
            Bytes::File(source) => source.read_bytes(),
            Bytes::Folder(folder) => folder.read_bytes(),
        }
    }

    /// Returns where the bytes of a member stand; `None` when they are compressed. The members must be those of this
    /// very package.
    #[must_use]
    pub fn location(&self, member: &Member<'_>) -> Option<Location<'_>> {
        match &self.bytes {
            Bytes::Folder(folder) => Some(Location::File(folder.place_of(member.path))),
            Bytes::File(source) => {
                let is_plain = self.form == Form::Tar || (self.form == Form::Zip && member.offset_bytes > 0);
                let (offset_bytes, size_bytes) = (member.offset_bytes, member.size_bytes);
                is_plain.then(|| match source.file() {
                    Some(file) => Location::Stretch { file, offset_bytes, size_bytes },
                    None => Location::Elsewhere { offset_bytes, size_bytes },
                })
            }
        }
    }

    /// Opens one member for reading. The members must be those of this very package.
    ///
    /// # Errors
    /// The form gives no random access: see [`Package::unpack`]. The reader itself fails when the bytes are no longer
    /// what was listed.
    pub fn open_member(&self, members: &Members, index: MemberIndex) -> Result<Box<dyn Read + Send + '_>, BagitError> {
        let member = members.get(index);
        match (&self.bytes, self.location(&member)) {
            (Bytes::Folder(folder), _) => Ok(Box::new(folder.reader(member.path, Place::of(&member)))),
            (Bytes::File(source), Some(_)) => Ok(Box::new(source.section(member.offset_bytes, member.size_bytes))),
            (Bytes::File(_), None) => Err(BagitError::NotRandomAccess { path: self.path.clone() }),
        }
    }

    fn error(&self, source: io::Error) -> BagitError {
        BagitError::Package { path: self.path.clone(), source }
    }
}
