//! Where objects lie, as a checker sees it: directories to list and files to open.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Entries of one directory, at the most.
pub const ENTRIES_MAX: usize = 10_000_000;

/// A tree of directories and files, read only.
///
/// Paths are relative to the tree's base, with `/` between their elements; the base itself is the empty path.
pub trait Tree: Sync {
    /// Returns what lies directly in a directory, in any order.
    ///
    /// # Errors
    /// It is not there, is no directory, or cannot be read.
    fn list(&self, path: &str) -> io::Result<Vec<TreeEntry>>;

    /// Opens a file.
    ///
    /// # Errors
    /// It is not there, is no regular file, or cannot be read.
    fn open(&self, path: &str) -> io::Result<Box<dyn Read + Send>>;
}

/// One entry of a directory.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TreeEntry {
    /// The last element of its path.
    pub name: String,
    /// What it is.
    pub kind: TreeEntryKind,
    /// The length of a file; 0 for anything else.
    pub size_bytes: u64,
}

/// What an entry of a directory is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TreeEntryKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link, which OCFL forbids: never followed.
    Link,
    /// A device, a pipe, a socket.
    Special,
}

/// A tree in a folder of this machine.
#[derive(Debug, Clone)]
pub struct FolderTree(PathBuf);

impl FolderTree {
    /// Takes a folder as the base; nothing is read yet.
    pub fn new(base: impl Into<PathBuf>) -> Self {
        Self(base.into())
    }

    fn path(&self, path: &str) -> PathBuf {
        if path.is_empty() { self.0.clone() } else { self.0.join(Path::new(path)) }
    }
}

impl Tree for FolderTree {
    /// A name that is no UTF-8 is given with replacement characters, under which it cannot be opened: no inventory
    /// can name it either.
    fn list(&self, path: &str) -> io::Result<Vec<TreeEntry>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(self.path(path))? {
            let entry = entry?;
            if entries.len() == ENTRIES_MAX {
                return Err(io::Error::other(format!("more than {ENTRIES_MAX} entries in one directory")));
            }
            let kind = kind(entry.file_type()?);
            let size_bytes = if kind == TreeEntryKind::File { entry.metadata()?.len() } else { 0 };
            entries.push(TreeEntry { name: entry.file_name().to_string_lossy().into_owned(), kind, size_bytes });
        }
        Ok(entries)
    }

    fn open(&self, path: &str) -> io::Result<Box<dyn Read + Send>> {
        let path = self.path(path);
        // A link must not lead out of the tree, and a pipe would block for ever.
        if !fs::symlink_metadata(&path)?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file"));
        }
        Ok(Box::new(fs::File::open(path)?))
    }
}

fn kind(kind: fs::FileType) -> TreeEntryKind {
    if kind.is_file() {
        TreeEntryKind::File
    } else if kind.is_dir() {
        TreeEntryKind::Directory
    } else if kind.is_symlink() {
        TreeEntryKind::Link
    } else {
        TreeEntryKind::Special
    }
}

/// A directory of another tree as a tree of its own: an object of a storage root.
pub struct SubTree<'tree> {
    tree: &'tree dyn Tree,
    base: &'tree str,
}

impl<'tree> SubTree<'tree> {
    /// Takes a directory of a tree as the base; nothing is read yet.
    #[must_use]
    pub fn new(tree: &'tree dyn Tree, base: &'tree str) -> Self {
        Self { tree, base }
    }
}

impl Tree for SubTree<'_> {
    fn list(&self, path: &str) -> io::Result<Vec<TreeEntry>> {
        self.tree.list(&join(self.base, path))
    }

    fn open(&self, path: &str) -> io::Result<Box<dyn Read + Send>> {
        self.tree.open(&join(self.base, path))
    }
}

/// Joins two relative paths, either of which may be empty.
pub(crate) fn join(base: &str, path: &str) -> String {
    match (base, path) {
        ("", path) => path.to_owned(),
        (base, "") => base.to_owned(),
        (base, path) => format!("{base}/{path}"),
    }
}
