//! What is configured of processes: how long their leases hold, and where they may be looked at.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

/// Seconds for which a claim holds without a sign of life, on one machine: there, death is noticed by a lock that the
/// kernel frees, and one that is only paused must not lose its work.
const LEASE_SECONDS_HERE: u64 = 1800;
/// The same where processes are anywhere: so long nobody takes up the work of a machine that was lost.
const LEASE_SECONDS_ANYWHERE: u64 = 60;

/// How work is shared between processes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QueueConfig {
    /// Seconds for which a claim holds without a sign of life; without it, 1800 on a file and 60 on a server.
    pub lease_seconds: Option<u64>,
}

impl QueueConfig {
    /// Returns the seconds of a lease.
    #[must_use]
    pub fn lease_seconds(&self, is_server: bool) -> u64 {
        self.lease_seconds.unwrap_or(if is_server { LEASE_SECONDS_ANYWHERE } else { LEASE_SECONDS_HERE })
    }
}

/// Where the API is served.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ApiConfig {
    /// The address of the role `api`, as in `127.0.0.1:8080`; without it, `up` serves none.
    pub listen: Option<SocketAddr>,
}

/// Where a process lets itself be looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ObserveConfig {
    /// The address of `/healthz`, `/readyz` and `/metrics`, as in `127.0.0.1:9464`; without it, nobody listens.
    pub listen: Option<SocketAddr>,
}
