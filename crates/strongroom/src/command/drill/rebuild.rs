//! `strongroom drill rebuild`: the registry is made anew beside the one in use, and the two compared.

use std::sync::Arc;

use anyhow::bail;
use clap::Args;
use model::StoreId;

use super::super::exit::Exit;
use super::super::house::{House, Where};
use super::super::signals;
use super::told;
use crate::pipelines::drills;

/// Make the registry anew from each store, beside the one in use, and compare the two.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom drill rebuild
  strongroom drill rebuild --store first --json

The new registry is made in the folder `drills` of the data directory, from one store after another, and removed. The
one in use is only read; deposits may go on, and what they change meanwhile is not compared. Every row that a store
knows must be the same; each that is not is named. Exit codes: 0 all are the same, 1 one differs, 75 stopped, or
another process holds such a drill.")]
pub struct Rebuild {
    /// From this store only
    #[arg(long, value_name = "STORE")]
    store: Option<StoreId>,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

impl Rebuild {
    /// Holds the drills.
    pub fn run(self, at: &Where) -> anyhow::Result<Exit> {
        tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(self.work(at))
    }

    async fn work(self, at: &Where) -> anyhow::Result<Exit> {
        let signal = told::signal(signals::Asked::listen()?);
        at.registry().await?.close().await;
        let house = House::open(at).await?;
        let (context, terms) = (house.context.clone(), house.settings().drills);
        let stores: Vec<_> = context.stores.0.iter().map(|(id, _)| id.clone()).collect();
        let wanted = |id: &StoreId| self.store.as_ref().is_none_or(|wanted| wanted == id);
        let chosen: Vec<_> = stores.into_iter().filter(wanted).collect();
        if let (Some(store), true) = (&self.store, chosen.is_empty()) {
            bail!("there is no store {store}: `strongroom doctor` lists them");
        }
        let mut exit = Exit::Done;
        for store in chosen {
            let name = format!("rebuilding from {store}");
            let (context, terms, signal) = (context.clone(), Arc::clone(&terms), signal.clone());
            let drill = move |meter| drills::rebuild(&context, &terms, &store, meter, &signal);
            let held = told::hold(&name, self.json, drill).await?;
            exit = if exit == Exit::Done { held } else { exit };
            if held == Exit::Later {
                break;
            }
        }
        context.database.close().await;
        Ok(exit)
    }
}
