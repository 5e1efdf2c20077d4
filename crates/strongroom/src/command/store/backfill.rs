//! `strongroom store backfill`: a store gets a proven replica of all that it should hold.

use backends::database::{Database, JobRequest};
use clap::Args;
use model::{JobKind, JobOptions, Requests, StoreId};

use super::super::exit::Exit;
use super::super::house::{House, Where};
use super::super::job_at_work;
use super::estimate::Estimate;
use super::{Long, known, refuse};
use crate::config::Config;

/// Give a store a proven replica of all that it should hold.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom store backfill far --dry-run
  strongroom store backfill far

Each object of the storage options that name the store is copied whole: every version, inventories,
logs; and tombstones. Each byte is held against the registry as it is read from another store, and
again as the disk gives it back. A source that is damaged is passed over and its check queued. What
the store holds already is left alone. Exit code 0 when it lacks nothing, 1 when an object has no good
replica left, 2 when it cannot be done, 75 when it is not ended: the same command goes on.")]
pub struct Backfill {
    /// The store
    #[arg(value_name = "STORE")]
    store: StoreId,
    #[command(flatten)]
    long: Long,
}

impl Backfill {
    /// Fills the store, or says what it would take.
    pub async fn work(self, at: &Where) -> anyhow::Result<Exit> {
        if self.long.dry_run {
            let (config, database) = (at.config()?, at.registry().await?);
            let exit = rehearse(&config, &database, &self.store, self.long.json).await;
            database.close().await;
            return exit;
        }
        let house = House::open(at).await?;
        known(&house.context.database, &self.store).await?;
        fill(&house, self.store, self.long).await
    }
}

/// Fills a store.
pub(super) async fn fill(house: &House, store: StoreId, long: Long) -> anyhow::Result<Exit> {
    let request = JobRequest { kind: JobKind::Backfill, store, options: JobOptions::default(), by: long.by };
    let exit = job_at_work::work(house, &request, long.json).await?;
    house.context.database.close().await;
    Ok(exit)
}

/// Says what it would take.
pub async fn rehearse(config: &Config, database: &Database, store: &StoreId, json: bool) -> anyhow::Result<Exit> {
    let naming: Vec<_> = config.storage_options.iter().filter(|option| option.stores.contains(store)).collect();
    if naming.is_empty() {
        let because = format!("no storage option names the store {store}: add it to one in the configuration first");
        return Ok(refuse(JobKind::Backfill, &because));
    }
    let mut estimate = Estimate::begin(JobKind::Backfill, config, database).await?;
    for option in naming {
        let amount = database.amount_lacking(store, std::slice::from_ref(&option.name), None).await?;
        estimate.add(store, amount, Requests::of_target(amount));
        // In the order of the configuration, as the copying asks them.
        let is_source = |id: &&StoreId| **id != *store && option.stores.contains(*id);
        if let Some(source) = config.stores.iter().map(|configured| &configured.id).find(is_source) {
            estimate.charge(source, Requests::of_source(amount));
        }
    }
    estimate.print(json);
    Ok(Exit::Done)
}
