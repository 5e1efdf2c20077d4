//! `strongroom doctor`: whether an installation can do its work, and what to do when it cannot.

mod check;
mod clock;
mod configuration;
mod database;
mod folders;
mod leftovers;
mod process;
mod queue;
mod receiving;
mod restore_places;
mod space;
mod stores;

use backends::database::Database;
use clap::Args;

use super::exit::Exit;
use super::house::Where;
use super::{output, run};
use crate::config::{Config, Place};
use check::{Check, Verdict};

/// Check an installation.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom doctor
  strongroom doctor --json | jq 'select(.verdict != \"ok\")'

Looks at the configuration, the data directory, the database, each store, free space, the receiving
folders, the clock, the limits of this process, leftovers and stopped items. Changes nothing: it
writes probes and removes them. Exit codes: 0 all is well or there are warnings, 1 there are
faults, 2 something could not be checked.")]
pub struct Doctor {
    /// Print one JSON object a line: each check by name, verdict, what was seen and what to do
    #[arg(long)]
    json: bool,
}

impl Doctor {
    /// Checks everything that can be checked, whatever else is broken.
    pub fn run(&self, at: &Where) -> anyhow::Result<Exit> {
        let checks = run::now(examine(at))?;
        for check in &checks {
            if self.json { output::json(check) } else { print(check) }
        }
        let worst = checks.iter().map(|check| check.verdict).max().unwrap_or(Verdict::Ok);
        if !self.json {
            output::line(&summary(&checks));
        }
        Ok(match worst {
            Verdict::Ok | Verdict::Warning => Exit::Done,
            Verdict::Fault => Exit::Refused,
            Verdict::Unchecked => Exit::Failed,
        })
    }
}

async fn examine(at: &Where) -> anyhow::Result<Vec<Check>> {
    let place = at.place()?;
    let mut checks = vec![process::open_files()];
    let config = configuration::read(&place, at.config.as_deref(), &mut checks);
    if !place.path().is_dir() {
        checks.push(folders::no_data_directory(&place));
        return Ok(checks);
    }
    checks.extend(folders::data_directory(&place));
    let database = database::open(at, &mut checks).await;
    checks.push(clock::against_file_system(&place));
    if let Some(database) = &database {
        checks.push(clock::against_events(database).await);
        checks.push(queue::stopped(database).await);
    }
    if let Some(config) = &config {
        installed(config, &place, database.as_ref(), &mut checks).await;
    }
    if let Some(database) = database {
        database.close().await;
    }
    Ok(checks)
}

async fn installed(config: &Config, place: &Place, database: Option<&Database>, checks: &mut Vec<Check>) {
    for institution in config.institutions.iter().filter(|name| config.has_receiving_folder(name)) {
        checks.push(folders::receiving(place, institution));
    }
    for place in &config.receiving {
        checks.push(receiving::bucket(place).await);
    }
    for place in &config.restore_places {
        checks.push(restore_places::bucket(place).await);
    }
    let mut stores = Vec::new();
    for store in &config.stores {
        stores.extend(stores::examine(store, place, database, checks).await);
    }
    checks.extend(stores::not_configured(config, database).await);
    if let Some(database) = database {
        checks.push(leftovers::find(place, &stores, database).await);
    }
}

fn print(check: &Check) {
    let verdict = match check.verdict {
        Verdict::Ok => "ok",
        Verdict::Warning => "warning",
        Verdict::Unchecked => "unchecked",
        Verdict::Fault => "fault",
    };
    output::line(&format!("{verdict:10}{}: {}", check.name, check.seen));
    if !check.advice.is_empty() {
        output::line(&format!("{:10}→ {}", "", check.advice));
    }
}

fn summary(checks: &[Check]) -> String {
    let count = |verdict| checks.iter().filter(|check| check.verdict == verdict).count() as u64;
    format!(
        "{}: {}, {}, {} not made",
        output::count(checks.len() as u64, "check"),
        output::count(count(Verdict::Fault), "fault"),
        output::count(count(Verdict::Warning), "warning"),
        count(Verdict::Unchecked)
    )
}
