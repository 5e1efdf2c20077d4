//! The changes that a commit makes to the file system, each announced before it is made.

use std::io;

use crate::storage::StorageError;
use crate::storage::draft::FolderDraft;
use crate::storage::folder::Folder;

/// Makes changes below a store's folder, and asks before each.
pub(super) struct Steps<'a> {
    draft: &'a FolderDraft,
    before: &'a mut dyn FnMut(&str) -> io::Result<()>,
}

impl<'a> Steps<'a> {
    pub(super) fn new(draft: &'a FolderDraft, before: &'a mut dyn FnMut(&str) -> io::Result<()>) -> Self {
        Self { draft, before }
    }

    fn next(&mut self, name: &str) -> Result<&'a Folder, StorageError> {
        let root = &self.draft.root;
        (self.before)(name).map_err(|source| root.fault(name, source))?;
        Ok(root)
    }

    pub(super) fn make_durable(&mut self) -> Result<(), StorageError> {
        self.next(".")?;
        self.draft.make_durable()
    }

    pub(super) fn make(&mut self, name: &str) -> Result<(), StorageError> {
        self.next(name)?.make(name)
    }

    pub(super) fn rename_new(&mut self, name: &str, target: &str) -> Result<bool, StorageError> {
        self.next(target)?.rename_new(name, target)
    }

    pub(super) fn rename_over(&mut self, name: &str, target: &str) -> Result<(), StorageError> {
        self.next(target)?.rename_over(name, target)
    }

    /// Writes a durable twin of a file.
    pub(super) fn duplicate(&mut self, name: &str, target: &str) -> Result<(), StorageError> {
        let root = self.next(target)?;
        let mut file = root.rewrite(target)?;
        let copied = io::copy(&mut root.file(name)?, &mut file).and_then(|_| file.sync_all());
        copied.map_err(|source| root.fault(target, source))
    }

    pub(super) fn sync(&mut self, name: &str) -> Result<(), StorageError> {
        self.next(name)?.sync(name)
    }

    pub(super) fn remove_file(&mut self, name: &str) -> Result<(), StorageError> {
        self.next(name)?.remove_file(name)
    }

    pub(super) fn remove_tree(&mut self, name: &str) -> Result<(), StorageError> {
        if !self.draft.root.has(name)? {
            return Ok(());
        }
        self.next(name)?.remove_tree(name)
    }
}
