//! A draft that changes hands: what another process has begun is gone on with under the key of the one that took over.

use super::name::check_key;
use super::store::WORK;
use super::{FolderStore, StorageError};

impl FolderStore {
    /// Gives a draft another key, by one rename; `false` when there is none under the old key.
    ///
    /// Whoever still works under the old key finds it gone: no name that it makes, replaces or commits from there on
    /// lies in the draft. What it had opened it may go on writing to; that is in the draft, and read back before a commit.
    ///
    /// # Errors
    /// `Conflict` when there is something under the new key. `StoreGone`, `NotWritable`, `Io`.
    pub fn take_over_draft(&self, key: &str, new_key: &str) -> Result<bool, StorageError> {
        let (source, target) = (format!("{WORK}/{}", check_key(key)?), format!("{WORK}/{}", check_key(new_key)?));
        let root = self.root()?;
        if !root.has(&source)? {
            return Ok(false);
        }
        match root.rename_new(&source, &target) {
            Ok(true) => {}
            Ok(false) => return Err(StorageError::conflict(&root.path_of(&target), "there is a draft of this key")),
            // Its owner has committed it since.
            Err(_) if !root.has(&source)? => return Ok(false),
            Err(error) => return Err(error),
        }
        root.sync(WORK)?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use crate::storage::{FolderStore, Source};

    #[test]
    fn a_draft_that_was_taken_over_is_gone_for_who_had_it() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let store = FolderStore::create(folder.path().join("store"), "first", &[]).expect("a store can be made");
        let bytes = folder.path().join("bytes");
        std::fs::write(&bytes, b"four").expect("a file can be written");
        let source = Source::File { path: bytes, length_bytes: 4 };
        let late = store.draft("item-7-1", "ab/object", "v1").expect("the store is there");
        late.put("v1/content/a", &source).expect("there is room");
        assert!(store.take_over_draft("item-7-1", "item-7-2").expect("the store is there"));
        assert!(!store.take_over_draft("item-7-1", "item-7-2").expect("the store is there"));
        let taken = store.draft("item-7-2", "ab/object", "v1").expect("the store is there");
        assert_eq!(taken.content("v1/content/a").expect("it is a file"), Some(4));
        late.put("v1/content/b", &source).expect("it goes on in a draft of its own");
        assert_eq!(taken.content("v1/content/b").expect("nothing is there"), None);
        assert!(store.take_over_draft("item-7-1", "item-7-2").is_err(), "two drafts became one");
    }
}
