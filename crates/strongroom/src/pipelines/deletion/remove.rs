//! remove: the bytes go, store by store, and each store is looked at again.
//!
//! Takes a deletion whose conditions held a moment ago, and where only files go, the object as it will be. Leaves no byte
//! of what two people agreed to destroy in any store. Safe to repeat because an object leaves its place by one rename,
//! a store that was done is found to be so, and a store's word is kept as it was first given.

use std::collections::HashSet;

use backends::database::Looking;
use backends::storage::{EntryKind, Leaving, StorageError, Store};
use digests::Digest;
use model::{Answer, Confirmed, DeletionTarget, Extent, ItemState, Stage, StepError, StoreId, TargetState};
use ocfl::{INVENTORY_FILE, Inventory};

use super::super::Work;
use super::super::context::storage;
use super::super::object_names;
use super::super::work::database;
use super::gone::GoneFiles;
use super::rewrite::inventory_of;
use super::{answer, stores, target, waiting_for_stores};

/// How often what was prepared is looked for before it is prepared anew.
const LOOKS: u32 = 2;

/// Looks at the conditions for the last time, then removes.
///
/// # Errors
/// A store cannot be reached or written; those that are done stay done.
pub async fn remove(work: &Work) -> Result<Answer, StepError> {
    let doors = &work.context;
    let (_, target) = target(work).await?;
    let places = doors.database.places_of(target.object).await.map_err(database)?;
    if target.state == TargetState::Waiting {
        let places = places.clone();
        let ready = work.blocking(move |work| {
            for (store, path) in stores(work, &places)? {
                store.check().map_err(storage)?;
                // What cannot go from one store goes from none.
                store.leaving(&work.draft_key(&store)?, &path).and_then(|leaving| leaving.check()).map_err(storage)?;
            }
            Ok(Answer::done(ItemState::default()))
        });
        match waiting_for_stores(work, ready.await)? {
            Answer::Done(_) => {}
            other => return Ok(other),
        }
    }
    // From this transaction on the bytes go: whatever forbids it has forbidden it by now.
    let looked = doors.database.deletion_conditions(&work.claim, &doors.deletion, Looking::ToBegin, doors.clock.now());
    let found = match answer(looked.await.map_err(database)?) {
        Ok(found) => found,
        Err(answer) => return Ok(answer),
    };
    let removed = work.blocking(move |work| remove_all(work, &found.1, &places));
    waiting_for_stores(work, removed.await)
}

fn remove_all(work: &Work, target: &DeletionTarget, places: &[(StoreId, String)]) -> Result<Answer, StepError> {
    let registry = &work.context.database;
    let confirmed = work.ask(registry.confirmed_stores(target.deletion, target.object))?;
    let mut last = Ok(Answer::done(ItemState::clone(&work.state)));
    for (id, path) in places {
        work.signal.check()?;
        if confirmed.iter().any(|confirmed| confirmed.store == *id) {
            continue;
        }
        // One store that cannot be reached keeps no other from being done.
        match remove_from(work, target, id, path) {
            Ok(()) => {}
            Err(error @ StepError::Retry(_)) => last = Err(error),
            Err(error) => return Err(error),
        }
    }
    last
}

fn remove_from(work: &Work, target: &DeletionTarget, id: &StoreId, path: &str) -> Result<(), StepError> {
    let store = work.context.stores.open(id)?;
    let leaving = store.leaving(&work.draft_key(&store)?, path).map_err(storage)?;
    work.assert_held()?;
    match target.extent {
        Extent::Object => leaving.take_out(object_names::tell).map_err(storage)?,
        Extent::Files => exchange(work, &leaving)?,
    }
    forget_quarantined(work, target, &store)?;
    // Through a connection of its own: what was told before the removal is not believed.
    let store = work.context.stores.open(id)?;
    match target.extent {
        Extent::Object => assert_gone(&store, path)?,
        Extent::Files => assert_without(work, target, &store, path)?,
    }
    let confirmed = Confirmed { store: id.clone(), at: work.context.clock.now() };
    let noted = work.context.database.confirm_removal(&work.claim, (target.deletion, target.object), &confirmed);
    work.ask(noted)?;
    tracing::info!(work.id = work.claim.item.id.0, store.id = id.0, "bytes are gone from a store");
    Ok(())
}

