//! Signals: SIGTERM and SIGINT ask for a clean stop.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::pipelines::Signal as Stopping;

/// Hears SIGTERM and SIGINT from the moment it is made.
pub struct Asked {
    terminate: Signal,
    interrupt: Signal,
}

impl Asked {
    /// Begins to listen. A signal that arrives before it is waited for is not lost.
    ///
    /// # Errors
    /// The handlers cannot be installed.
    pub fn listen() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Raises a signal when one of them has arrived: the work comes to its next safe point.
    pub fn then_stop(mut self, signal: &Stopping) {
        let signal = signal.clone();
        tokio::spawn(async move {
            self.wait().await;
            signal.stop();
        });
    }

    /// Waits until one of them has arrived, since the last was waited for.
    pub async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
