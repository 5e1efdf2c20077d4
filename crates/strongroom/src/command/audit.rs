//! `strongroom audit`: registry and stores held against each other, both ways.

use anyhow::bail;
use backends::database::{Database, JobRequest};
use clap::{Args, Subcommand};
use model::{JobKind, JobOptions, Requests, StoreId, StoreState};

use super::exit::Exit;
use super::house::Where;
use super::store::estimate::Estimate;
use super::{job_at_work, jobs, run};
use crate::config::Config;

/// Hold registry and stores against each other, both ways.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(after_help = "Examples:
  strongroom audit
  strongroom audit --store first --json
  strongroom audit --dry-run
  strongroom audit show 4

Registry to store: each document of each object is read and proven, each file of content is there
with the right size. Store to registry: objects, versions and files that the registry does not know,
what killed work left, and foreign files. Content is not read: that is `strongroom fixity check`,
which is queued for whatever is suspicious. Nothing in a store is changed or removed. Exit code 0
when all is as it should be, 1 when there is damage or something strange, 2 when a store could not be
looked at, 75 when it was stopped: the same command goes on.")]
pub struct Audit {
    #[command(subcommand)]
    command: Option<AuditCommand>,
    /// This store only; may be given several times
    #[arg(long = "store", value_name = "STORE")]
    stores: Vec<StoreId>,
    /// Say what it would take, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Print one JSON object a line: each result, and the job
    #[arg(long)]
    json: bool,
    /// Who asks, for the record
    #[arg(long, env = "USER", hide_env_values = true, default_value = "the operator", value_name = "NAME")]
    by: String,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Show an audit and all that it came upon
    Show(jobs::Show),
}

impl Audit {
    /// Audits, or shows what an audit came upon.
    pub fn run(self, at: &Where) -> anyhow::Result<Exit> {
        match self.command {
            Some(AuditCommand::Show(show)) => run::now(show.look(at)),
            None => tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(self.work(at)),
        }
    }

    async fn work(self, at: &Where) -> anyhow::Result<Exit> {
        let (config, database) = (at.config()?, at.registry().await?);
        let stores = self.named(&config, &database).await?;
        if self.dry_run {
            let mut estimate = Estimate::begin(JobKind::Audit, &config, &database).await?;
            for store in &stores {
                let amount = database.amount_held(store).await?;
                estimate.add(store, amount, Requests::of_audit(amount));
            }
            database.close().await;
            estimate.print(self.json);
            return Ok(Exit::Done);
        }
        database.close().await;
        let options = JobOptions { stores: stores.clone(), ..JobOptions::default() };
        let request = JobRequest { kind: JobKind::Audit, store: stores[0].clone(), options, by: self.by };
        job_at_work::open_and_work(at, &request, self.json).await
    }

    /// Returns the stores to look at: those that were named, else all that are not retired.
    async fn named(&self, config: &Config, database: &Database) -> anyhow::Result<Vec<StoreId>> {
        let known = database.known_stores().await?;
        for asked in &self.stores {
            if !known.iter().any(|known| known.id == *asked) {
                let names: Vec<_> = known.iter().map(|known| known.id.0.as_str()).collect();
                bail!("there is no store {asked}; there are: {}", names.join(", "));
            }
        }
        if !self.stores.is_empty() {
            return Ok(self.stores.clone());
        }
        let is_alive = |id: &StoreId| known.iter().all(|known| known.id != *id || known.state != StoreState::Retired);
        let mut stores: Vec<_> = config.stores.iter().map(|store| store.id.clone()).filter(is_alive).collect();
        // One that holds objects and is no longer configured is not passed over in silence.
        let is_left = |id: &StoreId| !config.stores.iter().any(|store| store.id == *id) && is_alive(id);
        stores.extend(known.iter().map(|known| known.id.clone()).filter(is_left));
        match stores.is_empty() {
            true => bail!("no store is configured"),
            false => Ok(stores),
        }
    }
}
