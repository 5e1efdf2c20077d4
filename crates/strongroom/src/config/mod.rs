//! The configuration: one TOML file, the environment over it. Nothing else of the program reads the environment.

mod bucket;
mod change;
mod check;
mod database;
mod keeping;
mod load;
mod network;
mod origin;
mod place;
mod platform;
mod processes;
mod receiving;
mod restore_place;
mod secret;
mod signatures;
mod token;
mod traces;
mod wanting;

use std::path::PathBuf;

use model::{InstitutionName, Price, StorageOption, StoreId, ThawTier};
use serde::{Deserialize, Serialize};

pub use change::{Change, change};
pub use check::check;
pub use database::DatabaseConfig;
pub use keeping::{AlertsConfig, DrillsConfig, FixityConfig};
pub use load::{ConfigError, load};
pub use network::{NetworkConfig, believe_authorities};
pub use origin::values;
pub use place::Place;
pub use processes::{ApiConfig, ObserveConfig, QueueConfig};
pub use receiving::ReceivingConfig;
pub use restore_place::RestorePlaceConfig;
pub use secret::{is_name as is_name_of_secret, read as read_secret};
pub use signatures::{InForce, Origin, signatures, signatures_without_custom};
pub use token::token;
pub use traces::{TracesConfig, traces};
pub use wanting::wanting;

/// All that can be configured. Every value has a default that works on a laptop.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The institutions whose deposits are taken in. The first is the default of `ingest`.
    pub institutions: Vec<InstitutionName>,
    /// The stores.
    pub stores: Vec<StoreConfig>,
    /// Which stores hold an object. The first is the default.
    pub storage_options: Vec<StorageOption>,
    /// The buckets in which deposits arrive.
    pub receiving: Vec<ReceivingConfig>,
    /// The buckets that objects are given back to.
    pub restore_places: Vec<RestorePlaceConfig>,
    /// How deposits are taken in.
    pub ingest: IngestConfig,
    /// How replicas are checked and repaired.
    pub fixity: FixityConfig,
    /// To whom alerts are delivered.
    pub alerts: AlertsConfig,
    /// What is rehearsed.
    pub drills: DrillsConfig,
    /// How objects are given back.
    pub restore: RestoreConfig,
    /// How what is frozen is thawed.
    pub cold: ColdConfig,
    /// On what terms anything is deleted.
    pub deletion: DeletionConfig,
    /// Where the registry and the queue are.
    pub database: DatabaseConfig,
    /// How work is shared between processes.
    pub queue: QueueConfig,
    /// Where a process lets itself be looked at.
    pub observe: ObserveConfig,
    /// Where the API is served.
    pub api: ApiConfig,
    /// What holds for every connection that is made from here.
    pub network: NetworkConfig,
    /// Where traces are sent.
    pub traces: TracesConfig,
}

impl Config {
    /// What the names of environment variables begin with that are values of the configuration.
    pub const PREFIX: &str = "STRONGROOM_";
    /// The parts of the configuration, as the file names them.
    pub const PARTS: [&str; 18] = [
        "institutions",
        "stores",
        "storage_options",
        "receiving",
        "restore_places",
        "ingest",
        "fixity",
        "alerts",
        "drills",
        "restore",
        "cold",
        "deletion",
        "database",
        "queue",
        "observe",
        "api",
        "network",
        "traces",
    ];

    /// Says whether deposits of an institution arrive in a folder: unless they arrive in buckets only.
    #[must_use]
    pub fn has_receiving_folder(&self, institution: &InstitutionName) -> bool {
        let mut own = self.receiving.iter().filter(|place| place.institution == *institution).peekable();
        own.peek().is_none() || own.any(|place| place.folder)
    }
}

/// One store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreConfig {
    /// Its name, for ever.
    pub id: StoreId,
    /// Where it is: a folder, or `file:///…`, relative to the data directory; or `s3://bucket/prefix`.
    pub url: String,
    /// The server of a bucket, as `https://s3.example.org`; without it, Amazon's of the region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// The region of a bucket; else that of the environment, else `us-east-1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Whether the bucket is named in the path and not in the host's name; so it is when an endpoint is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path_style: Option<bool>,
    /// The storage class of what was deposited; documents stay in `STANDARD`, as all does when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// The name of the credentials that a bucket is used with; else those that the platform gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credentials: Option<String>,
    /// Days within which each of its replicas is proven, if not those of `fixity`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period_days: Option<u32>,
    /// What its provider asks for, for the costs that `--dry-run` tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// Bytes a second that it takes and gives, for the time that `--dry-run` tells; else what was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes_per_second: Option<u64>,
    /// Bytes that checks in the background read of it in a second, if not those of `fixity`; 0 for no bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes_per_second_max: Option<u64>,
    /// Bytes that they read of it in a day; 0 for no bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes_per_day_max: Option<u64>,
    /// Files that they read of it in a day; 0 for no bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files_per_day_max: Option<u64>,
    /// Bytes of frozen files that are thawed and read in a month (UTC), to prove them; 0 for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample_bytes_per_month: Option<u64>,
    /// What that may cost in a month, in the currency of its price; 0 for nothing. With both, what ends first is the bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample_cost_per_month: Option<f64>,
    /// Days for which it keeps at least what it was given, if not those of `deletion`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention_days: Option<u32>,
}

