//! Checks of fixity: what is next is queued, and what is queued is checked, one replica at a time.

use std::sync::Arc;
use std::time::Duration;

use backends::database::{CheckResult, DayReads, FixityClaim, NextCheck, Raised};
use model::{AlertKind, Role, StepError};

use super::figures::StepEnd;
use super::sampling::{SampleEnd, claim_sample, draw_all, go_on_with_sample};
use super::{Process, Settings, Stop};
use crate::pipelines::fixity::{self, Checked, FixityTerms, Scope};
use crate::pipelines::{Context, Meter, Signal};

/// How often it is looked which replicas are next.
const QUEUE: Duration = Duration::from_secs(60);
/// How often files of frozen replicas are drawn, for which all files of the store are looked at: each so many of those looks.
const LOOKS_BETWEEN_DRAWINGS: u64 = 10;

/// Queues what is next in every store, again and again.
pub async fn fixity_queue(context: Arc<Context>, settings: Settings, mut stop: Stop) {
    for number in 0_u64.. {
        let draws = number.is_multiple_of(LOOKS_BETWEEN_DRAWINGS);
        settings.figures.count(Role::FixityQueue, look(&context, &settings.fixity, draws)).await;
        if stop.within(QUEUE).await {
            return;
        }
    }
}

/// Looks once what is next, and whether anything is overdue.
async fn look(context: &Context, terms: &FixityTerms, draws: bool) -> ((), StepEnd, u64) {
    let mut end = StepEnd::Done;
    if draws && let Err(error) = draw_all(context, terms).await {
        tracing::warn!(%error, "no files of frozen replicas could be drawn");
        end = StepEnd::Failed;
    }
    if let Err(error) = queue_all(context, terms).await {
        tracing::warn!(%error, "it could not be looked which replicas are to be checked");
        end = StepEnd::Failed;
    }
    if let Err(error) = tell_overdue(context, terms).await {
        tracing::warn!(%error, "it could not be looked which replicas are overdue");
        end = StepEnd::Failed;
    }
    ((), end, 0)
}

/// Queues what is next in every store, and returns how much that is.
///
/// # Errors
/// The database cannot be written.
pub async fn queue_all(context: &Context, terms: &FixityTerms) -> anyhow::Result<u64> {
    let mut queued = 0;
    for (store, _) in &context.stores.0 {
        queued += context.database.queue_fixity(store, terms.period_of(store), context.clock.now()).await?;
    }
    Ok(queued)
}

/// Calls for a person where replicas are overdue: checks do not keep up, or nobody makes them.
///
/// # Errors
/// The database cannot be written.
pub async fn tell_overdue(context: &Context, terms: &FixityTerms) -> anyhow::Result<()> {
    let now = context.clock.now();
    for (store, _) in &context.stores.0 {
        let period = terms.period_of(store);
        let count = context.database.overdue_replicas(store, now - period).await?;
        if count == 0 {
            continue;
        }
        let days = period.as_hours() / 24;
        let message = format!("{count} replicas of the store {store} were not proven within {days} days, or never");
        let (kind, subject) = (AlertKind::ReplicasOverdue, format!("the store {store}"));
        let raised = Raised { kind, store: Some(store), subject, message, count };
        if context.database.raise_overdue(&raised, now).await? {
            tracing::error!(store.id = store.0, count, "replicas are overdue: checks do not keep up");
        }
    }
    Ok(())
}

/// Checks what is queued, one replica at a time and no more than the terms allow.
pub async fn fixity_check(context: Arc<Context>, process: Arc<Process>, settings: Settings, mut stop: Stop) {
    let mut turn = 0;
    while !stop.is_raised() {
        if let Err(error) = sample_due(&context, &process, &settings, &mut stop).await {
            settings.figures.fail(Role::FixityCheck);
            tracing::warn!(%error, "the samples of frozen replicas could not be gone on with");
        }
        let wait = match claim_next(&context, &process, &settings.fixity, &mut turn).await {
            Ok(Some(claim)) => {
                let checking = check_until_stopped(&context, claim, &settings, &mut stop);
                settings.figures.count(Role::FixityCheck, checking).await;
                Duration::ZERO
            }
            Ok(None) => settings.poll,
            Err(error) => {
                settings.figures.fail(Role::FixityCheck);
                tracing::warn!(%error, "the queue of checks could not be read");
                settings.poll
            }
        };
        stop.within(wait).await;
    }
}

