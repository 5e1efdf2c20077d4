//! `strongroom store list`: where each store stands in its life, and what it holds.

use clap::Args;
use model::{Amount, StoreId, StoreState};
use serde::Serialize;

use super::super::exit::Exit;
use super::super::house::Where;
use super::super::output;
use super::super::table::{Side, Table};
use super::naming;

/// List the stores.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom store list
  strongroom store list --json")]
pub struct List {
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

/// A line of the answer.
#[derive(Serialize)]
struct Line {
    store: StoreId,
    /// Absent when it was never made.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<StoreState>,
    url: Option<String>,
    is_there: bool,
    holds: Amount,
    options: Vec<String>,
}

impl List {
    /// Looks, and changes nothing.
    pub async fn look(self, at: &Where) -> anyhow::Result<Exit> {
        let (place, config, database) = (at.place()?, at.config()?, at.registry().await?);
        let known = database.known_stores().await?;
        let mut ids: Vec<_> = config.stores.iter().map(|store| store.id.clone()).collect();
        ids.extend(known.iter().map(|known| known.id.clone()).filter(|id| !config.stores.iter().any(|s| s.id == *id)));
        let mut lines = Vec::new();
        for id in ids {
            let configured = config.stores.iter().find(|store| store.id == id);
            let at = configured.and_then(|store| store.place(place.path(), jiff::Timestamp::now).ok());
            let opened = at.and_then(|at| at.open().ok());
            lines.push(Line {
                state: known.iter().find(|known| known.id == id).map(|known| known.state),
                url: configured.map(|store| store.url.clone()),
                is_there: opened.is_some_and(|store| store.id() == id.0),
                holds: database.amount_held(&id).await?,
                options: naming(&config, &id),
                store: id,
            });
        }
        database.close().await;
        if self.json {
            lines.iter().for_each(output::json);
            return Ok(Exit::Done);
        }
        let mut table = Table::new(&[
            ("store", Side::Left),
            ("state", Side::Left),
            ("there", Side::Left),
            ("objects", Side::Right),
            ("files", Side::Right),
            ("size", Side::Right),
            ("storage options", Side::Left),
            ("address", Side::Left),
        ]);
        for line in &lines {
            table.row([
                line.store.0.clone(),
                line.state.map_or("not made yet", StoreState::name).to_owned(),
                if line.is_there { "yes" } else { "NO" }.to_owned(),
                line.holds.objects.to_string(),
                line.holds.files.to_string(),
                output::bytes(line.holds.size_bytes),
                line.options.join(", "),
                line.url.clone().unwrap_or_else(|| "(not in the configuration)".to_owned()),
            ]);
        }
        table.print();
        Ok(Exit::Done)
    }
}
