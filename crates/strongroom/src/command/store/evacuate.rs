//! `strongroom store evacuate`: all that a store holds is brought elsewhere, and its replicas are let go.

use backends::database::JobRequest;
use clap::Args;
use model::{JobKind, JobOptions, Requests, StoreId};

use super::super::exit::Exit;
use super::super::house::Where;
use super::super::job_at_work;
use super::estimate::Estimate;
use super::{Long, known, naming, refuse};
use crate::pipelines::stores;

/// Bring all that a store holds elsewhere, and let its replicas go.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom store evacuate old --dry-run
  strongroom store evacuate old

Take the store out of the storage options first, and put another one in its place. Then each object
that it holds is brought into all stores of its option, proven, and only then the registry counts on
this store no more. Deposits do not go there meanwhile. The bytes stay where they are: the end is
`strongroom store retire`.")]
pub struct Evacuate {
    /// The store
    #[arg(value_name = "STORE")]
    store: StoreId,
    #[command(flatten)]
    long: Long,
}

impl Evacuate {
    /// Evacuates, or says what it would take.
    pub async fn work(self, at: &Where) -> anyhow::Result<Exit> {
        let (config, database) = (at.config()?, at.registry().await?);
        known(&database, &self.store).await?;
        let refusal = stores::evacuation_refused(&database, &naming(&config, &self.store), &self.store).await?;
        if let Some(because) = refusal {
            database.close().await;
            return Ok(refuse(JobKind::Evacuate, &because));
        }
        if !self.long.dry_run {
            let options = JobOptions::default();
            let request = JobRequest { kind: JobKind::Evacuate, store: self.store, options, by: self.long.by };
            database.close().await;
            return job_at_work::open_and_work(at, &request, self.long.json).await;
        }
        let mut estimate = Estimate::begin(JobKind::Evacuate, &config, &database).await?;
        for option in &config.storage_options {
            for target in &option.stores {
                let options = std::slice::from_ref(&option.name);
                let amount = database.amount_lacking(target, options, Some(&self.store)).await?;
                if amount.objects > 0 {
                    estimate.add(target, amount, Requests::of_target(amount));
                    estimate.charge(&self.store, Requests::of_source(amount));
                }
            }
        }
        database.close().await;
        estimate.print(self.long.json);
        Ok(Exit::Done)
    }
}
