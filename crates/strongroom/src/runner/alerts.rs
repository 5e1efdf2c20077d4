//! Alerts: what is due is delivered.

use std::sync::Arc;
use std::time::Duration;

use model::Role;

use super::figures::StepEnd;
use super::{Settings, Stop};
use crate::pipelines::alerts::{self, Delivered};
use crate::pipelines::{Context, Signal};

/// How often it is looked what is due.
const LOOK: Duration = Duration::from_secs(2);

/// Delivers what is due, again and again.
pub async fn alert(context: Arc<Context>, settings: Settings, mut stop: Stop) {
    let signal = Signal::default();
    loop {
        settings.figures.count(Role::Alert, deliver(&context, &settings, &signal, &mut stop)).await;
        if stop.within(LOOK).await {
            return;
        }
    }
}

/// Delivers what is due now; breaks off when this process is told to stop.
async fn deliver(context: &Arc<Context>, settings: &Settings, signal: &Signal, stop: &mut Stop) -> ((), StepEnd, u64) {
    let (doors, terms, raised) = (context.clone(), settings.alerts.clone(), signal.clone());
    let delivering = tokio::task::spawn_blocking(move || alerts::deliver(&doors, &terms, &raised));
    let ended = stop.until_stopped(delivering, signal).await;
    let end = match ended {
        Ok(Ok(Delivered { delivered: 0, failed: 0 })) => StepEnd::Put,
        Ok(Ok(Delivered { failed: 0, .. })) => StepEnd::Done,
        Ok(Ok(_)) => StepEnd::Failed,
        Ok(Err(error)) => {
            tracing::warn!(%error, "alerts could not be delivered");
            StepEnd::Failed
        }
        Err(error) => {
            tracing::error!(%error, "the delivery of alerts broke");
            StepEnd::Failed
        }
    };
    ((), end, 0)
}
