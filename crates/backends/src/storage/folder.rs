//! An open folder: every step of the store goes through its handle, never again through its path.
//!
//! A handle stays with the file system that it was opened on. When that is unmounted, a write through the handle fails
//! or reaches the right disk; a write through the path would land in the empty mount point.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, RenameFlags, ResolveFlags, Stat};
use rustix::io::Errno;

use super::StorageError;

/// A folder handle with the path that messages call it by.
#[derive(Debug)]
pub(super) struct Folder {
    handle: OwnedFd,
    path: PathBuf,
}

/// One name in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name; bytes that are not UTF-8 are shown as U+FFFD, and such an entry cannot be opened.
    pub name: String,
    /// What it is.
    pub kind: EntryKind,
    /// Bytes of a file; 0 for anything else.
    pub size_bytes: u64,
}

/// What a name in a folder stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A link, device, socket or pipe: nothing that belongs into a store.
    Other,
}

const FOLDER: OFlags = OFlags::DIRECTORY.union(OFlags::RDONLY).union(OFlags::CLOEXEC);

impl Folder {
    pub(super) fn open(path: &Path) -> Result<Self, StorageError> {
        let handle = rustix::fs::open(path, FOLDER, Mode::empty()).map_err(|errno| StorageError::at(path, errno))?;
        Ok(Self { handle, path: path.to_owned() })
    }

    pub(super) fn path_of(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Returns a second handle of the same folder.
    pub(super) fn again(&self) -> Result<Self, StorageError> {
        let handle = self.handle.try_clone().map_err(|source| self.fault(".", source))?;
        Ok(Self { handle, path: self.path.clone() })
    }

    pub(super) fn handle(&self) -> &OwnedFd {
        &self.handle
    }

    pub(super) fn folder(&self, name: &str) -> Result<Self, StorageError> {
        let handle = beneath(&self.handle, name, FOLDER).map_err(|errno| self.fault(name, errno))?;
        Ok(Self { handle, path: self.path.join(name) })
    }

    /// Opens a regular file for reading. A link anywhere on the way, a pipe or a device is `Damaged`.
    pub(super) fn file(&self, name: &str) -> Result<File, StorageError> {
        // Without NONBLOCK the opening of a pipe would wait for its writer for ever.
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOFOLLOW;
        let handle = beneath(&self.handle, name, flags).map_err(|errno| self.fault(name, errno))?;
        let stat = rustix::fs::fstat(&handle).map_err(|errno| self.fault(name, errno))?;
        match kind_of(&stat) {
            EntryKind::File => Ok(File::from(handle)),
            _ => Err(StorageError::damaged(&self.path.join(name), "not a regular file")),
        }
    }

    /// Opens a file for writing from its beginning, made when it is not there, cut to nothing when it is.
    pub(super) fn rewrite(&self, name: &str) -> Result<File, StorageError> {
        self.writable(name, OFlags::TRUNC).map_err(|errno| self.fault(name, errno))
    }

    /// Opens a file that must not be there yet; `None` when it is.
    pub(super) fn create(&self, name: &str) -> Result<Option<File>, StorageError> {
        match self.writable(name, OFlags::EXCL) {
            Ok(file) => Ok(Some(file)),
            Err(Errno::EXIST) => Ok(None),
            Err(errno) => Err(self.fault(name, errno)),
        }
    }

    fn writable(&self, name: &str, how: OFlags) -> Result<File, Errno> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::CLOEXEC | OFlags::NOFOLLOW | how;
        let mode = Mode::from_raw_mode(0o644);
        // Trying first and making the parents on failure costs one call for a folder, and none for a file.
        match rustix::fs::openat(&self.handle, name, flags, mode) {
            Err(Errno::NOENT) => {
                self.make_parents(name)?;
                rustix::fs::openat(&self.handle, name, flags, mode).map(File::from)
            }
            other => other.map(File::from),
        }
    }

    /// Makes a folder and those above it; one that is there already is well.
    pub(super) fn make(&self, name: &str) -> Result<(), StorageError> {
        self.make_parents(name).and_then(|()| self.make_one(name)).map_err(|errno| self.fault(name, errno))
    }

    fn make_parents(&self, name: &str) -> Result<(), Errno> {
        name.match_indices('/').try_for_each(|(at, _)| self.make_one(&name[..at]))
    }

