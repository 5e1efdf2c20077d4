//! Checks of fixity: what is next is queued, and what is queued is checked, one replica at a time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use backends::database::{CheckResult, FixityClaim, NextCheck};
use model::{Evidence, StepError};

use super::{Process, Settings, Stop};
use crate::pipelines::fixity::{self, Checked, FixityTerms};
use crate::pipelines::{Context, Meter, Signal};

/// How often it is looked which replicas are next.
const QUEUE: Duration = Duration::from_secs(60);

/// Queues what is next in every store, again and again.
pub async fn fixity_queue(context: Arc<Context>, settings: Settings, mut stop: Stop) {
    loop {
        if let Err(error) = queue_all(&context, &settings.fixity).await {
            tracing::warn!(%error, "it could not be looked which replicas are to be checked");
        }
        if stop.within(QUEUE).await {
            return;
        }
    }
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

/// Checks what is queued, one replica at a time and no faster than the terms allow.
pub async fn fixity_check(context: Arc<Context>, process: Arc<Process>, settings: Settings, mut stop: Stop) {
    while !stop.is_raised() {
        let now = context.clock.now();
        let claim = context.database.claim_fixity(NextCheck::Queued, process.owner(), now, now + fixity::LEASE).await;
        let wait = match claim {
            Ok(Some(claim)) => {
                let (begun, bytes) = (Instant::now(), claim.replica.size_bytes);
                let signal = Signal::default();
                let (terms, meter) = (settings.fixity.clone(), Arc::new(Meter::default()));
                let checking = check_replica(&context, claim, terms, meter, signal.clone());
                tokio::pin!(checking);
                let ended = tokio::select! {
                    ended = &mut checking => ended,
                    () = stop.raised() => {
                        signal.stop();
                        checking.await
                    }
                };
                if let Err(error) = ended {
                    tracing::warn!(%error, "a check could not be settled");
                }
                pause(&settings.fixity, bytes).saturating_sub(begun.elapsed())
            }
            Ok(None) => settings.poll,
            Err(error) => {
                tracing::warn!(%error, "the queue of checks could not be read");
                settings.poll
            }
        };
        stop.within(wait).await;
    }
}

/// Returns how long so many bytes must take at least.
fn pause(terms: &FixityTerms, bytes: u64) -> Duration {
    match terms.bytes_per_second_max {
        0 => Duration::ZERO,
        bound => Duration::from_secs_f64(bytes as f64 / bound as f64),
    }
}

/// Checks a claimed replica and writes what came of it. `None` when it was broken off: it stays queued.
///
/// # Errors
/// The database cannot be reached; the claim ends with its lease or with this process.
pub async fn check_replica(
    context: &Arc<Context>,
    claim: FixityClaim,
    terms: Arc<FixityTerms>,
    meter: Arc<Meter>,
    signal: Signal,
) -> anyhow::Result<Option<Checked>> {
    let (claim, database) = (Arc::new(claim), &context.database);
    let checked = {
        let (context, claim) = (context.clone(), claim.clone());
        tokio::task::spawn_blocking(move || fixity::check(&context, &claim, &terms, &meter, &signal)).await?
    };
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
    let result = match &checked {
        Checked::Proven { begun_at, .. } => CheckResult::Proven { begun_at: *begun_at, evidence: Evidence::A },
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
