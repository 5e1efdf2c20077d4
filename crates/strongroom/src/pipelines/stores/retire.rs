//! retire: the life of a store on which no object depends comes to its end.
//!
//! Takes a store that was evacuated, or never held anything. Leaves it retired in the registry, with a note in its folder
//! that says so; its bytes stay, unless their removal was asked for, and then each object is removed only after it was
//! found proven in all stores of its option. Safe to repeat because removing what is gone changes nothing.

use backends::database::{Database, DatabaseError};
use backends::storage::Store;
use model::{Object, StepError, StoreId, StoreState, Weight};
use premis::EventType;

use super::super::context::storage;
use super::super::object_names;
use super::super::work::ask;
use super::backfill::{objects, options_of};
use super::doing::{At, Doing, JobOutcome};
use super::walk::{Found, RootWalk};
use super::{events, identify};

/// Retires the job's store.
pub fn retire(doing: &mut Doing<'_>) -> Result<JobOutcome, StepError> {
    let store = doing.store().clone();
    if let Some(because) = ask(refusal(&doing.context.database, &options_of(doing.context, &store), &store))? {
        return Ok(JobOutcome::Stopped(because));
    }
    if doing.progress.step == 0 {
        let detail = format!("the store {store} was retired (job {})", doing.claim.job.id);
        let note = "no object depends on it".to_owned();
        let event = events::of_store(doing.context, &store, EventType::PolicyAssignment, detail, note);
        let now = doing.context.clock.now();
        if !ask(doing.context.database.retire_store(doing.claim, &store, &[event], now))? {
            return Ok(JobOutcome::Stopped(ask(depends(&doing.context.database, &store))?));
        }
        leave_note(doing, &store);
        doing.begin_step(1)?;
    }
    if !doing.claim.job.options.removes {
        return Ok(JobOutcome::Done(format!(
            "the store {store} is retired: nothing is written to it or expected of it. Its bytes are where they were; \
             removing them is yours to do, or `strongroom store retire {store} --remove`"
        )));
    }
    remove(doing, &store)?;
    let kept = doing.progress.counted("kept");
    let removed = objects(doing.progress.counted("objects removed"));
    Ok(JobOutcome::Done(format!(
        "the store {store} is retired: {removed} removed from it, each after it was found proven in all stores of its storage \
         option; {kept} things were left, which the results of the job name"
    )))
}

/// Says why a store cannot be retired now. `naming` are the storage options that name it.
///
/// # Errors
/// The database cannot be read.
pub async fn refusal(database: &Database, naming: &[String], store: &StoreId) -> Result<Option<String>, DatabaseError> {
    if !naming.is_empty() {
        let names = naming.join(", ");
        return Ok(Some(format!("the storage option {names} names the store {store}: take it out there first")));
    }
    match database.store_state(store).await? {
        None => Ok(Some(format!("the store {store} was never made"))),
        Some(StoreState::Retired) => Ok(None),
        Some(_) if database.amount_held(store).await?.objects > 0 => depends(database, store).await.map(Some),
        Some(_) => {
            let last = database.last_item().await?;
            let waiting = database.items_being_stored(last).await?;
            let because = || format!("{waiting} deposits are being stored: retire the store when they have ended");
            Ok((waiting > 0).then(because))
        }
    }
}

async fn depends(database: &Database, store: &StoreId) -> Result<String, DatabaseError> {
    let held = database.amount_held(store).await?.objects;
    Ok(format!("{} depend on the store {store}: `strongroom store evacuate {store}` first", objects(held)))
}

/// Leaves a note for whoever finds the disk. A store that is away has none, and is retired all the same.
fn leave_note(doing: &mut Doing<'_>, store: &StoreId) {
    let now = doing.context.clock.now();
    let text = format!(
        "This store of Strongroom, {store}, was retired on {now} by job {}.\n\
         No object depends on it any more: all of them are held in other stores. What lies here may be removed.\n",
        doing.claim.job.id
    );
    let left = doing.context.stores.open(store).and_then(|opened| opened.leave_note(&text).map_err(storage));
    if let Err(error) = left {
        doing.result("note_not_written", Weight::Strange, store, At::default(), error.to_string());
    }
}

fn remove(doing: &mut Doing<'_>, store: &StoreId) -> Result<(), StepError> {
    let opened = doing.context.stores.open(store)?;
    // Each was looked at before it was hidden; a walk does not come upon it any more.
    let ended = opened.end_withdrawals(&withdrawal_key(doing), object_names::tell).map_err(storage)?;
    if ended > 0 {
        doing.progress.count("objects removed", ended);
    }
    let root = opened.ocfl_root().map_err(storage)?;
    let after = doing.progress.after.clone();
    for found in RootWalk::after(opened.ocfl_root().map_err(storage)?, &after).map_err(storage)? {
        let found = found.map_err(storage)?;
        match &found {
            Found::Object(path) => match identify::identify(&root, path) {
                Some(identifier) => match ask(doing.context.database.object(&identifier))? {
                    Some(object) => one(doing, &opened, store, &object, path)?,
                    None => keep(doing, store, path, "the registry does not know the object: it may be the only one"),
                },
                None => keep(doing, store, path, "an object that is none of ours"),
            },
            Found::Stray(path) => keep(doing, store, path, "a file outside of objects"),
            Found::Empty(_) => {}
        }
        doing.reached(found.path().to_owned())?;
    }
    Ok(())
}

fn one(doing: &mut Doing<'_>, opened: &Store, store: &StoreId, object: &Object, path: &str) -> Result<(), StepError> {
    let context = doing.context;
    let others = context.storage_option(&object.storage_option).map_or(&[][..], |option| &option.stores);
    // Asked immediately before the bytes go.
    if !ask(context.database.is_proven_in(object.id, others))? || others.contains(store) {
        keep(doing, store, path, "the object is not proven in all stores of its storage option");
        return Ok(());
    }
    opened.withdraw(&withdrawal_key(doing), path, object_names::tell).map_err(storage)?;
    let about = events::About { context, object, store };
    let detail = format!("the files in the retired store {store} were removed (job {})", doing.claim.job.id);
    let names: Vec<_> = others.iter().map(|other| other.0.as_str()).collect();
    let event = about.event(EventType::Deaccession, detail, format!("held and proven in {}", names.join(", ")));
    ask(context.database.add_events(&[event]))?;
    doing.progress.count("objects removed", 1);
    Ok(())
}

fn withdrawal_key(doing: &Doing<'_>) -> String {
    format!("job-{}", doing.claim.job.id)
}

fn keep(doing: &mut Doing<'_>, store: &StoreId, path: &str, because: &str) {
    doing.result("kept", Weight::Strange, store, At::path(format!("ocfl/{path}")), because);
}
