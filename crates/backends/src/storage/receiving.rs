//! A folder in which deposits arrive.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::fingerprint::survey;
use super::writers::Writers;
use super::{Fingerprint, StorageError};

/// Ends of the names that browsers, SFTP clients and sync tools give to a file until it is complete.
const UNFINISHED: [&str; 6] = [".part", ".partial", ".tmp", ".filepart", ".crdownload", ".uploading"];

/// A folder that depositors put files and folders into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receiving {
    path: PathBuf,
}

/// One file or folder in a receiving folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Its name; bytes that are not UTF-8 are shown as U+FFFD.
    pub name: String,
    /// Where it is, with the name as the file system has it.
    pub path: PathBuf,
    /// What it is.
    pub kind: ArrivalKind,
    /// By what it is known again.
    pub fingerprint: Fingerprint,
    /// Whether it is complete, as far as can be told. Take nothing that is not.
    pub is_settled: bool,
}

/// What has arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArrivalKind {
    /// A serialized bag.
    File,
    /// A folder, bagged or not.
    Folder,
}

impl Receiving {
    /// Opens a receiving folder.
    ///
    /// # Errors
    /// `Io` when it is not there or is no folder.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, StorageError> {
        let path = folder.into();
        std::fs::read_dir(&path).map_err(|source| StorageError::at(&path, source))?;
        Ok(Self { path })
    }

    /// Returns the folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns what is in the folder, sorted by name.
    ///
    /// Not looked at: names that begin with a dot or end as an upload in progress does (in any case of letters), and
    /// what is neither file nor folder. An arrival is settled when nothing in it changed for `settle` before `now`, and
    /// no process that we may see has it open for writing. One that vanishes meanwhile is not told.
    ///
    /// # Errors
    /// `Io` when the folder or an arrival cannot be read.
    pub fn scan(&self, now: SystemTime, settle: Duration) -> Result<Vec<Arrival>, StorageError> {
        let writers = Writers::of_this_machine();
        let unchanged_since = nanoseconds(now) - i128::try_from(settle.as_nanos()).unwrap_or(i128::MAX / 2);
        let fault = |source| StorageError::at(&self.path, source);
        let mut arrivals = Vec::new();
        for entry in std::fs::read_dir(&self.path).map_err(fault)? {
            let entry = entry.map_err(fault)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let Some(kind) = kind(&entry).filter(|_| !is_unfinished(&name)) else { continue };
            let seen = match survey(&entry.path(), &writers) {
                Err(error) if error.io_kind() == Some(std::io::ErrorKind::NotFound) => continue,
                other => other?,
            };
            // The time of change is the file system's own; that of modification may be preset by a copying program.
            let is_settled = seen.changed_ns <= unchanged_since && !seen.is_being_written;
            arrivals.push(Arrival { name, path: entry.path(), kind, fingerprint: seen.fingerprint, is_settled });
        }
        arrivals.sort_by(|one, two| one.path.cmp(&two.path));
        Ok(arrivals)
    }
}

fn kind(entry: &std::fs::DirEntry) -> Option<ArrivalKind> {
    let kind = entry.file_type().ok()?;
    match (kind.is_file(), kind.is_dir()) {
        (true, _) => Some(ArrivalKind::File),
        (_, true) => Some(ArrivalKind::Folder),
        _ => None,
    }
}

pub(super) fn is_unfinished(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    name.starts_with('.') || UNFINISHED.iter().any(|end| lower.ends_with(end))
}

fn nanoseconds(time: SystemTime) -> i128 {
    let of = |duration: Duration| i128::try_from(duration.as_nanos()).unwrap_or(i128::MAX / 2);
    time.duration_since(UNIX_EPOCH).map_or_else(|before| -of(before.duration()), of)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;
    use std::path::Path;
    use std::time::{Duration, SystemTime};

    use super::{Arrival, ArrivalKind, Receiving};

    const SETTLE: Duration = Duration::from_secs(10);

    /// Scans as if `later` had passed since now.
    fn scan(folder: &Path, later: Duration) -> Vec<Arrival> {
        Receiving::open(folder).unwrap().scan(SystemTime::now() + later, SETTLE).unwrap()
    }

    fn settled(folder: &Path, later: Duration) -> Vec<bool> {
        scan(folder, later).iter().map(|arrival| arrival.is_settled).collect()
    }

    #[test]
    fn files_and_folders_are_told_and_uploads_in_progress_are_not() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("b.folder")).unwrap();
        for name in ["a.tar", ".hidden", "x.part", "x.partial", "x.tmp", "x.filepart", "x.CRDOWNLOAD", "x.uploading"] {
            fs::write(folder.path().join(name), name).unwrap();
        }
        std::os::unix::fs::symlink("a.tar", folder.path().join("link")).unwrap();
        let seen: Vec<_> = scan(folder.path(), SETTLE * 2).into_iter().map(|seen| (seen.name, seen.kind)).collect();
        let expected = [("a.tar".to_owned(), ArrivalKind::File), ("b.folder".to_owned(), ArrivalKind::Folder)];
        assert_eq!(seen, expected);
    }

    #[test]
    fn an_arrival_is_settled_when_nothing_changed_for_a_while() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.tar"), "bag").unwrap();
        assert_eq!(settled(folder.path(), Duration::ZERO), [false]);
        assert_eq!(settled(folder.path(), SETTLE - Duration::from_secs(1)), [false]);
        assert_eq!(settled(folder.path(), SETTLE + Duration::from_secs(1)), [true]);
    }

    #[test]
    fn a_preset_time_of_modification_settles_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = fs::File::create(folder.path().join("a.tar")).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        drop(file);
        assert_eq!(settled(folder.path(), Duration::ZERO), [false]);
    }

    #[test]
    fn what_is_open_for_writing_is_not_settled_however_old() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("bag/data")).unwrap();
        let mut slow = fs::File::create(folder.path().join("bag/data/slow")).unwrap();
        slow.write_all(b"half").unwrap();
        assert_eq!(settled(folder.path(), SETTLE * 100), [false]);
        drop(slow);
        assert_eq!(settled(folder.path(), SETTLE * 100), [true]);
    }

    #[test]
    fn a_change_deep_in_a_folder_unsettles_it() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("bag/data")).unwrap();
        fs::write(folder.path().join("bag/data/a"), "a").unwrap();
        let before = scan(folder.path(), SETTLE * 2);
        fs::write(folder.path().join("bag/data/a"), "ab").unwrap();
        let after = scan(folder.path(), SETTLE * 2);
        assert_ne!(before[0].fingerprint, after[0].fingerprint);
        assert_eq!(settled(folder.path(), Duration::ZERO), [false]);
    }

    #[test]
    fn a_receiving_folder_that_is_not_there_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Receiving::open(folder.path().join("none")).is_err());
    }
}
