//! What a job will cost: bytes, requests, time and money, from the amounts of the registry and a store's price list.

use serde::{Deserialize, Serialize};

use crate::Amount;

const GIB: f64 = (1_u64 << 30) as f64;

/// What a store's provider asks for, in one currency. What is not named costs nothing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Price {
    /// The currency: `USD`.
    pub currency: String,
    /// A GiB kept for a month.
    pub per_gib_month: f64,
    /// A thousand writes.
    pub per_1000_writes: f64,
    /// A thousand reads.
    pub per_1000_reads: f64,
    /// A thousand lists.
    pub per_1000_lists: f64,
    /// A GiB read out of it.
    pub per_gib_out: f64,
    /// A GiB thawed, by the tier of the configuration.
    pub per_gib_thawed: f64,
    /// A thousand requests to thaw a file, by that tier.
    pub per_1000_thaws: f64,
}

/// What is asked of one store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Requests {
    /// Files written.
    pub writes: u64,
    /// Files read.
    pub reads: u64,
    /// Folders listed.
    pub lists: u64,
    /// Bytes written.
    pub bytes_in: u64,
    /// Bytes read.
    pub bytes_out: u64,
    /// Files that must thaw.
    pub thaws: u64,
    /// Their bytes.
    pub bytes_thawed: u64,
}

/// What the requests to one store cost.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Charge {
    /// The store.
    pub store: String,
    /// What is asked of it.
    pub requests: Requests,
    /// The currency; empty when the store has no prices.
    pub currency: String,
    /// Once.
    pub once: f64,
    /// Each month from then on, for what is kept there more.
    pub per_month: f64,
}

/// The prices of the stores that have any.
#[derive(Debug, Clone, Default)]
pub struct Prices(pub Vec<(String, Price)>);

impl Requests {
    /// What it takes to bring so much into a store: each file is written, and read back to prove it.
    #[must_use]
    pub fn of_target(amount: Amount) -> Self {
        let files = amount.files + amount.documents;
        Self {
            writes: files,
            reads: files,
            lists: amount.objects,
            bytes_in: amount.size_bytes,
            bytes_out: amount.size_bytes,
            ..Self::default()
        }
    }

    /// What it takes to read so much from a store.
    #[must_use]
    pub fn of_source(amount: Amount) -> Self {
        Self { reads: amount.files + amount.documents, bytes_out: amount.size_bytes, ..Self::default() }
    }

    /// What it takes to thaw so many files, each of which is looked at and asked for, and to read them.
    #[must_use]
    pub fn of_thaw(files: u64, size_bytes: u64) -> Self {
        let reads = files.saturating_mul(2);
        Self { reads, bytes_out: size_bytes, thaws: files, bytes_thawed: size_bytes, ..Self::default() }
    }

    /// What it takes to list so much and to prove its documents, twice each object: by the registry and by the store.
    #[must_use]
    pub fn of_audit(amount: Amount) -> Self {
        Self { reads: amount.documents, lists: amount.objects * 2, ..Self::default() }
    }
}

impl Prices {
    /// Says what requests to a store cost. What is read back from a store leaves it too.
    #[must_use]
    pub fn charge(&self, store: &str, requests: Requests) -> Charge {
        let known = self.0.iter().find(|(id, _)| id == store).map(|(_, price)| price);
        let price = known.cloned().unwrap_or_default();
        let thousands = |count: u64| count as f64 / 1000.0;
        let gib = |bytes: u64| bytes as f64 / GIB;
        let once = thousands(requests.writes) * price.per_1000_writes
            + thousands(requests.reads) * price.per_1000_reads
            + thousands(requests.lists) * price.per_1000_lists
            + gib(requests.bytes_out) * price.per_gib_out
            + thousands(requests.thaws) * price.per_1000_thaws
            + gib(requests.bytes_thawed) * price.per_gib_thawed;
        Charge {
            store: store.to_owned(),
            requests,
            once,
            per_month: gib(requests.bytes_in) * price.per_gib_month,
            currency: price.currency,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AMOUNT: Amount = Amount { objects: 2, files: 5_990, size_bytes: 3 << 30, documents: 10 };

    fn prices() -> Prices {
        let price = Price {
            currency: "USD".to_owned(),
            per_gib_month: 0.004,
            per_1000_writes: 0.05,
            per_1000_reads: 0.0004,
            per_1000_lists: 0.005,
            per_gib_out: 0.09,
            per_gib_thawed: 0.02,
            per_1000_thaws: 0.1,
        };
        Prices(vec![("far".to_owned(), price)])
    }

    #[test]
    fn a_filled_store_is_paid_by_files_written_and_read_back_and_by_the_month() {
        let charge = prices().charge("far", Requests::of_target(AMOUNT));
        // 6 thousand writes, 6 thousand reads, 2 lists, 3 GiB read back; 3 GiB kept.
        let once = 6.0 * 0.05 + 6.0 * 0.0004 + 0.002 * 0.005 + 3.0 * 0.09;
        assert!((charge.once - once).abs() < 1e-9, "{charge:?}");
        assert!((charge.once - 0.572_41).abs() < 1e-9, "{charge:?}");
        assert!((charge.per_month - 0.012).abs() < 1e-9, "{charge:?}");
    }

    #[test]
    fn a_source_is_paid_by_files_read_and_bytes_that_leave_it() {
        let charge = prices().charge("far", Requests::of_source(AMOUNT));
        assert!((charge.once - (0.0024 + 0.27)).abs() < 1e-9, "{charge:?}");
        assert_eq!(charge.per_month, 0.0);
    }

    #[test]
    fn a_thaw_is_paid_by_files_asked_for_and_bytes_thawed_and_read() {
        let charge = prices().charge("far", Requests::of_thaw(2_000, 2 << 30));
        let once = 4.0 * 0.0004 + 2.0 * 0.09 + 2.0 * 0.1 + 2.0 * 0.02;
        assert!((charge.once - once).abs() < 1e-9, "{charge:?}");
    }

    #[test]
    fn a_store_without_prices_costs_nothing_that_is_known() {
        let charge = prices().charge("near", Requests::of_target(AMOUNT));
        assert_eq!((charge.once, charge.per_month, charge.currency.as_str()), (0.0, 0.0, ""));
    }
}
