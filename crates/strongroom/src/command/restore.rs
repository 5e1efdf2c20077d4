//! `strongroom restore`: gives back an object as a bag, or one file of it.

use std::io::IsTerminal as _;
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use backends::database::Database;
use clap::Args;
use model::{FileVersion, Object, ObjectIdentifier, StoreId};
use serde::Serialize;

use super::exit::Exit;
use super::house::{self, Where};
use super::progress::Progress;
use super::thawing::{self, Later};
use super::{bucket_address, files, objects, output, signals};
use crate::actions;
use crate::config::{Config, Place, RestorePlaceConfig};
use crate::pipelines::restoration::{
    self, Doors, Existing, Fault, Outcome, Request, RestorationError, Restored, Target,
};
use crate::pipelines::{Clock, Meter, RestoreObject, Signal, StorePlaces};

/// How long a restoration to a stream may take to end by itself after it was asked to.
const STREAM_GRACE: Duration = Duration::from_secs(5);
/// Faults of replicas that are shown to people one by one; `--json` and `strongroom events` have them all.
const DAMAGE_SHOWN_MAX: usize = 20;

/// Give back an object as a bag, or one file of it.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:
  strongroom restore library.example.org/letters-1917
  strongroom restore library.example.org/letters-1917 --version 1 --to /mnt/out/
  strongroom restore library.example.org/letters-1917/data/03-04.tif --to 03-04.tif
  strongroom restore library.example.org/letters-1917 --to - | ssh elsewhere tar -x
  strongroom restore library.example.org/letters-1917 --unpacked --to letters
  strongroom restore library.example.org/letters-1917 --to s3://readers/given-back/

Every byte is held against the registry's sha256 on its way out; a replica that is damaged or away is
passed over for another, said so, and noted as an event. The result takes its name when it is whole and
was read back from the disk; stopped or killed, call the same again. What lies there already, whole, is
recognised. Exit codes: 0 done, 1 there is no such thing or the target is taken, 2 it could not be done,
75 not now: a store is away, or another process is at it.",
    disable_version_flag = true
)]
pub struct Restore {
    /// The object, <institution>/<bag name>, or a file of it, <institution>/<bag name>/<path in the bag>
    #[arg(value_name = "ID", value_parser = name)]
    id: (ObjectIdentifier, Option<String>),
    /// As this version has it [default: the newest]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    version: Option<u32>,
    /// Only this file, by its path in the bag
    #[arg(long, value_name = "PATH")]
    file: Option<String>,
    /// A file, a folder to put it into (with a slash at its end, or there already), - for standard output, or
    /// s3://bucket/key below one of the configuration's `restore_places`
    /// [default: the institution's restore place, else its folder below `restore` in the data directory]
    #[arg(long, value_name = "PLACE")]
    to: Option<PathBuf>,
    /// As a folder of files instead of a tar: PLACE is the folder to make
    #[arg(long)]
    unpacked: bool,
    /// Replace a file that has the target's name
    #[arg(long, conflicts_with = "unpacked")]
    overwrite: bool,
    /// Say what would be given back and how long the tar or file is, and give nothing
    #[arg(long, conflicts_with = "unpacked")]
    dry_run: bool,
    /// When all good replicas are frozen, wait in the foreground until they have thawed, and give it back
    #[arg(long, conflicts_with = "dry_run")]
    wait: bool,
    /// Print one JSON object: on standard error when the result goes to standard output
    #[arg(long)]
    json: bool,
}

fn name(text: &str) -> Result<(ObjectIdentifier, Option<String>), String> {
    if text.matches('/').count() > 1 {
        return files::file(text).map(|(object, path)| (object, Some(path)));
    }
    text.parse().map(|object| (object, None)).map_err(|error: model::IdentifierError| error.to_string())
}

/// What a script gets.
#[derive(Serialize)]
struct Answer<'a> {
    #[serde(flatten)]
    restored: Option<&'a Restored>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    damage_count: u64,
    damage: &'a [Fault],
}

