//! What a draft must hold before it may be committed, and what makes a version in the store the same one.

use std::io::BufReader;

use crate::storage::draft::FolderDraft;
use crate::storage::folder::{EntryKind, Folder};
use crate::storage::name::version_number;
use crate::storage::{Commit, Entry, StorageError, compare};

use super::{INVENTORY, LOGS, SIDECAR};

/// OCFL 1.1 §3.2: the object's declaration, whatever its version.
const DECLARATION: &str = "0=ocfl_object_";

/// Makes sure that the workspace holds all that the commit needs and nothing that would be lost by it.
pub(super) fn check(draft: &FolderDraft, commit: Commit) -> Result<(), StorageError> {
    let (root, work) = (&draft.root, &draft.work);
    if !root.has(work)? {
        return Err(draft.not_ready("nothing was written"));
    }
    let entries = root.list(work)?;
    for entry in &entries {
        let name = entry.name.as_str();
        let is_known = match entry.kind {
            EntryKind::Folder => name == draft.version || name == LOGS,
            EntryKind::File => name == INVENTORY || name.starts_with(SIDECAR) || name.starts_with(DECLARATION),
            EntryKind::Other => false,
        };
        if !is_known || (commit == Commit::NextVersion && name.starts_with(DECLARATION)) {
            return Err(draft.not_ready(format!("{name} does not belong there")));
        }
    }
    check_complete(draft, commit, &entries)?;
    // OCFL 1.1 §3.5, E064: the newest version's inventory and the root's are the same bytes. Ours also mends the root.
    for name in entries.iter().map(|entry| &entry.name).filter(|name| name.starts_with(INVENTORY)) {
        if !same_bytes(root, &format!("{work}/{name}"), &format!("{work}/{}/{name}", draft.version))? {
            return Err(draft.not_ready(format!("{name} and {}/{name} are not the same", draft.version)));
        }
    }
    Ok(())
}

fn check_complete(draft: &FolderDraft, commit: Commit, entries: &[Entry]) -> Result<(), StorageError> {
    for needed in [&*draft.version, INVENTORY] {
        if !entries.iter().any(|entry| entry.name == needed) {
            return Err(draft.not_ready(format!("{needed} is missing")));
        }
    }
    let starts: &[&str] = if commit == Commit::NewObject { &[SIDECAR, DECLARATION] } else { &[SIDECAR] };
    for start in starts {
        if !entries.iter().any(|entry| entry.name.starts_with(start)) {
            return Err(draft.not_ready(format!("{start}… is missing")));
        }
    }
    Ok(())
}

/// Refuses when the version in the store is not the one that this draft prepared.
pub(super) fn check_same_version(draft: &FolderDraft) -> Result<(), StorageError> {
    let (root, object, version) = (&draft.root, &draft.object, &draft.version);
    let ours = format!("{}/{INVENTORY}", draft.work);
    let theirs = format!("{object}/{version}/{INVENTORY}");
    if !root.has(&format!("{object}/{version}"))? {
        let because = format!("the object is there, and has no version {version}");
        return Err(StorageError::conflict(&root.path_of(object), because));
    }
    if !root.has(&ours)? {
        if root.has(&format!("{}/{version}", draft.work))? {
            return Err(draft.not_ready(format!("{INVENTORY} is missing")));
        }
        // What is left of a commit that was nearly done, or nothing at all: the version came by this key or another,
        // and a caller that must know compares the inventory in the store with its own.
        return Ok(());
    }
    if same_bytes(root, &ours, &theirs)? {
        return Ok(());
    }
    let because = format!("version {version} is there with another inventory");
    Err(StorageError::conflict(&root.path_of(object), because))
}

/// Returns the newest version folder of the object.
pub(super) fn newest_version(draft: &FolderDraft) -> Result<Option<(u32, String)>, StorageError> {
    let entries = draft.root.list(&draft.object)?;
    let folders = entries.into_iter().filter(|entry| entry.kind == EntryKind::Folder);
    Ok(folders.filter_map(|entry| Some((version_number(&entry.name)?, entry.name))).max())
}

/// Compares two files byte for byte; `false` when either is missing.
pub(super) fn same_bytes(root: &Folder, one: &str, two: &str) -> Result<bool, StorageError> {
    let (Some(first), Some(second)) = (root.stat(one)?, root.stat(two)?) else { return Ok(false) };
    if first.st_size != second.st_size {
        return Ok(false);
    }
    let (mut first, mut second) = (BufReader::new(root.file(one)?), BufReader::new(root.file(two)?));
    compare::same(&mut first, &mut second).map_err(|source| root.fault(one, source))
}
