//! `strongroom fixity sample`: files of a frozen store are drawn to be thawed and read, within a budget.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;
use jiff::Timestamp;
use model::{Charge, Requests, SampleAccount, SampleBudget, StoreId, ThawTier};
use serde::Serialize;

use super::super::exit::Exit;
use super::super::house::{House, Where};
use super::super::{output, signals};
use crate::config::{Config, StoreConfig};
use crate::pipelines::Signal;
use crate::pipelines::fixity::{FixityTerms, Sampled};
use crate::runner::{self, SampleEnd};

/// How often a process that waits looks whether anything is due.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Draw files of a frozen store, to be thawed and read within a budget.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom fixity sample ice --dry-run
  strongroom fixity sample ice --budget 50GB --dry-run
  strongroom fixity sample ice --budget 50GB

Those that were really read the longest ago come first; time and cost are told before anything is asked
for. The budget is that of the whole month (UTC) and counts what this month has spent already, whoever
drew it: the same command given twice draws nothing twice. `strongroom up` asks for the files, waits for
them without holding a worker, reads them, and repairs what is wrong; with a budget in the configuration
(`sample_bytes_per_month`, `sample_cost_per_month` of the store) it draws by itself. With --wait this
command does the work. Exit code 0 when all is drawn, or with --wait read; 1 when damage is left; 75 when
it was broken off.")]
pub struct Sample {
    /// The store
    #[arg(value_name = "STORE")]
    store: StoreId,
    /// Bytes that may be thawed this month, as 50GB or 500MiB; without it, the budget of the configuration
    #[arg(long, value_name = "SIZE", value_parser = size)]
    budget: Option<u64>,
    /// Say what it would take, and draw nothing
    #[arg(long)]
    dry_run: bool,
    /// Ask for the files, wait and read them in this process
    #[arg(long, conflicts_with = "dry_run")]
    wait: bool,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

const UNITS: [(&str, u64); 9] = [
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("B", 1),
];

fn size(text: &str) -> Result<u64, String> {
    let (number, unit) =
        UNITS.iter().find_map(|(unit, bytes)| Some((text.strip_suffix(unit)?, *bytes))).unwrap_or((text, 1));
    let number: Option<u64> = number.trim().parse().ok();
    number.and_then(|number| number.checked_mul(unit)).ok_or_else(|| "write bytes, or 50GB, 500MiB, 2TB".to_owned())
}

/// What thawing and reading the files takes.
#[derive(Debug, Serialize)]
struct Quote {
    store: StoreId,
    tier: ThawTier,
    /// Days for which the files stay thawed.
    days: u32,
    /// Files that are drawn.
    #[serde(flatten)]
    drawn: SampleAccount,
    /// Hours that it takes at the most.
    hours_max: i64,
    /// What it costs.
    charge: Charge,
    /// What the month had spent before.
    spent: SampleAccount,
    #[serde(skip_serializing_if = "Option::is_none")]
    budget_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    budget_cost: Option<f64>,
}

impl Sample {
    /// Draws, and with `--wait` reads.
    pub fn run(self, at: &Where) -> anyhow::Result<Exit> {
        tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(self.sample(at))
    }

    async fn sample(self, at: &Where) -> anyhow::Result<Exit> {
        let (config, database, now) = (at.config()?, at.registry().await?, Timestamp::now());
        let store = config.stores.iter().find(|store| store.id == self.store);
        let store =
            store.with_context(|| format!("there is no store {}: `strongroom store list` lists them", self.store))?;
        if store.folder(at.place()?.path()).is_some() {
            bail!(
                "the store {} is a folder, and nothing in it is frozen: `strongroom fixity check` reads all of it",
                self.store
            );
        }
        let budget = self.budget_of(store)?;
        let spent = database.sample_account(&store.id, now).await?;
        let drawn = database.would_draw_samples(&store.id, now, &budget).await?;
        let quote = quote(&config, store, &budget, spent, drawn);
        if self.json {
            output::json(&quote)
        } else {
            quote.print()
        }
        if !self.dry_run {
            while database.draw_samples(&store.id, now, &budget).await?.files > 0 {}
        }
        if self.wait {
            database.close().await;
            return self.go_on(at, &budget).await;
        }
        if !self.dry_run && !self.json {
            let left = database.samples_left(&store.id).await?;
            output::line(&format!(
                "{} under way: `strongroom up` asks for them, waits and reads; `strongroom fixity status` tells how far it is",
                output::count(left, "file")
            ));
        }
        database.close().await;
        Ok(Exit::Done)
    }

