//! What was wrong with replicas: kept for the report, and for the registry as failed fixity checks.

use model::StoreId;
use serde::Serialize;

/// Faults that are named one by one; of more only their number is told.
pub const FAULTS_TOLD_MAX: usize = 1_000;

/// Something that was wrong with one replica.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The store.
    pub store: StoreId,
    /// The path in the bag of the file that was wanted; none when the replica as a whole is of no use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Where that is below the store's OCFL root, as far as it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// What was wrong, for people.
    pub what: String,
    /// Whether the store was away, so that nothing is known of the replica's bytes.
    pub is_away: bool,
    /// Whether its bytes must thaw before anybody can read them.
    pub is_frozen: bool,
}

/// All faults of a restoration. Past [`FAULTS_TOLD_MAX`] they are counted only.
#[derive(Debug, Default)]
pub struct Faults {
    told: Vec<Fault>,
    count: u64,
}

impl Faults {
    /// Notes a fault.
    pub fn push(&mut self, fault: Fault) {
        self.count += 1;
        tracing::warn!(store.id = %fault.store, file.path = fault.path, "{}", fault.what);
        if self.told.len() < FAULTS_TOLD_MAX {
            self.told.push(fault);
        }
    }

    /// Returns those that are named.
    #[must_use]
    pub fn told(&self) -> &[Fault] {
        &self.told
    }

    /// Returns how many there were, named or not.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }
}
