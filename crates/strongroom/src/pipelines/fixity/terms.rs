//! What the configuration says of checks and repairs.

use jiff::SignedDuration;
use model::{SampleBudget, StoreId};
use serde::Serialize;

/// How often replicas are proven, and how much may be repaired without asking.
#[derive(Debug, Clone)]
pub struct FixityTerms {
    /// Each replica is proven within this time.
    pub period: SignedDuration,
    /// Stores with a period of their own.
    pub periods: Vec<(StoreId, SignedDuration)>,
    /// Whether damage is repaired; otherwise it is only noted.
    pub repairs: bool,
    /// Repairs an hour in one store; past this a person must look, for then something larger is wrong.
    pub repairs_per_hour_max: u64,
    /// How much checks in the background read.
    pub limits: ReadLimits,
    /// Stores with limits of their own.
    pub limits_of: Vec<(StoreId, ReadLimits)>,
    /// Stores whose frozen files are thawed and read, with what a month may take.
    pub samples: Vec<(StoreId, SampleBudget)>,
}

/// How much checks in the background read of one store; 0 is no bound.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ReadLimits {
    /// Bytes in a second.
    pub bytes_per_second_max: u64,
    /// Bytes in a day (UTC). A replica that is begun is ended, so that the last one of a day may go beyond it.
    pub bytes_per_day_max: u64,
    /// Files in a day, each of which is a request to the store.
    pub files_per_day_max: u64,
}

impl ReadLimits {
    /// Returns whether more may be read on a day on which so much was.
    #[must_use]
    pub fn allow(&self, files: u64, bytes: u64) -> bool {
        let is_within = |seen: u64, bound: u64| bound == 0 || seen < bound;
        is_within(files, self.files_per_day_max) && is_within(bytes, self.bytes_per_day_max)
    }
}

impl Default for FixityTerms {
    fn default() -> Self {
        Self {
            period: SignedDuration::from_hours(90 * 24),
            periods: Vec::new(),
            repairs: true,
            repairs_per_hour_max: 100,
            limits: ReadLimits::default(),
            limits_of: Vec::new(),
            samples: Vec::new(),
        }
    }
}

impl FixityTerms {
    /// Returns the time within which the replicas of a store are proven.
    #[must_use]
    pub fn period_of(&self, store: &StoreId) -> SignedDuration {
        let own = self.periods.iter().find(|(id, _)| id == store);
        own.map_or(self.period, |(_, period)| *period)
    }

    /// Returns the limits of a store.
    #[must_use]
    pub fn limits_of(&self, store: &StoreId) -> ReadLimits {
        let own = self.limits_of.iter().find(|(id, _)| id == store);
        own.map_or(self.limits, |(_, limits)| *limits)
    }

    /// Returns what may be thawed of a store in a month: nothing, unless it is configured.
    #[must_use]
    pub fn sample_of(&self, store: &StoreId) -> SampleBudget {
        let own = self.samples.iter().find(|(id, _)| id == store);
        own.map(|(_, budget)| budget.clone()).unwrap_or_default()
    }

    /// Returns the same without limits: for a check that somebody waits for.
    #[must_use]
    pub fn without_limits(self) -> Self {
        Self { limits: ReadLimits::default(), limits_of: Vec::new(), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_over_when_either_bound_is_reached_and_no_bound_is_none() {
        let limits = ReadLimits { bytes_per_day_max: 100, files_per_day_max: 3, ..ReadLimits::default() };
        assert!(limits.allow(0, 0) && limits.allow(2, 99));
        assert!(!limits.allow(3, 0) && !limits.allow(0, 100));
        assert!(ReadLimits::default().allow(u64::MAX, u64::MAX));
    }
}
