//! An installation, opened: configuration, database, stores.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use backends::database::{Address, Database};
use backends::storage::{BucketReceiving, StorePlace};
use jiff::SignedDuration;
use model::{Backoff, DeletionTerms, Door, LoneAdmin, Right, StoreId, StoreState, ThawTerms};
use ocfl::{Layout, RootFiles};

use crate::config::{self, Config, Place, StoreConfig};
use crate::pipelines::alerts::AlertTerms;
use crate::pipelines::drills::DrillTerms;
use crate::pipelines::fixity::{FixityTerms, ReadLimits};
use crate::pipelines::receiving::{ReceivingDoor, ReceivingPlace};
use crate::pipelines::{Clock, Context, DepositBuckets, IngestLimits, Profiles, RestoreBuckets, StorePlaces};
use crate::runner::{Process, Reach, Settings};

/// How often a store is tried to be made, and how long is waited in between.
const MAKING_TRIES_MAX: u32 = 3;
const MAKING_PAUSE: std::time::Duration = std::time::Duration::from_millis(50);

/// Signs of life in the time of a lease, at least.
const BEATS_MIN: u32 = 5;
/// Where Linux says what this machine or container is called.
const HOST_NAME: &str = "/proc/sys/kernel/hostname";

/// Where a command is told that the installation is.
#[derive(Debug, Clone)]
pub struct Where {
    /// The data directory.
    pub data: PathBuf,
    /// The configuration file, if one was named.
    pub config: Option<PathBuf>,
}

impl Where {
    /// Returns the data directory as an absolute place.
    ///
    /// # Errors
    /// The working directory is gone.
    pub fn place(&self) -> anyhow::Result<Place> {
        Ok(Place::new(&self.data, &here()?))
    }

    /// Opens the registry of an installation that is there. Makes nothing: whoever only looks leaves no trace.
    ///
    /// # Errors
    /// There is no installation, or its database cannot be opened or is that of another version.
    pub async fn registry(&self) -> anyhow::Result<Database> {
        let (place, address) = (self.place()?, self.database()?);
        if !is_made(&address) {
            bail!(
                "there is no installation in {}: name its folder with --data or $STRONGROOM_DATA; \
                 `strongroom ingest` and `strongroom up` make one",
                place.path().display()
            );
        }
        Ok(Database::open_existing(&address).await?)
    }

    /// Returns where the database is.
    ///
    /// # Errors
    /// The configuration cannot be read, or the database's address or password not be understood.
    pub fn database(&self) -> anyhow::Result<Address> {
        let place = self.place()?;
        Ok(config::load(&place, self.config.as_deref())?.database.address(&place, jiff::Timestamp::now)?)
    }

    /// Reads the configuration and refuses one that cannot be used, naming all of its faults.
    ///
    /// # Errors
    /// The configuration cannot be read or used.
    pub fn config(&self) -> anyhow::Result<Config> {
        let config = config::load(&self.place()?, self.config.as_deref())?;
        let faults = config::check(&config);
        if faults.is_empty() {
            return Ok(config);
        }
        let lines: Vec<_> = faults.iter().map(|fault| format!("{}: {}", fault.what, fault.advice)).collect();
        bail!("the configuration cannot be used:\n  {}", lines.join("\n  "))
    }
}

/// Returns whether there is a database to be opened, as far as that is known without asking it.
#[must_use]
pub fn is_made(address: &Address) -> bool {
    match address {
        Address::File(path) => path.is_file(),
        _ => true,
    }
}

/// Returns the working directory.
///
/// # Errors
/// It is gone.
pub fn here() -> anyhow::Result<PathBuf> {
    std::env::current_dir().context("cannot tell the working directory")
}

/// An installation that is open for work.
pub struct House {
    /// The configuration.
    pub config: Config,
    /// The data directory.
    pub place: Place,
    /// What every step is given.
    pub context: Arc<Context>,
}

