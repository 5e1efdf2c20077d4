//! Jobs on whole stores: claimed one at a time, kept alive while they are in work, settled by what came of them.

use std::sync::Arc;
use std::time::Duration;

use backends::database::{Database, JobEnd, Pulse};
use jiff::SignedDuration;
use model::{JobClaim, Role, StepError};
use tokio::task::JoinHandle;

use super::figures::StepEnd;
use super::{Process, Settings, Stop};
use crate::pipelines::stores::{self, JobOutcome};
use crate::pipelines::{Clock, Context, Meter, Signal};

/// How often it is looked for a job.
const POLL: Duration = Duration::from_secs(2);
/// When a job is tried again that waits for something that is soon over.
const SOON: SignedDuration = SignedDuration::from_secs(10);

/// Goes on with jobs, one at a time, until it is told to stop.
pub async fn job_runner(context: Arc<Context>, process: Arc<Process>, settings: Settings, mut stop: Stop) {
    while !stop.is_raised() {
        let now = context.clock.now();
        match context.database.claim_job(None, process.owner(), now, now + settings.lease).await {
            Ok(Some(claim)) => {
                let running = run_until_stopped(&context, claim, &settings, &mut stop);
                settings.figures.count(Role::JobRunner, running).await;
            }
            Ok(None) => {}
            Err(error) => {
                settings.figures.fail(Role::JobRunner);
                tracing::warn!(%error, "the jobs could not be read");
            }
        }
        stop.within(POLL).await;
    }
}

/// Works on one job; breaks off when this process is told to stop.
async fn run_until_stopped(
    context: &Arc<Context>,
    claim: JobClaim,
    settings: &Settings,
    stop: &mut Stop,
) -> ((), StepEnd, u64) {
    let (signal, meter, before) = (Signal::default(), Arc::new(Meter::default()), claim.job.attempts);
    let running = run_job(context, claim, settings, meter.clone(), signal.clone());
    let ended = stop.until_stopped(running, &signal).await;
    let end = match ended {
        Ok(Some(JobEnd::Done(_) | JobEnd::Cancelled(_))) => StepEnd::Done,
        Ok(Some(JobEnd::Stopped(_))) => StepEnd::Failed,
        Ok(Some(JobEnd::Later { attempts, .. })) if attempts > before => StepEnd::Failed,
        Ok(Some(JobEnd::Later { .. } | JobEnd::HandedBack) | None) => StepEnd::Put,
        Err(error) => {
            tracing::warn!(%error, "a job could not be settled");
            StepEnd::Failed
        }
    };
    ((), end, meter.read().bytes)
}

/// Works on a claimed job until it ends, waits or is broken off, and writes what came of it. `None` when the claim was
/// lost.
///
/// # Errors
/// The database cannot be reached; the job stays claimed until its lease ends or this process does.
pub async fn run_job(
    context: &Arc<Context>,
    claim: JobClaim,
    settings: &Settings,
    meter: Arc<Meter>,
    signal: Signal,
) -> anyhow::Result<Option<JobEnd>> {
    let claim = Arc::new(claim);
    let (id, kind) = (claim.job.id.0, claim.job.kind.name());
    tracing::info!(job.id = id, kind, store.id = claim.job.store.0, "job begins");
    let beat = Beat::start(context.database.clone(), claim.clone(), context.clock.clone(), settings, signal.clone());
    let outcome = {
        let (context, claim, signal) = (context.clone(), claim.clone(), signal.clone());
        let span = tracing::Span::current();
        tokio::task::spawn_blocking(move || span.in_scope(|| stores::run(&context, &claim, &meter, &signal))).await?
    };
    let end = match outcome {
        Ok(JobOutcome::Done(text)) => JobEnd::Done(text),
        Ok(JobOutcome::Stopped(because)) => JobEnd::Stopped(because),
        Ok(JobOutcome::Wait(because)) => {
            JobEnd::Later { until: context.clock.now() + SOON, because, attempts: claim.job.attempts }
        }
        Err(StepError::LeaseLost) => return Ok(None),
        Err(StepError::Interrupted) => match context.database.job_cancelled_by(claim.job.id).await? {
            Some(who) => JobEnd::Cancelled(format!("cancelled by {who}; what it had done stays")),
            None => JobEnd::HandedBack,
        },
        Err(StepError::Stop(error)) => JobEnd::Stopped(StepError::Stop(error).to_string()),
        Err(error) => again(context, &claim, settings, error.to_string()),
    };
    drop(beat);
    match &end {
        JobEnd::Stopped(because) => tracing::error!(job.id = id, kind, because, "a person must look at the job"),
        JobEnd::Later { because, .. } => tracing::warn!(job.id = id, kind, because, "the job is tried again"),
        _ => tracing::info!(job.id = id, kind, "job is let go"),
    }
    context.database.settle_job(&claim, &end, context.clock.now()).await?;
    Ok(Some(end))
}

fn again(context: &Context, claim: &JobClaim, settings: &Settings, because: String) -> JobEnd {
    let attempts = claim.job.attempts + 1;
    match settings.backoff.wait(attempts, context.clock.jitter()) {
        Some(wait) => JobEnd::Later { until: context.clock.now() + wait, because, attempts },
        None => JobEnd::Stopped(because),
    }
}

/// The sign of life of a job; it also hears that a person has ended it.
struct Beat(JoinHandle<()>);

impl Beat {
    fn start(database: Database, claim: Arc<JobClaim>, clock: Clock, settings: &Settings, signal: Signal) -> Self {
        let (beat, lease) = (settings.beat, settings.lease);
        Self(tokio::spawn(async move {
            loop {
                tokio::time::sleep(beat).await;
                match database.job_heartbeat(&claim, clock.now() + lease).await {
                    Ok(Pulse::Held) => {}
                    Ok(Pulse::Ended) => signal.end(),
                    Ok(Pulse::Lost) => return signal.lose(),
                    Err(error) => tracing::warn!(job.id = claim.job.id.0, %error, "a heartbeat failed"),
                }
            }
        }))
    }
}

impl Drop for Beat {
    fn drop(&mut self) {
        self.0.abort();
    }
}
