//! backfill: a store gets a proven replica of every object that its storage options put there.
//!
//! Takes a store of the configuration, empty, half full or behind. Leaves nothing lacking in it, which is asked of the
//! registry at the end. Safe to repeat because only what is lacking is looked at, and what is there already is proven.

use model::{Object, ObjectId, StepError, StoreId, StoreState, Weight};

use super::super::Context;
use super::super::context::storage;
use super::super::work::{ask, database};
use super::chronicle::{self, Before, ChronicleError};
use super::doing::{At, Doing, JobOutcome};
use super::replicate::{For, Replication, Replicator, Told};
use super::tombstones;

/// Objects listed at once.
const PAGE_ROWS: u32 = 200;
/// Rounds after which what is in work is left to a later try.
const ROUNDS_MAX: u32 = 5;

/// Fills the job's store.
pub fn backfill(doing: &mut Doing<'_>) -> Result<JobOutcome, StepError> {
    let store = doing.store().clone();
    match ask(doing.context.database.store_state(&store))? {
        Some(StoreState::Active) => {}
        Some(state) => return Ok(JobOutcome::Stopped(format!("the store {store} is {state}: nothing is put there"))),
        None => return Ok(JobOutcome::Stopped(format!("the store {store} was never made"))),
    }
    let options = options_of(doing.context, &store);
    if options.is_empty() {
        return Ok(JobOutcome::Stopped(format!(
            "no storage option names the store {store}: add it to one in the configuration first"
        )));
    }
    let opened = doing.context.stores.open(&store)?;
    let expected = ask(doing.context.database.amount_lacking(&store, &options, None))?;
    doing.meter.expect(expected.files + expected.documents, expected.size_bytes * 2);
    tombstones::copy(doing, &opened)?;
    loop {
        let left = round(doing, &store, &options)?;
        let lacking = ask(doing.context.database.amount_lacking(&store, &options, None))?.objects;
        if lacking == 0 {
            tell_all_stores(doing, &store, Before::Counts)?;
            return done(doing, &store);
        }
        if left.in_work == 0 && left.failed > 0 {
            return Ok(JobOutcome::Stopped(format!(
                "{} could not be brought into the store {store}; the results of the job say why",
                objects(left.failed)
            )));
        }
        doing.progress.rounds += 1;
        doing.begin_step(0)?;
        if left.in_work > 0 {
            doing.pause()?;
        }
        if left.in_work > 0 && doing.progress.rounds.is_multiple_of(ROUNDS_MAX) {
            return Ok(JobOutcome::Wait(format!("{} in work elsewhere: they are tried again", are(left.in_work))));
        }
    }
}

/// Returns the names of the storage options that put objects into a store.
pub fn options_of(context: &Context, store: &StoreId) -> Vec<String> {
    let naming = context.storage_options.iter().filter(|option| option.stores.contains(store));
    naming.map(|option| option.name.clone()).collect()
}

/// What a round has left.
#[derive(Debug, Default, Clone, Copy)]
pub struct Left {
    pub in_work: u64,
    pub failed: u64,
}

/// Goes once through all that is lacking.
fn round(doing: &mut Doing<'_>, store: &StoreId, options: &[String]) -> Result<Left, StepError> {
    let mut left = Left::default();
    loop {
        let after = doing.progress.after.parse().ok().map(ObjectId);
        let page = ask(doing.context.database.lacking(store, options, after, PAGE_ROWS))?;
        if page.is_empty() {
            return Ok(left);
        }
        for lacking in page {
            bring(doing, &lacking.object, store, &mut left)?;
            doing.reached(lacking.object.id.to_string())?;
        }
    }
}

/// Brings one object into a store and notes what came of it. Says whether the store holds it now.
pub fn bring(doing: &mut Doing<'_>, object: &Object, store: &StoreId, left: &mut Left) -> Result<bool, StepError> {
    let replicator =
        Replicator { context: doing.context, owner: &doing.claim.owner, meter: doing.meter, signal: doing.signal };
    let Told { replication, doubts } = replicator.bring(object, store, For::Job(doing.claim.job.id))?;
    for doubt in doubts {
        let at = At::file(&object.identifier, doubt.path);
        let detail = format!("{}; another store was asked, and a check of this one is queued", doubt.seen);
        doing.result("bad_source", Weight::Strange, &doubt.store, at, detail);
    }
    match replication {
        Replication::Done { replicas, files, bytes } => {
            doing.progress.count("objects copied", 1);
            doing.progress.count("versions copied", replicas.len() as u64);
            doing.progress.count("files copied", files);
            doing.progress.bytes += bytes;
            doing.meter.add_files(files);
            return Ok(true);
        }
        Replication::Held => return Ok(true),
        Replication::InWork(because) => {
            tracing::info!(object = %object.identifier, store.id = store.0, because, "an object is left for later");
            left.in_work += 1;
        }
        Replication::Failed(because) => {
            left.failed += 1;
            doing.result("not_copied", Weight::Damage, store, At::object(&object.identifier), because);
        }
    }
    Ok(false)
}

/// Writes into every store what one of them holds, since no document of an object tells it.
pub fn tell_all_stores(doing: &Doing<'_>, store: &StoreId, before: Before) -> Result<(), StepError> {
    let context = doing.context;
    let now = context.clock.now();
    let since = ask(context.database.first_change_of_stores())?.unwrap_or(now);
    let writing = chronicle::write(&context.database, &context.stores, store, before, since, now);
    tokio::runtime::Handle::current().block_on(writing).map_err(|error| match error {
        ChronicleError::Storage(error) => storage(error),
        ChronicleError::Database(error) => database(error),
        error => StepError::stop(error),
    })
}

/// The end state: the registry knows of nothing that the store lacks, and all that it holds was proven.
fn done(doing: &Doing<'_>, store: &StoreId) -> Result<JobOutcome, StepError> {
    let database = &doing.context.database;
    let now = doing.context.clock.now();
    let fixity = ask(database.fixity_of_store(store, now, now))?;
    let held = ask(database.amount_held(store))?;
    let proven = match fixity.never_proven {
        0 => "each of them proven".to_owned(),
        count => format!("{} of them not proven since the registry was rebuilt: their checks are due", objects(count)),
    };
    Ok(JobOutcome::Done(format!(
        "the store {store} lacks nothing: it holds {} with {} files and {} bytes, {proven}; {} copied now",
        objects(held.objects),
        held.files,
        held.size_bytes,
        are(doing.progress.counted("objects copied"))
    )))
}

/// Counts objects for people.
pub fn objects(count: u64) -> String {
    if count == 1 { "1 object".to_owned() } else { format!("{count} objects") }
}

fn are(count: u64) -> String {
    if count == 1 { "1 object is".to_owned() } else { format!("{count} objects are") }
}
