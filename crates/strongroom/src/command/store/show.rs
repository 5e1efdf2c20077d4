//! `strongroom store show`: what one store holds and lacks, and what it costs.

use backends::database::KnownStore;
use clap::Args;
use model::{Amount, Price, StoreFixity, StoreId};
use serde::Serialize;

use super::super::exit::Exit;
use super::super::house::Where;
use super::super::output;
use super::{known, naming};

/// Show one store.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom store show first
  strongroom store show first --json")]
pub struct Show {
    /// The store
    #[arg(value_name = "STORE")]
    store: StoreId,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Answer {
    #[serde(flatten)]
    store: KnownStore,
    url: Option<String>,
    options: Vec<String>,
    holds: Amount,
    /// What its storage options put there and it does not hold.
    lacks: Amount,
    fixity: StoreFixity,
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<Price>,
}

impl Show {
    /// Looks, and changes nothing.
    pub async fn look(self, at: &Where) -> anyhow::Result<Exit> {
        let (config, database) = (at.config()?, at.registry().await?);
        known(&database, &self.store).await?;
        let now = jiff::Timestamp::now();
        let options = naming(&config, &self.store);
        let configured = config.stores.iter().find(|store| store.id == self.store);
        let stores = database.known_stores().await?;
        let Some(store) = stores.into_iter().find(|known| known.id == self.store) else { return Ok(Exit::Refused) };
        let answer = Answer {
            store,
            url: configured.map(|store| store.url.clone()),
            holds: database.amount_held(&self.store).await?,
            lacks: database.amount_lacking(&self.store, &options, None).await?,
            fixity: database.fixity_of_store(&self.store, now, now).await?,
            price: configured.and_then(|store| store.price.clone()),
            options,
        };
        database.close().await;
        if self.json {
            output::json(&answer);
        } else {
            print(&answer);
        }
        Ok(Exit::Done)
    }
}

fn print(answer: &Answer) {
    output::line(&format!("store {}", answer.store.id));
    let amount = |amount: Amount| {
        let (objects, files) = (output::count(amount.objects, "object"), output::count(amount.files, "file"));
        format!("{objects}, {files}, {}", output::bytes(amount.size_bytes))
    };
    let since = answer.store.state_at.or(answer.store.created_at).map(output::time).unwrap_or_default();
    output::field("state", &format!("{} since {since}", answer.store.state));
    output::field("address", answer.url.as_deref().unwrap_or("(not in the configuration)"));
    output::field("options", &answer.options.join(", "));
    output::field("holds", &amount(answer.holds));
    output::field("lacks", &amount(answer.lacks));
    output::field("incidents", &format!("{} open", answer.fixity.open_incidents));
    output::field("never proven", &answer.fixity.never_proven.to_string());
    if let Some(price) = &answer.price {
        let gib = answer.holds.size_bytes as f64 / (1_u64 << 30) as f64;
        let month = gib * price.per_gib_month;
        output::field("a month", &format!("{month:.4} {}", price.currency));
    }
}
