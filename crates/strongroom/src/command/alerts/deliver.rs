//! `strongroom alerts deliver`: what is due is handed over now, once.

use anyhow::bail;
use clap::Args;

use super::super::exit::Exit;
use super::super::house::{self, House, Where};
use super::super::output;
use crate::pipelines::{Signal, alerts};

/// Hand what is due to the program of the configuration, once.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom alerts deliver
  strongroom alerts deliver --json

For installations in which `strongroom up` does not run, or to try the program. Exit code 75 when it did not
take all: they are tried again.")]
pub struct Deliver {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Deliver {
    /// Delivers.
    pub fn run(self, at: &Where) -> anyhow::Result<Exit> {
        tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(self.work(at))
    }

    async fn work(self, at: &Where) -> anyhow::Result<Exit> {
        at.registry().await?.close().await;
        let house = House::open(at).await?;
        let terms = house::alert_terms(&house.config);
        if terms.command.is_empty() {
            bail!("no program is named: write `command = [\"program\", \"argument\"]` under [alerts]");
        }
        let context = house.context.clone();
        let delivering = move || alerts::deliver(&context, &terms, &Signal::default());
        let delivered = tokio::task::spawn_blocking(delivering).await??;
        house.context.database.close().await;
        if self.json {
            output::json(&delivered);
        } else {
            output::line(&format!(
                "{} delivered, {} not",
                output::count(delivered.delivered, "alert"),
                delivered.failed
            ));
        }
        Ok(if delivered.failed == 0 { Exit::Done } else { Exit::Later })
    }
}