/// Checks one replica; breaks off when this process is told to stop.
async fn check_until_stopped(
    context: &Arc<Context>,
    claim: FixityClaim,
    settings: &Settings,
    stop: &mut Stop,
) -> ((), StepEnd, u64) {
    let (signal, meter) = (Signal::default(), Arc::new(Meter::default()));
    let checking = check_replica(context, claim, settings.fixity.clone(), Scope::Whole, meter.clone(), signal.clone());
    let ended = stop.until_stopped(checking, &signal).await;
    let end = match ended {
        Ok(Some(Checked::Proven { .. } | Checked::Damaged { .. })) => StepEnd::Done,
        Ok(Some(Checked::NotChecked(_))) => StepEnd::Failed,
        Ok(None) => StepEnd::Put,
        Err(error) => {
            tracing::warn!(%error, "a check could not be settled");
            StepEnd::Failed
        }
    };
    ((), end, meter.read().bytes)
}

/// Goes on with the sample of one replica, if one is due.
async fn sample_due(
    context: &Arc<Context>,
    process: &Process,
    settings: &Settings,
    stop: &mut Stop,
) -> anyhow::Result<()> {
    let Some(claim) = claim_sample(context, process, None).await? else { return Ok(()) };
    let (signal, meter) = (Signal::default(), Arc::new(Meter::default()));
    let sampling = async {
        let sampling = go_on_with_sample(context, claim, settings.fixity.clone(), meter.clone(), signal.clone());
        let ended = stop.until_stopped(sampling, &signal).await;
        let end = match &ended {
            Ok(SampleEnd::Read(_)) => StepEnd::Done,
            Ok(SampleEnd::BrokenOff) => StepEnd::Put,
            Ok(SampleEnd::PutOff) | Err(_) => StepEnd::Failed,
        };
        (ended, end, meter.read().bytes)
    };
    settings.figures.count(Role::FixityCheck, sampling).await.map(drop)
}

/// Claims the oldest replica of the next store that may still be read today. Stores have their turn one after another,
/// so that a large one does not keep the others waiting.
async fn claim_next(
    context: &Context,
    process: &Process,
    terms: &FixityTerms,
    turn: &mut usize,
) -> anyhow::Result<Option<FixityClaim>> {
    let stores = &context.stores.0;
    for _ in 0..stores.len() {
        *turn = (*turn + 1) % stores.len();
        let (store, now) = (&stores[*turn].0, context.clock.now());
        let reads = context.database.reads_today(store, now).await?;
        if !terms.limits_of(store).allow(reads.files, reads.size_bytes) {
            continue;
        }
        let next = NextCheck::QueuedIn(store);
        if let Some(claim) = context.database.claim_fixity(next, process.owner(), now, now + fixity::LEASE).await? {
            return Ok(Some(claim));
        }
    }
    Ok(None)
}

/// Checks a claimed replica and writes what came of it. `None` when it was broken off: it stays queued.
///
/// # Errors
/// The database cannot be reached; the claim ends with its lease or with this process.
pub async fn check_replica(
    context: &Arc<Context>,
    claim: FixityClaim,
    terms: Arc<FixityTerms>,
    scope: Scope,
    meter: Arc<Meter>,
    signal: Signal,
) -> anyhow::Result<Option<Checked>> {
    let (claim, database, is_whole) = (Arc::new(claim), &context.database, matches!(scope, Scope::Whole));
    let checked = {
        let (context, claim, meter) = (context.clone(), claim.clone(), meter.clone());
        let span = tracing::Span::current();
        let check = move || span.in_scope(|| fixity::check(&context, &claim, &terms, &scope, &meter, &signal));
        tokio::task::spawn_blocking(check).await?
    };
    let read = meter.read();
    let reads = DayReads { files: read.files, size_bytes: read.bytes };
    database.add_reads(&claim.replica.store, reads, context.clock.now()).await?;
    let checked = match checked {
        Ok(checked) => checked,
        Err(StepError::LeaseLost) => return Ok(None),
        Err(StepError::Interrupted) => {
            database.hand_back_fixity(&claim).await?;
            return Ok(None);
        }
        // Whatever kept it from being made, it is no pass and no damage.
        Err(error) => Checked::NotChecked(error.to_string()),
    };
    if !is_whole {
        // A part of it proves nothing of the rest: the replica is as old as it was.
        database.hand_back_fixity(&claim).await?;
        return Ok(Some(checked));
    }
    let result = match &checked {
        Checked::Proven { begun_at, evidence, .. } => CheckResult::Proven { begun_at: *begun_at, evidence: *evidence },
        Checked::Damaged { .. } => CheckResult::Damaged,
        Checked::NotChecked(because) => {
            let replica = &claim.replica;
            tracing::warn!(object = %replica.identifier, store.id = replica.store.0, because, "a replica was not checked");
            CheckResult::NotChecked { because }
        }
    };
    database.settle_fixity(&claim, result, context.clock.now()).await?;
    Ok(Some(checked))
}
