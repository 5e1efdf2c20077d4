//! Where a package's members lie while it is in work: in the package itself, or in staging.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use backends::storage::Source;
use bagit::{Form, Location, Package};
use bagit::{Member, PathClass};

use super::super::Work;

/// The contents of tag files and manifests, by the path in the bag.
const KEPT: &str = "kept";
/// Members that cannot be read by range, by their place in the package.
const UNPACKED: &str = "unpacked";
/// Files in one folder of staging at most; some file systems grow slow with more.
const FILES_PER_FOLDER: usize = 1000;

/// Where the bytes of a deposit's members lie.
pub struct Layout {
    staging: PathBuf,
    package: Package,
}

/// The bytes of one member, to be copied or read.
pub enum Bytes<'a> {
    /// Where they stand as they are.
    At(Location<'a>),
    /// In a file of staging.
    Staged(PathBuf),
}

impl Layout {
    /// Opens the deposit of an item.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn open(work: &Work) -> Result<Self, bagit::BagitError> {
        let package = Package::open(Path::new(&work.claim.item.deposit.path))?;
        Ok(Self { staging: work.staging(), package })
    }

    /// Returns the package.
    pub fn package(&self) -> &Package {
        &self.package
    }

    /// Returns whether any member may have to be unpacked before it can be copied.
    pub fn has_compressed_members(&self) -> bool {
        matches!(self.package.form(), Form::TarGzip | Form::TarZstandard | Form::Zip)
    }

    /// Returns where a member's bytes lie. `place` is its place in the package.
    pub fn bytes(&self, member: &Member<'_>, place: usize) -> Bytes<'_> {
        if self.is_generated(member) {
            return Bytes::Staged(kept_path(&self.staging, member.path));
        }
        match self.package.location(member) {
            Some(location) => Bytes::At(location),
            None => Bytes::Staged(unpacked_path(&self.staging, place)),
        }
    }

    /// The tag files of a plain folder are not in it: they were made when it was gathered.
    fn is_generated(&self, member: &Member<'_>) -> bool {
        self.package.form() == Form::PlainFolder && member.class != PathClass::Payload
    }
}

impl<'a> Bytes<'a> {
    /// Returns the same as a store wants to be given it.
    pub fn source(self, length_bytes: u64) -> Source<'a> {
        match self {
            Bytes::At(Location::Stretch { file, offset_bytes, size_bytes }) => {
                Source::Range { file, offset_bytes, length_bytes: size_bytes }
            }
            Bytes::At(Location::File(path)) | Bytes::Staged(path) => Source::File { path, length_bytes },
        }
    }
}

/// Returns where the contents of a tag file are kept. The name in the bag may be hostile; the path is not.
pub fn kept_path(staging: &Path, path_in_bag: &str) -> PathBuf {
    staging.join(KEPT).join(ocfl::content_path(path_in_bag).replace('/', "%2F"))
}

/// Returns where a member is unpacked to.
pub fn unpacked_path(staging: &Path, place: usize) -> PathBuf {
    staging.join(UNPACKED).join((place / FILES_PER_FOLDER).to_string()).join(place.to_string())
}

/// Removes an item's folder in staging; nothing happens when there is none.
///
/// # Errors
/// Something in it cannot be removed.
pub fn remove_staging(staging: &Path) -> io::Result<()> {
    match fs::remove_dir_all(staging) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Gives the checks of a bag what was kept of it.
pub struct KeptInStaging<'a>(pub &'a Path);

impl bagit::Kept for KeptInStaging<'_> {
    fn open(&self, path: &str) -> io::Result<Option<Box<dyn io::Read + '_>>> {
        match fs::File::open(kept_path(self.0, path)) {
            Ok(file) => Ok(Some(Box::new(file))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}
