//! `strongroom rebuild`: the registry made anew from one store alone.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use backends::database::{Address, Database};
use backends::storage::{Store, StorePlace};
use clap::Args;
use model::StoreId;
use serde::Serialize;

use super::exit::Exit;
use super::house::Where;
use super::progress::Progress;
use super::{output, signals};
use crate::config::{Config, Place};
use crate::pipelines::rebuild::{self, LeftOut, OnServer, RebuildError, Rebuilt, Request, Target};
use crate::pipelines::{Clock, Meter, Signal, StorePlaces};
use crate::runner;

/// Make the registry anew from one store alone, when it was lost.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom rebuild --from first --dry-run      is the store whole, and how much is in it?
  strongroom rebuild --from first
  strongroom rebuild --from /mnt/disk --json     a store in a folder; the others need not be there

Only where no registry is, or one that holds nothing: nothing is ever written over. Inventories and the
documents in `logs` are proven by their digests and held against each other; an object in which they do
not agree is named and left out whole. Content is not read: every replica counts as never proven, and
`strongroom fixity check --all` proves them afterwards. The registry takes its name when it is whole (on a
server: it is moved there in one transaction); stopped or killed, call again. What was deleted is known again from the tombstones. Users, work items, incidents, past checks and formats that were told after the
deposit are in no store, and stay lost. Exit codes: 0 all is rebuilt, 1 objects were left out, 2 it could
not be done, 75 it was stopped.")]
pub struct Rebuild {
    /// A store of the configuration by its id, or the folder of a store
    #[arg(long, value_name = "STORE")]
    from: String,
    /// Say what would be rebuilt and what left out, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Print one JSON object a line: each object that is left out, and the sums
    #[arg(long)]
    json: bool,
}

/// A line of the JSON output.
#[derive(Serialize)]
#[serde(tag = "told", rename_all = "snake_case")]
enum Line<'a> {
    LeftOut(&'a LeftOut),
    Sums {
        format: &'static str,
        store: &'a str,
        #[serde(flatten)]
        rebuilt: &'a Rebuilt,
        is_rehearsal: bool,
        /// Stores that are away, and that the registry does not know.
        unknown_stores: &'a [StoreId],
    },
}

impl Rebuild {
    /// Rebuilds, or leaves all as it was.
    pub fn run(self, at: &Where) -> anyhow::Result<Exit> {
        tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(self.work(at))
    }

    async fn work(self, at: &Where) -> anyhow::Result<Exit> {
        let asked = signals::Asked::listen()?;
        let (place, config) = (at.place()?, at.config()?);
        let registry = config.database.address(&place, jiff::Timestamp::now)?;
        let places = places(&config, &place);
        let store = self.store(&places)?;
        let signal = Signal::default();
        asked.then_stop(&signal);
        let living = runner::living(&place.processes()).context("cannot tell who is at work on the data directory")?;
        if living > 0 && !self.dry_run {
            bail!("another strongroom is at work on {}: stop it, then call again", place.path().display());
        }
        let last_item = rebuild::last_item(&places, &place.staging());
        let (clock, meter) = (Clock::system(), Arc::new(Meter::default()));
        let progress = Progress::follow(&format!("rebuilding from {}", store.id()), meter.clone());
        let request = Request { store, last_item, clock, meter, signal };
        let making = Making {
            registry: registry.clone(),
            beside: place.rebuilding(),
            is_rehearsal: self.dry_run,
            is_json: self.json,
        };
        let id = request.store.id().to_owned();
        let made = tokio::task::spawn_blocking(move || making.make(&request)).await?;
        drop(progress);
        let rebuilt = match made {
            Err(Failure::Rebuild(RebuildError::Stopped)) => {
                output::error(&RebuildError::Stopped.to_string());
                return Ok(Exit::Later);
            }
            Err(Failure::Rebuild(error)) => return Err(error.into()),
            Err(Failure::Rehearsal(error)) => return Err(error).context("cannot make a folder for the rehearsal"),
            Ok(rebuilt) => rebuilt,
        };
        let unknown = if self.dry_run { Vec::new() } else { unknown_stores(&registry, &places).await? };
        Ok(self.tell(&id, &place, &rebuilt, &unknown))
    }

    /// Opens the store: by its id in the configuration, else as a folder.
    fn store(&self, places: &StorePlaces) -> anyhow::Result<Store> {
        let id = StoreId(self.from.clone());
        if places.0.iter().any(|(known, _)| *known == id) {
            return places.open(&id).with_context(|| format!("cannot rebuild from the store {id}"));
        }
        if !self.from.contains('/') && !Path::new(&self.from).is_dir() {
            let known: Vec<_> = places.0.iter().map(|(id, _)| id.0.as_str()).collect();
            bail!(
                "there is no store {id} in the configuration, which names {}; a folder is named by its path, as in ./{id}",
                known.join(", ")
            );
        }
        StorePlace::Folder(self.from.clone().into())
            .open()
            .with_context(|| format!("cannot rebuild from {}", self.from))
    }

