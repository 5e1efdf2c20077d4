//! Where the new registry is made, and how it takes its name.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use backends::database::{Address, Database};
use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::all_objects::ask;
use super::error::RebuildError;

/// The hidden name of a registry that is not whole yet.
const UNFINISHED: &str = ".registry.sqlite.rebuilding";
/// What SQLite keeps beside a database. Beside a new one that of an old one would be taken for its own.
const BESIDE: [&str; 3] = ["", "-wal", "-shm"];

/// The place of the registry, which holds nothing, and is held against others who would rebuild it.
#[derive(Debug)]
pub struct Target {
    registry: PathBuf,
    folder: PathBuf,
    /// Held to the end; the kernel frees it, however the process ends.
    _lock: File,
}

impl Target {
    /// Takes the place of a registry that is missing or empty. Call where it may block.
    ///
    /// # Errors
    /// There is one that holds anything, or of which that cannot be told, or another process is at it.
    pub fn take(registry: &Path) -> Result<Self, RebuildError> {
        assert_empty(registry)?;
        let folder = registry.parent().unwrap_or(Path::new(".")).to_owned();
        let writing = |path: &Path| {
            let path = path.to_owned();
            move |source| RebuildError::Write { path, source }
        };
        fs::create_dir_all(&folder).map_err(writing(&folder))?;
        let lock = File::open(&folder).map_err(writing(&folder))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(RebuildError::Busy(folder)),
            Err(TryLockError::Error(source)) => return Err(RebuildError::Write { path: folder, source }),
        }
        let target = Self { registry: registry.to_owned(), folder, _lock: lock };
        // What a killed rebuilding has left is of no use: nobody knows how far it came.
        target.forget()?;
        Ok(target)
    }

    /// Returns where the registry is to be made.
    #[must_use]
    pub fn unfinished(&self) -> PathBuf {
        self.folder.join(UNFINISHED)
    }

    /// Removes what is not whole.
    ///
    /// # Errors
    /// It cannot be removed.
    pub fn forget(&self) -> Result<(), RebuildError> {
        for ending in BESIDE {
            let path = with_ending(&self.unfinished(), ending);
            match fs::remove_file(&path) {
                Err(source) if source.kind() != io::ErrorKind::NotFound => {
                    return Err(RebuildError::Write { path, source });
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Gives the whole registry its name, after what is there was found empty once more and put aside as `aside`.
    ///
    /// # Errors
    /// The disk refuses, or somebody has made another registry meanwhile.
    pub fn publish(&self, aside: &str) -> Result<(), RebuildError> {
        let unfinished = self.unfinished();
        let written = File::open(&unfinished).and_then(|file| file.sync_all());
        written.map_err(|source| RebuildError::Write { path: unfinished.clone(), source })?;
        assert_empty(&self.registry)?;
        for ending in BESIDE {
            let old = with_ending(&self.registry, ending);
            rename(&old, &with_ending(&with_ending(&self.registry, aside), ending)).or_else(|error| match error {
                RebuildError::Write { source, .. } if source.kind() == io::ErrorKind::NotFound => Ok(()),
                error => Err(error),
            })?;
        }
        rename(&unfinished, &self.registry).map_err(|error| match error {
            RebuildError::Write { path, source } if source.kind() == io::ErrorKind::AlreadyExists => {
                RebuildError::Overtaken(path)
            }
            error => error,
        })?;
        let synchronised = File::open(&self.folder).and_then(|folder| folder.sync_all());
        synchronised.map_err(|source| RebuildError::Write { path: self.folder.clone(), source })
    }
}

/// Renames a file, never over another.
fn rename(source: &Path, target: &Path) -> Result<(), RebuildError> {
    renameat_with(CWD, source, CWD, target, RenameFlags::NOREPLACE)
        .map_err(|errno| RebuildError::Write { path: target.to_owned(), source: errno.into() })
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn assert_empty(registry: &Path) -> Result<(), RebuildError> {
    match fs::symlink_metadata(registry) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(RebuildError::Write { path: registry.to_owned(), source }),
        Ok(_) => {}
    }
    let held = ask(async {
        let database = Database::open_existing(&Address::File(registry.to_owned())).await?;
        let held = database.holds_anything().await;
        database.close().await;
        held
    });
    match held {
        Ok(false) => Ok(()),
        Ok(true) => Err(RebuildError::NotEmpty(registry.to_owned())),
        Err(source) => Err(RebuildError::Unreadable { path: registry.to_owned(), source }),
    }
}
