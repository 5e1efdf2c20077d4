//! The result under a hidden name beside its place, which it takes only when it is whole, durable and proven.
//!
//! The hidden name is computed from the target's, and whoever writes there holds a lock that the kernel frees when the
//! process dies, however it dies. So a killed restoration leaves nothing but a hidden file or folder, and the next one to
//! the same target finds it, knows that nobody writes it any more, and goes on with it, as far as it is right: see
//! [`super::resumed`] and [`super::unpacked`]. What another user may have laid there is not gone on with.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use digests::Digest;
use rustix::fs::{Advice, CWD, OFlags, RenameFlags};
use rustix::io::Errno;

use super::RestorationError;
use super::output::Written;
use super::proving::Proving;
use super::replica::{digest_of, sha256_of};

/// The beginning of hidden names.
const HIDDEN: &str = ".strongroom-restoring-";
/// Hexadecimal digits of the target's digest in the hidden name.
const HIDDEN_DIGITS: usize = 16;

/// What becomes of something that has the target's name already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and nothing is restored.
    Keep,
    /// A file is replaced.
    Replace,
}

/// Whether the result is a file or a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    Folder,
}

/// A result under way. Dropped before it was published or given up, it is removed.
pub struct Hidden {
    target: PathBuf,
    hidden: PathBuf,
    /// Locked, and open for writing when it is a file.
    handle: File,
    kind: Kind,
    /// It is published, or left for the next restoration to the same target.
    stays: bool,
}

impl Hidden {
    /// Takes a file up, with what a killed restoration has left of it.
    ///
    /// # Errors
    /// The folder cannot be written, or another process is at it.
    pub fn file(target: &Path) -> Result<Self, RestorationError> {
        let begun = Self::begin(target, Kind::File)?;
        if !begun.is_ours()? {
            begun.handle.set_len(0).map_err(begun.writing())?;
        }
        Ok(begun)
    }

    /// Cuts the file to what is right of it.
    ///
    /// # Errors
    /// It cannot be cut, or there is no room for the rest of so many bytes.
    pub fn cut(&self, right_bytes: u64, needed_bytes: u64) -> Result<(), RestorationError> {
        self.handle.set_len(right_bytes).map_err(self.writing())?;
        self.assert_room(needed_bytes.saturating_sub(right_bytes))
    }

    /// Takes a folder up, with what a killed restoration has left in it, which is durable then.
    ///
    /// # Errors
    /// As [`Hidden::file`]; there is no room for the rest of so many bytes.
    pub fn folder(target: &Path, needed_bytes: u64) -> Result<Self, RestorationError> {
        let begun = Self::begin(target, Kind::Folder)?;
        if !begun.is_ours()? {
            begun.empty()?;
        }
        let there_bytes = if begun.has_something()? { bytes_below(&begun.hidden) } else { 0 };
        if there_bytes > 0 {
            begun.make_durable()?;
        }
        begun.assert_room(needed_bytes.saturating_sub(there_bytes))?;
        Ok(begun)
    }

    /// Returns whether something lies in the folder.
    ///
    /// # Errors
    /// It cannot be listed.
    pub fn has_something(&self) -> Result<bool, RestorationError> {
        Ok(fs::read_dir(&self.hidden).map_err(self.writing())?.next().is_some())
    }

    /// Empties the folder.
    ///
    /// # Errors
    /// Something in it cannot be removed.
    pub fn empty(&self) -> Result<(), RestorationError> {
        empty(&self.hidden).map_err(self.writing())
    }

    /// Ends without a result. When the same call may do better later, what was begun stays for it.
    pub fn given_up(mut self, because: RestorationError) -> RestorationError {
        self.stays = because.is_passing();
        because
    }

    /// Says whether nobody else but this user can have written what lies there. In a folder that others may write to,
    /// one of them could lay links that lead elsewhere.
    fn is_ours(&self) -> Result<bool, RestorationError> {
        let seen = self.handle.metadata().map_err(self.writing())?;
        Ok(seen.uid() == rustix::process::geteuid().as_raw() && seen.mode() & 0o022 == 0)
    }

    fn begin(target: &Path, kind: Kind) -> Result<Self, RestorationError> {
        let hidden = hidden_path(target);
        loop {
            let handle = open(&hidden, kind).map_err(RestorationError::writing(target))?;
            match handle.try_lock() {
                Ok(()) => {}
                Err(fs::TryLockError::WouldBlock) => return Err(RestorationError::TargetBusy(target.to_owned())),
                Err(fs::TryLockError::Error(error)) => return Err(RestorationError::writing(target)(error)),
            }
            // Between the opening and the lock another process may have published or removed what was opened.
            let own = handle.metadata().map_err(RestorationError::writing(target))?;
            let is_own = |there: fs::Metadata| (there.dev(), there.ino()) == (own.dev(), own.ino());
            if fs::symlink_metadata(&hidden).is_ok_and(is_own) {
                return Ok(Self { target: target.to_owned(), hidden, handle, kind, stays: false });
            }
        }
    }

    fn assert_room(&self, needed_bytes: u64) -> Result<(), RestorationError> {
        let folder = parent_of(&self.target);
        let space = rustix::fs::statvfs(folder).map_err(|errno| RestorationError::writing(folder)(errno.into()))?;
        let free_bytes = space.f_bavail.saturating_mul(space.f_frsize);
        if free_bytes >= needed_bytes {
            return Ok(());
        }
        Err(RestorationError::NoSpace { folder: folder.to_owned(), needed_bytes, free_bytes })
    }

