//! Workers: items are claimed at the stages that this process has, and run from there as far as it may.

use std::sync::Arc;
use std::time::Duration;

use backends::database::Waking;
use model::Role;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::Stop;
use super::item::run_item;
use super::single::Crew;
use crate::pipelines::{Meter, Signal};

/// Claims only what it can start now, as many at once as the limit allows. Told to stop, it claims nothing more, lets each
/// item come to its next safe point, and hands it back.
pub async fn workers(crew: Crew, mut stop: Stop) {
    let Crew { context, process, settings } = crew;
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
        let place = tokio::select! {
            place = room.clone().acquire_owned() => place,
            () = stop.raised() => break,
        };
        let Ok(place) = place else { break };
        let now = context.clock.now();
        let claim = context.database.claim(&settings.stages, process.owner(), now, now + settings.lease).await;
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
                settings.stages.iter().for_each(|stage| settings.figures.fail(Role::Worker(*stage)));
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
