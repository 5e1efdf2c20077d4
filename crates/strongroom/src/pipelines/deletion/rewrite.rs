//! rewrite: where only files go, the object is written anew beside the old one, without them.
//!
//! Takes a deletion whose conditions hold. Leaves in each store's workspace the whole object as it will be, proven; of an
//! object that goes whole, nothing. Safe to repeat because what was prepared is forgotten first, what is prepared is the
//! same each time, and a store that has exchanged the object already is left alone.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader};

use backends::storage::{Leaving, StorageError, Store};
use digests::{Algorithm, Digest};
use model::{Answer, Deleting, DeletionTarget, Extent, ItemState, StepError};
use ocfl::{INVENTORY_FILE, Inventory};

use super::super::Work;
use super::super::context::storage;
use super::super::ingest::sidecars::composing::Document;
use super::super::object_names;
use super::super::reading_back::ReadingBack;
use super::gone::GoneFiles;
use super::rewritten::{self, Rewritten};
use super::{stores, target, waiting_for_stores};

/// Prepares what stays of the object.
///
/// # Errors
/// A store cannot be read or written, a replica is damaged, or the work is to stop.
pub async fn rewrite(work: &Work) -> Result<Answer, StepError> {
    let (deletion, target) = target(work).await?;
    if target.extent == Extent::Object {
        return Ok(Answer::done(ItemState::clone(&work.state)));
    }
    let prepared = work.blocking(move |work| {
        let gone = GoneFiles::read(work, &target)?;
        let rewriting = rewritten::Rewriting { work, deletion: &deletion, target: &target, gone: &gone };
        prepare(work, &target, &rewriting)
    });
    waiting_for_stores(work, prepared.await)
}

fn prepare(work: &Work, target: &DeletionTarget, rewriting: &rewritten::Rewriting<'_>) -> Result<Answer, StepError> {
    let places = work.ask(work.context.database.places_of(target.object))?;
    let stores = stores(work, &places)?;
    for (store, path) in &stores {
        // A store whose bytes would stay refuses here, before any is prepared.
        store.leaving(&work.draft_key(store)?, path).and_then(|leaving| leaving.check()).map_err(storage)?;
    }
    let known = known_documents(work, target)?;
    let mut state = ItemState::clone(&work.state);
    let placed = inventory_of(state.deleting.as_ref());
    let mut waiting = Vec::new();
    for (store, path) in &stores {
        let leaving = store.leaving(&work.draft_key(store)?, path).map_err(storage)?;
        // Killed between two stores, the first has the new object already, and only the others are to be prepared.
        // And one that has begun to exchange ends what it was prepared for.
        let is_placed = placed.map_or(Ok(false), |inventory| leaving.is_in_place(inventory)).map_err(storage)?;
        if !is_placed && !leaving.is_begun().map_err(storage)? {
            waiting.push((store, path, leaving));
        }
    }
    let Some((store, path, _)) = waiting.first() else { return Ok(Answer::done(state)) };
    let rewritten = rewriting.compose(store, path, &known)?;
    if let Some(earlier) = state.deleting.as_ref().filter(|earlier| earlier.documents != rewritten.digests()) {
        let (earlier, now) = (earlier.documents.len(), rewritten.digests().len());
        return Err(StepError::stop(format!("the rewritten object came out otherwise than before ({earlier}, {now})")));
    }
    work.meter.expect(rewritten.inventory.contents().len() as u64 * waiting.len() as u64, 0);
    for (store, path, leaving) in &waiting {
        lay_out(work, store, path, leaving, &rewritten)?;
    }
    state.deleting = Some(Deleting { documents: rewritten.digests() });
    Ok(Answer::done(state))
}

/// Returns the digest of the rewritten object's inventory, once it is settled.
pub fn inventory_of(deleting: Option<&Deleting>) -> Option<Digest> {
    let (_, sha256) = deleting?.documents.iter().find(|(path, _)| path == INVENTORY_FILE)?;
    Digest::parse(Algorithm::Sha256, sha256).ok()
}

fn known_documents(work: &Work, target: &DeletionTarget) -> Result<BTreeMap<String, Digest>, StepError> {
    let rows = work.ask(work.context.database.documents(target.object))?;
    let digest = |sha256: &[u8]| Digest::from_bytes(Algorithm::Sha256, sha256);
    Ok(rows.into_iter().filter_map(|(path, sha256)| Some((path, digest(&sha256)?))).collect())
}

/// Lays the new object out in a store: contents by second names, documents by copies that are read back.
fn lay_out(work: &Work, store: &Store, path: &str, leaving: &Leaving, rewritten: &Rewritten) -> Result<(), StepError> {
    leaving.begin_anew().map_err(storage)?;
    for (content, digest) in rewritten.inventory.contents() {
        work.signal.check()?;
        let old = old_content(&rewritten.original, digest)?;
        leaving.keep(&old, &content).map_err(|error| damaged(store, path, error))?;
        work.meter.add_files(1);
    }
    for path in object_names::of(&rewritten.original) {
        leaving.goes(&path);
    }
    for (document, path) in rewritten.paths() {
        let mut staged = BufReader::new(File::open(&document.staged).map_err(StepError::retry)?);
        leaving.write(path, |out| io::copy(&mut staged, out).map(|_| ())).map_err(storage)?;
    }
    leaving.make_durable().map_err(storage)?;
    let reading = ReadingBack::new(&work.context, &work.meter, &work.signal);
    let all = rewritten.paths().map(|(document, path): (&Document, &str)| (path.to_owned(), document.digest));
    match reading.compare(|path| leaving.open_back(path), all)?.pop() {
        Some(wrong) => Err(StepError::retry(format!("{} was read back with other bytes: {}", wrong.path, wrong.seen))),
        None => Ok(()),
    }
}

fn old_content(original: &Inventory, digest: Digest) -> Result<String, StepError> {
    original.content_path(digest).ok_or_else(|| StepError::stop("what stays was not in the object before"))
}

/// What is missing in a store must be repaired first: what is destroyed afterwards cannot be repaired from.
fn damaged(store: &Store, path: &str, error: StorageError) -> StepError {
    match error.io_kind() {
        Some(io::ErrorKind::NotFound) => StepError::retry(format!(
            "the replica at {path} in the store {} is damaged ({error}): nothing is deleted before it is repaired, with \
             `strongroom fixity check`",
            store.id()
        )),
        _ => storage(error),
    }
}
