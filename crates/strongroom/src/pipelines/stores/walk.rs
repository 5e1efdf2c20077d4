//! A walk over an OCFL storage root that can be gone on with: objects, and whatever is there besides.

use std::cmp::Ordering;

use backends::storage::{EntryKind, ObjectReader, StorageError};

/// What an object's declaration begins with, whatever version of OCFL it declares.
const DECLARATION: &str = "0=ocfl_object_";
/// What the root holds beside objects (OCFL 1.1 §4.1).
const ROOT_NAMES: [&str; 3] = ["0=ocfl_1.1", "ocfl_layout.json", "extensions"];

/// What a walk came upon; paths are below the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A folder with an object's declaration.
    Object(String),
    /// A file, link or device outside of objects.
    Stray(String),
    /// A folder without anything.
    Empty(String),
}

impl Found {
    /// Returns its path.
    pub fn path(&self) -> &str {
        match self {
            Self::Object(path) | Self::Stray(path) | Self::Empty(path) => path,
        }
    }
}

/// Yields what is below a root after a path, one folder's names in memory at a time.
pub struct RootWalk {
    root: ObjectReader,
    after: String,
    /// What is left, the next one last.
    waiting: Vec<(String, EntryKind)>,
}

impl RootWalk {
    /// Begins after a path; at the beginning when it is empty.
    ///
    /// # Errors
    /// The root cannot be listed.
    pub fn after(root: ObjectReader, after: &str) -> Result<Self, StorageError> {
        let entries = root.list("")?.into_iter().filter(|entry| !ROOT_NAMES.contains(&entry.name.as_str()));
        let waiting = entries.rev().map(|entry| (entry.name, entry.kind)).collect();
        Ok(Self { root, after: after.to_owned(), waiting })
    }

    fn look(&mut self, folder: &str) -> Result<Option<Found>, StorageError> {
        let entries = self.root.list(folder)?;
        if entries.iter().any(|entry| entry.name.starts_with(DECLARATION)) {
            return Ok(Some(Found::Object(folder.to_owned())));
        }
        if entries.is_empty() {
            return Ok(Some(Found::Empty(folder.to_owned())));
        }
        let below = entries.into_iter().rev().map(|entry| (format!("{folder}/{}", entry.name), entry.kind));
        self.waiting.extend(below);
        Ok(None)
    }
}

impl Iterator for RootWalk {
    type Item = Result<Found, StorageError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (path, kind) = self.waiting.pop()?;
            let is_over = order(&path, &self.after) != Ordering::Greater;
            match kind {
                // A folder on the way to where the last walk ended is looked into again.
                EntryKind::Folder if is_over && !is_above(&path, &self.after) => {}
                EntryKind::Folder => match self.look(&path).transpose() {
                    Some(Ok(found)) if found.path() == self.after => {}
                    Some(found) => return Some(found),
                    None => {}
                },
                _ if is_over => {}
                _ => return Some(Ok(Found::Stray(path))),
            }
        }
    }
}

/// Compares paths name by name, which is the order of the walk.
fn order(one: &str, other: &str) -> Ordering {
    one.split('/').cmp(other.split('/'))
}

fn is_above(folder: &str, path: &str) -> bool {
    path == folder || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use backends::storage::{FolderStore, Store};

    use super::*;

    fn found(store: &FolderStore, after: &str) -> Vec<Found> {
        let walk = RootWalk::after(Store::from(store.clone()).ocfl_root().expect("it is there"), after)
            .expect("it can be listed");
        walk.map(|found| found.expect("it can be listed")).collect()
    }

    #[test]
    fn a_walk_goes_on_after_each_thing_that_it_came_upon() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let root_files = [("0=ocfl_1.1".to_owned(), b"ocfl_1.1\n".to_vec())];
        let store = FolderStore::create(folder.path(), "store", &root_files).expect("it can be made");
        let object = |path: &str| {
            let object = store.ocfl_path().join(path);
            fs::create_dir_all(&object).expect("it can be made");
            fs::write(object.join("0=ocfl_object_1.1"), "").expect("it can be written");
        };
        for path in ["a/b/o1", "a/b/o2", "a/b-c/o3", "b/o4", "c/d/e/o5"] {
            object(path);
        }
        fs::write(store.ocfl_path().join("a/stray"), "").expect("it can be written");
        fs::write(store.ocfl_path().join("zz"), "").expect("it can be written");
        fs::create_dir_all(store.ocfl_path().join("b/empty")).expect("it can be made");
        assert!(Path::new(&store.ocfl_path()).is_dir());
        let all = found(&store, "");
        let paths: Vec<_> = all.iter().map(Found::path).collect();
        let expected = ["a/b/o1", "a/b/o2", "a/b-c/o3", "a/stray", "b/empty", "b/o4", "c/d/e/o5", "zz"];
        assert_eq!(paths, expected);
        for (place, path) in paths.iter().enumerate() {
            assert_eq!(found(&store, path), all[place + 1..], "after {path}");
        }
    }
}
