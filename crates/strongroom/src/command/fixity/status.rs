//! `strongroom fixity status`: how the checks of each store stand.

use backends::database::DayReads;
use clap::Args;
use jiff::Timestamp;
use model::{Canaries, StoreFixity, StoreState};
use serde::Serialize;

use super::super::exit::Exit;
use super::super::house::{self, Where};
use super::super::table::{Side, Table};
use super::super::{output, run};
use super::cold::Cold;
use crate::pipelines::fixity::ReadLimits;

/// Say how the checks of each store stand.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom fixity status
  strongroom fixity status --json

`oldest proof` is the one to watch: no replica of the store was proven longer ago. A store is RED, and
the exit code 1, when an incident is open, a replica overdue, or damage that was planted in the store
(a canary) was not found by the last check.")]
pub struct Status {
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

/// A line of the answer.
#[derive(Serialize)]
struct Line {
    #[serde(flatten)]
    fixity: StoreFixity,
    /// Days within which each replica is to be proven.
    period_days: i64,
    /// Days until all replicas will have been proven at the rate of the last 24 hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    all_seen_in_days: Option<u64>,
    /// What checks have read today (UTC), whoever asked for them.
    read_today: DayReads,
    /// What checks in the background may read.
    #[serde(flatten)]
    limits: ReadLimits,
    /// Whether the damage that is planted in the store was found; without it no proof is to be believed.
    #[serde(skip_serializing_if = "Option::is_none")]
    canaries: Option<Canaries>,
    /// What is really read of a store whose content is frozen.
    #[serde(skip_serializing_if = "Option::is_none")]
    cold: Option<Cold>,
    /// Whether all is well: nothing open, nothing overdue, no canary missed.
    is_green: bool,
}

impl Status {
    /// Looks, and changes nothing.
    pub fn run(self, at: &Where) -> anyhow::Result<Exit> {
        run::now(self.look(at))
    }

    async fn look(self, at: &Where) -> anyhow::Result<Exit> {
        let database = at.registry().await?;
        let config = at.config()?;
        let terms = house::fixity_terms(&config);
        let now = Timestamp::now();
        let mut lines = Vec::new();
        let known = database.known_stores().await?;
        let in_use = known.into_iter().filter(|known| known.state != StoreState::Retired).map(|known| known.id);
        for store in in_use {
            let period = terms.period_of(&store);
            let fixity = database.fixity_of_store(&store, now - period, now).await?;
            let all_seen_in_days = fixity.replicas.checked_div(fixity.proven_in_a_day);
            let canaries = database.canaries(&store).await?;
            let is_missed = canaries.as_ref().is_some_and(|canaries| canaries.missed.is_some());
            let is_green = fixity.open_incidents == 0 && fixity.overdue == 0 && !is_missed;
            let (read_today, limits) = (database.reads_today(&store, now).await?, terms.limits_of(&store));
            let period_days = period.as_hours() / 24;
            let configured = config.stores.iter().find(|configured| configured.id == fixity.store);
            let cold = match configured {
                Some(configured) => Cold::of(configured, &database, now).await?,
                None => None,
            };
            lines.push(Line { fixity, period_days, all_seen_in_days, read_today, limits, canaries, cold, is_green });
        }
        database.close().await;
        self.print(&lines);
        Ok(if lines.iter().all(|line| line.is_green) { Exit::Done } else { Exit::Refused })
    }

    fn print(&self, lines: &[Line]) {
        if self.json {
            return lines.iter().for_each(output::json);
        }
        let mut table = Table::new(&[
            ("store", Side::Left),
            ("state", Side::Left),
            ("replicas", Side::Right),
            ("size", Side::Right),
            ("oldest proof", Side::Left),
            ("overdue", Side::Right),
            ("queued", Side::Right),
            ("in 24 h", Side::Right),
            ("all seen in", Side::Right),
            ("open incidents", Side::Right),
        ]);
        for line in lines {
            let fixity = &line.fixity;
            let oldest = match &fixity.oldest {
                None => "-".to_owned(),
                Some(oldest) => oldest.proven_at.map_or_else(|| "never".to_owned(), output::time),
            };
            let all_seen = line.all_seen_in_days.map_or_else(|| "?".to_owned(), |days| output::count(days, "day"));
            table.row([
                fixity.store.0.clone(),
                if line.is_green { "green" } else { "RED" }.to_owned(),
                fixity.replicas.to_string(),
                output::bytes(fixity.size_bytes),
                oldest,
                fixity.overdue.to_string(),
                fixity.queued.to_string(),
                fixity.proven_in_a_day.to_string(),
                all_seen,
                fixity.open_incidents.to_string(),
            ]);
        }
        table.print();
        for line in lines {
            tell_limits(line);
            line.cold.iter().for_each(|cold| cold.tell(&line.fixity.store.0));
        }
        for line in lines.iter().filter(|line| line.fixity.not_read > 0) {
            let fixity = &line.fixity;
            let oldest = fixity.oldest_reading.map_or_else(|| "never".to_owned(), output::time);
            output::note(&format!(
                "{}: {} not read by the last check, only looked at (grade C or D), since content is frozen; read whole \
                 the longest ago: {oldest}",
                fixity.store,
                output::count(fixity.not_read, "replica")
            ));
        }
        for line in lines {
            if let Some(missed) = line.canaries.as_ref().and_then(|canaries| canaries.missed.as_ref()) {
                let advice = "no check of it is to be believed: look at the program and the disk";
                output::note(&format!("{}: {missed}; {advice}", line.fixity.store));
            }
        }
        for line in lines.iter().filter(|line| line.fixity.overdue > 0) {
            let oldest = line.fixity.oldest.as_ref().map(|oldest| oldest.identifier.to_string()).unwrap_or_default();
            output::note(&format!(
                "{}: {} not proven within {} days, the oldest is {oldest}; `strongroom up` goes on with them, \
                 `strongroom fixity check` does it now",
                line.fixity.store,
                output::count(line.fixity.overdue, "replica"),
                line.period_days
            ));
        }
    }
}

/// Says what was read today, where there is a bound to it.
fn tell_limits(line: &Line) {
    let (limits, read) = (&line.limits, line.read_today);
    let mut told = Vec::new();
    if limits.bytes_per_second_max > 0 {
        told.push(format!("at most {} a second", output::bytes(limits.bytes_per_second_max)));
    }
    if limits.bytes_per_day_max > 0 {
        told.push(format!(
            "{} of {} read today",
            output::bytes(read.size_bytes),
            output::bytes(limits.bytes_per_day_max)
        ));
    }
    if limits.files_per_day_max > 0 {
        told.push(format!("{} of {} files read today", read.files, limits.files_per_day_max));
    }
    if !limits.allow(read.files, read.size_bytes) {
        told.push("checks go on tomorrow (UTC)".to_owned());
    }
    if !told.is_empty() {
        output::note(&format!("{}: {}", line.fixity.store, told.join(", ")));
    }
}