    fn tell(&self, store: &str, place: &Place, rebuilt: &Rebuilt, unknown: &[StoreId]) -> Exit {
        let exit = if rebuilt.left_out == 0 { Exit::Done } else { Exit::Refused };
        if self.json {
            let (format, is_rehearsal) = ("strongroom-rebuild/1", self.dry_run);
            output::json(&Line::Sums { format, store, rebuilt, is_rehearsal, unknown_stores: unknown });
            return exit;
        }
        let done = if self.dry_run { "Would rebuild" } else { "Rebuilt" };
        output::line(&format!("{done} the registry from the store {store}"));
        let versions = output::count(rebuilt.versions, "version");
        output::field("objects", &format!("{}, {versions}", output::count(rebuilt.objects, "object")));
        let files = output::count(rebuilt.files, "file");
        output::field("files", &format!("{files}, {}", output::bytes(rebuilt.size_bytes)));
        output::field("events", &output::count(rebuilt.events, "event"));
        output::field("deletions", &output::count(rebuilt.deletions, "deletion"));
        output::field("left out", &output::count(rebuilt.left_out, "object"));
        if self.dry_run {
            return exit;
        }
        output::field("registry", &place.database().display().to_string());
        for store in unknown {
            output::note(&format!(
                "warning: the store {store} is away and no object here names it: bring it back before `ingest` or `up`, \
                 which would make an empty one in its place"
            ));
        }
        output::note("No content was read: prove every replica with `strongroom fixity check --all`");
        exit
    }
}

fn places(config: &Config, place: &Place) -> StorePlaces {
    let stores = config
        .stores
        .iter()
        .filter_map(|store| Some((store.id.clone(), store.place(place.path(), jiff::Timestamp::now).ok()?)));
    StorePlaces(stores.collect())
}

/// Returns the stores of the configuration that are not there and that the new registry does not know.
async fn unknown_stores(registry: &Address, places: &StorePlaces) -> anyhow::Result<Vec<StoreId>> {
    let database = Database::open_existing(registry).await?;
    let known = database.stores().await?;
    database.close().await;
    let ids = places.0.iter().map(|(id, _)| id);
    Ok(ids.filter(|id| !known.contains(id) && places.open(id).is_err()).cloned().collect())
}

/// Why no registry was made.
enum Failure {
    Rebuild(RebuildError),
    Rehearsal(std::io::Error),
}

/// Where the registry goes, and who hears of what is left out.
struct Making {
    registry: Address,
    /// The folder in which a registry for a server is made.
    beside: PathBuf,
    is_rehearsal: bool,
    is_json: bool,
}

impl Making {
    fn make(&self, request: &Request) -> Result<Rebuilt, Failure> {
        if self.is_rehearsal {
            let folder = tempfile::tempdir().map_err(Failure::Rehearsal)?;
            let path = folder.path().join("registry.sqlite");
            return rebuild::rebuild(request, &path, &mut |left_out| self.told(&left_out)).map_err(Failure::Rebuild);
        }
        let made = match &self.registry {
            Address::File(path) => self.in_file(request, path),
            server => self.on_server(request, server),
        };
        made.map_err(Failure::Rebuild)
    }

    fn on_server(&self, request: &Request, server: &Address) -> Result<Rebuilt, RebuildError> {
        let target = OnServer::take(&self.beside, server)?;
        let rebuilt = rebuild::rebuild(request, &target.unfinished(), &mut |left_out| self.told(&left_out));
        if rebuilt.is_err() {
            target.forget()?;
        }
        let rebuilt = rebuilt?;
        target.publish()?;
        Ok(rebuilt)
    }

    fn in_file(&self, request: &Request, path: &Path) -> Result<Rebuilt, RebuildError> {
        let target = Target::take(path)?;
        let rebuilt = rebuild::rebuild(request, &target.unfinished(), &mut |left_out| self.told(&left_out));
        if rebuilt.is_err() {
            target.forget()?;
        }
        let rebuilt = rebuilt?;
        let now = request.clock.now().strftime("%Y%m%dT%H%M%SZ").to_string();
        target.publish(&format!(".empty-{now}"))?;
        Ok(rebuilt)
    }

    fn told(&self, left_out: &LeftOut) {
        if self.is_json {
            return output::json(&Line::LeftOut(left_out));
        }
        let LeftOut { object_path, finding } = left_out;
        output::line(&format!("LEFT OUT: {object_path}"));
        let file = finding.path.as_deref().unwrap_or_default();
        output::line(&format!("  {} {file}: {}", finding.code, finding.message));
        for (name, value) in [("expected", &finding.expected), ("seen", &finding.seen)] {
            if let Some(value) = value {
                output::line(&format!("    {name}: {value}"));
            }
        }
        output::line(&format!("    {}", finding.advice));
    }
}
