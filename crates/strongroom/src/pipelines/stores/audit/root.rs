//! Store to registry: what lies in a store's OCFL root is known to the registry, as the version that it knows.

use backends::storage::{ObjectReader, Store};
use model::{HeldReplica, StepError, StoreId, Weight};

use super::super::super::context::storage;
use super::super::super::work::ask;
use super::super::doing::{At, Doing};
use super::super::identify::identify;
use super::super::walk::{Found, RootWalk};
use super::{again, is_in_work, passed_over};

/// Walks the root after the path that was reached.
pub fn to_registry(doing: &mut Doing<'_>, opened: &Store, store: &StoreId) -> Result<(), StepError> {
    let root = opened.ocfl_root().map_err(storage)?;
    let after = doing.progress.after.clone();
    for found in RootWalk::after(opened.ocfl_root().map_err(storage)?, &after).map_err(storage)? {
        let found = found.map_err(storage)?;
        match &found {
            Found::Object(path) => object(doing, &root, store, path)?,
            Found::Stray(path) => {
                let detail = "a file outside of objects; if it was one, its declaration is lost";
                doing.result("foreign_file", Weight::Strange, store, At::path(format!("ocfl/{path}")), detail);
            }
            Found::Empty(path) => {
                // A commit may just be making it.
                let is_empty =
                    again(doing, store)?.ocfl_root().map_err(storage)?.list(path).is_ok_and(|list| list.is_empty());
                if is_empty {
                    let detail = "OCFL allows no empty folders in a storage root";
                    doing.result("empty_folder", Weight::Strange, store, At::path(format!("ocfl/{path}")), detail);
                }
            }
        }
        doing.meter.add_files(1);
        doing.reached(found.path().to_owned())?;
    }
    Ok(())
}

fn object(doing: &mut Doing<'_>, root: &ObjectReader, store: &StoreId, path: &str) -> Result<(), StepError> {
    let database = &doing.context.database;
    let place = format!("ocfl/{path}");
    let Some(identifier) = identify(root, path) else {
        let detail = "an object that this software did not place there";
        doing.result("unknown_object", Weight::Strange, store, At::path(place), detail);
        return Ok(());
    };
    let Some(object) = ask(database.object(&identifier))? else {
        if ask(database.is_being_stored(&identifier))? {
            passed_over(doing, store, &identifier);
            return Ok(());
        }
        // A deposit may have ended between the two looks.
        if ask(database.object(&identifier))?.is_none() {
            let detail = "the registry does not know the object: a deposit was given up, or the registry is older than the store";
            doing.result("unknown_object", Weight::Strange, store, At::file(&identifier, place), detail);
        }
        return Ok(());
    };
    if is_in_work(doing, &identifier, object.id, store)? {
        passed_over(doing, store, &identifier);
        return Ok(());
    }
    let held = ask(database.held_replicas(Some(object.id), Some(store), None, 1))?;
    match held.into_iter().next() {
        Some(replica) => versions(doing, root, path, &replica),
        None => {
            let detail = "the registry knows the object and does not count on it here: it was let go, or `strongroom store \
                          backfill` takes it up";
            doing.result("unknown_replica", Weight::Strange, store, At::file(&identifier, place), detail);
            Ok(())
        }
    }
}

/// Looks for versions beyond the one that the registry knows.
fn versions(doing: &mut Doing<'_>, root: &ObjectReader, path: &str, replica: &HeldReplica) -> Result<(), StepError> {
    // An object that cannot be listed is the business of the other direction.
    let Ok(entries) = root.list(path) else { return Ok(()) };
    for entry in entries {
        let number = entry.name.strip_prefix('v').and_then(|digits| digits.parse::<u32>().ok());
        if number.is_none_or(|number| number <= replica.head) {
            continue;
        }
        let version = format!("{path}/{}", entry.name);
        let has_inventory = root.size_of(&format!("{version}/inventory.json")).map_err(storage)?.is_some();
        let now = ask(doing.context.database.held_replicas(Some(replica.object), Some(&replica.store), None, 1))?;
        let is_newer = now.first().is_none_or(|now| now.head != replica.head);
        if is_newer || is_in_work(doing, &replica.identifier, replica.object, &replica.store)? {
            passed_over(doing, &replica.store, &replica.identifier);
            return Ok(());
        }
        let (result, detail) = match has_inventory {
            true => (
                "newer_version",
                "a whole version that the registry does not know: a deposit was given up after it, or \
                      the registry is older than the store",
            ),
            false => ("half_written_version", "a version without an inventory that the registry does not know"),
        };
        let at = At::file(&replica.identifier, entry.name);
        doing.result(result, Weight::Strange, &replica.store, at, detail);
    }
    Ok(())
}