    /// Returns the name that the result will have.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Returns where the result is written.
    pub fn path(&self) -> &Path {
        &self.hidden
    }

    /// Returns a handle to write the file with.
    ///
    /// # Errors
    /// Too many files are open.
    pub fn handle(&self) -> Result<File, RestorationError> {
        self.handle.try_clone().map_err(self.writing())
    }

    /// Makes the file durable, reads the rest of it back from the disk, and gives it its name when it is as it was written.
    ///
    /// # Errors
    /// It cannot be written, was read back with other bytes, or something has its name by now.
    pub fn publish_file(self, written: Written, modified_at: i64, existing: Existing) -> Result<(), RestorationError> {
        self.handle.set_modified(time_of(modified_at)).map_err(self.writing())?;
        self.handle.sync_all().map_err(self.writing())?;
        let seen = written.proving.map_or_else(|| read_back(&self.hidden), Proving::end).map_err(self.writing())?;
        if Some(seen) != written.digest {
            return Err(RestorationError::ReadBack(self.target.clone()));
        }
        self.publish(existing)
    }

    /// Makes the folder durable: one call for all of its files.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn make_durable(&self) -> Result<(), RestorationError> {
        rustix::fs::syncfs(&self.handle).map_err(|errno| self.writing()(errno.into()))
    }

    /// Gives the result its name.
    ///
    /// # Errors
    /// It cannot be renamed, or something has its name by now.
    pub fn publish(mut self, existing: Existing) -> Result<(), RestorationError> {
        let flags = match existing {
            Existing::Keep => RenameFlags::NOREPLACE,
            Existing::Replace => RenameFlags::empty(),
        };
        let renamed = match rustix::fs::renameat_with(CWD, &self.hidden, CWD, &self.target, flags) {
            // Network file systems lack the flag; then there is a moment between looking and renaming.
            Err(Errno::INVAL | Errno::NOSYS) if fs::symlink_metadata(&self.target).is_err() => {
                rustix::fs::rename(&self.hidden, &self.target)
            }
            other => other,
        };
        match renamed {
            Ok(()) => self.stays = true,
            Err(Errno::EXIST | Errno::NOTEMPTY | Errno::ISDIR | Errno::NOTDIR | Errno::INVAL | Errno::NOSYS) => {
                return Err(RestorationError::TargetExists(self.target.clone()));
            }
            Err(errno) => return Err(self.writing()(errno.into())),
        }
        let folder = File::open(parent_of(&self.target)).and_then(|folder| folder.sync_all());
        folder.map_err(self.writing())
    }

    fn writing(&self) -> impl FnOnce(io::Error) -> RestorationError {
        RestorationError::writing(&self.target)
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        if self.stays {
            return;
        }
        let removed = match self.kind {
            Kind::File => fs::remove_file(&self.hidden),
            Kind::Folder => fs::remove_dir_all(&self.hidden),
        };
        if let Err(error) = removed {
            tracing::warn!(path = %self.hidden.display(), %error, "what was begun stays until the next restoration there");
        }
    }
}

/// Returns the folder that a path is in.
pub fn parent_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Returns a time of the registry as file systems have it; 1970 for what they cannot hold.
pub fn time_of(unix_seconds: i64) -> SystemTime {
    let distance = Duration::from_secs(unix_seconds.unsigned_abs());
    let time = if unix_seconds < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(distance)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(distance)
    };
    time.unwrap_or(SystemTime::UNIX_EPOCH)
}

/// Adds up the files below a folder; what cannot be looked at counts nothing.
fn bytes_below(folder: &Path) -> u64 {
    let (mut bytes, mut folders) = (0, vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(seen) if seen.is_dir() => folders.push(entry.path()),
                Ok(seen) => bytes += seen.len(),
                Err(_) => {}
            }
        }
    }
    bytes
}

/// Returns the sha256 of what the disk holds of a file that was made durable before.
pub fn read_back(path: &Path) -> io::Result<Digest> {
    let file = File::open(path)?;
    rustix::fs::fadvise(&file, 0, None, Advice::DontNeed)?;
    digest_of(file)
}

fn hidden_path(target: &Path) -> PathBuf {
    let name = target.file_name().unwrap_or_default();
    let digest = sha256_of(name.as_encoded_bytes()).to_hex();
    parent_of(target).join(format!("{HIDDEN}{}", &digest[..HIDDEN_DIGITS]))
}

fn open(hidden: &Path, kind: Kind) -> io::Result<File> {
    match kind {
        Kind::File => opening(OFlags::NONBLOCK).write(true).create(true).truncate(false).mode(0o644).open(hidden),
        Kind::Folder => {
            if let Err(error) = fs::DirBuilder::new().mode(0o755).create(hidden)
                && error.kind() != io::ErrorKind::AlreadyExists
            {
                return Err(error);
            }
            opening(OFlags::DIRECTORY).open(hidden)
        }
    }
}

/// The hidden name can be foreseen, and others may write to the folder: a link that they put there is not followed.
fn opening(flags: OFlags) -> fs::OpenOptions {
    let mut options = fs::OpenOptions::new();
    let flags = (flags | OFlags::NOFOLLOW).bits();
    options.read(true).custom_flags(i32::try_from(flags).unwrap_or(0));
    options
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
