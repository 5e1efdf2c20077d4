//! A folder as a package: an unpacked bag, or plain files that are to become one.

use std::fs::{DirEntry, File};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, ResolveFlags};

use super::catalog::{Catalog, Entered, Place};
use super::name::check_characters;
use super::refusal::refuse;
use super::source::{FileState, Meter};
use crate::package::limits::{PATH_BYTES_MAX, PackageLimits};
use crate::rules;

/// A folder that is open, so that nobody can put another in its place.
#[derive(Debug)]
pub(crate) struct Folder {
    pub path: PathBuf,
    handle: File,
    meter: Meter,
    /// What stands before each path in the bag: nothing, or `data/` for plain files.
    prefix: &'static str,
}

impl Folder {
    pub(crate) fn open(path: &Path, prefix: &'static str) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), handle: File::open(path)?, meter: Meter::default(), prefix })
    }

    pub(crate) fn read_bytes(&self) -> u64 {
        self.meter.get()
    }

    /// Returns where a member of the bag stands on disk.
    pub(crate) fn place_of(&self, path_in_bag: &str) -> PathBuf {
        self.path.join(self.path_in_folder(path_in_bag))
    }

    fn path_in_folder<'a>(&self, path_in_bag: &'a str) -> &'a str {
        path_in_bag.strip_prefix(self.prefix).unwrap_or(path_in_bag)
    }

    /// Goes through all folders, in the order of the names' bytes; follows no link.
    pub(crate) fn list(&self, catalog: &mut Catalog, limits: &PackageLimits) -> io::Result<()> {
        let mut waiting = vec![String::new()];
        if !self.prefix.is_empty() {
            catalog.members.mark_payload_folder();
        }
        let mut folders = 0;
        while let Some(folder) = waiting.pop() {
            folders += 1;
            if folders > limits.members_max {
                catalog.push(rules::MEMBERS_TOO_MANY.finding().message("the folder has too many subfolders"));
                return Ok(());
            }
            let Some(entries) = self.entries(&folder, catalog)? else { continue };
            let first_of_these = waiting.len();
            for entry in entries {
                match self.entry(&folder, &entry, catalog)? {
                    Step::Into(path) => waiting.push(path),
                    Step::Next => {}
                    Step::Full => return Ok(()),
                }
            }
            waiting[first_of_these..].reverse();
        }
        Ok(())
    }

    fn entries(&self, folder: &str, catalog: &mut Catalog) -> io::Result<Option<Vec<DirEntry>>> {
        let read =
            std::fs::read_dir(self.path.join(folder)).and_then(|entries| entries.collect::<io::Result<Vec<_>>>());
        match read {
            Ok(mut entries) => {
                entries.sort_by_key(DirEntry::file_name);
                Ok(Some(entries))
            }
            // Without the folder itself nothing can be checked; without one inside it there is something to report.
            Err(error) if folder.is_empty() => Err(error),
            Err(error) => {
                catalog.push(finding_for(error)?.at(format!("{}{folder}", self.prefix)));
                Ok(None)
            }
        }
    }

    fn entry(&self, folder: &str, entry: &DirEntry, catalog: &mut Catalog) -> io::Result<Step> {
        let name = entry.file_name();
        let shown = || format!("{}{folder}{}{}", self.prefix, divider(folder), name.to_string_lossy());
        let Some(name) = name.to_str() else {
            catalog.push(rules::ENTRY_NAME_NOT_UTF8.finding().at(shown()));
            return Ok(Step::Next);
        };
        let path = format!("{folder}{}{name}", divider(folder));
        let in_bag = format!("{}{path}", self.prefix);
        let metadata = match entry.metadata() {
            Ok(metadata) => metadata,
            Err(error) => {
                catalog.push(finding_for(error)?.at(in_bag));
                return Ok(Step::Next);
            }
        };
        let kind = metadata.file_type();
        let broken = if let Err(rule) = check_characters(name) {
            Some(rule)
        } else if kind.is_symlink() {
            Some(&rules::ENTRY_LINK)
        } else if kind.is_fifo() || kind.is_socket() || kind.is_block_device() || kind.is_char_device() {
            Some(&rules::ENTRY_SPECIAL)
        } else if in_bag.len() > PATH_BYTES_MAX {
            Some(&rules::ENTRY_PATH_TOO_LONG)
        } else {
            None
        };
        if let Some(rule) = broken {
            catalog.push(rule.finding().at(in_bag));
            return Ok(Step::Next);
        }
        if kind.is_dir() {
            catalog.folder_in_bag(&in_bag);
            return Ok(Step::Into(path));
        }
        let place = Place { size_bytes: metadata.len(), offset_bytes: 0, modified_at: metadata.mtime() };
        Ok(if catalog.member(&in_bag, place) == Entered::Full { Step::Full } else { Step::Next })
    }

    /// Returns a reader of a member, which opens the file when it is first read.
    pub(crate) fn reader(&self, path_in_bag: &str, place: Place) -> FolderFile<'_> {
        let path = self.path_in_folder(path_in_bag).to_owned();
        FolderFile { folder: self, path, place, open: None, read_bytes: 0 }
    }

    /// Opens a file below the folder; a link in place of any part of the path is refused by the system.
    fn open_file(&self, path: &str) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
        match rustix::fs::openat2(&self.handle, path, flags, Mode::empty(), resolve) {
            Ok(file) => Ok(file.into()),
            // Kernels before 5.6 and some sandboxes lack openat2; the last part of the path is then guarded alone.
            Err(rustix::io::Errno::NOSYS | rustix::io::Errno::PERM) => {
                Ok(rustix::fs::openat(&self.handle, path, flags, Mode::empty())?.into())
            }
            Err(error) => Err(error.into()),
        }
    }
}