    fn budget_of(&self, store: &StoreConfig) -> anyhow::Result<SampleBudget> {
        let configured = store.sample_budget();
        let budget = match self.budget {
            Some(bytes) => SampleBudget { bytes: Some(bytes), cost: None, ..configured },
            None => configured,
        };
        if !budget.is_given() {
            bail!(
                "the store {} has no budget: name one with --budget, or set sample_bytes_per_month of the store",
                self.store
            );
        }
        Ok(budget)
    }

    /// Goes on with all that is under way in the store until nothing is.
    async fn go_on(&self, at: &Where, budget: &SampleBudget) -> anyhow::Result<Exit> {
        let asked = signals::Asked::listen()?;
        let house = House::open(at).await?;
        let (process, context) = (house.enter()?, house.context.clone());
        let signal = Signal::default();
        asked.then_stop(&signal);
        let mut terms = FixityTerms::clone(&house.settings().fixity).without_limits();
        terms.samples = vec![(self.store.clone(), budget.clone())];
        let (terms, mut sums) = (Arc::new(terms), Sampled::default());
        while !signal.is_raised() && context.database.samples_left(&self.store).await? > 0 {
            runner::release_dead(&context.database, &process).await?;
            let Some(claim) = runner::claim_sample(&context, &process, Some(&self.store)).await? else {
                tokio::time::sleep(LOOK_AGAIN).await;
                continue;
            };
            if let SampleEnd::Read(done) =
                runner::go_on_with_sample(&context, claim, terms.clone(), Arc::default(), signal.clone()).await?
            {
                sums.asked += done.asked;
                sums.read += done.read;
                sums.given_up += done.given_up;
                sums.damaged += done.damaged;
            }
        }
        context.database.close().await;
        if self.json {
            output::json(&sums);
        } else {
            output::line(&format!(
                "{} asked for, {} read and right (grade A), {} damaged, {} given up",
                output::count(sums.asked, "file"),
                sums.read,
                sums.damaged,
                sums.given_up
            ));
        }
        Ok(match sums.damaged {
            _ if signal.is_raised() => Exit::Later,
            0 => Exit::Done,
            _ => Exit::Refused,
        })
    }
}

fn quote(
    config: &Config,
    store: &StoreConfig,
    budget: &SampleBudget,
    spent: SampleAccount,
    drawn: SampleAccount,
) -> Quote {
    let class = store.storage_class().unwrap_or_default();
    let tier = config.cold.tier;
    Quote {
        store: store.id.clone(),
        tier: tier.of_class(class),
        days: config.cold.days,
        drawn,
        hours_max: tier.time_max(class).as_mins().max(1).saturating_add(59) / 60,
        charge: budget.prices.charge(&store.id.0, Requests::of_thaw(drawn.files, drawn.size_bytes)),
        spent,
        budget_bytes: budget.bytes,
        budget_cost: budget.cost,
    }
}

impl Quote {
    fn print(&self) {
        let (files, bytes) = (output::count(self.drawn.files, "file"), output::bytes(self.drawn.size_bytes));
        output::line(&format!("To be thawed and read in the store {}: {files}, {bytes}", self.store));
        let days = output::count(u64::from(self.days), "day");
        output::field("tier", &format!("{}, to stay thawed for {days}", self.tier));
        output::field("time", &format!("up to {} hours until they can be read", self.hours_max));
        let cost = match self.charge.currency.as_str() {
            "" => "not known: set `price` of the store".to_owned(),
            currency => format!("{:.4} {currency}, by the price of the store", self.charge.once),
        };
        output::field("cost", &cost);
        let by_bytes = self.budget_bytes.map(output::bytes);
        let by_cost = self.budget_cost.map(|cost| format!("{cost:.2} {}", self.charge.currency));
        let bounds: Vec<_> = by_bytes.into_iter().chain(by_cost).collect();
        let spent = output::bytes(self.spent.size_bytes);
        output::field("budget", &format!("{} this month, of which {spent} was spent before", bounds.join(" and ")));
    }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn a_size_has_a_unit_or_is_bytes() {
        let check = |text: &str, expected: Option<u64>| assert_eq!(size(text).ok(), expected, "{text}");
        check("50GB", Some(50_000_000_000));
        check("2 MiB", Some(2 << 20));
        check("17", Some(17));
        check("17B", Some(17));
        check("-1GB", None);
        check("1.5GB", None);
        check("99999999999TB", None);
    }
}
