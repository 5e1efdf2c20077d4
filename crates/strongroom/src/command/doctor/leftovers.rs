//! Leftovers: what ended items have left in staging and in the stores' workspaces.

use std::collections::BTreeSet;
use std::fs;
use std::io;

use backends::database::Database;
use backends::storage::Store;
use model::{ItemId, ObjectId, Status, StoreId};

use super::super::output;
use super::check::Check;
use super::database::full;
use crate::config::Place;

/// Names that are told; of more only their number.
const NAMED_MAX: usize = 20;

/// Looks for work areas of which no item in work knows.
pub async fn find(place: &Place, stores: &[Store], database: &Database) -> Check {
    let name = "leftovers";
    match look(place, stores, database).await {
        Err(because) => Check::unchecked(name, because, "look at the data directory and the stores"),
        Ok(found) if found.is_empty() => Check::ok(name, "none"),
        Ok(found) => {
            let named: Vec<_> = found.iter().take(NAMED_MAX).map(String::as_str).collect();
            let count = output::count(found.len() as u64, "work area");
            let seen = format!("{count} of no item in work: {}", named.join(", "));
            let advice = "those called item-N are removed by the next `strongroom ingest` or `strongroom up`; remove \
                          others by hand";
            Check::warning(name, seen, advice)
        }
    }
}

async fn look(place: &Place, stores: &[Store], database: &Database) -> Result<BTreeSet<String>, String> {
    let mut found = BTreeSet::new();
    for key in staged(place).map_err(|error| format!("cannot list {}: {error}", place.staging().display()))? {
        if is_leftover(database, &key).await? {
            found.insert(format!("staging/{key}"));
        }
    }
    for store in stores {
        let id = StoreId(store.id().to_owned());
        for key in store.drafts().map_err(|error| full(&error))? {
            if is_leftover(database, &key).await? && !is_copy_in_work(database, &key, &id).await? {
                found.insert(format!("store {}: {key}", store.id()));
            }
        }
    }
    Ok(found)
}

fn staged(place: &Place) -> io::Result<Vec<String>> {
    match fs::read_dir(place.staging()) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
        Ok(entries) => entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect(),
    }
}

/// The copy of an object into the store that a job or a deposit is at.
async fn is_copy_in_work(database: &Database, key: &str, store: &StoreId) -> Result<bool, String> {
    let Some(object) = ObjectId::of_key(key) else { return Ok(false) };
    database.is_being_replicated(object, store).await.map_err(|error| full(&error))
}

/// What an item in work or one that waits for a person needs is none; whatever else is there is.
async fn is_leftover(database: &Database, key: &str) -> Result<bool, String> {
    let Some(id) = ItemId::of_key(key) else { return Ok(true) };
    let item = database.item(id).await.map_err(|error| full(&error))?;
    Ok(item.is_none_or(|item| item.status.is_ended() && item.status != Status::Stopped))
}
