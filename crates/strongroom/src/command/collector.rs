//! The collector of traces, as commands that work start and stop it.

use super::house::House;
use crate::config;
use crate::runner::Process;
use crate::traces::{Exporter, Target, Traces};

/// Sends traces while a command works, if they are to be sent anywhere.
pub struct Collector(Option<Exporter>);

impl Collector {
    /// Starts sending. What is wrong with the settings is told in the log, and work goes on without: nobody shall wait for
    /// a deposit because of a variable that was meant for other programs.
    #[must_use]
    pub fn start(house: &House, process: &Process) -> Self {
        let target = match config::traces(&house.config.traces) {
            Ok(target) => target,
            Err(error) => {
                let error = anyhow::Error::from(error);
                tracing::error!(error = format!("{error:#}"), "traces are not sent: see `strongroom config check`");
                return Self(None);
            }
        };
        let Some(target) = target else { return Self(None) };
        let target = described(target, process);
        let (clock, url) = (house.context.clock.clone(), target.url().to_owned());
        match Exporter::start(target, move || clock.jitter()) {
            Ok(exporter) => {
                tracing::info!(url, "traces are sent");
                Self(Some(exporter))
            }
            Err(error) => {
                tracing::error!(%error, "traces are not sent: there is no thread for it");
                Self(None)
            }
        }
    }

    /// Returns where spans are told.
    #[must_use]
    pub fn traces(&self) -> Traces {
        self.0.as_ref().map(Exporter::traces).unwrap_or_default()
    }

    /// Sends what waits, within a bound, and ends.
    pub fn stop(self) {
        if let Some(exporter) = self.0 {
            exporter.stop();
        }
    }
}

/// Says what all spans of a process say, beside what its environment says of it.
fn described(target: Target, process: &Process) -> Target {
    let version = env!("CARGO_PKG_VERSION");
    target
        .with_resource("service.version", version)
        .with_resource("service.instance.id", &process.owner().to_string())
        .with_resource("telemetry.sdk.name", "strongroom")
        .with_resource("telemetry.sdk.language", "rust")
        .with_resource("telemetry.sdk.version", version)
}