impl Restore {
    /// Gives it back, or leaves nothing.
    pub fn run(self, at: &Where) -> anyhow::Result<Exit> {
        tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(self.work(at))
    }

    async fn work(self, at: &Where) -> anyhow::Result<Exit> {
        let mut asked = signals::Asked::listen()?;
        let (place, config, database) = (at.place()?, at.config()?, at.registry().await?);
        let (identifier, path) = (&self.id.0, self.id.1.as_ref().or(self.file.as_ref()));
        if self.id.1.is_some() && self.file.is_some() {
            bail!("the file is named twice: in the identifier, and by --file");
        }
        if self.unpacked && path.is_some() {
            bail!("--unpacked is for whole objects: one file is given back as it is");
        }
        let Some(object) = database.object(identifier).await? else {
            return objects::unknown(&database, identifier).await;
        };
        let version = self.version.unwrap_or(object.head);
        if version > object.head {
            output::error(&format!("{identifier} has no version {version}; its newest is {}", object.head));
            return Ok(Exit::Refused);
        }
        let file = match path {
            None => None,
            Some(path) => match file_of(&database, &object, path, version).await? {
                Some(file) => Some(file),
                None => return Ok(Exit::Refused),
            },
        };
        let target = self.target(&place, &config, &object, file.as_ref())?;
        let doors = doors(&place, &config, database)?;
        let (signal, meter) = (doors.signal.clone(), doors.meter.clone());
        let asked_to_stop = signal.clone();
        let is_stream = matches!(target, Target::Stream(_));
        tokio::spawn(async move {
            asked.wait().await;
            signal.stop();
            if is_stream {
                // A reader that has stopped reading keeps us in the middle of a write, where no signal is heard.
                tokio::time::sleep(STREAM_GRACE).await;
                std::process::exit(i32::from(Exit::Later.code()));
            }
        });
        let existing = if self.overwrite { Existing::Replace } else { Existing::Keep };
        let later = Later::of(&object, version, file.as_ref(), &target, existing);
        let request = Request { object, version, file, target, existing };
        let progress = Progress::follow(identifier.name.as_str(), meter);
        let database = doors.database.clone();
        let outcome = tokio::task::spawn_blocking(move || restoration::restore(&doors, request)).await?;
        drop(progress);
        let exit = match (later, frozen_store(&outcome)) {
            (Some(later), Some(store)) => {
                if !self.json {
                    // A store that is only away for now may be cheaper to wait for.
                    tell_damage(&outcome);
                }
                let id = later.queue(&config, &database, store, self.json).await?;
                if self.wait { thawing::wait_for(at, id, &asked_to_stop).await? } else { Exit::Later }
            }
            _ => self.tell(&outcome),
        };
        database.close().await;
        Ok(exit)
    }

    /// Returns where the result goes. Makes no folder but those that are ours.
    fn target(
        &self,
        place: &Place,
        config: &Config,
        object: &Object,
        file: Option<&FileVersion>,
    ) -> anyhow::Result<Target> {
        if let Some(object) = self.in_bucket(config, object, file)? {
            return Ok(if self.dry_run { Target::Nowhere } else { Target::Object(object) });
        }
        if self.dry_run {
            return Ok(Target::Nowhere);
        }
        let own = self.own_name(object, file)?;
        let path = match &self.to {
            Some(to) if to.as_os_str() == "-" && !self.unpacked => return stream(),
            Some(to) if to.is_dir() || (!self.unpacked && is_named_as_folder(to)) => {
                make_folder(to)?;
                to.join(own)
            }
            Some(to) => to.clone(),
            None => {
                let older = self.version.filter(|version| *version < object.head);
                let folder = config.restore.folder(place, &object.identifier.institution);
                let folder = older.map_or(folder.clone(), |version| folder.join(format!("v{version}")));
                let path = folder.join(own);
                make_folder(path.parent().unwrap_or(&folder))?;
                path
            }
        };
        // The registry tells for ever where it went, whatever folder this was called from.
        let path = house::here()?.join(path);
        Ok(if self.unpacked { Target::Folder(path) } else { Target::File(path) })
    }

