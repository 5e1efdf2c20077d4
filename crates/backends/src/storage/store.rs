//! A store in a folder: how it is made, found again and told from an empty mount point.

use std::io::Write;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use super::StorageError;
use super::draft::FolderDraft;
use super::folder::{EntryKind, Folder};
use super::marker::{MARKER, Marker};
use super::name::{check_key, check_path};
use super::object::FolderReader;
use super::walk::FolderWalk;

/// The OCFL storage root within a store; nothing but OCFL files is in it.
pub(super) const OCFL: &str = "ocfl";
/// The workspace for versions in the making, on the same file system so that a rename is all it takes to commit.
pub(super) const WORK: &str = "work";
/// A file on its way to its name; the number of the process follows, since two may make the same store at once. A leading
/// dot keeps it apart from work keys.
const NEW: &str = "work/.new";
const PROBE: &str = "work/.probe";

/// A store that keeps its replicas in a folder of this machine.
///
/// On disk: `ocfl/` (an OCFL storage root), `work/` (drafts) and `strongroom-store.json` (id and layout). Holds no open
/// handle, so that an idle store can be unmounted; every method first makes sure that the store is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderStore {
    path: PathBuf,
    id: String,
}

impl FolderStore {
    /// Makes a store with the files that belong at the top of its OCFL root, or opens it when it is there already.
    ///
    /// `id` names the store for ever; a store that is there keeps its own (see [`FolderStore::id`]). The marker is
    /// written last: killed at any moment, the next call goes on where this one ended.
    ///
    /// # Errors
    /// `Conflict` when the folder holds anything else: an unmarked folder with files in it is never taken over.
    pub fn create(path: impl Into<PathBuf>, id: &str, root_files: &[(String, Vec<u8>)]) -> Result<Self, StorageError> {
        let path = path.into();
        check_key(id)?;
        std::fs::create_dir_all(&path).map_err(|source| StorageError::at(&path, source))?;
        let root = Folder::open(&path)?;
        if root.has(MARKER)? {
            return Self::open(path);
        }
        refuse_strangers(&root, root_files)?;
        root.make(OCFL)?;
        root.make(WORK)?;
        for (name, bytes) in root_files {
            place(&root, &format!("{OCFL}/{}", check_path(name)?), bytes)?;
        }
        rustix::fs::syncfs(root.handle()).map_err(|errno| root.fault(".", errno))?;
        // Left by a making that was killed. Another that goes on at this moment finds the marker when it tries again.
        for name in root.list(WORK)?.into_iter().map(|entry| format!("{WORK}/{}", entry.name)) {
            if is_on_its_way(&name) {
                root.remove_file(&name)?;
            }
        }
        place(&root, MARKER, &Marker::new(id).to_bytes())?;
        root.sync(".")?;
        if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            Folder::open(parent)?.sync(".")?;
        }
        Self::open(path)
    }

    /// Opens a store that was made before.
    ///
    /// # Errors
    /// `StoreGone` when the folder or its marker is missing: an empty mount point is not an empty store. `Damaged` when
    /// the marker cannot be read as one or a part of the layout is missing.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, StorageError> {
        let path = path.into();
        let (_, marker) = open_root(&path)?;
        Ok(Self { path, id: marker.id })
    }

    /// Returns the id that the store was made with. A caller that knows which store should be here compares it.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the store's folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the folder that is the OCFL storage root, for tools that read it by themselves.
    #[must_use]
    pub fn ocfl_path(&self) -> PathBuf {
        self.path.join(OCFL)
    }

    /// Begins a version of an object, or takes up again what was begun under the same key.
    ///
    /// Writes nothing yet. One writer a key: the caller's lease on the work item sees to that.
    ///
    /// # Errors
    /// `StoreGone`; `Name` when the key, path or version is none.
    pub fn draft(&self, work_key: &str, object_path: &str, version: &str) -> Result<FolderDraft, StorageError> {
        let (key, path, version) = (check_key(work_key)?, check_path(object_path)?, check_key(version)?);
        FolderDraft::new(self.clone(), self.root()?, key, path, version)
    }

    /// Returns a reader of an object, `None` when the store is there and the object is not.
    ///
    /// # Errors
    /// `StoreGone` when the store is not there: then nobody knows whether the object is.
    pub fn object(&self, object_path: &str) -> Result<Option<FolderReader>, StorageError> {
        let root = self.root()?;
        let path = format!("{OCFL}/{}", check_path(object_path)?);
        match root.stat(&path)? {
            None => Ok(None),
            Some(_) => root.folder(&path).map(FolderReader::new).map(Some),
        }
    }

    /// Returns a reader of the whole OCFL storage root.
    ///
    /// # Errors
    /// As [`FolderStore::object`].
    pub fn ocfl_root(&self) -> Result<FolderReader, StorageError> {
        Ok(FolderReader::new(self.root()?.folder(OCFL)?))
    }

    /// Returns the keys of the drafts that are in the workspace, sorted. Empty when all work is done.
    ///
    /// # Errors
    /// `StoreGone` and `Io`.
    pub fn drafts(&self) -> Result<Vec<String>, StorageError> {
        let entries = self.root()?.list(WORK)?;
        Ok(entries.into_iter().filter(|entry| !entry.name.starts_with('.')).map(|entry| entry.name).collect())
    }

    /// Returns the bytes that may still be written here.
    ///
    /// # Errors
    /// `StoreGone` and `Io`.
    pub fn free_bytes(&self) -> Result<u64, StorageError> {
        let root = self.root()?;
        let stat = rustix::fs::fstatvfs(root.handle()).map_err(|errno| root.fault(".", errno))?;
        Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
    }

    /// Proves that the store is there and can be written, by writing a probe to the disk and removing it.
    ///
    /// # Errors
    /// `StoreGone`, `NotWritable`, `NoSpace`, `Damaged` or `Io`: whichever a deposit would meet.
    pub fn check(&self) -> Result<(), StorageError> {
        let root = self.root()?;
        let mut probe = root.rewrite(PROBE)?;
        let written = probe.write_all(self.id.as_bytes()).and_then(|()| probe.sync_all());
        root.remove_file(PROBE)?;
        written.map_err(|source| root.fault(PROBE, source))
    }

    /// Opens the store's folder anew and makes sure that it is still this store.
    pub(super) fn root(&self) -> Result<Folder, StorageError> {
        let (root, marker) = open_root(&self.path)?;
        if marker.id != self.id {
            let because = format!("store {} is in its place, not {}", marker.id, self.id);
            return Err(StorageError::gone(&self.path, because));
        }
        Ok(root)
    }

    /// Says `StoreGone` instead of an error that only follows from it.
    pub(super) fn explain(&self, error: StorageError) -> StorageError {
        match self.root() {
            Err(gone @ StorageError::StoreGone { .. }) => gone,
            _ => error,
        }
    }
}

