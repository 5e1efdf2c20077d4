//! `strongroom store compare`: two stores held against each other, or one against the registry.

use backends::database::JobRequest;
use clap::Args;
use model::{Amount, JobKind, JobOptions, Requests, StoreId};

use super::super::exit::Exit;
use super::super::house::Where;
use super::super::job_at_work;
use super::estimate::Estimate;
use super::{Long, known};

/// Hold two stores against each other, or one against the registry.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom store compare first second
  strongroom store compare first second --content
  strongroom store compare first --json

Objects are compared by their inventories, whose digests stand for all content, and by the names and
sizes of their files; with --content every byte of both stores is read back. Nothing is changed. Exit
code 0 when they are alike, 1 when they differ.")]
pub struct Compare {
    /// The store
    #[arg(value_name = "STORE")]
    store: StoreId,
    /// The other one; without it, the registry
    #[arg(value_name = "OTHER")]
    other: Option<StoreId>,
    /// Read all content
    #[arg(long)]
    content: bool,
    #[command(flatten)]
    long: Long,
}

impl Compare {
    /// Compares, or says what it would take.
    pub async fn work(self, at: &Where) -> anyhow::Result<Exit> {
        let (config, database) = (at.config()?, at.registry().await?);
        let stores: Vec<_> = [Some(self.store.clone()), self.other.clone()].into_iter().flatten().collect();
        for store in &stores {
            known(&database, store).await?;
        }
        if self.long.dry_run {
            let mut estimate = Estimate::begin(JobKind::Compare, &config, &database).await?;
            for store in &stores {
                let amount = database.amount_held(store).await?;
                estimate.add(store, amount, self.requests(amount));
            }
            database.close().await;
            estimate.print(self.long.json);
            return Ok(Exit::Done);
        }
        database.close().await;
        let options = JobOptions {
            stores: self.other.into_iter().collect(),
            reads_content: self.content,
            ..JobOptions::default()
        };
        let request = JobRequest { kind: JobKind::Compare, store: self.store, options, by: self.long.by };
        job_at_work::open_and_work(at, &request, self.long.json).await
    }

    /// Two stores are compared by one inventory an object, and the registry by all documents.
    fn requests(&self, amount: Amount) -> Requests {
        let documents = if self.other.is_some() { amount.objects } else { amount.documents };
        match self.content {
            true => Requests { lists: amount.objects, ..Requests::of_source(Amount { documents, ..amount }) },
            false => Requests { reads: documents, lists: amount.objects, ..Requests::default() },
        }
    }
}