    /// Returns the object of a bucket that the result becomes: when one is named, or the institution has a restore place in
    /// one and nothing is named.
    fn in_bucket(
        &self,
        config: &Config,
        object: &Object,
        file: Option<&FileVersion>,
    ) -> anyhow::Result<Option<RestoreObject>> {
        let (institution, own) = (&object.identifier.institution, self.own_name(object, file)?);
        let own = own.to_str().context("the name is no text")?;
        let (url, own) = match self.to.as_deref().map(Path::to_string_lossy) {
            Some(to) => match bucket_address::in_bucket(&to)? {
                Some(url) => (url.to_owned(), own.to_owned()),
                None => return Ok(None),
            },
            None if self.unpacked => return Ok(None),
            None => {
                let is_own = |place: &&RestorePlaceConfig| place.institution.as_ref() == Some(institution);
                let Some(place) = config.restore_places.iter().find(is_own) else { return Ok(None) };
                let older = self.version.filter(|version| *version < object.head);
                (place.url.clone(), older.map_or(own.to_owned(), |version| format!("v{version}/{own}")))
            }
        };
        if self.unpacked {
            bail!("--unpacked makes a folder, and {url} is in a bucket: leave it out, and the bag goes there as a tar");
        }
        house::restore_buckets(config).object(&url, &own).map(Some).map_err(anyhow::Error::msg)
    }

    /// Returns the name that the result has in a folder that was not made for it.
    fn own_name(&self, object: &Object, file: Option<&FileVersion>) -> anyhow::Result<PathBuf> {
        let name = object.identifier.name.as_str();
        let Some(file) = file else {
            return Ok(PathBuf::from(if self.unpacked { name.to_owned() } else { format!("{name}.tar") }));
        };
        let last = file.path.rsplit('/').next().unwrap_or_default();
        let path = if self.to.is_some() { last.to_owned() } else { format!("{name}.files/{}", file.path) };
        ocfl::safe_relative_path(&path)
            .with_context(|| format!("the path {path} cannot be that of a file here: name one with --to"))
    }

    fn tell(&self, outcome: &Outcome) -> Exit {
        let exit = outcome.result.as_ref().map_or_else(exit_of, |_| Exit::Done);
        let is_stream = self.to.as_deref().is_some_and(|to| to.as_os_str() == "-") && !self.dry_run;
        if self.json {
            let error = outcome.result.as_ref().err().map(chain);
            let (damage, damage_count) = (outcome.damage.as_slice(), outcome.damage_count);
            let answer = Answer { restored: outcome.result.as_ref().ok(), error, damage_count, damage };
            if is_stream { output::json_note(&answer) } else { output::json(&answer) }
        } else {
            tell_damage(outcome);
        }
        match &outcome.result {
            Err(error) => {
                let what = if is_stream { "what came out is not whole" } else { "nothing was restored" };
                output::error(&format!("{what}: {}", chain(error)));
                if exit == Exit::Later {
                    output::note(&format!("Nothing is lost; call the same again {}.", error.until()));
                }
            }
            Ok(restored) if !self.json => {
                let line = if is_stream { output::note } else { output::line };
                tell(restored, line);
            }
            Ok(_) => {}
        }
        exit
    }
}

/// Returns the store that must thaw before anything can be given back.
fn frozen_store(outcome: &Outcome) -> Option<StoreId> {
    let is_frozen = outcome.result.as_ref().is_err_and(RestorationError::is_frozen);
    let frozen = outcome.damage.iter().find(|fault| fault.is_frozen).filter(|_| is_frozen);
    frozen.map(|fault| fault.store.clone())
}

