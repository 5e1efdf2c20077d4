//! How long a request may take, and how often it is tried again.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

use ureq::Agent;

use crate::authorities::agent_config;

/// The bounds of a request in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// From the first packet to the open connection.
    pub connect: Duration,
    /// Between two answers of the network, in either direction: what takes longer has stalled.
    pub stall: Duration,
    /// From the last byte of the request to the first of the answer.
    pub first_byte: Duration,
    /// How often a request is sent at the most.
    pub tries_max: u32,
    /// The longest wait before the second try; each further one may be twice as long.
    pub first_wait: Duration,
    /// The longest wait.
    pub longest_wait: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            stall: Duration::from_secs(30),
            first_byte: Duration::from_secs(60),
            tries_max: 6,
            first_wait: Duration::from_millis(200),
            longest_wait: Duration::from_secs(10),
        }
    }
}

impl Patience {
    /// Returns a client for requests whose answers are small: each is bounded as a whole.
    pub(crate) fn agent(&self) -> Agent {
        let config = agent_config()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_connect(Some(self.connect))
            .timeout_global(Some(self.first_byte))
            .build();
        Agent::new_with_config(config)
    }

    /// Waits after a try that failed: between half and the whole of what is due, so that many clients do not come again
    /// all at once.
    pub(crate) fn wait(&self, tries: u32) {
        let due = self.first_wait.saturating_mul(1 << tries.saturating_sub(1).min(16)).min(self.longest_wait);
        // A hasher with fresh keys is chance enough to part clients, and needs no crate.
        let chance = RandomState::new().build_hasher().finish() % 1024;
        let part = u32::try_from(512 + chance / 2).unwrap_or(1024);
        std::thread::sleep(due * part / 1024);
    }
}
