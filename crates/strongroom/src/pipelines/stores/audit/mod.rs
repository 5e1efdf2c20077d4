//! audit: registry and stores held against each other, both ways.
//!
//! Takes stores. Leaves results: what the registry says is there and is not, or not so; and what is there that the registry
//! does not know. Lists, measures and proves documents; content is not read, which is the business of fixity, and
//! whatever is suspicious is queued for it. Damage becomes incidents. Safe to repeat because nothing in a store is ever
//! changed or removed, and an incident is noted once for each file while it lasts.

mod object;
mod registry;
mod root;

use backends::storage::Store;
use model::{StepError, StoreId, Weight};

use super::super::work::ask;
use super::beside;
use super::doing::{At, Doing, JobOutcome};

/// Steps of each store: registry to store, root to registry, what lies beside.
const STEPS: u32 = 3;

/// Audits the job's stores, one after the other.
pub fn audit(doing: &mut Doing<'_>) -> Result<JobOutcome, StepError> {
    let stores = match doing.claim.job.options.stores.as_slice() {
        [] => vec![doing.store().clone()],
        stores => stores.to_vec(),
    };
    let steps = STEPS * u32::try_from(stores.len()).unwrap_or(u32::MAX);
    while doing.progress.step < steps {
        let (place, step) = (doing.progress.step / STEPS, doing.progress.step % STEPS);
        let store = stores[place as usize].clone();
        let next = match one_step(doing, &store, step) {
            Ok(()) => doing.progress.step + 1,
            Err(error @ (StepError::Interrupted | StepError::LeaseLost)) => return Err(error),
            Err(error) => {
                // Nobody knows what is in a store that is away: that is no finding about it.
                if doing.context.stores.open(&store).is_ok() {
                    return Err(error);
                }
                away(doing, &store, &error)?;
                (place + 1) * STEPS
            }
        };
        doing.begin_step(next)?;
    }
    let counted = |weight: Weight| doing.progress.counted(&format!("weight {weight}"));
    Ok(JobOutcome::Done(format!(
        "{} replicas as they should be, {} damaged, {} strange things, {} not checked",
        doing.progress.counted("ok"),
        counted(Weight::Damage),
        counted(Weight::Strange),
        doing.progress.counted("not_checked")
    )))
}

fn one_step(doing: &mut Doing<'_>, store: &StoreId, step: u32) -> Result<(), StepError> {
    let opened = doing.context.stores.open(store)?;
    if step == 0 && doing.progress.after.is_empty() {
        let held = ask(doing.context.database.amount_held(store))?;
        doing.meter.expect(held.objects * 2, 0);
    }
    match step {
        0 => registry::to_store(doing, &opened, store),
        1 => root::to_registry(doing, &opened, store),
        _ => beside::look(doing, &opened, store),
    }
}

/// Every replica in a store that is away was not checked.
fn away(doing: &mut Doing<'_>, store: &StoreId, error: &StepError) -> Result<(), StepError> {
    let held = ask(doing.context.database.amount_held(store))?.objects;
    let detail = format!("{error}: nothing is known of its {held} replicas");
    doing.result("not_checked", Weight::NotChecked, store, At::default(), detail);
    Ok(())
}

/// Says whether somebody is at an object, so that what is seen of it now means nothing.
fn is_in_work(
    doing: &Doing<'_>,
    identifier: &model::ObjectIdentifier,
    object: model::ObjectId,
    store: &StoreId,
) -> Result<bool, StepError> {
    let database = &doing.context.database;
    Ok(ask(database.is_being_stored(identifier))? || ask(database.is_being_replicated(object, store))?)
}

/// Notes that an object was passed over because somebody is at it: no finding, and no fault of the audit.
fn passed_over(doing: &mut Doing<'_>, store: &StoreId, object: impl ToString) {
    let detail = "the object is in work: a deposit is being stored or a copy being made";
    doing.result("not_checked", Weight::Note, store, At::object(object), detail);
}

/// Opens the store by a handle of its own, for a second look.
fn again(doing: &Doing<'_>, store: &StoreId) -> Result<Store, StepError> {
    doing.context.stores.open(store)
}
