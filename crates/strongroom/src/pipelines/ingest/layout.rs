//! Where a package's members lie while it is in work: in the package itself, or in staging.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use backends::storage::{DepositObject, Source};
use bagit::{Form, Location, Package};
use bagit::{Member, PathClass};
use model::StepError;

use super::super::Work;
use super::object;

/// The contents of tag files and manifests, by the path in the bag.
const KEPT: &str = "kept";
/// Members that cannot be read by range, by their place in the package.
const UNPACKED: &str = "unpacked";
/// Members of a deposit in a bucket that are on their way at once, for each store.
const FROM_BUCKET_AT_ONCE: usize = 16;
/// Files in one folder of staging at most; some file systems grow slow with more.
const FILES_PER_FOLDER: usize = 1000;

/// Where the bytes of a deposit's members lie.
pub struct Layout {
    staging: PathBuf,
    package: Package,
    /// The deposit, when it is in a bucket.
    object: Option<Arc<DepositObject>>,
}

/// The bytes of one member, to be copied or read.
pub enum Bytes<'a> {
    /// A stretch of a file of this machine.
    Stretch { file: &'a fs::File, offset_bytes: u64, size_bytes: u64 },
    /// A whole file.
    File(PathBuf),
    /// A stretch of a deposit in a bucket.
    In { object: &'a DepositObject, offset_bytes: u64, size_bytes: u64 },
    /// A file of staging.
    Staged(PathBuf),
}

impl Layout {
    /// Opens the deposit of an item.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn open(work: &Work) -> Result<Self, StepError> {
        let (package, object) = match object::in_bucket(work)? {
            Some(place) => {
                let (package, object) = object::open(work, &place)?;
                (package, Some(object))
            }
            None => (Package::open(Path::new(&work.claim.item.deposit.path)).map_err(StepError::retry)?, None),
        };
        Ok(Self { staging: work.staging(), package, object })
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
        match (self.package.location(member), &self.object) {
            (Some(Location::Elsewhere { offset_bytes, size_bytes }), Some(object)) => {
                Bytes::In { object, offset_bytes, size_bytes }
            }
            (Some(Location::Stretch { file, offset_bytes, size_bytes }), _) => {
                Bytes::Stretch { file, offset_bytes, size_bytes }
            }
            (Some(Location::File(path)), _) => Bytes::File(path),
            (Some(Location::Elsewhere { .. }) | None, _) => Bytes::Staged(unpacked_path(&self.staging, place)),
        }
    }

    /// Returns how many files are best copied at once into one store: each from a bucket waits for the way to it.
    pub fn copies_at_once(&self, from_here: usize) -> usize {
        if self.object.is_some() { FROM_BUCKET_AT_ONCE } else { from_here }
    }

    /// Says whether the deposit, in a bucket, is not the one any more that it was.
    ///
    /// # Errors
    /// The bucket cannot be reached.
    pub fn is_another(&self) -> Result<bool, StepError> {
        match &self.object {
            Some(object) => Ok(!object.is_unchanged().map_err(StepError::retry)?),
            None => Ok(false),
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
            Bytes::Stretch { file, offset_bytes, size_bytes } => {
                Source::Range { file, offset_bytes, length_bytes: size_bytes }
            }
            Bytes::In { object, offset_bytes, size_bytes } => {
                Source::Object { object, offset_bytes, length_bytes: size_bytes }
            }
            Bytes::File(path) | Bytes::Staged(path) => Source::File { path, length_bytes },
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
