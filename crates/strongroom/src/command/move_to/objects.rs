//! The part of a move that is about objects: new stores are made, named in the configuration and filled, and the old ones
//! let go if that is asked for.
//!
//! Each step is written into the configuration before it is begun, so that whatever comes in between finds an installation
//! that is whole: deposits go to all stores that its options name.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use backends::database::{Address, JobRequest};
use clap::Args;
use model::{JobKind, JobOptions, StoreId};

use super::super::exit::Exit;
use super::super::house::{self, House, Where};
use super::super::store::rehearse;
use super::super::{job_at_work, output};
use crate::config::{self, Change, Config, Place, StoreConfig};

/// Which stores the objects are brought into, and how.
#[derive(Debug, Args)]
pub struct Objects {
    /// Bring every object into this store too: NAME=s3://bucket/prefix, or a store of the configuration; may be given
    /// several times
    #[arg(long = "store", value_name = "NAME[=URL]")]
    stores: Vec<String>,
    /// The server of the new buckets; without it, Amazon's of the region
    #[arg(long, value_name = "URL", requires = "stores")]
    endpoint: Option<String>,
    /// Their region
    #[arg(long, value_name = "NAME", requires = "stores")]
    region: Option<String>,
    /// The name of the credentials that they are used with; else those that the platform gives
    #[arg(long, value_name = "NAME", requires = "stores")]
    credentials: Option<String>,
    /// Let no object depend on the stores that are not named here; their bytes stay where they are
    #[arg(long, requires = "stores")]
    evacuate: bool,
    /// Say what it would take in bytes, requests, time and money, and change nothing
    #[arg(long, requires = "stores")]
    dry_run: bool,
    /// Who asks, for the record
    #[arg(long, env = "USER", hide_env_values = true, default_value = "the operator", value_name = "NAME")]
    by: String,
}

/// What is to be configured: while the objects are brought, and afterwards.
struct Plan {
    /// The stores that are filled.
    targets: Vec<StoreId>,
    /// Every storage option names the old stores and the new.
    meanwhile: Config,
    /// The same, or only the new.
    afterwards: Config,
}

/// Returns the configuration file that is in force, or would be.
pub fn file_of(at: &Where, place: &Place) -> PathBuf {
    at.config.clone().unwrap_or_else(|| place.config_file())
}

impl Objects {
    pub fn is_asked_for(&self) -> bool {
        !self.stores.is_empty()
    }

    pub fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    /// Says what it would take.
    pub async fn rehearse(&self, at: &Where, target: &Address, json: bool) -> anyhow::Result<Exit> {
        let plan = self.plan(at)?;
        let database = at.registry().await?;
        let mut exit = Exit::Done;
        for store in &plan.targets {
            if !json {
                output::note(&format!("into the store {store}:"));
            }
            let one = rehearse(&plan.meanwhile, &database, store, json).await?;
            exit = if exit == Exit::Done { one } else { exit };
        }
        if !json {
            output::note(&format!(
                "then every row of the registry would be moved to {target}, and strongroom.toml name it"
            ));
            for store in self.left(&plan) {
                output::note(&format!("then no object would depend on the store {store}; its bytes would stay"));
            }
        }
        database.close().await;
        Ok(exit)
    }

    /// Brings every object into the new stores, and lets the old ones go if that is asked for. `Done` when the end state
    /// was proven: the new stores lack nothing, and with `--evacuate` the registry counts on nothing in the old.
    pub async fn bring(&self, at: &Where, json: bool) -> anyhow::Result<Exit> {
        let (place, plan) = (at.place()?, self.plan(at)?);
        // Before anything is written: a store that cannot be made must not stand in the configuration.
        let registry = at.registry().await?;
        for store in plan.meanwhile.stores.iter().filter(|store| plan.targets.contains(&store.id)) {
            if !registry.knows_store(&store.id).await? {
                let at_place = store.place(place.path(), jiff::Timestamp::now)?;
                house::make_store(&store.id, &at_place).context("nothing was changed")?;
            }
        }
        registry.close().await;
        configure(at, &place, &plan.meanwhile)?;
        for store in &plan.targets {
            let exit = self.work(at, JobKind::Backfill, store, json).await?;
            if exit != Exit::Done {
                return Ok(exit);
            }
        }
        let left = self.left(&plan);
        if !left.is_empty() {
            configure(at, &place, &plan.afterwards)?;
        }
        for store in &left {
            let exit = self.work(at, JobKind::Evacuate, store, json).await?;
            if exit != Exit::Done {
                return Ok(exit);
            }
        }
        Ok(Exit::Done)
    }

