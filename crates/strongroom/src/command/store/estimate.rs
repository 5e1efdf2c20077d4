//! What a job would take: bytes, requests, time and money.

use backends::database::{Database, JobRate};
use model::{Amount, Charge, JobKind, Prices, Requests, StoreId};
use serde::Serialize;

use super::super::output;
use super::super::table::{Side, Table};
use crate::config::Config;

/// What a job would take, store by store.
#[derive(Debug, Serialize)]
pub struct Estimate {
    dry_run: bool,
    kind: JobKind,
    /// What is dealt with in all.
    amount: Amount,
    charges: Vec<Charge>,
    /// Seconds; absent when nobody knows how fast it goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<u64>,
    /// Where the rate comes from.
    rate_from: &'static str,
    #[serde(skip)]
    prices: Prices,
    #[serde(skip)]
    configured: Vec<(StoreId, u64)>,
    #[serde(skip)]
    measured: JobRate,
}

impl Estimate {
    /// Begins with the prices of the configuration, and the rates of earlier jobs.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn begin(kind: JobKind, config: &Config, database: &Database) -> anyhow::Result<Self> {
        let priced = config.stores.iter().filter_map(|store| Some((store.id.0.clone(), store.price.clone()?)));
        let configured = config.stores.iter().filter_map(|store| Some((store.id.clone(), store.bytes_per_second?)));
        Ok(Self {
            dry_run: true,
            kind,
            amount: Amount::default(),
            charges: Vec::new(),
            seconds: None,
            rate_from: "unknown",
            prices: Prices(priced.collect()),
            configured: configured.collect(),
            measured: database.job_rate(kind).await?,
        })
    }

    /// Adds what is asked of the store that the job is about.
    pub fn add(&mut self, store: &StoreId, amount: Amount, requests: Requests) {
        self.amount.objects += amount.objects;
        self.amount.files += amount.files;
        self.amount.size_bytes += amount.size_bytes;
        self.amount.documents += amount.documents;
        self.charge(store, requests);
        self.take_time(store, amount, requests);
    }

    /// Adds what is asked of another store besides.
    pub fn charge(&mut self, store: &StoreId, requests: Requests) {
        self.charges.push(self.prices.charge(&store.0, requests));
    }

    /// Time is told by the bytes that are moved, or where none are, by the objects that are looked at.
    fn take_time(&mut self, store: &StoreId, amount: Amount, requests: Requests) {
        let configured = self.configured.iter().find(|(id, _)| id == store).map(|(_, rate)| *rate);
        let bytes = requests.bytes_in.max(requests.bytes_out);
        let (rate, count, from) = match (configured, bytes) {
            (Some(rate), 1..) => (Some(rate), bytes, "configured"),
            (_, 1..) => (self.measured.bytes_per_second, bytes, "measured"),
            (_, 0) => (self.measured.objects_per_second, amount.objects, "measured"),
        };
        if let Some(seconds) = rate.map(|rate| count.div_ceil(rate)) {
            self.seconds = Some(self.seconds.unwrap_or(0) + seconds);
            self.rate_from = from;
        }
    }

    /// Prints it.
    pub fn print(&self, json: bool) {
        if json {
            return output::json(self);
        }
        let amount = self.amount;
        output::line(&format!("{} would deal with {}", self.kind, output::count(amount.objects, "object")));
        let files = output::count(amount.files, "file");
        output::field(
            "content",
            &format!("{files}, {} ({} bytes)", output::bytes(amount.size_bytes), amount.size_bytes),
        );
        output::field("documents", &output::count(amount.documents, "file"));
        let mut table = Table::new(&[
            ("store", Side::Left),
            ("writes", Side::Right),
            ("reads", Side::Right),
            ("lists", Side::Right),
            ("in", Side::Right),
            ("out", Side::Right),
            ("once", Side::Right),
            ("a month", Side::Right),
        ]);
        for charge in &self.charges {
            let requests = charge.requests;
            let money = |amount: f64| match charge.currency.as_str() {
                "" => "-".to_owned(),
                currency => format!("{amount:.4} {currency}"),
            };
            table.row([
                charge.store.clone(),
                requests.writes.to_string(),
                requests.reads.to_string(),
                requests.lists.to_string(),
                output::bytes(requests.bytes_in),
                output::bytes(requests.bytes_out),
                money(charge.once),
                money(charge.per_month),
            ]);
        }
        table.print_indented();
        let time = match self.seconds {
            Some(seconds) => {
                format!("about {}, by a rate that was {}", output::count(seconds, "second"), self.rate_from)
            }
            None => "not known before the first such job: set bytes_per_second of the store".to_owned(),
        };
        output::field("time", &time);
        output::note("Nothing was done. Equal files of one object are stored once, so that it may be less.");
    }
}
