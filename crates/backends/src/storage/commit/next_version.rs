//! The next version of an object: its folder, the root inventory, the sidecar, the logs, in this order.

use crate::storage::draft::FolderDraft;
use crate::storage::name::version_number;
use crate::storage::store::WORK;
use crate::storage::walk::FolderWalk;
use crate::storage::{Commit, StorageError};

use super::prepared::{self, newest_version, same_bytes};
use super::steps::Steps;
use super::{Committed, INVENTORY, LOGS, SIDECAR};

pub(super) fn commit(draft: &FolderDraft, steps: &mut Steps<'_>) -> Result<Committed, StorageError> {
    let place = format!("{}/{}", draft.object, draft.version);
    if !draft.root.has(&draft.object)? {
        return Err(StorageError::conflict(
            &draft.root.path_of(&draft.object),
            "there is no object to add a version to",
        ));
    }
    let mut committed = Committed::Earlier;
    if !draft.root.has(&place)? {
        prepared::check(draft, Commit::NextVersion)?;
        check_is_next(draft)?;
        check_logs(draft)?;
        steps.make_durable()?;
        if steps.rename_new(&format!("{}/{}", draft.work, draft.version), &place)? {
            committed = Committed::Now;
        }
    }
    prepared::check_same_version(draft)?;
    // A later version's root inventory must not be replaced by this one's.
    if newest_version(draft)?.is_some_and(|(_, name)| name == draft.version) {
        steps.make_durable()?;
        steps.sync(&draft.object)?;
        if replace_root_inventory(draft, steps)? {
            committed = Committed::Now;
        }
        steps.sync(&draft.object)?;
    }
    merge_logs(draft, steps)?;
    steps.remove_tree(&draft.work)?;
    steps.sync(WORK)?;
    Ok(committed)
}

/// Refuses a version that is not the next one, or that would bury an unfinished commit.
fn check_is_next(draft: &FolderDraft) -> Result<(), StorageError> {
    let (root, object) = (&draft.root, &draft.object);
    let refuse = |because: String| Err(StorageError::conflict(&root.path_of(object), because));
    let Some((newest, name)) = newest_version(draft)? else {
        return refuse("the object has no version yet".to_owned());
    };
    if version_number(&draft.version) != newest.checked_add(1) {
        return refuse(format!("{} does not follow {name}", draft.version));
    }
    let own = format!("{object}/{name}/{INVENTORY}");
    if root.has(&own)? && !same_bytes(root, &own, &format!("{object}/{INVENTORY}"))? {
        return refuse(format!("the commit of {name} is not finished: its work item must go on first"));
    }
    Ok(())
}

/// Refuses logs that would overwrite others, while nothing has been changed yet.
fn check_logs(draft: &FolderDraft) -> Result<(), StorageError> {
    for (name, target) in logs(draft)? {
        if draft.root.has(&target)? && !same_bytes(&draft.root, &name, &target)? {
            return Err(StorageError::conflict(&draft.root.path_of(&target), "another log has this name"));
        }
    }
    Ok(())
}

/// Brings root inventory and sidecar to what the version folder holds; `false` when they were.
fn replace_root_inventory(draft: &FolderDraft, steps: &mut Steps<'_>) -> Result<bool, StorageError> {
    let (root, object) = (&draft.root, &draft.object);
    let names = inventory_names(draft, &format!("{object}/{}", draft.version))?;
    let mut has_changed = false;
    // Sorted, so that the inventory comes before its sidecar.
    for name in &names {
        let (own, target) = (format!("{object}/{}/{name}", draft.version), format!("{object}/{name}"));
        let prepared = format!("{}/{name}", draft.work);
        if same_bytes(root, &own, &target)? {
            continue;
        }
        if !same_bytes(root, &own, &prepared)? {
            // The workspace was lost in between.
            steps.duplicate(&own, &prepared)?;
        }
        steps.rename_over(&prepared, &target)?;
        has_changed = true;
    }
    // The inventory's digest algorithm may have changed; a sidecar of the old one would contradict it (§3.7, E058).
    for stale in inventory_names(draft, object)?.iter().filter(|name| !names.contains(name)) {
        steps.remove_file(&format!("{object}/{stale}"))?;
    }
    Ok(has_changed)
}

fn inventory_names(draft: &FolderDraft, folder: &str) -> Result<Vec<String>, StorageError> {
    let names = draft.root.list(folder)?.into_iter().map(|entry| entry.name);
    Ok(names.filter(|name| name == INVENTORY || name.starts_with(SIDECAR)).collect())
}

/// Moves the draft's logs to the object's.
fn merge_logs(draft: &FolderDraft, steps: &mut Steps<'_>) -> Result<(), StorageError> {
    let root = &draft.root;
    for (name, target) in &logs(draft)? {
        if let Some((parent, _)) = target.rsplit_once('/') {
            steps.make(parent)?;
        }
        if !steps.rename_new(name, target)? && !same_bytes(root, name, target)? {
            return Err(StorageError::conflict(&root.path_of(target), "another log has this name"));
        }
    }
    // Also when an earlier call moved them: it may have been killed before it came here.
    let merged = format!("{}/{LOGS}", draft.object);
    if root.has(&merged)? {
        steps.sync(&merged)?;
        steps.sync(&draft.object)?;
    }
    Ok(())
}

/// Returns where each log of the draft is, and where it goes.
fn logs(draft: &FolderDraft) -> Result<Vec<(String, String)>, StorageError> {
    let top = format!("{}/{LOGS}", draft.work);
    FolderWalk::below(&draft.root, &top, "")?
        .map(|found| {
            let path = found?.path;
            Ok((format!("{top}/{path}"), format!("{}/{LOGS}/{path}", draft.object)))
        })
        .collect()
}
