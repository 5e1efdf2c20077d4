//! How the runner goes about its work.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use model::Backoff;

use crate::pipelines::alerts::AlertTerms;
use crate::pipelines::drills::DrillTerms;
use crate::pipelines::fixity::FixityTerms;

/// The runner's settings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long a claim holds without a sign of life.
    pub lease: SignedDuration,
    /// How often a sign of life is given; also how soon a cancellation is noticed.
    pub beat: Duration,
    /// How long to wait between looks at an empty queue.
    pub poll: Duration,
    /// How long an arrival must have been at rest.
    pub settle: Duration,
    /// Items in work at once.
    pub items_at_once: usize,
    /// How long to wait between tries.
    pub backoff: Backoff,
    /// How replicas are checked and repaired.
    pub fixity: Arc<FixityTerms>,
    /// To whom alerts are delivered.
    pub alerts: Arc<AlertTerms>,
    /// What is rehearsed, and how often.
    pub drills: Arc<DrillTerms>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            // A process that is only slow, or paused, must not lose its work to another on the same machine: death is
            // noticed by the lock that the kernel frees, long before this.
            lease: SignedDuration::from_mins(30),
            beat: Duration::from_secs(2),
            poll: Duration::from_millis(500),
            settle: Duration::from_secs(5),
            items_at_once: 4,
            backoff: Backoff::default(),
            fixity: Arc::default(),
            alerts: Arc::default(),
            drills: Arc::default(),
        }
    }
}