impl House {
    /// Opens the installation, and makes what is missing of it: directories, database, stores.
    ///
    /// # Errors
    /// Something cannot be made or opened.
    pub async fn open(at: &Where) -> anyhow::Result<Self> {
        let all = [Door::Database, Door::Receiving, Door::Staging, Door::Stores];
        Self::open_for(at, &all.map(|door| (door, Right::Delete))).await
    }

    /// Opens those doors of the installation that are needed, and makes what is missing behind them as far as the right
    /// to each goes: who may only read somewhere makes nothing there.
    ///
    /// # Errors
    /// Something cannot be made or opened.
    pub async fn open_for(at: &Where, doors: &[(Door, Right)]) -> anyhow::Result<Self> {
        let (place, config) = (at.place()?, at.config()?);
        let may_write = |door: Door| doors.iter().any(|(opened, right)| *opened == door && *right >= Right::Write);
        if may_write(Door::Receiving) {
            for institution in config.institutions.iter().filter(|name| config.has_receiving_folder(name)) {
                make_folder(&place.receiving(institution))?;
            }
        }
        if may_write(Door::Staging) {
            make_folder(&place.staging())?;
        }
        let database = match config.database.address(&place, jiff::Timestamp::now)? {
            // Others may be at work with the tables of their version: only `strongroom migrate` changes those of a server.
            server @ Address::Server(_) => Database::open_existing(&server).await?,
            file => Database::open(&file).await?,
        };
        let clock = Clock::system();
        for store in config.stores.iter().filter(|_| may_write(Door::Stores)) {
            // One that was made before and is gone is not made anew: an empty mount point is no store. Whatever needs
            // it says so, and waits until it is back.
            if !database.knows_store(&store.id).await? {
                make_store(&store.id, &store.place(place.path(), jiff::Timestamp::now)?)?;
                database.add_store(&store.id, clock.now()).await?;
            }
        }
        refuse_retired(&config, &database).await?;
        for institution in &config.institutions {
            database.add_institution(institution, clock.now()).await?;
        }
        let context = Arc::new(context(&config, &place, database, clock)?);
        Ok(Self { config, place, context })
    }

    /// Enters this process among those that work on the installation.
    ///
    /// # Errors
    /// The data directory cannot be written.
    pub fn enter(&self) -> anyhow::Result<Process> {
        let reach = if self.config.database.url.is_some() { Reach::Anywhere } else { Reach::Here };
        let random = self.context.clock.object_id().0.simple().to_string();
        let entered = Process::enter(&self.place.processes(), &host(), &random, reach);
        entered.context("cannot enter the data directory")
    }

    /// Returns the runner's settings.
    #[must_use]
    pub fn settings(&self) -> Settings {
        let ingest = &self.config.ingest;
        let seconds = |count: u64| SignedDuration::from_secs(i64::try_from(count).unwrap_or(i64::MAX));
        let lease = std::time::Duration::from_secs(self.config.queue.lease_seconds(self.config.database.url.is_some()));
        Settings {
            lease: seconds(lease.as_secs()),
            // Some beats may be lost before the lease is.
            beat: Settings::default().beat.min(lease / BEATS_MIN),
            settle: std::time::Duration::from_secs(ingest.settle_seconds),
            items_at_once: ingest.items_at_once,
            backoff: Backoff {
                first: seconds(ingest.retry_first_seconds),
                longest: seconds(ingest.retry_longest_seconds),
                attempts_max: ingest.attempts_max,
            },
            fixity: Arc::new(fixity_terms(&self.config)),
            alerts: Arc::new(alert_terms(&self.config)),
            drills: Arc::new(drill_terms(&self.config, &self.place)),
            ..Settings::default()
        }
    }

    /// Returns the folders and buckets in which deposits arrive.
    #[must_use]
    pub fn receiving_places(&self) -> Vec<ReceivingPlace> {
        let with_folder = self.config.institutions.iter().filter(|name| self.config.has_receiving_folder(name));
        let folders = with_folder.map(|institution| ReceivingPlace {
            institution: institution.clone(),
            door: ReceivingDoor::Folder(self.place.receiving(institution)),
        });
        let buckets = self.config.receiving.iter().filter_map(|place| {
            let bucket = BucketReceiving::new(place.client(jiff::Timestamp::now).ok()?);
            Some(ReceivingPlace { institution: place.institution.clone(), door: ReceivingDoor::Bucket(bucket) })
        });
        folders.chain(buckets).collect()
    }
}

