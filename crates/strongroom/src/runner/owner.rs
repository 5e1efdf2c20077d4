//! This process among others: a lock that the kernel frees when it dies tells everybody that its leases are void.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use model::Owner;

/// A running process that may hold leases.
#[derive(Debug)]
pub struct Process {
    owner: Owner,
    folder: PathBuf,
    /// Held until the process ends, however it ends.
    _lock: File,
}

impl Process {
    /// Enters this process among those that work on a data directory. `name` must never have been used before.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn enter(folder: &Path, name: &str) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        // Locked before it bears its name: nobody ever sees a mark of ours that is not held.
        let hidden = folder.join(format!(".{name}"));
        let lock = File::create(&hidden)?;
        lock.try_lock().map_err(io::Error::from)?;
        fs::rename(hidden, place(folder, name))?;
        Ok(Self { owner: Owner(name.to_owned()), folder: folder.to_owned(), _lock: lock })
    }

    /// Returns the name under which this process holds leases.
    #[must_use]
    pub fn owner(&self) -> &Owner {
        &self.owner
    }

    /// Returns whether another process that once held leases is certainly dead.
    #[must_use]
    pub fn is_dead(&self, other: &Owner) -> bool {
        if *other == self.owner {
            return false;
        }
        match File::open(place(&self.folder, &other.0)) {
            Err(error) => error.kind() == io::ErrorKind::NotFound,
            Ok(file) => match file.try_lock() {
                Ok(()) => true,
                Err(TryLockError::WouldBlock | TryLockError::Error(_)) => false,
            },
        }
    }

    /// Removes the marks of processes that are dead. Their leases must have been released before.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn forget_dead(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.folder)? {
            let name = entry?.file_name();
            let Some(name) = name.to_str().and_then(|name| name.strip_suffix(ENDING)) else { continue };
            if self.is_dead(&Owner(name.to_owned())) {
                remove(&place(&self.folder, name))?;
            }
        }
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Err(error) = remove(&place(&self.folder, &self.owner.0)) {
            tracing::warn!(%error, "the mark of this process stays until the next one sweeps");
        }
    }
}

/// Returns how many processes are alive on a data directory. Makes nothing.
///
/// # Errors
/// The folder is there and cannot be read.
pub fn living(folder: &Path) -> io::Result<usize> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        entries => entries?,
    };
    let mut living = 0;
    for entry in entries {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(ENDING)
            && matches!(File::open(&path).map(|file| file.try_lock()), Ok(Err(TryLockError::WouldBlock)))
        {
            living += 1;
        }
    }
    Ok(living)
}

const ENDING: &str = ".lock";

fn place(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}{ENDING}"))
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
