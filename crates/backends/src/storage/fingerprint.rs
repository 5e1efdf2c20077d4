//! By what a deposit is known again: where its bytes lie, how many they are and when they changed.

use std::fmt;
use std::fs::Metadata;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use digests::{Algorithm, Digest, Hasher};

use super::StorageError;
use super::writers::Writers;

/// Entries of one deposited folder at the most; a folder with more is not taken.
pub const ENTRIES_MAX: u64 = 16_000_000;

/// A file or folder as it was when it was looked at. Says that it changed, never that it did not: no proof of content.
///
/// Its text form, `<device>:<inode>:<bytes>:<nanoseconds>` and for a folder `:<sha256>`, is stable across versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint {
    /// The file system. Numbered anew by some systems when they start.
    pub device: u64,
    /// The file's or folder's number on it.
    pub inode: u64,
    /// Bytes of the file, or of all files in the folder.
    pub size_bytes: u64,
    /// Last change of content, in nanoseconds since 1970; of a folder, the latest in it.
    pub modified_ns: i128,
    /// SHA-256 over path, kind, size, time and inode of each entry of a folder; `None` for a file.
    pub folder_digest: Option<[u8; 32]>,
}

/// A text is not that of a fingerprint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the text of a fingerprint")]
pub struct ParseFingerprintError(String);

/// Takes the fingerprint of a file or folder. Links are not followed.
///
/// # Errors
/// `Io` when it or, meanwhile, a part of it is not there; `Damaged` when a folder has more than [`ENTRIES_MAX`] entries.
pub fn fingerprint(path: &Path) -> Result<Fingerprint, StorageError> {
    Ok(survey(path, &Writers::none())?.fingerprint)
}

impl Fingerprint {
    /// Tells whether it is the same deposit, also after a restart that numbered the file systems anew.
    #[must_use]
    pub fn is_same_deposit(&self, other: &Self) -> bool {
        Self { device: other.device, ..*self } == *other
    }
}

/// What one look at a deposit shows.
#[derive(Debug)]
pub(super) struct Survey {
    pub(super) fingerprint: Fingerprint,
    /// The latest change of content, name or rights of anything in it, in nanoseconds since 1970.
    pub(super) changed_ns: i128,
    /// Whether a process has any of it open for writing.
    pub(super) is_being_written: bool,
}

pub(super) fn survey(path: &Path, writers: &Writers) -> Result<Survey, StorageError> {
    let top = std::fs::symlink_metadata(path).map_err(|source| StorageError::at(path, source))?;
    let mut survey = Survey {
        fingerprint: Fingerprint {
            device: top.dev(),
            inode: top.ino(),
            size_bytes: 0,
            modified_ns: i128::MIN,
            folder_digest: None,
        },
        changed_ns: i128::MIN,
        is_being_written: false,
    };
    survey.add(&top, writers);
    if top.is_dir() {
        survey.add_folder(path, writers)?;
    }
    Ok(survey)
}

impl Survey {
    fn add(&mut self, entry: &Metadata, writers: &Writers) {
        let modified_ns = modified_ns(entry);
        self.fingerprint.modified_ns = self.fingerprint.modified_ns.max(modified_ns);
        self.changed_ns = self.changed_ns.max(nanoseconds(entry.ctime(), entry.ctime_nsec()));
        if entry.is_file() {
            self.fingerprint.size_bytes = self.fingerprint.size_bytes.saturating_add(entry.len());
            self.is_being_written |= writers.have_open(entry.dev(), entry.ino());
        }
    }

    /// Adds all entries, folder by folder, each sorted by name, so that the digest does not hang on their order on disk.
    fn add_folder(&mut self, top: &Path, writers: &Writers) -> Result<(), StorageError> {
        let mut hasher = Hasher::new([Algorithm::Sha256].into_iter().collect());
        let mut folders = vec![PathBuf::new()];
        let mut entries_seen = 0;
        while let Some(folder) = folders.pop() {
            let place = top.join(&folder);
            for (name, entry) in sorted_entries(&place).map_err(|source| StorageError::at(&place, source))? {
                entries_seen += 1;
                if entries_seen > ENTRIES_MAX {
                    return Err(StorageError::damaged(top, format!("more than {ENTRIES_MAX} entries")));
                }
                let path = folder.join(name);
                hash_entry(&mut hasher, &path, &entry);
                self.add(&entry, writers);
                if entry.is_dir() {
                    folders.push(path);
                }
            }
        }
        let digest = hasher.finish().get(Algorithm::Sha256).and_then(|digest| digest.as_bytes().try_into().ok());
        self.fingerprint.folder_digest = digest;
        Ok(())
    }
}

fn sorted_entries(folder: &Path) -> io::Result<Vec<(std::ffi::OsString, Metadata)>> {
    let mut entries = std::fs::read_dir(folder)?
        .map(|entry| entry.and_then(|entry| Ok((entry.file_name(), entry.metadata()?))))
        .collect::<io::Result<Vec<_>>>()?;
    entries.sort_by(|one, two| one.0.cmp(&two.0));
    Ok(entries)
}