/// Returns what this machine or container is called.
fn host() -> String {
    let named = std::fs::read_to_string(HOST_NAME).map(|name| name.trim().to_owned());
    named.ok().filter(|name| !name.is_empty()).unwrap_or_else(|| "localhost".to_owned())
}

fn make_folder(path: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(path).with_context(|| format!("cannot make the folder {}", path.display()))
}

/// No deposit may be promised a replica in a store whose life has ended.
async fn refuse_retired(config: &Config, database: &Database) -> anyhow::Result<()> {
    for known in database.known_stores().await?.iter().filter(|known| known.state == StoreState::Retired) {
        if let Some(option) = config.storage_options.iter().find(|option| option.stores.contains(&known.id)) {
            bail!(
                "the storage option {} names the store {}, which is retired for ever: name another store there",
                option.name,
                known.id
            );
        }
    }
    Ok(())
}

/// Makes a store, or takes up the making of one that was broken off.
///
/// # Errors
/// The folder or bucket holds anything else, or cannot be written.
pub fn make_store(id: &StoreId, place: &StorePlace) -> anyhow::Result<()> {
    let root: Vec<_> =
        RootFiles::new(&Layout::default()).iter().map(|(path, bytes)| (path.to_owned(), bytes.to_vec())).collect();
    let mut tries = 1;
    loop {
        match place.create(&id.0, &root) {
            Ok(_) => return Ok(()),
            // Another process may be making the same store at this moment.
            Err(_) if tries < MAKING_TRIES_MAX => std::thread::sleep(MAKING_PAUSE),
            Err(error) => return Err(error).with_context(|| format!("cannot open the store {id}")),
        }
        tries += 1;
    }
}

/// Returns what the configuration says of checks and repairs.
#[must_use]
pub fn fixity_terms(config: &Config) -> FixityTerms {
    let days = |count: u32| SignedDuration::from_hours(i64::from(count) * 24);
    let own = config.stores.iter().filter_map(|store| Some((store.id.clone(), days(store.period_days?))));
    let limits = ReadLimits {
        bytes_per_second_max: config.fixity.bytes_per_second_max,
        bytes_per_day_max: config.fixity.bytes_per_day_max,
        files_per_day_max: config.fixity.files_per_day_max,
    };
    let own_limits = |store: &StoreConfig| ReadLimits {
        bytes_per_second_max: store.bytes_per_second_max.unwrap_or(limits.bytes_per_second_max),
        bytes_per_day_max: store.bytes_per_day_max.unwrap_or(limits.bytes_per_day_max),
        files_per_day_max: store.files_per_day_max.unwrap_or(limits.files_per_day_max),
    };
    FixityTerms {
        period: days(config.fixity.period_days),
        periods: own.collect(),
        repairs: config.fixity.repair,
        repairs_per_hour_max: config.fixity.repairs_per_hour_max,
        limits,
        samples: config.stores.iter().map(|store| (store.id.clone(), store.sample_budget())).collect(),
        limits_of: config.stores.iter().map(|store| (store.id.clone(), own_limits(store))).collect(),
    }
}

/// Returns what the configuration says of the delivery of alerts.
#[must_use]
pub fn alert_terms(config: &Config) -> AlertTerms {
    let limit = std::time::Duration::from_secs(config.alerts.timeout_seconds);
    AlertTerms { command: config.alerts.command.clone(), limit, ..AlertTerms::default() }
}

