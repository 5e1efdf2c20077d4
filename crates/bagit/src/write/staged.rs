//! A new bag under a temporary name beside its place, which it takes only when it is whole and durable.

use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags};
use tempfile::{Builder, NamedTempFile, TempDir};

use super::folder_sink::FolderSink;
use super::sink::BagSink;
use super::tar_sink::{Output, TarSink};
use super::zip_sink::ZipSink;
use crate::{BagitError, Form};

/// What is under way. Dropped, it is removed.
pub(super) struct Staged {
    target: PathBuf,
    place: Place,
}

enum Place {
    File(NamedTempFile),
    Folder(TempDir),
}

impl Staged {
    /// Begins; returns the sink to write to as well.
    pub(super) fn create(
        target: &Path,
        form: Form,
        top_folder: &str,
        created_at: i64,
    ) -> Result<(Self, Box<dyn BagSink>), BagitError> {
        if std::fs::symlink_metadata(target).is_ok() {
            return Err(BagitError::TargetExists { path: target.to_owned() });
        }
        let failed = |source: io::Error| BagitError::Write { path: target.to_owned(), source };
        let place = Place::create(target, form).map_err(failed)?;
        let sink = place.sink(form, top_folder, created_at).map_err(failed)?;
        Ok((Self { target: target.to_owned(), place }, sink))
    }

    /// Gives the finished bag its name, unless something has it by now.
    pub(super) fn publish(self) -> Result<(), BagitError> {
        let renamed = match self.place {
            Place::File(file) => file.persist_noclobber(&self.target).map(drop).map_err(|error| error.error),
            Place::Folder(mut folder) => {
                let renamed = rename_without_replacing(folder.path(), &self.target);
                if renamed.is_ok() {
                    folder.disable_cleanup(true);
                }
                renamed
            }
        };
        let synced = renamed.and_then(|()| File::open(parent_of(&self.target))?.sync_all());
        synced.map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => BagitError::TargetExists { path: self.target.clone() },
            _ => BagitError::Write { path: self.target.clone(), source },
        })
    }
}

impl Place {
    fn create(target: &Path, form: Form) -> io::Result<Self> {
        let mut builder = Builder::new();
        builder.prefix(".").suffix(".partial");
        let parent = parent_of(target);
        Ok(if form == Form::BagFolder {
            // The process's mask takes away what the system's owner does not want.
            Place::Folder(builder.permissions(Permissions::from_mode(0o777)).tempdir_in(parent)?)
        } else {
            Place::File(builder.permissions(Permissions::from_mode(0o666)).tempfile_in(parent)?)
        })
    }

    fn sink(&self, form: Form, top_folder: &str, created_at: i64) -> io::Result<Box<dyn BagSink>> {
        let file = match self {
            Place::Folder(folder) => return Ok(Box::new(FolderSink::create(folder.path())?)),
            Place::File(file) => file.as_file().try_clone()?,
        };
        let output = match form {
            Form::Zip => return Ok(Box::new(ZipSink::create(file, top_folder, created_at)?)),
            Form::TarGzip => Output::gzip(file),
            Form::TarZstandard => Output::zstandard(file)?,
            _ => Output::plain(file),
        };
        Ok(Box::new(TarSink::create(output, top_folder, created_at)?))
    }
}

pub(super) fn parent_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

pub(super) fn rename_without_replacing(from: &Path, to: &Path) -> io::Result<()> {
    match rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(()),
        // Network file systems lack the flag; then there is a moment between looking and renaming.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => {
            if std::fs::symlink_metadata(to).is_ok() {
                return Err(io::ErrorKind::AlreadyExists.into());
            }
            std::fs::rename(from, to)
        }
        Err(error) => Err(error.into()),
    }
}
