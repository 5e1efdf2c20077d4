//! What lies in a store beside its OCFL root: what belongs there, what was left, and what is foreign.

use backends::storage::{Beside, Entry, EntryKind, Store, UNFINISHED};
use model::{ItemId, ObjectId, Status, StepError, StoreId, Weight};

use super::super::context::storage;
use super::super::fixity::CANARIES;
use super::super::work::ask;
use super::doing::{At, Doing};

/// Looks at the store's own folder and those beside the root.
pub fn look(doing: &mut Doing<'_>, opened: &Store, store: &StoreId) -> Result<(), StepError> {
    for entry in opened.top().map_err(storage)? {
        if !Store::is_own(&entry.name) {
            foreign(doing, store, &entry.name);
        }
    }
    for which in Beside::ALL {
        let Some(folder) = opened.beside(which).map_err(storage)? else { continue };
        for entry in folder.list("").map_err(storage)? {
            let place = format!("{}/{}", which.name(), entry.name);
            match which {
                Beside::Work => work(doing, opened, store, &entry)?,
                Beside::Quarantine => quarantine(doing, store, &entry)?,
                Beside::Canaries if !CANARIES.contains(&entry.name.as_str()) => foreign(doing, store, &place),
                Beside::Tombstones => doing.progress.count("tombstones", 1),
                Beside::Chronicle if entry.kind != EntryKind::File => foreign(doing, store, &place),
                Beside::Canaries | Beside::Chronicle => {}
            }
        }
    }
    Ok(())
}

fn foreign(doing: &mut Doing<'_>, store: &StoreId, place: &str) {
    let detail = "nothing of ours bears this name";
    doing.result("foreign_file", Weight::Strange, store, At::path(place), detail);
}

/// A draft belongs to an item or a copying in work; what has a dot before its name, to a step that is under way.
fn work(doing: &mut Doing<'_>, opened: &Store, store: &StoreId, entry: &Entry) -> Result<(), StepError> {
    let database = &doing.context.database;
    let name = entry.name.as_str();
    let is_needed = if let Some(id) = ItemId::of_key(name) {
        let item = ask(database.item(id))?;
        item.is_some_and(|item| !item.status.is_ended() || item.status == Status::Stopped)
    } else if let Some(object) = ObjectId::of_key(name) {
        ask(database.is_being_replicated(object, store))?
    } else {
        // A small file on its way to its name, which the sweeper removes when its writer was killed.
        name.starts_with(UNFINISHED)
    };
    // What is there for a moment only is gone at the second look.
    let folder = opened.beside(Beside::Work).map_err(storage)?;
    let is_still_there =
        folder.is_some_and(|folder| folder.list("").is_ok_and(|now| now.iter().any(|one| one.name == entry.name)));
    if !is_needed && is_still_there {
        let detail = "left by work that has ended: `strongroom up` and `strongroom ingest` remove what is theirs";
        doing.result("leftover", Weight::Strange, store, At::path(format!("work/{name}")), detail);
    }
    Ok(())
}

/// What an incident kept is as it should be, and a person may want to know of it.
fn quarantine(doing: &mut Doing<'_>, store: &StoreId, entry: &Entry) -> Result<(), StepError> {
    let place = format!("quarantine/{}", entry.name);
    let number = entry.name.strip_prefix("incident-").map(|rest| rest.split('-').next().unwrap_or(rest));
    let is_known = match number.and_then(|number| number.parse().ok()) {
        Some(incident) => ask(doing.context.database.has_incident(store, incident))?,
        None => entry.name.starts_with("replica-"),
    };
    if !is_known {
        foreign(doing, store, &place);
        return Ok(());
    }
    let detail =
        format!("{} bytes that were found wrong and replaced; remove them when nobody wants them", entry.size_bytes);
    doing.result("quarantined", Weight::Note, store, At::path(place), detail);
    Ok(())
}