    fn make_one(&self, name: &str) -> Result<(), Errno> {
        match rustix::fs::mkdirat(&self.handle, name, Mode::from_raw_mode(0o755)) {
            Err(Errno::EXIST) => Ok(()),
            other => other,
        }
    }

    /// Returns what stands under a name, `None` when nothing does. Links are not followed at the end.
    pub(super) fn stat(&self, name: &str) -> Result<Option<Stat>, StorageError> {
        match rustix::fs::statat(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(stat)),
            Err(Errno::NOENT | Errno::NOTDIR) => Ok(None),
            Err(errno) => Err(self.fault(name, errno)),
        }
    }

    pub(super) fn has(&self, name: &str) -> Result<bool, StorageError> {
        Ok(self.stat(name)?.is_some())
    }

    /// Lists a folder, sorted by name; `.` stands for this one.
    pub(super) fn list(&self, name: &str) -> Result<Vec<Entry>, StorageError> {
        let fault = |errno| self.fault(name, errno);
        let handle = beneath(&self.handle, name, FOLDER).map_err(fault)?;
        let mut entries = Vec::new();
        for entry in Dir::read_from(&handle).map_err(fault)? {
            let entry = entry.map_err(fault)?;
            if matches!(entry.file_name().to_bytes(), b"." | b"..") {
                continue;
            }
            let stat = match rustix::fs::statat(&handle, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW) {
                Ok(stat) => stat,
                Err(Errno::NOENT) => continue,
                Err(errno) => return Err(fault(errno)),
            };
            let kind = kind_of(&stat);
            let size_bytes = if kind == EntryKind::File { size_of(&stat) } else { 0 };
            entries.push(Entry { name: entry.file_name().to_string_lossy().into_owned(), kind, size_bytes });
        }
        entries.sort_by(|one, two| one.name.cmp(&two.name));
        Ok(entries)
    }

    /// Reads a whole file of at most `bytes_max` bytes.
    pub(super) fn read(&self, name: &str, bytes_max: u64) -> Result<Vec<u8>, StorageError> {
        let mut bytes = Vec::new();
        let file = self.file(name)?;
        file.take(bytes_max + 1).read_to_end(&mut bytes).map_err(|source| self.fault(name, source))?;
        if bytes.len() as u64 > bytes_max {
            return Err(StorageError::damaged(&self.path.join(name), format!("longer than {bytes_max} bytes")));
        }
        Ok(bytes)
    }

    /// Renames to a name that must be free; `false` when it is taken.
    pub(super) fn rename_new(&self, name: &str, target: &str) -> Result<bool, StorageError> {
        let renamed = match rustix::fs::renameat_with(&self.handle, name, &self.handle, target, RenameFlags::NOREPLACE)
        {
            // Some network file systems have no such flag. One writer at a time is promised by the caller's lease.
            Err(Errno::INVAL | Errno::NOSYS) if !self.has(target)? => {
                rustix::fs::renameat(&self.handle, name, &self.handle, target)
            }
            Err(Errno::INVAL | Errno::NOSYS) => return Ok(false),
            other => other,
        };
        match renamed {
            Ok(()) => Ok(true),
            Err(Errno::EXIST | Errno::NOTEMPTY) => Ok(false),
            Err(errno) => Err(self.fault(target, errno)),
        }
    }

    /// Gives a file a second name; `false` when the target name is taken or this file system knows no second names.
    pub(super) fn link(&self, name: &str, target: &str) -> Result<bool, StorageError> {
        match rustix::fs::linkat(&self.handle, name, &self.handle, target, AtFlags::empty()) {
            Ok(()) => Ok(true),
            Err(Errno::EXIST | Errno::PERM | Errno::OPNOTSUPP | Errno::NOSYS | Errno::MLINK) => Ok(false),
            Err(errno) => Err(self.fault(target, errno)),
        }
    }

    /// Renames over whatever file bears the target name.
    pub(super) fn rename_over(&self, name: &str, target: &str) -> Result<(), StorageError> {
        rustix::fs::renameat(&self.handle, name, &self.handle, target).map_err(|errno| self.fault(target, errno))
    }

    /// Removes a file; one that is not there is well.
    pub(super) fn remove_file(&self, name: &str) -> Result<(), StorageError> {
        match rustix::fs::unlinkat(&self.handle, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(errno) => Err(self.fault(name, errno)),
        }
    }

    /// Removes an empty folder; `false` when it is not empty. One that is not there is well.
    pub(super) fn remove_empty(&self, name: &str) -> Result<bool, StorageError> {
        match rustix::fs::unlinkat(&self.handle, name, AtFlags::REMOVEDIR) {
            Ok(()) | Err(Errno::NOENT) => Ok(true),
            Err(Errno::NOTEMPTY | Errno::EXIST) => Ok(false),
            Err(errno) => Err(self.fault(name, errno)),
        }
    }

    /// Removes a folder with all that is in it; one that is not there is well.
    pub(super) fn remove_tree(&self, name: &str) -> Result<(), StorageError> {
        if !self.has(name)? {
            return Ok(());
        }
        // Names are taken as the folder has them, since a name that is not UTF-8 must be removable too.
        remove_tree(&self.handle, Path::new(name)).map_err(|errno| self.fault(name, errno))
    }

    /// Makes the names in a folder durable (and only them: the content of files is `syncfs`'s).
    pub(super) fn sync(&self, name: &str) -> Result<(), StorageError> {
        let handle = beneath(&self.handle, name, FOLDER).map_err(|errno| self.fault(name, errno))?;
        rustix::fs::fsync(&handle).map_err(|errno| self.fault(name, errno))
    }

    pub(super) fn fault(&self, name: &str, source: impl Into<std::io::Error>) -> StorageError {
        let path = if name == "." { self.path.clone() } else { self.path.join(name) };
        StorageError::at(path, source)
    }
}

