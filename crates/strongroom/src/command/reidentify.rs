//! `strongroom reidentify`: held files looked at again by the signatures that are in force now.

use std::time::Duration;

use backends::database::FormatFilter;
use backends::storage::Store;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use model::EventId;
use serde::Serialize;
use uuid::Uuid;

use super::exit::Exit;
use super::house::{self, Where};
use super::shown::shown;
use super::{output, run};
use crate::actions::{ChangedFormat, Listener, Reidentification, Reidentified, UnreadFile, name_of};
use crate::formats;

/// How often the progress is drawn anew.
const TICK: Duration = Duration::from_millis(200);

/// Look at held files again by the signatures in force, and report what changed and why.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom reidentify                      whatever other signatures have looked at
  strongroom reidentify --since 122          whatever signatures older than 122 have looked at
  strongroom reidentify --format fmt/18 --json
  strongroom reidentify --all --dry-run

Each file is read from the first store that gives it, and only its ends. A run that was broken off goes
on when it is called again. What a person has set (`strongroom files set-format`) stays as it is.
Exit code 1 when a file could not be read from any store; the others are done.")]
pub struct Reidentify {
    /// Files that signatures older than this version have looked at
    #[arg(long, value_name = "VERSION", group = "which")]
    since: Option<u32>,
    /// Files that are held to be of this format
    #[arg(long, value_name = "PUID", group = "which")]
    format: Option<String>,
    /// Every file
    #[arg(long, group = "which")]
    all: bool,
    /// Those too whose format a person has set: what the bytes say replaces it
    #[arg(long)]
    with_overrides: bool,
    /// Say what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Print one JSON object a line: each change, each file that could not be read, and the sums
    #[arg(long)]
    json: bool,
}

impl Reidentify {
    /// Looks at the files.
    pub fn run(self, at: &Where) -> anyhow::Result<Exit> {
        run::now(self.look(at))
    }

    async fn look(self, at: &Where) -> anyhow::Result<Exit> {
        let signatures = house::signatures(&at.place()?)?;
        let database = at.registry().await?;
        let stores = stores(at)?;
        let reidentification = Reidentification {
            database: &database,
            stores: &stores,
            signatures,
            filter: self.filter(&formats::versions(signatures)),
            is_rehearsal: self.dry_run,
            agent: house::agent(),
            now: Timestamp::now,
            event_id: || EventId(Uuid::now_v7()),
        };
        let mut telling = Telling { is_json: self.json, bar: bar() };
        let sums = reidentification.run(&mut telling).await?;
        telling.bar.finish_and_clear();
        self.tell(sums);
        database.close().await;
        Ok(if sums.unread == 0 { Exit::Done } else { Exit::Refused })
    }

    fn filter(&self, versions: &str) -> FormatFilter {
        let is_narrowed = self.all || self.since.is_some() || self.format.is_some();
        FormatFilter {
            puid: self.format.clone(),
            older_than: self.since,
            not_by: (!is_narrowed).then(|| versions.to_owned()),
            with_overrides: self.with_overrides,
        }
    }

    fn tell(&self, sums: Reidentified) {
        if self.json {
            output::json(&Line::Sums(sums));
            return;
        }
        let would = if self.dry_run { " (rehearsal: nothing was changed)" } else { "" };
        let files = output::count(sums.files, "file");
        output::note(&format!("{files} looked at, {} changed, {} unread{would}", sums.changed, sums.unread));
    }
}

/// Opens the stores that are there; the others are said to be missing.
fn stores(at: &Where) -> anyhow::Result<Vec<Store>> {
    let (config, place) = (at.config()?, at.place()?);
    let mut stores = Vec::new();
    for store in &config.stores {
        let at = store.place(place.path(), jiff::Timestamp::now)?;
        match at.open() {
            Ok(opened) if opened.id() == store.id.0 => stores.push(opened),
            Ok(opened) => output::error(&format!("the store at {at} is {}, not {}", opened.id(), store.id)),
            Err(error) => output::error(&error.to_string()),
        }
    }
    Ok(stores)
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {pos} files {per_sec} {msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(TICK);
    bar
}

/// A line of the JSON output.
#[derive(Serialize)]
#[serde(tag = "told", rename_all = "snake_case")]
enum Line<'a> {
    Changed(&'a ChangedFormat),
    Unread(&'a UnreadFile),
    Sums(Reidentified),
}

struct Telling {
    is_json: bool,
    bar: ProgressBar,
}

impl Listener for Telling {
    fn changed(&mut self, changed: &ChangedFormat) {
        self.bar.suspend(|| {
            if self.is_json {
                return output::json(&Line::Changed(changed));
            }
            let why = changed.is.note.as_deref().map(|note| format!(": {note}")).unwrap_or_default();
            let (was, is) = (name_of(&changed.was), name_of(&changed.is));
            let what =
                format!("{}/{}: {was} is {is} now, told by {}{why}", changed.object, changed.path, changed.is.basis);
            output::line(&shown(&what));
        });
    }

    fn unread(&mut self, unread: &UnreadFile) {
        self.bar.suspend(|| {
            if self.is_json {
                return output::json(&Line::Unread(unread));
            }
            output::error(&shown(&format!("{}/{} cannot be read: {}", unread.object, unread.path, unread.because)));
        });
    }

    fn progress(&mut self, so_far: Reidentified) {
        self.bar.set_position(so_far.files);
        self.bar.set_message(format!("{} changed", so_far.changed));
    }
}
