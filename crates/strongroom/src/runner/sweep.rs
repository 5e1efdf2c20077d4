//! The sweeper: frees what dead processes held, and finds what fell between chairs.

use std::collections::BTreeSet;
use std::fs;

use backends::database::{Database, JobFilter};
use jiff::SignedDuration;
use model::{ItemId, JobStatus, ObjectId, StoreId};

use super::Process;
use crate::pipelines::Context;

/// A repair writes, and reads what it wrote, for no longer: a week is enough for the largest file that a bucket takes.
const MENDED: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Age of a small file without its name that nobody is writing any more.
const UNFINISHED: SignedDuration = SignedDuration::from_hours(1);
/// Stands in for the place of an object that will never be.
const LEFTOVER: &str = "leftover";
/// The newest jobs, among which those are that have not ended.
const JOBS_LOOKED_AT: u32 = 200;

/// Releases the leases of processes that are dead, so that their items are taken up again at once.
///
/// # Errors
/// The database cannot be reached.
pub async fn release_dead(database: &Database, process: &Process) -> anyhow::Result<u64> {
    let mut released = 0;
    // Before the leases are looked at: whoever dies in between keeps its mark until the next look.
    let free = process.free_marks()?;
    let owners = database.lease_owners().await?;
    for owner in &owners {
        if (free.contains(&owner.0) && process.tells_death(&owner.0)) || process.is_gone(owner) {
            let count = database.release(owner).await?;
            tracing::warn!(%owner, count, "a process died; its work is taken up again");
            released += count;
        }
    }
    for name in &free {
        if process.tells_death(name) || owners.iter().all(|owner| owner.0 != *name) {
            process.forget(name)?;
        }
    }
    Ok(released)
}

/// Removes leftovers of ended items in staging and in the stores' workspaces, and returns how many there were.
///
/// There should be none but after a kill between an item's end and its cleaning; each is named loudly.
///
/// # Errors
/// The database cannot be reached. A store that is not there is passed over.
pub async fn remove_leftovers(context: &Context) -> anyhow::Result<u64> {
    let mut removed = 0;
    let mut keys = BTreeSet::new();
    if context.staging.is_dir() {
        for entry in fs::read_dir(&context.staging)? {
            keys.insert(entry?.file_name().to_string_lossy().into_owned());
        }
    }
    for key in &keys {
        if is_leftover(&context.database, key).await? {
            tracing::warn!(key, "removing what an ended item left in staging");
            fs::remove_dir_all(context.staging.join(key))?;
            removed += 1;
        }
    }
    let buckets = context.restore_buckets.clone();
    let uploads = tokio::task::spawn_blocking(move || buckets.abort_abandoned()).await?;
    if uploads > 0 {
        tracing::warn!(uploads, "gave up uploads to restore places that were begun a week ago and more");
    }
    for (id, _) in &context.stores.0 {
        let Ok(store) = context.stores.open(id) else { continue };
        match store.abort_uploads() {
            Ok(0) => {}
            Ok(uploads) => {
                tracing::warn!(uploads, store.id = id.0, "gave up uploads that were begun a week ago and more")
            }
            Err(error) => tracing::debug!(store.id = id.0, error = %error, "cannot look for abandoned uploads"),
        }
        let begun_before = context.clock.now() - UNFINISHED;
        if let Ok(files @ 1..) = store.remove_unfinished(begun_before) {
            tracing::warn!(files, store.id = id.0, "removed small files whose writers were killed");
        }
        if let Ok(files @ 1..) = store.remove_left_mendings(context.clock.now() - MENDED) {
            tracing::warn!(files, store.id = id.0, "removed files of repairs that nobody went on with for a week");
        }
        let drafts = [store.drafts().unwrap_or_default(), store.claimants().unwrap_or_default()].concat();
        for key in BTreeSet::from_iter(drafts) {
            if is_leftover(&context.database, &key).await? || is_left_copy(&context.database, &key, id).await? {
                tracing::warn!(key, store.id = id.0, "removing what an ended item left in a store's workspace");
                // Where the object would have been does not matter: the item has ended and commits no more.
                store.draft(&key, LEFTOVER, "v1")?.discard()?;
                removed += 1;
            }
        }
    }
    Ok(removed)
}

/// The copy of an object that is not in work now. It would be gone on with, but nobody may ever ask for it again.
async fn is_left_copy(database: &Database, key: &str, store: &StoreId) -> anyhow::Result<bool> {
    let Some(object) = ObjectId::of_key(key) else { return Ok(false) };
    let jobs = database.jobs(&JobFilter { status: None, before: None, most: JOBS_LOOKED_AT }).await?;
    let is_going_on = jobs.iter().any(|job| matches!(job.status, JobStatus::Pending | JobStatus::Started));
    Ok(!is_going_on && !database.is_being_replicated(object, store).await?)
}

/// A leftover belongs to an item that has ended for good. A stopped one may be retried from where it stands.
async fn is_leftover(database: &Database, key: &str) -> anyhow::Result<bool> {
    let Some(id) = ItemId::of_key(key) else { return Ok(false) };
    let item = database.item(id).await?;
    Ok(item.is_none_or(|item| item.status.is_ended() && item.status != model::Status::Stopped))
}
