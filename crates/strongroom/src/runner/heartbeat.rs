//! The sign of life: prolongs a lease while its item is in work, and hears when the work should stop.

use std::sync::Arc;

use backends::database::{Database, Pulse};
use model::Claim;
use tokio::task::JoinHandle;

use super::Settings;
use crate::pipelines::{Clock, Signal};

/// Beats until it is dropped.
pub struct Heartbeat(JoinHandle<()>);

impl Heartbeat {
    /// Begins to beat for a claim, and raises the signal when the item was ended or the lease lost.
    pub fn start(database: Database, claim: Arc<Claim>, clock: Clock, settings: &Settings, signal: Signal) -> Self {
        let (beat, lease) = (settings.beat, settings.lease);
        Self(tokio::spawn(async move {
            loop {
                tokio::time::sleep(beat).await;
                match database.heartbeat(&claim, clock.now() + lease).await {
                    Ok(Pulse::Held) => {}
                    Ok(Pulse::Ended) => signal.end(),
                    Ok(Pulse::Lost) => return signal.lose(),
                    // The lease is far longer than a beat: the next one may come through.
                    Err(error) => tracing::warn!(work.id = claim.item.id.0, %error, "a heartbeat failed"),
                }
            }
        }))
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        self.0.abort();
    }
}
