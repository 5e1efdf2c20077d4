//! Registry to store: what the registry says a store holds is there, as large as it should be, with proven documents.

use backends::database::{FixityClaim, NextCheck};
use backends::storage::Store;
use jiff::SignedDuration;
use model::{Damage, HeldReplica, ObjectId, StepError, StoreId, Weight};

use super::super::super::fixity;
use super::super::super::reading_back::Wrong;
use super::super::super::work::ask;
use super::super::doing::{At, Doing};
use super::object::{Examination, Seen};
use super::{is_in_work, passed_over};

/// Replicas listed at once.
const PAGE_ROWS: u32 = 200;
/// How long the claim holds under which damage is noted.
const LEASE: SignedDuration = SignedDuration::from_mins(30);

/// Examines every replica that the registry says is in a store, after the one that was reached.
pub fn to_store(doing: &mut Doing<'_>, opened: &Store, store: &StoreId) -> Result<(), StepError> {
    loop {
        let after = doing.progress.after.parse().ok().map(ObjectId);
        let from = after.map(|object| (store, object));
        let page = ask(doing.context.database.held_replicas(None, Some(store), from, PAGE_ROWS))?;
        if page.is_empty() {
            return Ok(());
        }
        for replica in page {
            one(doing, opened, &replica)?;
            doing.meter.add_files(1);
            doing.reached(replica.object.to_string())?;
        }
    }
}

fn one(doing: &mut Doing<'_>, opened: &Store, replica: &HeldReplica) -> Result<(), StepError> {
    let store = &replica.store;
    if is_in_work(doing, &replica.identifier, replica.object, store)? {
        passed_over(doing, store, &replica.identifier);
        return Ok(());
    }
    let head = ask(doing.context.database.object(&replica.identifier))?.map_or(0, |object| object.head);
    if head > replica.head {
        let detail = format!(
            "the store has version {} of {head}: `strongroom store backfill {store}` brings the rest, or evacuate it",
            replica.head
        );
        doing.result("behind", Weight::Strange, store, At::object(&replica.identifier), detail);
        return Ok(());
    }
    let examination = Examination { context: doing.context, meter: doing.meter, signal: doing.signal, replica };
    let seen = examination.look(opened)?;
    // Before anything is believed: the store is there still, and nobody has come to the object meanwhile.
    doing.context.stores.open(store)?;
    let now = ask(doing.context.database.held_replicas(Some(replica.object), Some(store), None, 1))?;
    let is_as_listed = now.first().is_some_and(|now| now.head == replica.head);
    if !seen.is_well() && (!is_as_listed || is_in_work(doing, &replica.identifier, replica.object, store)?) {
        passed_over(doing, store, &replica.identifier);
        return Ok(());
    }
    tell(doing, replica, seen)
}

fn tell(doing: &mut Doing<'_>, replica: &HeldReplica, seen: Seen) -> Result<(), StepError> {
    let store = &replica.store;
    if seen.is_well() {
        doing.progress.count("ok", 1);
        doing.progress.count("files seen", seen.files);
        return Ok(());
    }
    if let Some(because) = seen.not_checked {
        doing.result("not_checked", Weight::NotChecked, store, At::object(&replica.identifier), because);
    }
    for path in seen.stale {
        let detail =
            "the listing of its folder lacks the file or tells another size, and the file itself is as it should be";
        doing.result("stale_listing", Weight::Strange, store, At::file(&replica.identifier, path), detail);
    }
    for path in seen.foreign {
        let detail = "the object's folder has a file that neither its inventory nor the registry knows";
        doing.result("foreign_file", Weight::Strange, store, At::file(&replica.identifier, path), detail);
    }
    for wrong in &seen.wrong {
        let detail = format!("{}; an incident is noted and a check queued", wrong.seen);
        doing.result(word(wrong.damage), Weight::Damage, store, At::file(&replica.identifier, &wrong.path), detail);
    }
    note(doing, replica, &seen.wrong)
}

/// Returns the word of an audit for damage.
fn word(damage: Damage) -> &'static str {
    match damage {
        Damage::Mismatch => "different",
        Damage::Missing => "missing",
        Damage::Unreadable => "unreadable",
    }
}

/// Makes incidents of damage, and queues the check that will confirm and repair it.
fn note(doing: &Doing<'_>, replica: &HeldReplica, wrong: &[Wrong]) -> Result<(), StepError> {
    if wrong.is_empty() {
        return Ok(());
    }
    let (database, now) = (&doing.context.database, doing.context.clock.now());
    let next = NextCheck::Of(replica.object, &replica.store);
    let claim: Option<FixityClaim> = ask(database.claim_fixity(next, &doing.claim.owner, now, now + LEASE))?;
    // Whoever checks the replica at this moment finds it too.
    if let Some(claim) = claim {
        let noted = fixity::note(doing.context, &claim, wrong);
        ask(database.hand_back_fixity(&claim))?;
        noted?;
    }
    ask(database.queue_replica(replica.object, &replica.store, now))
}
