//! What is configured of the keeping: checks and repairs, alerts, drills.

use std::collections::BTreeMap;

use model::InstitutionName;
use serde::{Deserialize, Serialize};

/// How replicas are checked and repaired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FixityConfig {
    /// Days within which each replica is proven.
    pub period_days: u32,
    /// Whether damage is repaired; otherwise it is only noted.
    pub repair: bool,
    /// Repairs an hour in one store; past this a person must look.
    pub repairs_per_hour_max: u64,
    /// Bytes that checks in the background read of a store in a second; 0 for no bound.
    pub bytes_per_second_max: u64,
    /// Bytes that they read of a store in a day (UTC); 0 for no bound.
    pub bytes_per_day_max: u64,
    /// Files that they read of a store in a day, each of which is a request; 0 for no bound.
    pub files_per_day_max: u64,
}

impl Default for FixityConfig {
    fn default() -> Self {
        Self {
            period_days: 90,
            repair: true,
            repairs_per_hour_max: 100,
            bytes_per_second_max: 0,
            bytes_per_day_max: 0,
            files_per_day_max: 0,
        }
    }
}

/// To whom alerts are delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AlertsConfig {
    /// The program and its arguments; it reads one JSON object. Empty: alerts are only listed.
    pub command: Vec<String>,
    /// Seconds that it may take for one alert.
    pub timeout_seconds: u64,
}

impl Default for AlertsConfig {
    fn default() -> Self {
        Self { command: Vec::new(), timeout_seconds: 30 }
    }
}

/// What is rehearsed, and how often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DrillsConfig {
    /// Days after which another object of each institution is given back and validated; 0: never.
    pub restore_days: u32,
    /// Institutions with another number of days.
    pub restore_days_of: BTreeMap<InstitutionName, u32>,
    /// Objects with more bytes are not drawn; 0 for no bound.
    pub restore_bytes_max: u64,
    /// Programs that look at the bag beside our own `bag validate`; each is given the bag's folder as its last argument.
    pub validators: Vec<Vec<String>>,
    /// Seconds that one of them may take.
    pub timeout_seconds: u64,
    /// Days after which the registry is made anew from each store, beside the one in use, and compared; 0: never.
    pub rebuild_days: u32,
}

impl Default for DrillsConfig {
    fn default() -> Self {
        Self {
            restore_days: 30,
            restore_days_of: BTreeMap::new(),
            restore_bytes_max: 0,
            validators: Vec::new(),
            timeout_seconds: 4 * 3600,
            rebuild_days: 90,
        }
    }
}
