//! evacuate: all that a store holds is brought elsewhere, proven, and then its replicas are let go.
//!
//! Takes a store that no storage option names any more. Leaves every object in all stores of its option, and the registry
//! counting on nothing in this one; its bytes stay where they are. Safe to repeat because a replica is let go only in a
//! transaction that finds the others there, and what is let go is not looked at again.

use std::collections::BTreeSet;

use backends::database::{Database, DatabaseError};
use model::{HeldReplica, ItemId, ObjectId, StepError, StoreId, StoreState, Weight};
use premis::EventType;

use super::super::work::ask;
use super::backfill::{Left, bring, objects, options_of, tell_all_stores};
use super::chronicle::Before;
use super::doing::{At, Doing, JobOutcome};
use super::events;

/// Replicas listed at once.
const PAGE_ROWS: u32 = 200;
/// Rounds after which what is in work is left to a later try.
const ROUNDS_MAX: u32 = 5;
/// Under this name the highest work item is kept that may not know that the store is being evacuated.
const LAST_ITEM: &str = "last work item before";

/// Evacuates the job's store.
pub fn evacuate(doing: &mut Doing<'_>) -> Result<JobOutcome, StepError> {
    let store = doing.store().clone();
    if let Some(because) = ask(refusal(&doing.context.database, &options_of(doing.context, &store), &store))? {
        return Ok(JobOutcome::Stopped(because));
    }
    if doing.progress.step == 0 {
        close(doing, &store)?;
        doing.begin_step(1)?;
    }
    let held = ask(doing.context.database.amount_held(&store))?;
    doing.meter.expect(held.files + held.documents, held.size_bytes * 2);
    let last = ItemId(i64::try_from(doing.progress.counted(LAST_ITEM)).unwrap_or(i64::MAX));
    loop {
        let left = round(doing, &store)?;
        let held = ask(doing.context.database.amount_held(&store))?.objects;
        let in_work = ask(doing.context.database.items_being_stored(last))?;
        if held == 0 && in_work == 0 {
            let filled: BTreeSet<_> =
                doing.context.storage_options.iter().flat_map(|option| &option.stores).cloned().collect();
            for other in &filled {
                tell_all_stores(doing, other, Before::Counts)?;
            }
            tell_all_stores(doing, &store, Before::IsVoid)?;
            let gone = doing.progress.counted("replicas let go");
            return Ok(JobOutcome::Done(format!(
                "no object depends on the store {store} any more: {} let go, each after all stores of its storage option \
                 held it, proven; the bytes in {store} are where they were, and `strongroom store retire {store}` ends its life",
                objects(gone)
            )));
        }
        if left.in_work == 0 && left.failed > 0 {
            return Ok(JobOutcome::Stopped(format!(
                "{} could not be brought elsewhere and stay in the store {store}; the results of the job say why",
                objects(left.failed)
            )));
        }
        doing.progress.rounds += 1;
        doing.begin_step(1)?;
        doing.pause()?;
        if doing.progress.rounds.is_multiple_of(ROUNDS_MAX) {
            let waiting = left.in_work.max(in_work);
            return Ok(JobOutcome::Wait(format!("{} in work elsewhere: they are tried again", objects(waiting))));
        }
    }
}

/// Says why a store cannot be evacuated now. `naming` are the storage options that name it.
///
/// # Errors
/// The database cannot be read.
pub async fn refusal(database: &Database, naming: &[String], store: &StoreId) -> Result<Option<String>, DatabaseError> {
    if !naming.is_empty() {
        return Ok(Some(format!(
            "the storage option {} names the store {store}: take it out there first, and put another store in its place \
             if the number of replicas is to stay",
            naming.join(", ")
        )));
    }
    Ok(match database.store_state(store).await? {
        None => Some(format!("the store {store} was never made")),
        Some(StoreState::Retired) => Some(format!("the store {store} is retired: nothing depends on it")),
        Some(StoreState::Active | StoreState::Evacuating) => None,
    })
}

/// From here on no deposit is written to the store. Those that are at it already are waited for at the end.
fn close(doing: &mut Doing<'_>, store: &StoreId) -> Result<(), StepError> {
    let context = doing.context;
    let detail = format!("the store {store} is being evacuated (job {})", doing.claim.job.id);
    let event = events::of_store(context, store, EventType::PolicyAssignment, detail, String::new());
    ask(context.database.set_store_state(store, StoreState::Evacuating, &[event], context.clock.now()))?;
    let last = ask(context.database.last_item())?;
    doing.progress.counts.insert(LAST_ITEM.to_owned(), last.0.unsigned_abs());
    Ok(())
}

fn round(doing: &mut Doing<'_>, store: &StoreId) -> Result<Left, StepError> {
    let mut left = Left::default();
    loop {
        let after = doing.progress.after.parse().ok().map(ObjectId);
        let from = after.map(|object| (store, object));
        let page = ask(doing.context.database.held_replicas(None, Some(store), from, PAGE_ROWS))?;
        if page.is_empty() {
            return Ok(left);
        }
        for replica in page {
            one(doing, &replica, store, &mut left)?;
            doing.reached(replica.object.to_string())?;
        }
    }
}

/// Brings one object into every store of its option, then lets the replica go.
fn one(doing: &mut Doing<'_>, replica: &HeldReplica, store: &StoreId, left: &mut Left) -> Result<(), StepError> {
    let context = doing.context;
    let Some(object) = ask(context.database.object(&replica.identifier))? else { return Ok(()) };
    let Some(option) = context.storage_option(&object.storage_option) else {
        left.failed += 1;
        let because = format!("its storage option {} is not in the configuration", object.storage_option);
        doing.result("not_let_go", Weight::Damage, store, At::object(&object.identifier), because);
        return Ok(());
    };
    let others = option.stores.clone();
    for other in &others {
        if !bring(doing, &object, other, left)? {
            return Ok(());
        }
    }
    let about = events::About { context, object: &object, store };
    let names: Vec<_> = others.iter().map(|other| other.0.as_str()).collect();
    let event = about.event(
        EventType::Deaccession,
        format!("the replica in the store {store} was let go (job {})", doing.claim.job.id),
        format!("held and proven in {}", names.join(", ")),
    );
    let now = context.clock.now();
    if ask(context.database.let_go(doing.claim, object.id, store, &others, &[event], now))? {
        doing.progress.count("replicas let go", 1);
    } else if ask(context.database.is_being_stored(&object.identifier))? {
        left.in_work += 1;
    } else {
        left.failed += 1;
        let because = format!("a replica in {} is damaged or was never proven: see to it first", names.join(" or "));
        doing.result("not_let_go", Weight::Damage, store, At::object(&object.identifier), because);
    }
    Ok(())
}
