//! The stores: there, the right ones, writable, with room.

use std::path::Path;

use backends::database::Database;
use backends::storage::{StorageError, Store, StorePlace};
use model::StoreState;

use super::check::Check;
use super::database::full;
use super::space;
use crate::config::{Config, Place, StoreConfig};

/// Looks at one store; returns it when it is there and the right one.
pub async fn examine(
    store: &StoreConfig,
    place: &Place,
    database: Option<&Database>,
    checks: &mut Vec<Check>,
) -> Option<Store> {
    let name = format!("store {}", store.id);
    // An address that is no place was told as a fault of the configuration.
    let at = store.place(place.path(), jiff::Timestamp::now).ok()?;
    if is_retired(store, database).await {
        checks.push(Check::ok(
            &name,
            "retired: nothing is expected of it, and it may leave the configuration".to_owned(),
        ));
        return None;
    }
    if is_yet_to_be_made(store, database).await && !is_there(&at) {
        let seen = format!("{at} is not there yet");
        checks.push(Check::warning(name, seen, "the next `strongroom ingest` or `strongroom up` makes it"));
        return None;
    }
    match open(store, &at) {
        Ok(opened) => {
            checks.push(Check::ok(&name, format!("{at} is there and can be written")));
            checks.extend(at.folder().map(|folder| room(&name, &opened, folder)));
            Some(opened)
        }
        Err((seen, advice)) => {
            checks.push(Check::fault(name, seen, advice));
            None
        }
    }
}

async fn is_retired(store: &StoreConfig, database: Option<&Database>) -> bool {
    match database {
        Some(database) => matches!(database.store_state(&store.id).await, Ok(Some(StoreState::Retired))),
        None => false,
    }
}

async fn is_yet_to_be_made(store: &StoreConfig, database: Option<&Database>) -> bool {
    match database {
        Some(database) => matches!(database.knows_store(&store.id).await, Ok(false)),
        None => false,
    }
}

/// Says whether anything is there that a store could be told by, or nobody can tell: one that cannot be reached is not one
/// that is yet to be made.
fn is_there(at: &StorePlace) -> bool {
    match at.folder() {
        Some(folder) => folder.exists(),
        None => !matches!(at.open(), Err(StorageError::StoreGone { .. })),
    }
}

fn open(store: &StoreConfig, at: &StorePlace) -> Result<Store, (String, String)> {
    let opened = at.open().map_err(|error| {
        let advice = "mount it, mend the way to it, or restore it: nothing is read from it or written to it until it is back, and whatever \
                      needs it waits";
        (full(&error), advice.to_owned())
    })?;
    if opened.id() != store.id.0 {
        let seen = format!("the store at {at} is {}, not {}", opened.id(), store.id);
        return Err((seen, "mount the right one there, or mend the address in the configuration".to_owned()));
    }
    opened.check().map_err(|error| (full(&error), "mend its rights or its disk, or make room".to_owned()))?;
    Ok(opened)
}

fn room(name: &str, store: &Store, folder: &Path) -> Check {
    let name = format!("space in {name}");
    match store.free_bytes() {
        Ok(Some(free_bytes)) => space::judge(name, folder, free_bytes),
        Ok(None) => Check::ok(name, "there is no bound that could be asked for".to_owned()),
        Err(error) => Check::unchecked(name, full(&error), "look at its disk"),
    }
}

/// Looks for stores that hold objects and are no longer in the configuration.
pub async fn not_configured(config: &Config, database: Option<&Database>) -> Option<Check> {
    let known = database?.known_stores().await;
    let name = "stores that were";
    let gone: Vec<_> = match known {
        Err(error) => return Some(Check::unchecked(name, full(&error), "look at the database first")),
        Ok(known) => {
            // Nothing depends on one that is retired: it may go.
            let in_use = known.into_iter().filter(|known| known.state != StoreState::Retired).map(|known| known.id);
            in_use.filter(|id| config.stores.iter().all(|store| store.id != *id)).collect()
        }
    };
    if gone.is_empty() {
        return None;
    }
    let names: Vec<_> = gone.iter().map(ToString::to_string).collect();
    let seen = format!("not in the configuration any more: {}", names.join(", "));
    Some(Check::fault(name, seen, "add them again: objects may have their only proven replicas there"))
}