fn settled(work: &Work) -> Result<Digest, StepError> {
    let settled = inventory_of(work.state.deleting.as_ref());
    settled.ok_or_else(|| StepError::stop("the deletion has no rewritten object: it skipped a stage"))
}

fn exchange(work: &Work, leaving: &Leaving) -> Result<(), StepError> {
    let item = &work.claim.item;
    let looked = if item.stage == Stage::Remove { item.attempts } else { 0 };
    leaving.exchange(settled(work)?).map_err(|error| match error {
        // Whoever took the work over saw none of the workspace, since a listing was late, or half of it: the next look may.
        error @ StorageError::NotReady { .. } if looked < LOOKS => StepError::retry(error),
        // Somebody emptied it.
        error @ StorageError::NotReady { .. } => StepError::RetryFrom(Stage::Rewrite, error.into()),
        error => storage(error),
    })
}

/// Wrong bytes that a repair has kept may be nearly those that must go, and the new file of one that was killed is them.
fn forget_quarantined(work: &Work, target: &DeletionTarget, store: &Store) -> Result<(), StepError> {
    let id = StoreId(store.id().to_owned());
    let kept = work.ask(work.context.database.quarantined(target.object, &id))?;
    let gone = match target.extent {
        Extent::Files if !kept.is_empty() => Some(GoneFiles::read(work, target)?),
        _ => None,
    };
    // What was kept of a whole object, and what a copying has mended, does not say of which file it is.
    let goes =
        |path: &str, expected: &[u8]| path.is_empty() || gone.as_ref().is_none_or(|gone| gone.has_bytes(expected));
    let incidents = kept.iter().filter(|(_, path, expected)| goes(path, expected));
    let mut keys: Vec<_> = incidents.map(|(id, ..)| format!("incident-{id}")).collect();
    keys.push(format!("replica-{}", target.object));
    store.forget_quarantined(&keys).map_err(storage)
}

fn assert_gone(store: &Store, path: &str) -> Result<(), StepError> {
    match store.object(path).map_err(storage)? {
        None => Ok(()),
        Some(_) => Err(StepError::retry(format!("the store {} still has {path} after it was removed", store.id()))),
    }
}

/// Insists that the object in its place is the new one, has all content that it lists, and no other.
fn assert_without(work: &Work, target: &DeletionTarget, store: &Store, path: &str) -> Result<(), StepError> {
    let leaving = store.leaving(&work.draft_key(store)?, path).map_err(storage)?;
    let object = store.object(path).map_err(storage)?;
    let (true, Some(object)) = (leaving.is_in_place(settled(work)?).map_err(storage)?, object) else {
        return Err(StepError::retry(format!("the store {} does not show the rewritten object", store.id())));
    };
    let inventory = Inventory::read(object.open(INVENTORY_FILE).map_err(storage)?).map_err(StepError::stop)?;
    let mut unseen: HashSet<_> = inventory.contents().map(|(path, _)| path).collect();
    let wrong = |what: String| StepError::retry(format!("the store {} {what} in {}", store.id(), target.identifier));
    for version in inventory.version_numbers() {
        let content = format!("{version}/{}", inventory.content_directory());
        let entries = match object.list(&version.to_string()) {
            // Where a listing is late, it may show nothing; what must be there is asked for below.
            Err(error) if error.io_kind() == Some(std::io::ErrorKind::NotFound) => continue,
            listed => listed.map_err(storage)?,
        };
        if !entries.iter().any(|entry| entry.kind == EntryKind::Folder) {
            continue;
        }
        for found in object.walk(&content).map_err(storage)? {
            let found = format!("{content}/{}", found.map_err(storage)?.path);
            if !unseen.remove(&found) {
                return Err(wrong(format!("has {found}, which no version lists,")));
            }
        }
    }
    // A listing may be late.
    for path in unseen {
        if object.size_of(&path).map_err(storage)?.is_none() {
            return Err(wrong(format!("has no {path}, which is to stay,")));
        }
    }
    Ok(())
}
