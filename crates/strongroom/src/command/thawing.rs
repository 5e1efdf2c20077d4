//! A restoration that finds nothing but frozen replicas: what its thaw will cost, and the work item that waits for it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use backends::database::Database;
use jiff::Timestamp;
use model::{
    Charge, FileVersion, ItemId, Object, Prices, Requests, Restoring, Status, StorageClass, StoreId, ThawTier, Thawing,
};
use serde::Serialize;

use super::exit::Exit;
use super::house::{House, Where};
use super::output;
use super::progress::Progress;
use crate::config::Config;
use crate::pipelines::restoration::{Existing, Target};
use crate::pipelines::{Meter, Signal};
use crate::runner::{self, Ended};

/// How often a process that waits looks whether its item has come further.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// What a thaw will take.
#[derive(Debug, Serialize)]
pub struct Quote {
    /// The store that must thaw.
    pub store: StoreId,
    /// Its class; that of a store without one is not known, since a life-cycle rule has chosen it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<StorageClass>,
    /// How soon it is asked to be.
    pub tier: ThawTier,
    /// Days for which files stay thawed.
    pub days: u32,
    /// Files at the most: equal ones of one object are stored once.
    pub files: u64,
    /// Their bytes.
    pub size_bytes: u64,
    /// Hours that it takes at the most.
    pub hours_max: i64,
    /// What it costs.
    pub charge: Charge,
}

impl Quote {
    /// Computes what it takes to thaw a version, or one file of it, and to read it.
    ///
    /// # Errors
    /// The registry cannot be read.
    pub async fn of(
        config: &Config,
        database: &Database,
        object: &Object,
        restoring: &Restoring,
        file_bytes: Option<u64>,
    ) -> anyhow::Result<Self> {
        let version = database.object_versions(object.id).await?;
        let version = version.into_iter().find(|version| version.number == restoring.version);
        let whole = version.map_or((object.files, object.size_bytes), |version| (version.files, version.size_bytes));
        let (files, size_bytes) = file_bytes.map_or(whole, |bytes| (1, bytes));
        let store = config.stores.iter().find(|store| store.id == restoring.store);
        let class = store.and_then(|store| store.storage_class().ok()).filter(|class| class.is_frozen());
        let priced = config.stores.iter().filter_map(|store| Some((store.id.0.clone(), store.price.clone()?)));
        let (coldest, tier) = (class.unwrap_or(StorageClass::DeepArchive), config.cold.tier);
        Ok(Self {
            store: restoring.store.clone(),
            class,
            tier: tier.of_class(coldest),
            days: config.cold.days,
            files,
            size_bytes,
            hours_max: tier.time_max(coldest).as_mins().max(1).saturating_add(59) / 60,
            charge: Prices(priced.collect()).charge(&restoring.store.0, Requests::of_thaw(files, size_bytes)),
        })
    }

    /// Prints it.
    pub fn print(&self) {
        let class = self.class.map_or_else(|| "put away by a rule of the bucket".to_owned(), |class| class.to_string());
        output::line(&format!(
            "Every good replica is frozen; the store {} ({class}) must thaw first: {}, {}",
            self.store,
            output::count(self.files, "file"),
            output::bytes(self.size_bytes)
        ));
        let field = |name: &str, value: &str| output::field(name, value);
        field("tier", &format!("{}, to stay thawed for {}", self.tier, output::count(u64::from(self.days), "day")));
        field("time", &format!("up to {} hours", self.hours_max));
        let cost = match self.charge.currency.as_str() {
            "" => "not known: set `price` of the store".to_owned(),
            currency => format!("{:.4} {currency}, by the price of the store", self.charge.once),
        };
        field("cost", &cost);
    }
}

/// A restoration that is queued when everything is frozen.
pub struct Later {
    object: Object,
    restoring: Restoring,
    file_bytes: Option<u64>,
}

impl Later {
    /// Takes what was asked for; `None` for a stream, which cannot wait for days.
    pub fn of(
        object: &Object,
        version: u32,
        file: Option<&FileVersion>,
        target: &Target,
        existing: Existing,
    ) -> Option<Self> {
        let place = match target {
            Target::File(path) | Target::Folder(path) => path.display().to_string(),
            Target::Object(object) => object.url(),
            Target::Stream(_) | Target::Nowhere => return None,
        };
        let restoring = Restoring {
            object: object.id,
            version,
            path: file.map(|file| file.path.clone()),
            target: place,
            is_unpacked: matches!(target, Target::Folder(_)),
            is_overwriting: matches!(existing, Existing::Replace),
            store: StoreId(String::new()),
            rounds: 0,
            thawing: Thawing::default(),
        };
        Some(Self { object: object.clone(), restoring, file_bytes: file.map(|file| file.size_bytes) })
    }

    /// Tells what the thaw of a store takes, and queues it.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn queue(
        self,
        config: &Config,
        database: &Database,
        store: StoreId,
        is_json: bool,
    ) -> anyhow::Result<ItemId> {
        let restoring = Restoring { store, ..self.restoring };
        let quote = Quote::of(config, database, &self.object, &restoring, self.file_bytes).await?;
        let (identifier, now) = (&self.object.identifier, Timestamp::now());
        let id = database.enqueue_restoration(identifier, &restoring, quote.size_bytes, now).await?;
        if is_json {
            output::json(&serde_json::json!({ "item": id, "frozen": quote }));
        } else {
            quote.print();
            output::line(&format!(
                "Work item {id} asks for it and waits: `strongroom up` does the work, `strongroom items show {id}` tells how \
                 far it is, `strongroom item cancel {id}` ends it"
            ));
        }
        Ok(id)
    }
}

/// Goes on with a queued restoration in this process, or watches another that does, until it has ended.
///
/// # Errors
/// The installation cannot be opened, or the database not be reached.
pub async fn wait_for(at: &Where, id: ItemId, signal: &Signal) -> anyhow::Result<Exit> {
    let house = House::open(at).await?;
    let (process, settings) = (house.enter()?, house.settings());
    let database = house.context.database.clone();
    loop {
        let item = database.item(id).await?.context("the work item is gone")?;
        if item.status.is_ended() {
            let because = item.outcome.or(item.last_error).unwrap_or_default();
            let is_done = item.status == Status::Success;
            if is_done {
                output::line(&because)
            } else {
                output::error(&format!("work item {id}: {because}"))
            }
            return Ok(if is_done { Exit::Done } else { Exit::Failed });
        }
        if signal.is_raised() {
            output::note(&format!("work item {id} goes on under `strongroom up`; nothing is asked for twice"));
            return Ok(Exit::Later);
        }
        let now = Timestamp::now();
        let is_ready = item.next_try_at <= now;
        let claim = match is_ready {
            true => database.claim_item(id, process.owner(), now, now + settings.lease).await?,
            false => None,
        };
        let Some(claim) = claim else {
            tokio::time::sleep(LOOK_AGAIN).await;
            runner::release_dead(&database, &process).await?;
            continue;
        };
        let meter = Arc::new(Meter::default());
        let _progress = Progress::follow(claim.item.deposit.identifier.name.as_str(), meter.clone());
        if let Ended::Until(until, because) =
            runner::run_item(&house.context, claim, &settings, meter, Signal::linked(signal)).await?
        {
            output::note(&format!("{because}; looked at again at {until}"));
        }
    }
}
