//! The removal of a deposit, on condition that it is still the same.

use std::io;
use std::path::Path;

use super::fingerprint::survey;
use super::folder::{EntryKind, Folder, kind_of};
use super::writers::Writers;
use super::{Fingerprint, StorageError};

/// What became of a removal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// It was the same, and is gone.
    Removed,
    /// Nothing is there: removed earlier, or by somebody else.
    AlreadyGone,
    /// Something else is there: a newer deposit. Nothing was removed.
    Changed,
}

/// Removes a file or folder if it is still the deposit of which the fingerprint was taken.
///
/// It is compared, renamed to a hidden name beside it, compared again and only then removed: whoever puts a newer
/// deposit under its name in between puts it beside the hidden one. Safe to repeat: a removal that was broken off is
/// found by the hidden name and ended.
///
/// # Errors
/// `NotWritable`, `Io`. `Conflict` when it changed in the last moment *and* its name was taken by another: the message
/// names the hidden file, which is kept.
pub fn remove_if_same(path: &Path, expected: &Fingerprint) -> Result<Removal, StorageError> {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(StorageError::Name { name: path.display().to_string(), because: "not a path of a deposit" });
    };
    let Some(name) = name.to_str() else {
        return Err(StorageError::Name { name: path.display().to_string(), because: "not UTF-8" });
    };
    let folder = Folder::open(if parent.as_os_str().is_empty() { Path::new(".") } else { parent })?;
    // First the name of what is being proven, then of what was proven: a part of a proven folder proves nothing more.
    let hidden = format!(".strongroom-removing-{}", expected.inode);
    let proven = format!(".strongroom-removed-{}", expected.inode);
    if folder.has(&proven)? {
        return remove(&folder, &proven);
    }
    if !folder.has(&hidden)? {
        match is_same(path, expected)? {
            None => return Ok(Removal::AlreadyGone),
            Some(false) => return Ok(Removal::Changed),
            Some(true) if folder.rename_new(name, &hidden)? => {}
            Some(true) => return Err(StorageError::conflict(&folder.path_of(&hidden), "the hidden name is taken")),
        }
    }
    if is_same(&folder.path_of(&hidden), expected)? == Some(true) {
        folder.rename_over(&hidden, &proven)?;
        return remove(&folder, &proven);
    }
    if folder.rename_new(&hidden, name)? {
        return Ok(Removal::Changed);
    }
    Err(StorageError::conflict(
        &folder.path_of(&hidden),
        "it changed while it was to be removed, and its name is taken",
    ))
}

/// Compares; `None` when nothing is there. A folder that loses a part while it is looked at is another.
fn is_same(path: &Path, expected: &Fingerprint) -> Result<Option<bool>, StorageError> {
    match survey(path, &Writers::none()) {
        Ok(seen) => Ok(Some(seen.fingerprint.is_same_deposit(expected))),
        Err(StorageError::Io { path: missing, source }) if source.kind() == io::ErrorKind::NotFound => {
            Ok((missing != path).then_some(false))
        }
        Err(error) => Err(error),
    }
}

fn remove(folder: &Folder, name: &str) -> Result<Removal, StorageError> {
    match folder.stat(name)?.as_ref().map(kind_of) {
        Some(EntryKind::Folder) => folder.remove_tree(name)?,
        _ => folder.remove_file(name)?,
    }
    folder.sync(".")?;
    Ok(Removal::Removed)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::{Removal, remove_if_same};
    use crate::storage::fingerprint;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    fn file_and_folder(top: &Path) -> [PathBuf; 2] {
        let (file, folder) = (top.join("a.tar"), top.join("bag"));
        fs::write(&file, "bag").unwrap();
        fs::create_dir_all(folder.join("data/sub")).unwrap();
        fs::write(folder.join("data/sub/a"), "a").unwrap();
        [file, folder]
    }

    #[test]
    fn the_same_deposit_is_removed_once() {
        let top = tempfile::tempdir().unwrap();
        for path in file_and_folder(top.path()) {
            let seen = fingerprint(&path).unwrap();
            assert_eq!(remove_if_same(&path, &seen).unwrap(), Removal::Removed);
            assert_eq!(remove_if_same(&path, &seen).unwrap(), Removal::AlreadyGone);
        }
        assert!(names(top.path()).is_empty());
    }

    #[test]
    fn a_newer_deposit_of_the_same_name_is_kept() {
        let top = tempfile::tempdir().unwrap();
        let [file, folder] = file_and_folder(top.path());
        let seen = [fingerprint(&file).unwrap(), fingerprint(&folder).unwrap()];
        fs::write(&file, "newer").unwrap();
        fs::write(folder.join("data/b"), "b").unwrap();
        assert_eq!(remove_if_same(&file, &seen[0]).unwrap(), Removal::Changed);
        assert_eq!(remove_if_same(&folder, &seen[1]).unwrap(), Removal::Changed);
        assert_eq!(fs::read(&file).unwrap(), b"newer");
        assert!(folder.join("data/b").exists() && folder.join("data/sub/a").exists());
        assert_eq!(names(top.path()).len(), 2);
    }

    #[test]
    fn a_removal_that_was_broken_off_is_ended_and_a_newer_deposit_stays() {
        let top = tempfile::tempdir().unwrap();
        let [file, folder] = file_and_folder(top.path());
        for (path, hidden) in [(file, "removing"), (folder, "removed")] {
            let seen = fingerprint(&path).unwrap();
            let hidden = top.path().join(format!(".strongroom-{hidden}-{}", seen.inode));
            fs::rename(&path, &hidden).unwrap();
            if hidden.is_dir() {
                fs::remove_file(hidden.join("data/sub/a")).unwrap();
            }
            fs::write(&path, "newer").unwrap();
            assert_eq!(remove_if_same(&path, &seen).unwrap(), Removal::Removed);
            assert!(!hidden.exists());
            assert_eq!(fs::read(&path).unwrap(), b"newer");
        }
    }

    #[test]
    fn a_deposit_that_changed_under_the_hidden_name_comes_back() {
        let top = tempfile::tempdir().unwrap();
        let [file, _] = file_and_folder(top.path());
        let seen = fingerprint(&file).unwrap();
        fs::rename(&file, top.path().join(format!(".strongroom-removing-{}", seen.inode))).unwrap();
        fs::write(top.path().join(format!(".strongroom-removing-{}", seen.inode)), "written to the end").unwrap();
        assert_eq!(remove_if_same(&file, &seen).unwrap(), Removal::Changed);
        assert_eq!(fs::read(&file).unwrap(), b"written to the end");
    }
}
