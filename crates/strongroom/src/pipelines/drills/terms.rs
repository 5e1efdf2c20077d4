//! What the configuration says of drills.

use std::path::PathBuf;
use std::time::Duration;

use jiff::SignedDuration;
use model::InstitutionName;

/// What is rehearsed, how often, and where.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DrillTerms {
    /// A folder for drills alone.
    pub scratch: PathBuf,
    /// Days after which another object of an institution is given back; 0 is never.
    pub restore_days: u32,
    /// Institutions with another number of days.
    pub restore_days_of: Vec<(InstitutionName, u32)>,
    /// Objects with more bytes are not drawn; 0 is no bound.
    pub restore_bytes_max: u64,
    /// Programs that look at what was given back, each with the bag's folder as its last argument.
    pub validators: Vec<Vec<String>>,
    /// How long one of them may take.
    pub limit: Duration,
    /// Days after which the registry is made anew from a store; 0 is never.
    pub rebuild_days: u32,
}

impl DrillTerms {
    /// Returns the time between two spot restores of an institution; `None` when there are to be none.
    #[must_use]
    pub fn restore_period(&self, institution: &InstitutionName) -> Option<SignedDuration> {
        let own = self.restore_days_of.iter().find(|(name, _)| name == institution);
        period(own.map_or(self.restore_days, |(_, days)| *days))
    }

    /// Returns the time between two rebuildings from a store; `None` when there are to be none.
    #[must_use]
    pub fn rebuild_period(&self) -> Option<SignedDuration> {
        period(self.rebuild_days)
    }
}

fn period(days: u32) -> Option<SignedDuration> {
    (days > 0).then(|| SignedDuration::from_hours(i64::from(days) * 24))
}