/// On what terms anything is deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeletionConfig {
    /// Days for which an approved deletion waits, so that it can be cancelled.
    pub cooling_off_days: u32,
    /// Days for which a store keeps at least what it was given.
    pub retention_days: u32,
    /// Whether the only admin of an institution may approve what they asked for themselves.
    pub lone_admin_approves: bool,
}

impl Default for DeletionConfig {
    fn default() -> Self {
        Self { cooling_off_days: 7, retention_days: 0, lone_admin_approves: false }
    }
}

/// How deposits are taken in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IngestConfig {
    /// The profile for bags that name none: a built-in one's name or a file. Without it, BagIt alone.
    pub profile: Option<String>,
    /// Seconds for which an arrival must have been at rest before it is taken in.
    pub settle_seconds: u64,
    /// Items in work at once.
    pub items_at_once: usize,
    /// Threads that hash and copy for one item; 0 for one a core.
    pub threads: usize,
    /// Seconds before the first retry; each further wait is twice as long.
    pub retry_first_seconds: u64,
    /// Seconds of the longest wait between retries.
    pub retry_longest_seconds: u64,
    /// Tries of one stage until a person must look.
    pub attempts_max: u32,
}

/// How what is frozen is thawed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ColdConfig {
    /// How soon frozen files are wanted: `Bulk`, `Standard` or `Expedited`; the sooner, the dearer.
    pub tier: ThawTier,
    /// Days for which they stay thawed.
    pub days: u32,
    /// Seconds between two looks at what is thawing; 0 for what suits the tier.
    pub look_again_seconds: u64,
}

impl Default for ColdConfig {
    fn default() -> Self {
        Self { tier: ThawTier::Bulk, days: 7, look_again_seconds: 0 }
    }
}

/// How objects are given back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RestoreConfig {
    /// The folder that results go to when no other place is named; relative to the data directory. Each institution
    /// has a folder of its own in it.
    pub folder: PathBuf,
}

impl Default for RestoreConfig {
    fn default() -> Self {
        Self { folder: PathBuf::from("restore") }
    }
}

impl RestoreConfig {
    /// Returns the folder of an institution.
    #[must_use]
    pub fn folder(&self, place: &Place, institution: &InstitutionName) -> PathBuf {
        place.path().join(&self.folder).join(institution.as_str())
    }
}

impl Default for IngestConfig {
    fn default() -> Self {
        Self {
            profile: None,
            settle_seconds: 5,
            items_at_once: 4,
            threads: 0,
            retry_first_seconds: 15,
            retry_longest_seconds: 4 * 3600,
            attempts_max: 24,
        }
    }
}

impl Default for Config {
    /// One institution, and two folder stores in the data directory that hold everything.
    fn default() -> Self {
        let store = |id: &str| StoreConfig::new(StoreId::from(id), format!("stores/{id}"));
        let (first, second) = (store("first"), store("second"));
        let option = StorageOption { name: "Standard".to_owned(), stores: vec![first.id.clone(), second.id.clone()] };
        Self {
            institutions: "local.archive".parse().into_iter().collect(),
            stores: vec![first, second],
            storage_options: vec![option],
            receiving: Vec::new(),
            restore_places: Vec::new(),
            ingest: IngestConfig::default(),
            fixity: FixityConfig::default(),
            alerts: AlertsConfig::default(),
            drills: DrillsConfig::default(),
            restore: RestoreConfig::default(),
            cold: ColdConfig::default(),
            deletion: DeletionConfig::default(),
            database: DatabaseConfig::default(),
            queue: QueueConfig::default(),
            observe: ObserveConfig::default(),
            api: ApiConfig::default(),
            network: NetworkConfig::default(),
            traces: TracesConfig::default(),
        }
    }
}

impl StoreConfig {
    /// Returns a store without settings of its own.
    #[must_use]
    pub fn new(id: StoreId, url: String) -> Self {
        Self {
            id,
            url,
            endpoint: None,
            region: None,
            path_style: None,
            class: None,
            credentials: None,
            period_days: None,
            price: None,
            bytes_per_second: None,
            bytes_per_second_max: None,
            bytes_per_day_max: None,
            files_per_day_max: None,
            sample_bytes_per_month: None,
            sample_cost_per_month: None,
            retention_days: None,
        }
    }

    /// Returns the store's folder; `None` when it is in none.
    #[must_use]
    pub fn folder(&self, data: &std::path::Path) -> Option<PathBuf> {
        match self.url.split_once("://") {
            Some(("file", path)) => Some(PathBuf::from(path)),
            Some(_) => None,
            None => Some(data.join(&self.url)),
        }
    }
}
