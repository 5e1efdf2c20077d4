//! How every loop of a process is told to stop.

use std::future::Future;
use std::time::Duration;

use tokio::sync::watch;

use crate::pipelines::Signal;

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

    /// Waits for work to its end. When it is raised meanwhile, the work hears so by its signal, and is waited for until it has
    /// broken off.
    pub async fn until_stopped<T>(&mut self, work: impl Future<Output = T>, signal: &Signal) -> T {
        tokio::pin!(work);
        tokio::select! {
            ended = &mut work => ended,
            () = self.raised() => {
                signal.stop();
                work.await
            }
        }
    }
}