enum Step {
    Into(String),
    Next,
    Full,
}

fn divider(folder: &str) -> &'static str {
    if folder.is_empty() { "" } else { "/" }
}

/// Turns what can happen to a single file into a finding; what ails the disk stays an error.
fn finding_for(error: io::Error) -> io::Result<findings::Finding> {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            Ok(rules::MEMBER_CHANGED.finding().seen("it is no longer there"))
        }
        io::ErrorKind::PermissionDenied => Ok(rules::MEMBER_UNREADABLE.finding().seen(error.to_string())),
        io::ErrorKind::InvalidFilename => Ok(rules::ENTRY_PATH_TOO_LONG.finding()),
        _ if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => Ok(rules::ENTRY_LINK.finding()),
        _ => Err(error),
    }
}

/// Reads one file of a folder, and fails with a finding when it is not the file that was listed.
pub(crate) struct FolderFile<'a> {
    folder: &'a Folder,
    path: String,
    place: Place,
    open: Option<(File, FileState)>,
    read_bytes: u64,
}

impl FolderFile<'_> {
    fn open(&mut self) -> io::Result<&mut File> {
        let file = match self.folder.open_file(&self.path) {
            Ok(file) => file,
            Err(error) => return Err(refuse(finding_for(error)?)),
        };
        let metadata = file.metadata()?;
        let is_same =
            metadata.is_file() && metadata.len() == self.place.size_bytes && metadata.mtime() == self.place.modified_at;
        if !is_same {
            return Err(self.changed(metadata.len()));
        }
        Ok(&mut self.open.insert((file, FileState::of(&metadata))).0)
    }

    fn changed(&self, seen_bytes: u64) -> io::Error {
        let finding = rules::MEMBER_CHANGED.finding().expected(format!("{} bytes", self.place.size_bytes));
        refuse(finding.seen(format!("{seen_bytes} bytes, or a later time")))
    }
}

impl Read for FolderFile<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let file = match &mut self.open {
            Some((file, _)) => file,
            None => self.open()?,
        };
        let got = file.read(buffer)?;
        self.folder.meter.add(got);
        self.read_bytes += got as u64;
        if got == 0 && !buffer.is_empty() {
            let (file, at_first) = self.open.as_ref().ok_or(io::ErrorKind::NotFound)?;
            let now = FileState::of(&file.metadata()?);
            if now != *at_first || self.read_bytes != self.place.size_bytes {
                return Err(self.changed(now.length_bytes));
            }
        }
        if self.read_bytes > self.place.size_bytes {
            return Err(self.changed(self.read_bytes));
        }
        Ok(got)
    }
}

/// Returns whether a folder holds a bag, or the remains of one: `bagit.txt` or a payload manifest.
pub(crate) fn looks_like_bag(path: &Path) -> io::Result<bool> {
    if std::fs::symlink_metadata(path.join("bagit.txt")).is_ok() {
        return Ok(true);
    }
    for entry in std::fs::read_dir(path)? {
        let name = entry?.file_name();
        // Plain files beside a manifest would be bagged twice, and the loss of bagit.txt hidden.
        if name.as_bytes().starts_with(b"manifest-") && name.as_bytes().ends_with(b".txt") {
            return Ok(true);
        }
    }
    Ok(false)
}