/// Removes a tree, deepest first, without recursion: hostile trees are deeper than stacks.
fn remove_tree(handle: &OwnedFd, top: &Path) -> Result<(), Errno> {
    let mut open = vec![top.to_owned()];
    while let Some(folder) = open.last().cloned() {
        let below = empty_of_files(handle, &folder)?;
        if !below.is_empty() {
            open.extend(below);
            continue;
        }
        match rustix::fs::unlinkat(handle, &folder, AtFlags::REMOVEDIR) {
            Ok(()) | Err(Errno::NOENT) => open.pop(),
            Err(errno) => return Err(errno),
        };
    }
    Ok(())
}

/// Removes what is no folder from one folder, and returns the folders in it.
fn empty_of_files(handle: &OwnedFd, folder: &Path) -> Result<Vec<PathBuf>, Errno> {
    let listed = match beneath(handle, folder, FOLDER) {
        Err(Errno::NOENT) => return Ok(Vec::new()),
        other => other?,
    };
    let mut below = Vec::new();
    for entry in Dir::new(listed)? {
        let entry = entry?;
        if matches!(entry.file_name().to_bytes(), b"." | b"..") {
            continue;
        }
        let path = folder.join(OsStr::from_bytes(entry.file_name().to_bytes()));
        match rustix::fs::unlinkat(handle, &path, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(Errno::ISDIR) => below.push(path),
            Err(errno) => return Err(errno),
        }
    }
    Ok(below)
}

/// Opens a path below a handle and follows no link on the way.
fn beneath(handle: &OwnedFd, path: impl AsRef<Path>, flags: OFlags) -> Result<OwnedFd, Errno> {
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
    match rustix::fs::openat2(handle, path.as_ref(), flags, Mode::empty(), resolve) {
        // Old kernels lack the call and old container sandboxes forbid it.
        Err(Errno::NOSYS | Errno::PERM) => beneath_by_steps(handle, path.as_ref(), flags),
        other => other,
    }
}

/// Does the same one name at a time.
fn beneath_by_steps(handle: &OwnedFd, path: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
    let mut at: Option<OwnedFd> = None;
    let mut names = path.iter().peekable();
    while let Some(name) = names.next() {
        let flags = if names.peek().is_some() { FOLDER } else { flags } | OFlags::NOFOLLOW;
        at = Some(rustix::fs::openat(at.as_ref().unwrap_or(handle), name, flags, Mode::empty())?);
    }
    at.ok_or(Errno::INVAL)
}

pub(super) fn kind_of(stat: &Stat) -> EntryKind {
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => EntryKind::File,
        FileType::Directory => EntryKind::Folder,
        _ => EntryKind::Other,
    }
}

/// Bytes of a file; the kernel gives no negative sizes.
pub(super) fn size_of(stat: &Stat) -> u64 {
    u64::try_from(stat.st_size).unwrap_or(0)
}