fn hash_entry(hasher: &mut Hasher, path: &Path, entry: &Metadata) {
    let path = path.as_os_str().as_bytes();
    // The length first, so that no path can pass for the end of another.
    hasher.update(&(path.len() as u64).to_le_bytes());
    hasher.update(path);
    // The mode also holds the kind. A folder's own size differs between file systems and says nothing.
    let size_bytes = if entry.is_dir() { 0 } else { entry.len() };
    hasher.update(&entry.mode().to_le_bytes());
    hasher.update(&size_bytes.to_le_bytes());
    hasher.update(&modified_ns(entry).to_le_bytes());
    hasher.update(&entry.ino().to_le_bytes());
}

fn modified_ns(entry: &Metadata) -> i128 {
    nanoseconds(entry.mtime(), entry.mtime_nsec())
}

fn nanoseconds(seconds: i64, nanoseconds: i64) -> i128 {
    i128::from(seconds) * 1_000_000_000 + i128::from(nanoseconds)
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}:{}:{}", self.device, self.inode, self.size_bytes, self.modified_ns)?;
        match self.folder_digest.and_then(|bytes| Digest::from_bytes(Algorithm::Sha256, &bytes)) {
            Some(digest) => write!(formatter, ":{}", digest.to_hex()),
            None => Ok(()),
        }
    }
}

impl FromStr for Fingerprint {
    type Err = ParseFingerprintError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).filter(|parsed| parsed.to_string() == text).ok_or_else(|| ParseFingerprintError(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<Fingerprint> {
    let mut parts = text.split(':');
    let fingerprint = Fingerprint {
        device: parts.next()?.parse().ok()?,
        inode: parts.next()?.parse().ok()?,
        size_bytes: parts.next()?.parse().ok()?,
        modified_ns: parts.next()?.parse().ok()?,
        folder_digest: match parts.next() {
            None => None,
            Some(hex) => Some(Digest::parse(Algorithm::Sha256, hex).ok()?.as_bytes().try_into().ok()?),
        },
    };
    parts.next().is_none().then_some(fingerprint)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Fingerprint, fingerprint};

    #[test]
    fn a_fingerprint_is_read_back_from_its_text() {
        let file = Fingerprint { device: 2049, inode: 12, size_bytes: 5, modified_ns: -1, folder_digest: None };
        let folder = Fingerprint { folder_digest: Some([0xab; 32]), ..file };
        assert_eq!(file.to_string(), "2049:12:5:-1");
        for one in [file, folder] {
            assert_eq!(one.to_string().parse(), Ok(one));
        }
        for text in ["", "1:2:3", "1:2:3:4:5", "1:2:3:4:", "01:2:3:4", "1:2:3:+4", " 1:2:3:4", "1:2:3:4:00:1"] {
            assert!(text.parse::<Fingerprint>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_folder_is_another_when_anything_in_it_is() {
        let top = tempfile::tempdir().unwrap();
        let folder = top.path().join("bag");
        fs::create_dir_all(folder.join("data/deep")).unwrap();
        fs::write(folder.join("data/deep/a"), "one").unwrap();
        let before = fingerprint(&folder).unwrap();
        assert_eq!(fingerprint(&folder).unwrap(), before);
        assert_eq!(before.size_bytes, 3);

        // The same length at the same time, and only another inode tells it.
        let modified = fs::metadata(folder.join("data/deep/a")).unwrap().modified().unwrap();
        let above = fs::metadata(folder.join("data/deep")).unwrap().modified().unwrap();
        fs::write(top.path().join("b"), "two").unwrap();
        fs::rename(top.path().join("b"), folder.join("data/deep/a")).unwrap();
        let changed = fs::File::options().write(true).open(folder.join("data/deep/a")).unwrap();
        changed.set_modified(modified).unwrap();
        fs::File::open(folder.join("data/deep")).unwrap().set_modified(above).unwrap();
        let after = fingerprint(&folder).unwrap();
        assert_ne!(after.folder_digest, before.folder_digest);
        assert_eq!(Fingerprint { folder_digest: before.folder_digest, ..after }, before);
    }

    #[test]
    fn renaming_a_folder_leaves_its_fingerprint() {
        let top = tempfile::tempdir().unwrap();
        fs::create_dir(top.path().join("one")).unwrap();
        fs::write(top.path().join("one/a"), "a").unwrap();
        let before = fingerprint(&top.path().join("one")).unwrap();
        fs::rename(top.path().join("one"), top.path().join("two")).unwrap();
        assert_eq!(fingerprint(&top.path().join("two")).unwrap(), before);
    }

    #[test]
    fn another_device_number_is_no_other_deposit() {
        let one = Fingerprint { device: 1, inode: 2, size_bytes: 3, modified_ns: 4, folder_digest: None };
        assert!(one.is_same_deposit(&Fingerprint { device: 9, ..one }));
        assert!(!one.is_same_deposit(&Fingerprint { inode: 9, ..one }));
    }
}
