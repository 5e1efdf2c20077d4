//! A role of which one process is enough: whoever holds its lease runs it, and the others stand by.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use model::Role;

use super::sweep::release_dead;
use super::{Process, Settings, Stop};
use crate::pipelines::Context;

/// How often one that stands by tries to take over.
const STAND_BY: Duration = Duration::from_secs(2);

/// What a role is run with.
#[derive(Clone)]
pub struct Crew {
    /// The doors.
    pub context: Arc<Context>,
    /// This process.
    pub process: Arc<Process>,
    /// How to go about it.
    pub settings: Settings,
}

/// Runs a role whenever this process holds its lease, until it is told to stop; then gives the lease back.
///
/// A lease that cannot be prolonged in time ends the role here, before another may have begun with it. Two at once, as
/// after a pause, do no harm: what they take from the queue they claim, each thing by itself.
pub async fn alone<F>(role: Role, crew: Crew, mut stop: Stop, run: impl Fn(Stop) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut is_told = false;
    while !stop.is_raised() {
        match hold(role, &crew).await {
            Ok(true) => {
                tracing::debug!(role = role.row().name, "the role is held");
                is_told = false;
                while_held(role, &crew, &mut stop, &run).await;
                if let Err(error) = crew.context.database.leave_role(role, crew.process.owner()).await {
                    tracing::warn!(role = role.row().name, %error, "the lease of a role stays until it runs out");
                }
                continue;
            }
            Ok(false) if !is_told => {
                tracing::info!(role = role.row().name, "another process has the role: standing by");
                is_told = true;
            }
            Ok(false) => {}
            Err(error) => tracing::warn!(role = role.row().name, %error, "a role could not be taken"),
        }
        // The sweeper itself may be the one that died.
        if role == Role::Sweeper
            && let Err(error) = release_dead(&crew.context.database, &crew.process).await
        {
            tracing::warn!(%error, "it could not be looked for dead processes");
        }
        stop.within(STAND_BY).await;
    }
}

async fn while_held<F>(role: Role, crew: &Crew, stop: &mut Stop, run: &impl Fn(Stop) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let (stopper, inner) = Stop::new();
    // On a task of its own: a lease that is prolonged must not wait for what the role is at.
    let mut running = tokio::spawn(run(inner));
    let lease = crew.settings.role_lease();
    let mut held_until = Instant::now() + lease;
    loop {
        let ended = tokio::select! {
            ended = &mut running => Some(ended),
            () = stop.raised() => None,
            () = tokio::time::sleep(lease / 3) => match hold(role, crew).await {
                Ok(true) => {
                    held_until = Instant::now() + lease;
                    continue;
                }
                Err(error) if Instant::now() < held_until => {
                    tracing::warn!(role = role.row().name, %error, "the lease of a role could not be prolonged");
                    continue;
                }
                Ok(false) | Err(_) => {
                    tracing::warn!(role = role.row().name, "the lease of a role is lost: another process has it");
                    None
                }
            },
        };
        let ended = match ended {
            Some(ended) => ended,
            None => {
                if stopper.send(true).is_err() {
                    tracing::debug!("the role has ended by itself");
                }
                running.await
            }
        };
        return ended.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
    }
}

async fn hold(role: Role, crew: &Crew) -> Result<bool, backends::database::DatabaseError> {
    let now = crew.context.clock.now();
    let until = now + crew.settings.role_lease();
    crew.context.database.hold_role(role, crew.process.owner(), now, until).await
}
