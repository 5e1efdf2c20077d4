//! A tree in memory, with links and special files where a case wants them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Cursor, Read};

use ocfl::{Tree, TreeEntry, TreeEntryKind};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    File(Vec<u8>),
    Directory,
    Link,
    Special,
    /// A file that cannot be read.
    Unreadable,
}

/// Nodes by path; the directories that lead to them need not be named.
#[derive(Debug, Clone, Default)]
pub struct MemoryTree(pub BTreeMap<String, Node>);

impl MemoryTree {
    pub fn put(&mut self, path: &str, bytes: impl Into<Vec<u8>>) {
        self.0.insert(path.to_owned(), Node::File(bytes.into()));
    }

    pub fn remove(&mut self, path: &str) {
        let inside = format!("{path}/");
        self.0.retain(|other, _| other != path && !other.starts_with(&inside));
    }

    /// Puts another tree into a directory of this one.
    pub fn graft(&mut self, folder: &str, other: &MemoryTree) {
        self.0.extend(other.0.iter().map(|(path, node)| (format!("{folder}/{path}"), node.clone())));
    }

    /// Writes the tree to disk, as far as a disk takes it.
    #[cfg(unix)]
    pub fn write(&self, folder: &std::path::Path) -> io::Result<()> {
        std::fs::create_dir_all(folder)?;
        for (path, node) in &self.0 {
            let path = folder.join(path);
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent)?;
            }
            match node {
                Node::File(bytes) => std::fs::write(path, bytes)?,
                Node::Directory => std::fs::create_dir_all(path)?,
                Node::Link => std::os::unix::fs::symlink("inventory.json", path)?,
                Node::Special | Node::Unreadable => {}
            }
        }
        Ok(())
    }
}

impl Tree for MemoryTree {
    fn list(&self, path: &str) -> io::Result<Vec<TreeEntry>> {
        let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
        let mut folders = BTreeSet::new();
        let mut entries = Vec::new();
        for (inside, node) in self.0.iter().filter_map(|(path, node)| Some((path.strip_prefix(&prefix)?, node))) {
            let (kind, size_bytes) = match node {
                Node::File(bytes) => (TreeEntryKind::File, bytes.len() as u64),
                Node::Directory => (TreeEntryKind::Directory, 0),
                Node::Link => (TreeEntryKind::Link, 0),
                Node::Special => (TreeEntryKind::Special, 0),
                Node::Unreadable => (TreeEntryKind::File, 1),
            };
            match inside.split_once('/') {
                Some((folder, _)) => drop(folders.insert(folder.to_owned())),
                None if kind == TreeEntryKind::Directory => drop(folders.insert(inside.to_owned())),
                None => entries.push(TreeEntry { name: inside.to_owned(), kind, size_bytes }),
            }
        }
        if folders.is_empty() && entries.is_empty() && !path.is_empty() && self.0.get(path) != Some(&Node::Directory) {
            return Err(io::Error::new(io::ErrorKind::NotFound, path.to_owned()));
        }
        let folder = |name| TreeEntry { name, kind: TreeEntryKind::Directory, size_bytes: 0 };
        entries.extend(folders.into_iter().map(folder));
        Ok(entries)
    }

    fn open(&self, path: &str) -> io::Result<Box<dyn Read + Send>> {
        match self.0.get(path) {
            Some(Node::File(bytes)) => Ok(Box::new(Cursor::new(bytes.clone()))),
            Some(Node::Unreadable) => Err(io::Error::other("the disk says no")),
            _ => Err(io::Error::new(io::ErrorKind::NotFound, path.to_owned())),
        }
    }
}
