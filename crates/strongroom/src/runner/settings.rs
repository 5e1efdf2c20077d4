//! How the runner goes about its work.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use model::{Backoff, STAGES, Stage};

use super::Figures;
use crate::pipelines::alerts::AlertTerms;
use crate::pipelines::drills::DrillTerms;
use crate::pipelines::fixity::FixityTerms;
use crate::traces::Traces;

/// The runner's settings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long a claim holds without a sign of life.
    pub lease: SignedDuration,
    /// How often a sign of life is given; also how soon a cancellation is noticed.
    pub beat: Duration,
    /// The stages that this process has. At the border to another it hands the item on.
    pub stages: Arc<[Stage]>,
    /// How long to wait between looks at an empty queue.
    pub poll: Duration,
    /// How long an arrival must have been at rest.
    pub settle: Duration,
    /// Items in work at once.
    pub items_at_once: usize,
    /// What this process has done.
    pub figures: Arc<Figures>,
    /// Where it is told what was done about each deposit.
    pub traces: Traces,
    /// How long to wait between tries.
    pub backoff: Backoff,
    /// How replicas are checked and repaired.
    pub fixity: Arc<FixityTerms>,
    /// To whom alerts are delivered.
    pub alerts: Arc<AlertTerms>,
    /// What is rehearsed, and how often.
    pub drills: Arc<DrillTerms>,
}

/// The lease of a role is short, since whoever has it soon prolongs it: so long at the most nobody does its work after a
/// host was lost.
const ROLE_LEASE_MAX: Duration = Duration::from_secs(60);

impl Settings {
    /// Returns how long the lease of a role holds of which one process is enough.
    #[must_use]
    pub fn role_lease(&self) -> Duration {
        self.lease.unsigned_abs().min(ROLE_LEASE_MAX)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            // A process that is only slow, or paused, must not lose its work to another on the same machine: death is
            // noticed by the lock that the kernel frees, long before this.
            lease: SignedDuration::from_mins(30),
            beat: Duration::from_secs(2),
            stages: STAGES.iter().map(|row| row.stage).collect(),
            poll: Duration::from_millis(500),
            settle: Duration::from_secs(5),
            items_at_once: 4,
            figures: Arc::default(),
            traces: Traces::default(),
            backoff: Backoff::default(),
            fixity: Arc::default(),
            alerts: Arc::default(),
            drills: Arc::default(),
        }
    }
}
