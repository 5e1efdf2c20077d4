//! Samples of frozen replicas: files that are thawed and really read, within a budget of each month.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Prices, Requests, StoreId};

/// How much may be thawed in one store in a month (UTC). Without either bound, nothing is.
#[derive(Debug, Clone, Default)]
pub struct SampleBudget {
    /// Bytes.
    pub bytes: Option<u64>,
    /// What it may cost, in the currency of the store's price.
    pub cost: Option<f64>,
    /// The store's price; what has none costs nothing that is known.
    pub prices: Prices,
}

/// What was drawn, or what a month has spent: the cost follows from it, by the prices of the configuration.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleAccount {
    /// Files that were asked for.
    pub files: u64,
    /// Their bytes.
    pub size_bytes: u64,
}

/// A file that was drawn and is not read yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// Its sha256.
    pub sha256: Vec<u8>,
    /// Its length.
    pub size_bytes: u64,
    /// When it was charged.
    pub wanted_at: Timestamp,
    /// When it was first seen to thaw since then.
    pub asked_at: Option<Timestamp>,
    /// How often it was charged since it was drawn.
    pub charges: u32,
}

/// How much of a store was really read: equal files of one object are one, and empty ones are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SampleReach {
    /// Files that the store holds.
    pub files: u64,
    /// Their bytes.
    pub size_bytes: u64,
    /// Those that were read since the time that was asked for.
    pub read_files: u64,
    /// Their bytes.
    pub read_bytes: u64,
    /// When the one was read that was so the longest ago; its deposit counts.
    pub oldest_reading: Option<Timestamp>,
    /// Files that were drawn and are not read yet.
    pub under_way: u64,
    /// The bytes of the largest: with a smaller budget it is never read.
    pub largest_bytes: u64,
}

impl SampleBudget {
    /// Says whether anything may be thawed at all.
    #[must_use]
    pub fn is_given(&self) -> bool {
        self.bytes.is_some_and(|bytes| bytes > 0) || self.cost.is_some_and(|cost| cost > 0.0)
    }

    /// Returns what so much costs in a store.
    #[must_use]
    pub fn cost_of(&self, store: &StoreId, account: SampleAccount) -> f64 {
        self.prices.charge(&store.0, Requests::of_thaw(account.files, account.size_bytes)).once
    }

    /// Says whether one more file may be thawed when so much was spent.
    #[must_use]
    pub fn fits(&self, store: &StoreId, spent: SampleAccount, size_bytes: u64) -> bool {
        let after = SampleAccount {
            files: spent.files.saturating_add(1),
            size_bytes: spent.size_bytes.saturating_add(size_bytes),
        };
        self.is_given()
            && self.bytes.is_none_or(|bytes| after.size_bytes <= bytes)
            && self.cost.is_none_or(|cost| self.cost_of(store, after) <= cost)
    }

    /// Returns in how many months so much would be read; `None` without a budget.
    #[must_use]
    pub fn months_for(&self, store: &StoreId, whole: SampleAccount) -> Option<f64> {
        let by_bytes = self.bytes.map(|bytes| whole.size_bytes as f64 / bytes as f64);
        let by_cost = self.cost.map(|cost| self.cost_of(store, whole) / cost);
        by_bytes.into_iter().chain(by_cost).reduce(f64::max).filter(|months| self.is_given() && months.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Price;

    fn budget(bytes: Option<u64>, cost: Option<f64>) -> SampleBudget {
        let price = Price { currency: "USD".to_owned(), per_1000_thaws: 100.0, ..Price::default() };
        SampleBudget { bytes, cost, prices: Prices(vec![("ice".to_owned(), price)]) }
    }

    #[test]
    fn what_ends_first_is_the_bound_and_none_is_no_sample() {
        let check = |bytes, cost, spent: (u64, u64), size_bytes, expected| {
            let spent = SampleAccount { files: spent.0, size_bytes: spent.1 };
            assert_eq!(budget(bytes, cost).fits(&StoreId::from("ice"), spent, size_bytes), expected, "{spent:?}");
        };
        check(None, None, (0, 0), 1, false);
        check(Some(0), None, (0, 0), 1, false);
        check(Some(100), None, (5, 90), 10, true);
        check(Some(100), None, (5, 90), 11, false);
        // A thaw costs a tenth of a dollar.
        check(None, Some(1.0), (8, 1 << 40), 1 << 40, true);
        check(None, Some(1.0), (10, 0), 1, false);
        check(Some(100), Some(1.0), (10, 0), 1, false);
        check(Some(100), Some(0.0), (0, 0), 1, false);
    }

    #[test]
    fn a_round_takes_as_long_as_the_narrower_bound() {
        let whole = SampleAccount { files: 120, size_bytes: 2_400 };
        let months = |bytes, cost| budget(bytes, cost).months_for(&StoreId::from("ice"), whole);
        assert_eq!(months(Some(100), None), Some(24.0));
        assert_eq!(months(Some(1_000), Some(1.0)).map(f64::round), Some(12.0));
        assert_eq!(months(None, None), None);
        assert_eq!(months(Some(0), None), None);
    }
}
