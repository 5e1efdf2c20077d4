//! How far a cold store is really read: its budget of samples, what was spent of it, and how long a full round takes.

use backends::database::Database;
use jiff::{SignedDuration, Timestamp};
use model::{SampleAccount, SampleReach};
use serde::Serialize;

use super::super::output;
use crate::config::StoreConfig;

/// Within this, a reading counts as one of the last year.
const YEAR: SignedDuration = SignedDuration::from_hours(365 * 24);

/// What is told of the samples of a store.
#[derive(Debug, Serialize)]
pub struct Cold {
    /// What a month may take.
    #[serde(skip_serializing_if = "Option::is_none")]
    sample_bytes_per_month: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sample_cost_per_month: Option<f64>,
    /// What this month has spent (UTC).
    spent: SampleAccount,
    /// What that costs, by the price of the store.
    spent_cost: f64,
    currency: String,
    /// How much was really read within the last year, its deposit counting.
    #[serde(flatten)]
    reach: SampleReach,
    /// Months until all has been read once with this budget.
    #[serde(skip_serializing_if = "Option::is_none")]
    round_months: Option<f64>,
}

impl Cold {
    /// Looks at a store; `None` for one that is read at once and has no budget.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn of(store: &StoreConfig, database: &Database, now: Timestamp) -> anyhow::Result<Option<Self>> {
        let budget = store.sample_budget();
        let is_frozen = store.storage_class().is_ok_and(model::StorageClass::is_frozen);
        if !is_frozen && !budget.is_given() {
            return Ok(None);
        }
        let reach = database.sample_reach(&store.id, now - YEAR).await?;
        let spent = database.sample_account(&store.id, now).await?;
        let whole = SampleAccount { files: reach.files, size_bytes: reach.size_bytes };
        Ok(Some(Self {
            sample_bytes_per_month: store.sample_bytes_per_month,
            sample_cost_per_month: store.sample_cost_per_month,
            spent,
            spent_cost: budget.cost_of(&store.id, spent),
            currency: store.price.as_ref().map(|price| price.currency.clone()).unwrap_or_default(),
            round_months: budget.months_for(&store.id, whole),
            reach,
        }))
    }

    /// Tells it in one line, and what no budget of this size will ever reach in another.
    pub fn tell(&self, store: &str) {
        let reach = &self.reach;
        let mut told = vec![format!(
            "{store}: {} of {} and {} of {} really read within a year, the oldest {}",
            reach.read_files,
            output::count(reach.files, "file"),
            output::bytes(reach.read_bytes),
            output::bytes(reach.size_bytes),
            reach.oldest_reading.map_or_else(|| "never".to_owned(), output::time)
        )];
        let bounds: Vec<_> = [
            self.sample_bytes_per_month.map(output::bytes),
            self.sample_cost_per_month.map(|cost| format!("{cost:.2} {}", self.currency)),
        ]
        .into_iter()
        .flatten()
        .collect();
        let cost = if self.currency.is_empty() {
            String::new()
        } else {
            format!(", {:.4} {}", self.spent_cost, self.currency)
        };
        let (files, spent) = (output::count(self.spent.files, "file"), output::bytes(self.spent.size_bytes));
        let budget = if bounds.is_empty() {
            "no budget of samples".to_owned()
        } else {
            format!("budget {}", bounds.join(" and "))
        };
        told.push(format!("{budget}, spent this month: {files}, {spent}{cost}"));
        if reach.under_way > 0 {
            told.push(format!("{} under way", output::count(reach.under_way, "file")));
        }
        if let Some(months) = self.round_months {
            told.push(format!("a full round takes {months:.1} months"));
        }
        output::note(&told.join("; "));
        if self.sample_bytes_per_month.is_some_and(|bytes| bytes > 0 && bytes < reach.largest_bytes) {
            let largest = output::bytes(reach.largest_bytes);
            output::note(&format!(
                "{store}: its largest file, {largest}, is larger than the budget and is never sampled"
            ));
        }
    }
}
