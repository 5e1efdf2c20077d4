//! Tombstones: what is left of deleted objects must be in every store, as the objects were.

use std::io::Read;

use backends::storage::{Beside, EntryKind, Store};
use model::{StepError, StoreId, Weight};

use super::super::context::storage;
use super::doing::{At, Doing};

/// Bytes of a tombstone at the most.
const TOMBSTONE_BYTES_MAX: u64 = 16 << 20;

/// Copies to a store every tombstone of the other stores that it lacks, and every file of the chronicle; tells of those
/// that differ.
pub fn copy(doing: &mut Doing<'_>, target: &Store) -> Result<(), StepError> {
    [Beside::Tombstones, Beside::Chronicle].into_iter().try_for_each(|which| copy_from(doing, target, which))
}

fn copy_from(doing: &mut Doing<'_>, target: &Store, which: Beside) -> Result<(), StepError> {
    let others: Vec<_> = doing.context.stores.0.iter().map(|(id, _)| id.clone()).collect();
    for other in others.into_iter().filter(|id| id.0 != target.id()) {
        let Ok(source) = doing.context.stores.open(&other) else { continue };
        for path in paths(&source, which)? {
            doing.signal.check()?;
            let Some(bytes) = read(&source, which, &path)? else { continue };
            match read(target, which, &path)? {
                Some(there) if there == bytes => {}
                Some(_) => differs(doing, &other, target, which, &path),
                None => {
                    target.write_beside(which, &path, &bytes).map_err(storage)?;
                    if read(target, which, &path)?.as_ref() != Some(&bytes) {
                        return Err(StepError::stop(format!("{}/{path} is not what was written", which.name())));
                    }
                    doing.progress.count(&format!("{} copied", which.name()), 1);
                }
            }
        }
    }
    Ok(())
}

/// Tells of every tombstone that two stores do not have alike.
pub fn compare(doing: &mut Doing<'_>, one: &Store, other: &Store) -> Result<(), StepError> {
    for (here, there) in [(one, other), (other, one)] {
        for path in paths(here, Beside::Tombstones)? {
            match (read(here, Beside::Tombstones, &path)?, read(there, Beside::Tombstones, &path)?) {
                (_, None) => {
                    let at = At::path(format!("{}/{path}", Beside::Tombstones.name()));
                    let id = StoreId(there.id().to_owned());
                    doing.result(
                        "tombstone_lacking",
                        Weight::Strange,
                        &id,
                        at,
                        format!("the store {} has it", here.id()),
                    );
                }
                (own, another) if own != another && here.id() == one.id() => {
                    differs(doing, &StoreId(one.id().to_owned()), other, Beside::Tombstones, &path);
                }
                _ => {}
            }
        }
    }
    Ok(())
}

fn differs(doing: &mut Doing<'_>, other: &StoreId, target: &Store, which: Beside, path: &str) {
    let at = At::path(format!("{}/{path}", which.name()));
    let id = StoreId(target.id().to_owned());
    doing.result("tombstone_differs", Weight::Strange, &id, at, format!("the store {other} has another one"));
}

/// Lists the tombstones of a store; none when it has no such folder.
fn paths(store: &Store, which: Beside) -> Result<Vec<String>, StepError> {
    let Some(folder) = store.beside(which).map_err(storage)? else { return Ok(Vec::new()) };
    let mut paths = Vec::new();
    for found in folder.walk("").map_err(storage)? {
        let found = found.map_err(storage)?;
        if found.kind == EntryKind::File {
            paths.push(found.path);
        }
    }
    Ok(paths)
}

fn read(store: &Store, which: Beside, path: &str) -> Result<Option<Vec<u8>>, StepError> {
    let Some(folder) = store.beside(which).map_err(storage)? else { return Ok(None) };
    if folder.size_of(path).map_err(storage)?.is_none() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    let file = folder.open_back(path).map_err(storage)?;
    file.take(TOMBSTONE_BYTES_MAX).read_to_end(&mut bytes).map_err(StepError::retry)?;
    Ok(Some(bytes))
}