    async fn work(&self, at: &Where, kind: JobKind, store: &StoreId, json: bool) -> anyhow::Result<Exit> {
        let house = House::open(at).await?;
        let (options, by) = (JobOptions::default(), self.by.clone());
        let exit = job_at_work::work(&house, &JobRequest { kind, store: store.clone(), options, by }, json).await?;
        house.context.database.close().await;
        Ok(exit)
    }

    /// Returns the stores that no object is to depend on in the end.
    fn left(&self, plan: &Plan) -> Vec<StoreId> {
        let is_kept = |id: &StoreId| plan.afterwards.storage_options.iter().any(|option| option.stores.contains(id));
        let all = plan.afterwards.stores.iter().map(|store| store.id.clone());
        if self.evacuate { all.filter(|id| !is_kept(id)).collect() } else { Vec::new() }
    }

    fn plan(&self, at: &Where) -> anyhow::Result<Plan> {
        let mut meanwhile = at.config()?;
        let mut targets = Vec::new();
        for text in &self.stores {
            let id = match text.split_once('=') {
                Some((id, url)) => self.add(&mut meanwhile, id, url)?,
                None => StoreId::from(text.as_str()),
            };
            if !meanwhile.stores.iter().any(|store| store.id == id) {
                bail!("the store {id} is not in the configuration: write NAME=s3://bucket/prefix for a new one");
            }
            targets.push(id);
        }
        let mut afterwards = meanwhile.clone();
        for option in &mut meanwhile.storage_options {
            let new = targets.iter().filter(|id| !option.stores.contains(id)).cloned().collect::<Vec<_>>();
            option.stores.extend(new);
        }
        for option in &mut afterwards.storage_options {
            option.stores.clone_from(&targets);
        }
        if !self.evacuate {
            afterwards = meanwhile.clone();
        }
        for config in [&meanwhile, &afterwards] {
            if let Some(fault) = config::check(config).first() {
                bail!("{}: {}", fault.what, fault.advice);
            }
        }
        Ok(Plan { targets, meanwhile, afterwards })
    }

    /// Adds a store, unless it is there already, as after a first call that was broken off.
    fn add(&self, config: &mut Config, id: &str, url: &str) -> anyhow::Result<StoreId> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if id.is_empty() || !id.bytes().all(is_plain) {
            bail!("{id:?} is no name of a store: letters, digits, `-`, `_` and `.`; write NAME=s3://bucket/prefix");
        }
        let store = StoreConfig {
            endpoint: self.endpoint.clone(),
            region: self.region.clone(),
            credentials: self.credentials.clone(),
            ..StoreConfig::new(StoreId::from(id), url.to_owned())
        };
        match config.stores.iter().find(|known| known.id == store.id) {
            Some(known) if known.url == store.url => {}
            Some(known) => {
                bail!("the store {id} is in the configuration already, at {}: a name is for ever", known.url)
            }
            None => config.stores.push(store.clone()),
        }
        Ok(store.id)
    }
}

/// Writes stores and storage options into the configuration, and looks whether they are in force.
fn configure(at: &Where, place: &Place, wanted: &Config) -> anyhow::Result<()> {
    let file = file_of(at, place);
    let change = Change { stores: &wanted.stores, storage_options: &wanted.storage_options, ..Change::default() };
    config::change(&file, &change).with_context(|| format!("cannot write {}", file.display()))?;
    let now = at.config()?;
    if now.storage_options != wanted.storage_options || now.stores != wanted.stores {
        bail!(
            "{} was written, and something else is in force: the environment names stores or storage options, as \
             `strongroom config show` tells; take them out there and call again",
            file.display()
        );
    }
    Ok(())
}
