//! Roles, run: one of them in a process of its own, all of them in one, or any in between, by the same code.

use std::time::Duration;

use model::{Copies, Role, Stage};
use tokio::task::JoinSet;
use tracing::Instrument;

use super::Stop;
use super::alerts::alert;
use super::drills::{drill_rebuild, spot_restore};
use super::figures::StepEnd;
use super::fixity::{fixity_check, fixity_queue};
use super::item::WORK;
use super::jobs::job_runner;
use super::single::{Crew, alone};
use super::sweep::{release_dead, remove_leftovers};
use super::workers::workers;
use crate::pipelines::drills;
use crate::pipelines::receiving::{self, ReceivingPlace};

/// How often the sweeper goes round.
const SWEEP: Duration = Duration::from_secs(15);

/// Runs roles until they are told to stop; then lets each item come to its next safe point and hands it back.
///
/// All stages of the roles are worked on by one loop, which goes on with an item from stage to stage as long as the next
/// one is among them.
///
/// # Errors
/// The database cannot be reached at the start.
pub async fn run_roles(roles: &[Role], mut crew: Crew, places: Vec<ReceivingPlace>, stop: Stop) -> anyhow::Result<()> {
    let stages: Vec<Stage> = roles.iter().filter_map(|role| role.stage()).collect();
    crew.settings.stages = stages.into();
    // What this process or another left when it was killed is taken up at once.
    release_dead(&crew.context.database, &crew.process).await?;
    let names: Vec<_> = roles.iter().map(|role| role.row().name).collect();
    tracing::info!(roles = names.join(" "), process = %crew.process.owner(), "roles are running");
    let mut running = JoinSet::new();
    for &role in roles.iter().filter(|role| role.stage().is_none()) {
        let (of_role, places) = (crew.clone(), places.clone());
        let span = tracing::info_span!(target: WORK, "role", role = role.row().name, process = %crew.process.owner());
        let begin = move |stop| one(role, of_role.clone(), places.clone(), stop).instrument(span.clone());
        match role.row().copies {
            Copies::Single => running.spawn(alone(role, crew.clone(), stop.clone(), begin)),
            Copies::Many { .. } => running.spawn(begin(stop.clone())),
        };
    }
    if !crew.settings.stages.is_empty() {
        running.spawn(workers(crew, stop));
    }
    while let Some(ended) = running.join_next().await {
        ended?;
    }
    Ok(())
}

/// Runs one role as long as this process holds its lease.
async fn one(role: Role, crew: Crew, places: Vec<ReceivingPlace>, stop: Stop) {
    let Crew { context, process, settings } = crew.clone();
    match role {
        Role::BucketReader => bucket_reader(crew, places, stop).await,
        // Of these there may be many; none holds a lease of its own.
        Role::Worker(_) => workers(crew, stop).await,
        Role::FixityQueue => fixity_queue(context, settings, stop).await,
        Role::FixityCheck => fixity_check(context, process, settings, stop).await,
        Role::Alert => alert(context, settings, stop).await,
        Role::SpotRestore => spot_restore(context, settings, stop).await,
        Role::DrillRebuild => drill_rebuild(context, settings, stop).await,
        Role::Sweeper => sweeper(crew, stop).await,
        Role::JobRunner => job_runner(context, process, settings, stop).await,
        // It takes nothing from the queue. Who started this process serves it beside the runner.
        Role::Api => until(stop).await,
    }
}

async fn until(mut stop: Stop) {
    stop.raised().await;
}

async fn sweeper(crew: Crew, mut stop: Stop) {
    drills::remove_leftovers(&crew.settings.drills.scratch);
    loop {
        crew.settings.figures.count(Role::Sweeper, sweep(&crew)).await;
        if stop.within(SWEEP).await {
            return;
        }
    }
}

/// Goes round once.
async fn sweep(crew: &Crew) -> ((), StepEnd, u64) {
    let mut end = StepEnd::Done;
    if let Err(error) = release_dead(&crew.context.database, &crew.process).await {
        tracing::warn!(%error, "the sweeper could not look for dead processes");
        end = StepEnd::Failed;
    }
    if let Err(error) = remove_leftovers(&crew.context).await {
        tracing::warn!(%error, "the sweeper could not look for leftovers");
        end = StepEnd::Failed;
    }
    ((), end, 0)
}

async fn bucket_reader(crew: Crew, places: Vec<ReceivingPlace>, mut stop: Stop) {
    loop {
        for place in &places {
            crew.settings.figures.count(Role::BucketReader, look(&crew, place)).await;
        }
        if stop.within(crew.settings.poll).await {
            return;
        }
    }
}

async fn look(crew: &Crew, place: &ReceivingPlace) -> ((), StepEnd, u64) {
    let now = crew.context.clock.now();
    match receiving::look(place, &crew.context.database, now, crew.settings.settle).await {
        Ok(new) => {
            for id in new {
                tracing::info!(work.id = id.0, institution = place.institution.as_str(), "a deposit arrived");
            }
            ((), StepEnd::Done, 0)
        }
        Err(error) => {
            tracing::warn!(place = %place.door, %error, "a receiving place could not be read");
            ((), StepEnd::Failed, 0)
        }
    }
}
