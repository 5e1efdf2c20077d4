//! A tree that counts the bytes that are read from it, for a progress bar.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ocfl::{FolderTree, Tree, TreeEntry};

/// A folder whose reading is counted.
pub struct Metered {
    tree: FolderTree,
    bytes: Arc<AtomicU64>,
}

impl Metered {
    /// Counts what is read of a tree, on top of what the counter says.
    pub fn new(tree: FolderTree, bytes: Arc<AtomicU64>) -> Self {
        Self { tree, bytes }
    }
}

impl Tree for Metered {
    fn list(&self, path: &str) -> io::Result<Vec<TreeEntry>> {
        self.tree.list(path)
    }

    fn open(&self, path: &str) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(Counted { reader: self.tree.open(path)?, bytes: self.bytes.clone() }))
    }
}

struct Counted {
    reader: Box<dyn Read + Send>,
    bytes: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.reader.read(buffer)?;
        self.bytes.fetch_add(got as u64, Ordering::Relaxed);
        Ok(got)
    }
}