/// Opens a store's folder; whatever a vanished mount looks like is `StoreGone`.
fn open_root(path: &Path) -> Result<(Folder, Marker), StorageError> {
    let absent = |error| gone_when_absent(path, error);
    let root = Folder::open(path).map_err(absent)?;
    let marker = Marker::read(&root).map_err(absent)?;
    let device = rustix::fs::fstat(root.handle()).map_err(|errno| root.fault(".", errno))?.st_dev;
    for part in [OCFL, WORK] {
        let stat =
            root.stat(part)?.ok_or_else(|| StorageError::damaged(&root.path_of(part), "the folder is missing"))?;
        if stat.st_dev != device {
            // A rename could not commit then. Nobody mounts so by accident more than once.
            return Err(StorageError::damaged(&root.path_of(part), "on another file system than its store"));
        }
    }
    Ok((root, marker))
}

/// What opening a folder or its marker answers when the disk, the network file system or its server went away.
const ABSENT: [Errno; 9] = [
    Errno::NOENT,
    Errno::NOTDIR,
    Errno::NOTCONN,
    Errno::STALE,
    Errno::IO,
    Errno::NODEV,
    Errno::HOSTDOWN,
    Errno::TIMEDOUT,
    Errno::SHUTDOWN,
];

fn gone_when_absent(store: &Path, error: StorageError) -> StorageError {
    match &error {
        StorageError::Io { path, source }
            if ABSENT.iter().any(|errno| Errno::from_io_error(source) == Some(*errno)) =>
        {
            StorageError::gone(store, format!("{}: {source}", path.display()))
        }
        _ => error,
    }
}

/// Lets only pass what a killed `create` may have left, and the `lost+found` of a fresh file system.
fn refuse_strangers(root: &Folder, root_files: &[(String, Vec<u8>)]) -> Result<(), StorageError> {
    let refuse = |name: &str| {
        Err(StorageError::conflict(
            &root.path_of(name),
            "a folder without a store's marker that is not empty is not taken",
        ))
    };
    for entry in root.list(".")? {
        match (entry.name.as_str(), entry.kind) {
            ("lost+found", EntryKind::Folder) => {}
            (OCFL | WORK, EntryKind::Folder) => {}
            (other, _) => return refuse(other),
        }
    }
    for found in FolderWalk::new(root, OCFL)?.chain(FolderWalk::new(root, WORK)?) {
        let found = found?;
        let name = format!("{}/{}", found.top, found.path);
        let is_ours = root_files.iter().any(|(own, _)| found.top == OCFL && *own == found.path);
        if !is_on_its_way(&name) && !is_ours {
            return refuse(&name);
        }
    }
    for (name, bytes) in root_files {
        let path = format!("{OCFL}/{}", check_path(name)?);
        if root.has(&path)? && root.read(&path, bytes.len() as u64).ok().as_ref() != Some(bytes) {
            return refuse(&path);
        }
    }
    Ok(())
}

/// Tells a file that is on its way to its name by what it is called meanwhile.
fn is_on_its_way(name: &str) -> bool {
    let rest = name.strip_prefix(NEW);
    rest.is_some_and(|rest| rest.is_empty() || rest.strip_prefix('-').is_some_and(|id| id.parse::<u32>().is_ok()))
}

/// Writes a whole file so that its name never stands for a part of it.
fn place(root: &Folder, name: &str, bytes: &[u8]) -> Result<(), StorageError> {
    if let Some((parent, _)) = name.rsplit_once('/') {
        root.make(parent)?;
    }
    let new = format!("{NEW}-{}", std::process::id());
    let mut file = root.rewrite(&new)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(|source| root.fault(name, source))?;
    root.rename_over(&new, name)
}
