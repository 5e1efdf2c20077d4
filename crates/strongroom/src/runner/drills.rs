//! Drills on a schedule: what is due is rehearsed, one after another.

use std::sync::Arc;
use std::time::Duration;

use model::{Drill, DrillKind, Role, StepError};

use super::figures::StepEnd;
use super::{Settings, Stop};
use crate::pipelines::drills;
use crate::pipelines::{Context, Meter, Signal};

/// How often it is looked what is due.
const LOOK: Duration = Duration::from_secs(60);

/// Which drills to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Restore,
    Rebuild,
}

/// Gives back an object of each institution whose turn it is, again and again.
pub async fn spot_restore(context: Arc<Context>, settings: Settings, stop: Stop) {
    again_and_again(context, settings, stop, Kind::Restore).await;
}

/// Makes the registry anew from each store whose turn it is, again and again.
pub async fn drill_rebuild(context: Arc<Context>, settings: Settings, stop: Stop) {
    again_and_again(context, settings, stop, Kind::Rebuild).await;
}

async fn again_and_again(context: Arc<Context>, settings: Settings, mut stop: Stop, kind: Kind) {
    let signal = Signal::default();
    loop {
        let holding = match kind {
            Kind::Restore => tokio::spawn(due_restores(context.clone(), settings.clone(), signal.clone())),
            Kind::Rebuild => tokio::spawn(due_rebuilds(context.clone(), settings.clone(), signal.clone())),
        };
        let ended = stop.until_stopped(holding, &signal).await;
        match ended {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "a drill could not be held"),
            Err(error) => tracing::error!(%error, "a drill broke"),
        }
        if stop.within(LOOK).await {
            return;
        }
    }
}

async fn due_restores(context: Arc<Context>, settings: Settings, signal: Signal) -> anyhow::Result<()> {
    let (database, terms) = (&context.database, &settings.drills);
    for institution in database.institutions().await? {
        let Some(period) = terms.restore_period(&institution) else { continue };
        let last = database.last_drill(DrillKind::Restore, Some(&institution), None).await?;
        // The first is held a period after the first deposit, and not as soon as there is one.
        let last = last.or(database.first_object_at(Some(&institution)).await?);
        if last.is_none_or(|last| context.clock.now().duration_since(last) < period) {
            continue;
        }
        let chance = context.clock.jitter();
        let Some(object) = database.draw_object(&institution, terms.restore_bytes_max, chance).await? else { continue };
        let (doors, terms, signal) = (context.clone(), terms.clone(), signal.clone());
        let drill = move |meter| drills::restore(&doors, &terms, object, meter, &signal);
        hold(&settings, Role::SpotRestore, drill).await?;
    }
    Ok(())
}

async fn due_rebuilds(context: Arc<Context>, settings: Settings, signal: Signal) -> anyhow::Result<()> {
    let Some(period) = settings.drills.rebuild_period() else { return Ok(()) };
    let first = context.database.first_object_at(None).await?;
    for (store, _) in &context.stores.0 {
        let last = context.database.last_drill(DrillKind::Rebuild, None, Some(store)).await?.or(first);
        let is_due = last.is_some_and(|last| context.clock.now().duration_since(last) >= period);
        if is_due {
            let (doors, terms, store, signal) =
                (context.clone(), settings.drills.clone(), store.clone(), signal.clone());
            let drill = move |meter| drills::rebuild(&doors, &terms, &store, meter, &signal);
            hold(&settings, Role::DrillRebuild, drill).await?;
        }
    }
    Ok(())
}

async fn hold(
    settings: &Settings,
    role: Role,
    drill: impl FnOnce(Arc<Meter>) -> Result<Drill, StepError> + Send + 'static,
) -> anyhow::Result<()> {
    let meter = Arc::new(Meter::default());
    let holding = async {
        let read = meter.clone();
        let ended = told(tokio::task::spawn_blocking(move || drill(read)).await);
        let end = *ended.as_ref().unwrap_or(&StepEnd::Failed);
        (ended.map(drop), end, meter.read().bytes)
    };
    settings.figures.count(role, holding).await
}

/// Says how a drill ended.
fn told(ended: Result<Result<Drill, StepError>, tokio::task::JoinError>) -> anyhow::Result<StepEnd> {
    match ended? {
        Ok(drill) if drill.is_passed => {
            tracing::info!(drill.id = drill.id, kind = drill.kind.name(), "a drill passed");
            Ok(StepEnd::Done)
        }
        Ok(drill) => {
            let report = drill.report.join("; ");
            tracing::error!(
                drill.id = drill.id,
                kind = drill.kind.name(),
                report,
                "a drill FAILED: a person must look"
            );
            Ok(StepEnd::Failed)
        }
        Err(StepError::Interrupted) => Ok(StepEnd::Put),
        Err(error) => Err(error.into()),
    }
}
