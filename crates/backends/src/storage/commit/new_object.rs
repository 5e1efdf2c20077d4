//! A new object: one rename, and what makes it durable.

use std::io;

use crate::storage::draft::FolderDraft;
use crate::storage::store::WORK;
use crate::storage::{Commit, StorageError};

use super::Committed;
use super::prepared;
use super::steps::Steps;

/// How often parents are made again that another draft's discard removed because they were empty.
const ATTEMPTS_MAX: usize = 16;

pub(super) fn commit(draft: &FolderDraft, steps: &mut Steps<'_>) -> Result<Committed, StorageError> {
    let mut committed = Committed::Earlier;
    if !draft.root.has(&draft.object)? {
        prepared::check(draft, Commit::NewObject)?;
        steps.make_durable()?;
        if place(draft, steps)? {
            committed = Committed::Now;
        }
    }
    if committed == Committed::Earlier {
        prepared::check_same_version(draft)?;
    }
    // Also after an earlier commit: it may have been killed before it came here.
    for parent in parents(&draft.object) {
        steps.sync(parent)?;
    }
    steps.remove_tree(&draft.work)?;
    steps.sync(WORK)?;
    Ok(committed)
}

/// Renames the workspace to the object; `false` when another was faster.
fn place(draft: &FolderDraft, steps: &mut Steps<'_>) -> Result<bool, StorageError> {
    let parent = parents(&draft.object).next().unwrap_or(&draft.object);
    let mut attempts = 0;
    let placed = loop {
        attempts += 1;
        let renamed = steps.make(parent).and_then(|()| steps.rename_new(&draft.work, &draft.object));
        match renamed {
            Err(error) if error.io_kind() == Some(io::ErrorKind::NotFound) && attempts < ATTEMPTS_MAX => {}
            other => break other,
        }
    };
    placed.inspect_err(|_| draft.prune_parents())
}

/// Yields the folders above a path, the nearest first, down from and with the OCFL root.
pub(in crate::storage) fn parents(path: &str) -> impl Iterator<Item = &str> {
    path.rmatch_indices('/').map(|(at, _)| &path[..at])
}
