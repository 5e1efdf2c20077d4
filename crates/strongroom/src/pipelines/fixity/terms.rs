//! What the configuration says of checks and repairs.

use jiff::SignedDuration;
use model::StoreId;

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
    /// Bytes that checks read in a second, in the background; 0 for no bound.
    pub bytes_per_second_max: u64,
}

impl Default for FixityTerms {
    fn default() -> Self {
        Self {
            period: SignedDuration::from_hours(90 * 24),
            periods: Vec::new(),
            repairs: true,
            repairs_per_hour_max: 100,
            bytes_per_second_max: 0,
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
}