/// Returns what the configuration says of drills. Our own validator comes first, run as anybody would run it; without
/// the bag's profile, which may want an archive where a drill has a folder.
#[must_use]
pub fn drill_terms(config: &Config, place: &Place) -> DrillTerms {
    let drills = &config.drills;
    let own = std::env::current_exe().ok().map(|program| program.display().to_string());
    let own = own.map(|program| [program.as_str(), "bag", "validate", "--profile", "none"].map(str::to_owned).to_vec());
    DrillTerms {
        scratch: place.drills(),
        restore_days: drills.restore_days,
        restore_days_of: drills.restore_days_of.iter().map(|(name, days)| (name.clone(), *days)).collect(),
        restore_bytes_max: drills.restore_bytes_max,
        validators: own.into_iter().chain(drills.validators.iter().cloned()).collect(),
        limit: std::time::Duration::from_secs(drills.timeout_seconds),
        rebuild_days: drills.rebuild_days,
    }
}

/// Returns what the configuration says of deletions.
#[must_use]
pub fn deletion_terms(config: &Config) -> DeletionTerms {
    let days = |count: u32| SignedDuration::from_hours(i64::from(count) * 24);
    let kept = |store: &config::StoreConfig| days(store.retention_days.unwrap_or(config.deletion.retention_days));
    DeletionTerms {
        cooling_off: days(config.deletion.cooling_off_days),
        retention: config.stores.iter().map(|store| (store.id.clone(), kept(store))).collect(),
        lone_admin: if config.deletion.lone_admin_approves { LoneAdmin::MayApprove } else { LoneAdmin::NeedsSecond },
    }
}

/// Returns what the configuration says of thawing.
#[must_use]
pub fn thaw_terms(config: &Config) -> ThawTerms {
    let cold = &config.cold;
    let seconds = |count: u64| SignedDuration::from_secs(i64::try_from(count).unwrap_or(i64::MAX));
    let look_again = (cold.look_again_seconds > 0).then(|| seconds(cold.look_again_seconds));
    ThawTerms { tier: cold.tier, days: cold.days, look_again }
}

/// Returns the name and version of this program, for events.
#[must_use]
pub fn agent() -> String {
    format!("strongroom {}", env!("CARGO_PKG_VERSION"))
}

/// Returns the signatures in force. They are loaded once in a process and stay to its end.
///
/// # Errors
/// An updated table or a custom file cannot be used.
pub fn signatures(place: &Place) -> anyhow::Result<&'static pronom::Signatures> {
    let in_force: &'static config::InForce = Box::leak(Box::new(config::signatures(place)?));
    Ok(in_force)
}

/// Returns where the stores of the configuration are.
#[must_use]
pub fn store_places(config: &Config, place: &Place) -> StorePlaces {
    let stores = config
        .stores
        .iter()
        .filter_map(|store| Some((store.id.clone(), store.place(place.path(), jiff::Timestamp::now).ok()?)));
    StorePlaces(stores.collect())
}

/// Returns the ways to the buckets that deposits may lie in.
#[must_use]
pub fn deposit_buckets(config: &Config, stores: &StorePlaces) -> DepositBuckets {
    let arriving = config.receiving.iter().filter_map(|place| place.client(jiff::Timestamp::now).ok());
    let storing = stores.0.iter().filter_map(|(_, place)| match place {
        StorePlace::Bucket(bucket) => Some(bucket.client().clone()),
        _ => None,
    });
    DepositBuckets(arriving.chain(storing).collect())
}

/// Returns the ways to the buckets that objects are given back to.
#[must_use]
pub fn restore_buckets(config: &Config) -> RestoreBuckets {
    RestoreBuckets(config.restore_places.iter().filter_map(|place| place.client(jiff::Timestamp::now).ok()).collect())
}

fn context(config: &Config, place: &Place, database: Database, clock: Clock) -> anyhow::Result<Context> {
    let mut limits = IngestLimits::default();
    if config.ingest.threads > 0 {
        limits.threads = config.ingest.threads;
    }
    let stores = store_places(config, place);
    Ok(Context {
        database,
        deposit_buckets: deposit_buckets(config, &stores),
        restore_buckets: restore_buckets(config),
        stores,
        storage_options: config.storage_options.clone(),
        staging: place.staging(),
        clock,
        agent: agent(),
        limits,
        profiles: Profiles { default: config.ingest.profile.clone() },
        deletion: deletion_terms(config),
        thaw: thaw_terms(config),
        certificate_key: place.certificate_key(),
        signatures: signatures(place)?,
    })
}
