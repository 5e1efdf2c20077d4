//! Alerts: what is due is delivered.

use std::sync::Arc;
use std::time::Duration;

use super::{Settings, Stop};
use crate::pipelines::{Context, Signal, alerts};

/// How often it is looked what is due.
const LOOK: Duration = Duration::from_secs(2);

/// Delivers what is due, again and again.
pub async fn alert(context: Arc<Context>, settings: Settings, mut stop: Stop) {
    let signal = Signal::default();
    loop {
        let (doors, terms, raised) = (context.clone(), settings.alerts.clone(), signal.clone());
        let delivering = tokio::task::spawn_blocking(move || alerts::deliver(&doors, &terms, &raised));
        tokio::pin!(delivering);
        let ended = tokio::select! {
            ended = &mut delivering => ended,
            () = stop.raised() => {
                signal.stop();
                delivering.await
            }
        };
        match ended {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!(%error, "alerts could not be delivered"),
            Err(error) => tracing::error!(%error, "the delivery of alerts broke"),
        }
        if stop.within(LOOK).await {
            return;
        }
    }
}
