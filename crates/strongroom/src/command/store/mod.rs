//! `strongroom store`: the life of whole stores.

mod add;
mod backfill;
mod compare;
mod doctor;
pub mod estimate;
mod evacuate;
mod list;
mod retire;
mod show;

pub use backfill::rehearse;

use anyhow::bail;
use backends::database::Database;
use clap::{Args, Subcommand};
use model::{JobKind, StoreId};

use super::exit::Exit;
use super::house::Where;
use super::run;
use crate::config::Config;

/// List stores; add, fill, compare, evacuate and retire them.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom store list
  strongroom store backfill far --dry-run
  strongroom store backfill far
  strongroom store compare first far --content
  strongroom store doctor far

Each of the long ones is a job: costed beforehand by --dry-run, gone on with after a kill, ended only
when its end state was proven. `strongroom jobs` lists them.")]
pub struct Store {
    #[command(subcommand)]
    command: StoreCommand,
}

#[derive(Debug, Subcommand)]
enum StoreCommand {
    /// List the stores: where each stands in its life, and what it holds
    List(list::List),
    /// Show one store: what it holds, what it lacks, what it costs
    Show(show::Show),
    /// Make a store of the configuration and fill it, or make one anew that was lost
    Add(add::Add),
    /// Give a store a proven replica of all that it should hold
    Backfill(backfill::Backfill),
    /// Try what the bucket of a store really does, and note it there
    Doctor(doctor::Doctor),
    /// Hold two stores against each other, or one against the registry
    Compare(compare::Compare),
    /// Bring all that a store holds elsewhere, and let its replicas go
    Evacuate(evacuate::Evacuate),
    /// End the life of a store on which no object depends
    Retire(retire::Retire),
}

impl Store {
    /// Runs the subcommand.
    pub fn run(self, at: &Where) -> anyhow::Result<Exit> {
        let many = || tokio::runtime::Builder::new_multi_thread().enable_all().build();
        match self.command {
            StoreCommand::List(list) => run::now(list.look(at)),
            StoreCommand::Show(show) => run::now(show.look(at)),
            StoreCommand::Add(add) => many()?.block_on(add.work(at)),
            StoreCommand::Backfill(backfill) => many()?.block_on(backfill.work(at)),
            StoreCommand::Doctor(doctor) => doctor.look(at),
            StoreCommand::Compare(compare) => many()?.block_on(compare.work(at)),
            StoreCommand::Evacuate(evacuate) => many()?.block_on(evacuate.work(at)),
            StoreCommand::Retire(retire) => many()?.block_on(retire.work(at)),
        }
    }
}

/// What every long subcommand takes.
#[derive(Debug, Args)]
struct Long {
    /// Say what it would take in bytes, requests, time and money, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Print one JSON object a line: each result, and the job
    #[arg(long)]
    json: bool,
    /// Who asks, for the record
    #[arg(long, env = "USER", hide_env_values = true, default_value = "the operator", value_name = "NAME")]
    by: String,
}

/// Insists that a store was made here, and names those that were.
async fn known(database: &Database, store: &StoreId) -> anyhow::Result<()> {
    let known = database.known_stores().await?;
    if known.iter().any(|known| known.id == *store) {
        return Ok(());
    }
    let names: Vec<_> = known.iter().map(|known| known.id.0.as_str()).collect();
    bail!("there is no store {store}; there are: {}", names.join(", "))
}

/// Returns the storage options that name a store.
fn naming(config: &Config, store: &StoreId) -> Vec<String> {
    let naming = config.storage_options.iter().filter(|option| option.stores.contains(store));
    naming.map(|option| option.name.clone()).collect()
}

/// Refuses what cannot be done now, with the reason.
fn refuse(kind: JobKind, because: &str) -> Exit {
    super::output::error(&format!("cannot {kind}: {because}"));
    Exit::Failed
}
