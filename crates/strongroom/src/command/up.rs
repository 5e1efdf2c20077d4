//! `strongroom up`: every role in one process.

use std::sync::Arc;

use clap::Args;

use super::exit::Exit;
use super::house::{House, Where};
use super::{output, signals};
use crate::runner::{self, Stop};

/// Run every role in this process.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  strongroom up\n  cp bag.tar strongroom-data/receiving/local.archive/\n\n\
    Stops cleanly on SIGTERM or Ctrl-C; killed at any moment, the next start goes on where it was.")]
pub struct Up {
    /// Deposits taken in at once
    #[arg(long, value_name = "N")]
    at_once: Option<usize>,
    /// Seconds for which an arrival must have been at rest
    #[arg(long, value_name = "SECONDS")]
    settle: Option<u64>,
}

impl Up {
    /// Runs until it is told to stop.
    pub fn run(self, at: &Where) -> anyhow::Result<Exit> {
        tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(self.work(at))
    }

    async fn work(self, at: &Where) -> anyhow::Result<Exit> {
        // Before anything else: from here on a request to stop is heard.
        let asked = signals::Asked::listen()?;
        let house = House::open(at).await?;
        let process = Arc::new(house.enter()?);
        let mut settings = house.settings();
        if let Some(at_once) = self.at_once {
            settings.items_at_once = at_once;
        }
        if let Some(seconds) = self.settle {
            settings.settle = std::time::Duration::from_secs(seconds);
        }
        for folder in house.receiving_folders() {
            output::note(&format!("receiving deposits of {} in {}", folder.institution, folder.path.display()));
        }
        let (stopper, stop) = Stop::new();
        let waiting = tokio::spawn(async move {
            asked.wait().await;
            tracing::info!("stopping: each item comes to its next safe point");
            stopper.send(true)?;
            anyhow::Ok(())
        });
        runner::up(house.context.clone(), process, house.receiving_folders(), settings, stop).await?;
        waiting.await??;
        house.context.database.close().await;
        Ok(Exit::Done)
    }
}
