//! This process among others: who it is, and how others know that it is dead.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use model::Owner;

/// How far the processes are apart that share a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// All are on this machine and share its data directory: a mark that is gone or free is that of a dead one.
    Here,
    /// They may be anywhere. Only marks that were left by processes of this very host say anything; of all others the
    /// leases must run out.
    Anywhere,
}

/// A running process that may hold leases.
#[derive(Debug)]
pub struct Process {
    owner: Owner,
    folder: PathBuf,
    reach: Reach,
    /// Held until the process ends, however it ends.
    _lock: File,
}

impl Process {
    /// Enters this process among those that work on a data directory. `random` must never have been used before.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn enter(folder: &Path, host: &str, random: &str, reach: Reach) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let name = format!("{random}.{}@{}", std::process::id(), file_name_of(host));
        // Locked before it bears its name: nobody ever sees a mark of ours that is not held.
        let hidden = folder.join(format!(".{name}"));
        let lock = File::create(&hidden)?;
        lock.try_lock().map_err(io::Error::from)?;
        fs::rename(hidden, place(folder, &name))?;
        Ok(Self { owner: Owner(name), folder: folder.to_owned(), reach, _lock: lock })
    }

    /// Returns the name under which this process holds leases: a number drawn by chance, its number on its host, its host.
    #[must_use]
    pub fn owner(&self) -> &Owner {
        &self.owner
    }

    /// Returns the marks that nobody holds. What one says of its process tells [`Process::tells_death`].
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn free_marks(&self) -> io::Result<BTreeSet<String>> {
        let mut free = BTreeSet::new();
        for entry in fs::read_dir(&self.folder)? {
            let name = entry?.file_name();
            let Some(name) = name.to_str().and_then(|name| name.strip_suffix(ENDING)) else { continue };
            if name != self.owner.0 && is_free(&place(&self.folder, name)) {
                free.insert(name.to_owned());
            }
        }
        Ok(free)
    }

    /// Returns whether the free mark of a process says that it is dead: on another host, a lock may not be seen here.
    #[must_use]
    pub fn tells_death(&self, name: &str) -> bool {
        self.reach == Reach::Here || host_of(name) == host_of(&self.owner.0)
    }

    /// Returns whether a process that holds leases must be dead because nothing is left of it.
    #[must_use]
    pub fn is_gone(&self, other: &Owner) -> bool {
        let mark = place(&self.folder, &other.0);
        let is_missing = || matches!(fs::symlink_metadata(mark), Err(error) if error.kind() == io::ErrorKind::NotFound);
        self.reach == Reach::Here && *other != self.owner && is_missing()
    }

    /// Removes the mark of a process that holds no lease any more. Of one that lives on another host it is not missed.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn forget(&self, name: &str) -> io::Result<()> {
        remove(&place(&self.folder, name))
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

fn host_of(owner: &str) -> Option<&str> {
    owner.split_once('@').map(|(_, host)| host)
}

/// A host's name may be anything; of a file, it may not.
fn file_name_of(host: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_');
    host.chars().map(|letter| if is_plain(letter) { letter } else { '_' }).take(HOST_LETTERS_MAX).collect()
}

/// POSIX allows 255; the mark has more in its name than the host.
const HOST_LETTERS_MAX: usize = 128;

/// Returns whether nobody holds a mark, because its process is dead.
fn is_free(mark: &Path) -> bool {
    File::open(mark).is_ok_and(|file| file.try_lock().is_ok())
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enter(folder: &Path, host: &str, random: &str, reach: Reach) -> Process {
        Process::enter(folder, host, random, reach).expect("the folder can be written")
    }

    /// Leaves the mark of a process that was killed.
    fn killed(folder: &Path, owner: &str) {
        fs::write(place(folder, owner), "").expect("the folder can be written");
    }

    fn told_dead(process: &Process) -> Vec<String> {
        let free = process.free_marks().expect("it can be read");
        free.into_iter().filter(|name| process.tells_death(name)).collect()
    }

    #[test]
    fn a_free_mark_tells_death_and_a_held_one_does_not() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let one = enter(folder.path(), "here", "one", Reach::Here);
        let _other = enter(folder.path(), "here", "other", Reach::Here);
        killed(folder.path(), "dead.1@here");
        assert_eq!(told_dead(&one), ["dead.1@here"]);
        assert!(one.is_gone(&Owner("nobody.2@here".to_owned())));
        assert!(!one.is_gone(one.owner()));
    }

    #[test]
    fn nothing_here_tells_the_death_of_a_process_on_another_host() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let one = enter(folder.path(), "here", "one", Reach::Anywhere);
        killed(folder.path(), "dead.1@there");
        killed(folder.path(), "dead.2@here");
        assert_eq!(told_dead(&one), ["dead.2@here"]);
        assert!(!one.is_gone(&Owner("nobody.3@there".to_owned())));
        assert!(!one.is_gone(&Owner("nobody.3@here".to_owned())), "its data directory may be another");
    }

    #[test]
    fn the_name_of_a_host_is_no_path() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let one = enter(folder.path(), "../up/there", "one", Reach::Here);
        assert!(one.owner().0.ends_with("@.._up_there"), "{}", one.owner());
    }
}
