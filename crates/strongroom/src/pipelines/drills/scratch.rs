//! The folder of one kind of drill: locked while it is used, empty before and after.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use model::{DrillKind, StepError};

/// The folder, held against others. Dropped, it is empty again.
pub struct Scratch {
    path: PathBuf,
    /// The kernel frees it, however the process ends.
    _lock: File,
}

impl Scratch {
    /// Takes the folder, and removes what a killed drill has left in it.
    ///
    /// # Errors
    /// It cannot be made, or another process is at it.
    pub fn take(all: &Path, kind: DrillKind) -> Result<Self, StepError> {
        let path = all.join(kind.name());
        fs::create_dir_all(&path).map_err(StepError::retry)?;
        let lock = File::open(&path).map_err(StepError::retry)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let because = format!("another process holds a {} drill now: call again later", kind.name());
                return Err(StepError::retry(because));
            }
            Err(TryLockError::Error(error)) => return Err(StepError::retry(error)),
        }
        empty(&path).map_err(StepError::retry)?;
        Ok(Self { path, _lock: lock })
    }

    /// Returns the folder.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = empty(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "what a drill made stays until the next one");
        }
    }
}

/// Removes what killed drills have left, where nobody is at it.
pub fn remove_leftovers(all: &Path) {
    for kind in [DrillKind::Restore, DrillKind::Rebuild] {
        let is_there = fs::read_dir(all.join(kind.name())).is_ok_and(|mut entries| entries.next().is_some());
        if is_there && Scratch::take(all, kind).is_ok() {
            tracing::warn!(kind = kind.name(), "removed what a killed drill had left");
        }
    }
}

fn empty(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_and_nothing_is_left() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        fs::create_dir_all(folder.path().join("rebuild/old")).expect("it can be made");
        let scratch = Scratch::take(folder.path(), DrillKind::Rebuild).expect("nobody is at it");
        assert_eq!(fs::read_dir(scratch.path()).expect("it is there").count(), 0);
        fs::write(scratch.path().join("half"), "x").expect("it can be written");
        assert!(Scratch::take(folder.path(), DrillKind::Rebuild).is_err());
        remove_leftovers(folder.path());
        assert!(scratch.path().join("half").exists(), "what somebody is at is no leftover");
        drop(scratch);
        assert_eq!(fs::read_dir(folder.path().join("rebuild")).expect("it is there").count(), 0);
        fs::write(folder.path().join("rebuild/half"), "x").expect("it can be written");
        remove_leftovers(folder.path());
        assert!(!folder.path().join("rebuild/half").exists());
    }
}
