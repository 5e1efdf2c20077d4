//! All roles in one process: what `strongroom up` runs.

use std::sync::Arc;
use std::time::Duration;

use backends::database::Waking;
use model::STAGES;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::alerts::alert;
use super::drills::{drill_rebuild, spot_restore};
use super::fixity::{fixity_check, fixity_queue};
use super::item::run_item;
use super::jobs::job_runner;
use super::sweep::{release_dead, remove_leftovers};
use super::{Process, Settings};
use crate::pipelines::drills;
use crate::pipelines::receiving::{self, ReceivingFolder};
use crate::pipelines::{Context, Meter, Signal};

/// How often the sweeper goes round.
const SWEEP: Duration = Duration::from_secs(15);

/// Tells every loop of the process to stop.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Makes a stop and the sender that raises it.
    #[must_use]
    pub fn new() -> (watch::Sender<bool>, Self) {
        let (sender, receiver) = watch::channel(false);
        (sender, Self(receiver))
    }

    /// Returns whether it is raised.
    #[must_use]
    pub fn is_raised(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is raised, or for a time; returns whether it is raised.
    pub async fn within(&mut self, time: Duration) -> bool {
        tokio::time::timeout(time, self.raised()).await.is_ok()
    }

    /// Waits until it is raised.
    pub async fn raised(&mut self) {
        // The sender lives as long as the process; if it were gone, stopping is the safe reading.
        if self.0.wait_for(|raised| *raised).await.is_err() {
            tracing::debug!("the stop's sender is gone");
        }
    }
}

/// Runs every role until it is told to stop; then lets each item come to its next safe point and hands it back.
///
/// # Errors
/// The database cannot be reached at the start.
pub async fn up(
    context: Arc<Context>,
    process: Arc<Process>,
    folders: Vec<ReceivingFolder>,
    settings: Settings,
    stop: Stop,
) -> anyhow::Result<()> {
    release_dead(&context.database, &process).await?;
    remove_leftovers(&context).await?;
    drills::remove_leftovers(&settings.drills.scratch);
    let mut roles = JoinSet::new();
    roles.spawn(sweeper(context.clone(), process.clone(), stop.clone()));
    roles.spawn(bucket_reader(context.clone(), folders, settings.clone(), stop.clone()));
    roles.spawn(fixity_queue(context.clone(), settings.clone(), stop.clone()));
    roles.spawn(fixity_check(context.clone(), process.clone(), settings.clone(), stop.clone()));
    roles.spawn(job_runner(context.clone(), process.clone(), settings.clone(), stop.clone()));
    roles.spawn(alert(context.clone(), settings.clone(), stop.clone()));
    roles.spawn(spot_restore(context.clone(), settings.clone(), stop.clone()));
    roles.spawn(drill_rebuild(context.clone(), settings.clone(), stop.clone()));
    roles.spawn(workers(context, process, settings, stop));
    while let Some(ended) = roles.join_next().await {
        ended?;
    }
    Ok(())
}

async fn sweeper(context: Arc<Context>, process: Arc<Process>, mut stop: Stop) {
    while !stop.within(SWEEP).await {
        if let Err(error) = release_dead(&context.database, &process).await {
            tracing::warn!(%error, "the sweeper could not look for dead processes");
        }
        if let Err(error) = remove_leftovers(&context).await {
            tracing::warn!(%error, "the sweeper could not look for leftovers");
        }
    }
}

async fn bucket_reader(context: Arc<Context>, folders: Vec<ReceivingFolder>, settings: Settings, mut stop: Stop) {
    loop {
        for folder in &folders {
            let now = context.clock.now();
            match receiving::look(folder, &context.database, now, settings.settle).await {
                Ok(new) => {
                    for id in new {
                        tracing::info!(work.id = id.0, institution = folder.institution.as_str(), "a deposit arrived");
                    }
                }
                Err(error) => tracing::warn!(
                    folder = %folder.path.display(),
                    %error,
                    "a receiving folder could not be read"
                ),
            }
        }
        if stop.within(settings.poll).await {
            return;
        }
    }
}

/// Claims only what it can start now, as many at once as the limit allows.
async fn workers(context: Arc<Context>, process: Arc<Process>, settings: Settings, mut stop: Stop) {
    let stages: Vec<_> = STAGES.iter().map(|row| row.stage).collect();
    let room = Arc::new(Semaphore::new(settings.items_at_once.max(1)));
    let signal = Signal::default();
    let mut running = JoinSet::new();
    let mut waking = match context.database.listen().await {
        Ok(waking) => waking,
        Err(error) => {
            tracing::warn!(%error, "nobody tells when there is work: it is looked for");
            Waking::none()
        }
    };
    while !stop.is_raised() {
        let Ok(place) = room.clone().acquire_owned().await else { break };
        let now = context.clock.now();
        let claim = context.database.claim(&stages, process.owner(), now, now + settings.lease).await;
        let wait = match claim {
            Ok(Some(claim)) if !stop.is_raised() => {
                let (context, settings, signal) = (context.clone(), settings.clone(), Signal::linked(&signal));
                running.spawn(async move {
                    let id = claim.item.id;
                    if let Err(error) = run_item(&context, claim, &settings, Arc::new(Meter::default()), signal).await {
                        tracing::error!(work.id = id.0, %error, "an item could not be settled");
                    }
                    drop(place);
                });
                Duration::ZERO
            }
            Ok(Some(claim)) => {
                if let Err(error) = context.database.hand_back(&claim).await {
                    tracing::warn!(%error, "an item could not be handed back");
                }
                Duration::ZERO
            }
            Ok(None) => settings.poll,
            Err(error) => {
                tracing::warn!(%error, "the queue could not be read");
                settings.poll
            }
        };
        while running.try_join_next().is_some() {}
        tokio::select! {
            _ = stop.within(wait) => {}
            () = waking.next(), if !wait.is_zero() => {}
        }
    }
    signal.stop();
    while running.join_next().await.is_some() {}
}
