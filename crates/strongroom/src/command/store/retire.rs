//! `strongroom store retire`: the life of a store on which no object depends comes to its end.

use backends::database::JobRequest;
use clap::Args;
use model::{JobKind, JobOptions, Requests, StoreId};

use super::super::exit::Exit;
use super::super::house::Where;
use super::super::job_at_work;
use super::estimate::Estimate;
use super::{Long, known, naming, refuse};
use crate::pipelines::stores;

/// End the life of a store on which no object depends.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom store retire old
  strongroom store retire old --remove

The registry says retired, for ever, and a note in the store's folder says it too. The bytes stay: to
remove them is yours to do. With --remove each object in it is removed, after it was found proven in
all stores of its storage option; what the registry does not know is left and named.")]
pub struct Retire {
    /// The store
    #[arg(value_name = "STORE")]
    store: StoreId,
    /// Remove the objects that lie in it, each after a last look at its replicas elsewhere
    #[arg(long)]
    remove: bool,
    #[command(flatten)]
    long: Long,
}

impl Retire {
    /// Retires the store, or says what it would take.
    pub async fn work(self, at: &Where) -> anyhow::Result<Exit> {
        let (config, database) = (at.config()?, at.registry().await?);
        known(&database, &self.store).await?;
        let refusal = stores::retirement_refused(&database, &naming(&config, &self.store), &self.store).await?;
        if let Some(because) = refusal {
            database.close().await;
            return Ok(refuse(JobKind::Retire, &because));
        }
        if self.long.dry_run {
            let mut estimate = Estimate::begin(JobKind::Retire, &config, &database).await?;
            // The note; what lies there and is removed costs nothing to remove.
            let note = Requests { writes: 1, ..Requests::default() };
            estimate.add(&self.store, database.amount_held(&self.store).await?, note);
            database.close().await;
            estimate.print(self.long.json);
            return Ok(Exit::Done);
        }
        let options = JobOptions { removes: self.remove, ..JobOptions::default() };
        let request = JobRequest { kind: JobKind::Retire, store: self.store, options, by: self.long.by };
        database.close().await;
        job_at_work::open_and_work(at, &request, self.long.json).await
    }
}