fn tell_damage(outcome: &Outcome) {
    for fault in outcome.damage.iter().take(DAMAGE_SHOWN_MAX) {
        let file = fault.path.as_deref().map(|path| format!("{path}: ")).unwrap_or_default();
        output::note(&format!("warning: store {}: {file}{}", fault.store, fault.what));
    }
    let more = outcome.damage_count.saturating_sub(DAMAGE_SHOWN_MAX as u64);
    if more > 0 {
        output::note(&format!("warning: {more} more; --json names them"));
    }
    if outcome.damage.iter().any(|fault| !fault.is_away) {
        output::note(
            "Noted as events (fixity check, fail). `strongroom up` checks and repairs the damaged replicas next; \
             `strongroom fixity check` does so now",
        );
    }
}

fn tell(restored: &Restored, line: fn(&str)) {
    let field = |name: &str, value: &str| line(&format!("  {name:12}{}", super::shown::shown(value)));
    let file = restored.file.as_deref().map(|path| format!("/{path}")).unwrap_or_default();
    let (what, version) = (format!("{}{file}", restored.object), restored.version);
    match restored.outcome {
        "already there" => line(&format!("There already, byte for byte: {what} version {version}")),
        "rehearsed" => line(&format!("Would be restored: {what} version {version}")),
        _ => line(&format!("Restored and proven: {what} version {version}")),
    }
    field("form", restored.form);
    if restored.outcome != "rehearsed" {
        field("to", &restored.target);
    }
    if restored.files > 0 && restored.file.is_none() {
        let payload = output::count(restored.payload_files, "file");
        field("payload", &format!("{payload}, {}", output::bytes(restored.payload_bytes)));
        field("manifests", &restored.algorithms.join(" "));
    }
    field("size", &format!("{} bytes", restored.size_bytes));
    restored.sha256.iter().for_each(|sha256| field("sha256", sha256));
    for given in &restored.replicas {
        let files = output::count(given.files, "file");
        field("from", &format!("{}: {files}, {}", given.store, output::bytes(given.size_bytes)));
    }
}

fn exit_of(error: &RestorationError) -> Exit {
    match error {
        RestorationError::TargetExists(_) | RestorationError::UnsafePath(_) => Exit::Refused,
        error if error.is_passing() => Exit::Later,
        _ => Exit::Failed,
    }
}

/// Writes an error with all its sources in one line.
fn chain(error: &RestorationError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    text
}

/// Returns a file as a version has it; says so when it has none of that name.
async fn file_of(
    database: &Database,
    object: &Object,
    path: &str,
    version: u32,
) -> anyhow::Result<Option<FileVersion>> {
    let identifier = &object.identifier;
    let Some(report) = actions::file_report(database, object, path).await? else {
        files::unknown(database, object, path).await?;
        return Ok(None);
    };
    let has = |file: &&FileVersion| file.version <= version && file.ended_by.is_none_or(|ended| ended > version);
    let found = report.history.iter().find(has).cloned();
    if found.is_none() {
        let versions: Vec<_> = report.history.iter().map(|file| file.version.to_string()).collect();
        let others = versions.join(", ");
        output::error(&format!("version {version} of {identifier} has no file {path}; it came with version {others}"));
    }
    Ok(found)
}

/// Standard output as a file, without a buffer of ours before it.
fn stream() -> anyhow::Result<Target> {
    let stdout = std::io::stdout();
    if stdout.is_terminal() {
        bail!(
            "a terminal is no place for bytes: send standard output to a file or a program, or name a file with --to"
        );
    }
    Ok(Target::Stream(stdout.as_fd().try_clone_to_owned().context("cannot use standard output")?.into()))
}

fn is_named_as_folder(path: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().ends_with(b"/")
}

fn make_folder(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))
}

fn doors(place: &Place, config: &Config, database: Database) -> anyhow::Result<Doors> {
    let staging = place.staging();
    make_folder(&staging)?;
    let stores = config
        .stores
        .iter()
        .filter_map(|store| Some((store.id.clone(), store.place(place.path(), jiff::Timestamp::now).ok()?)));
    Ok(Doors {
        database,
        stores: StorePlaces(stores.collect()),
        staging,
        clock: Clock::system(),
        agent: house::agent(),
        signatures: house::signatures(place)?,
        meter: Arc::new(Meter::default()),
        signal: Signal::default(),
    })
}
