//! `strongroom run`: some roles in this process, as a fleet of containers has them.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::bail;
use backends::database::Database;
use clap::Args;
use clap::builder::PossibleValuesParser;
use model::{Copies, Door, ROLES, Right, Role};
use serde::Serialize;
use tokio::sync::watch;

use super::collector::Collector;
use super::exit::Exit;
use super::house::{House, Where};
use super::table::{Side, Table};
use super::{output, probe, signals};
use crate::api::{self, Requests, Served};
use crate::observing::{self, Health, Observed};
use crate::runner::{self, Crew, Stop};

/// Run roles in this process.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom run ingest-store ingest-verify
  strongroom run --list
  strongroom run sweeper --log-format json --listen 127.0.0.1:9464
  strongroom run api --api 127.0.0.1:8080

`strongroom up` runs all of them. A worker takes items at its own stage only, and hands each on to whoever runs the next.
Of a role of which one process is enough, further ones stand by and take over when its lease has run out.

SIGTERM or Ctrl-C: nothing more is claimed, what is in work comes to its next safe point and is handed back. A second
signal ends the process at once; killed at any moment, nothing is lost. With a server of PostgreSQL tables are changed by
`strongroom migrate` alone. Exit codes: 0 it was stopped, 2 it could not be started or did not stop in time.")]
pub struct Run {
    /// The roles
    #[arg(value_name = "ROLE", value_parser = PossibleValuesParser::new(ROLES.iter().map(|row| row.name)), hide_possible_values = true)]
    roles: Vec<String>,
    /// List the roles: what each does, the doors it opens, how many processes of it make sense
    #[arg(long)]
    list: bool,
    /// With --list: print one JSON object a line
    #[arg(long, requires = "list")]
    json: bool,
    /// Ask the process that runs here (`observe.listen`) whether it can work, and say so by the exit code
    #[arg(long, conflicts_with_all = ["roles", "list"])]
    health: bool,
    #[command(flatten)]
    how: How,
}

/// How roles are run, in one process or in many.
#[derive(Debug, Args)]
pub struct How {
    /// Items in work at once
    #[arg(long, value_name = "N")]
    at_once: Option<usize>,
    /// Seconds for which an arrival must have been at rest
    #[arg(long, value_name = "SECONDS")]
    settle: Option<u64>,
    /// Serve /healthz, /readyz and /metrics there, as in 127.0.0.1:9464 [default: observe.listen; without it, nowhere]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Serve the API of the role api there, as in 127.0.0.1:8080 [default: api.listen; without it, `up` serves none]
    #[arg(long, value_name = "ADDRESS")]
    api: Option<SocketAddr>,
}

/// How a process that was told to stop came to its end.
enum End {
    Whole,
    AskedTwice,
    Late,
}

impl Run {
    /// Runs until it is told to stop.
    pub fn run(self, at: &Where) -> anyhow::Result<Exit> {
        if self.list {
            list(self.json);
            return Ok(Exit::Done);
        }
        if self.health {
            return probe::ask(at);
        }
        if self.roles.is_empty() {
            bail!(
                "name the roles to run, as in `strongroom run sweeper`; `strongroom run --list` lists them, and \
                   `strongroom up` runs all of them"
            );
        }
        let mut roles: Vec<Role> = self.roles.iter().filter_map(|name| Role::from_name(name)).collect();
        roles.sort_unstable();
        roles.dedup();
        self.how.run(&roles, at)
    }
}

impl How {
    /// Runs roles until they are told to stop.
    ///
    /// # Errors
    /// The installation cannot be opened, or the process did not stop in time.
    pub fn run(self, roles: &[Role], at: &Where) -> anyhow::Result<Exit> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let ended = runtime.block_on(self.work(roles, at));
        // What did not stop in time is not waited for: its leases were given back.
        runtime.shutdown_background();
        ended
    }

    async fn work(self, roles: &[Role], at: &Where) -> anyhow::Result<Exit> {
        // Before anything else: from here on a request to stop is heard.
        let mut asked = signals::Asked::listen()?;
        let house = House::open_for(at, &doors(roles)).await?;
        let process = Arc::new(house.enter()?);
        let mut settings = house.settings();
        let collector = Collector::start(&house, &process);
        settings.traces = collector.traces();
        if let Some(at_once) = self.at_once {
            settings.items_at_once = at_once;
        }
        if let Some(seconds) = self.settle {
            settings.settle = Duration::from_secs(seconds);
        }
        if roles.contains(&Role::BucketReader) {
            for place in house.receiving_places() {
                output::note(&format!("receiving deposits of {} in {}", place.institution, place.door));
            }
        }
        let (stopper, stop) = Stop::new();
        let requests = Arc::new(Requests::default());
        if let Some(address) = self.listen.or(house.config.observe.listen) {
            let (context, places) = (house.context.clone(), house.receiving_places());
            let health = Health::new(context.clone(), doors(roles), places);
            let observed = Observed::new(roles.to_vec(), context, &settings, requests.clone(), health, stop.clone());
            observing::listen(address, observed).await?;
        }
        let api = self.serve_api(roles, &house, requests, stop.clone()).await?;
        let crew = Crew { context: house.context.clone(), process: process.clone(), settings };
        let (own, places) = (roles.to_vec(), house.receiving_places());
        let running = tokio::spawn(async move { runner::run_roles(&own, crew, places, stop).await });
        let is_done = AtomicBool::new(false);
        let ending = async {
            running.await??;
            is_done.store(true, Ordering::Relaxed);
            if let Some(api) = api {
                api.ended().await;
            }
            house.context.database.close().await;
            anyhow::Ok(())
        };
        let mut ended = tokio::select! {
            ended = until_ended(ending, &mut asked, &stopper, stop_time(roles)) => ended?,
            // What this process would write from here on, the tables might not bear.
            other = house.context.database.other_tables() => return Err(other.into()),
        };
        if matches!(ended, End::Late) && !is_done.load(Ordering::Relaxed) {
            tokio::select! {
                released = house.context.database.release(process.owner()) => drop(released?),
                () = asked.wait() => ended = End::AskedTwice,
            }
        }
        collector.stop();
        match ended {
            End::Whole => Ok(Exit::Done),
            End::AskedTwice => bail!("stopped at once, as was asked twice; what was in work is taken up again"),
            End::Late if is_done.into_inner() => bail!("its work has ended, and its connections did not in time"),
            End::Late => {
                bail!("what was in work did not stop in time; its leases are given back, and others go on with it")
            }
        }
    }

    /// Serves the API if it is among the roles. Where all roles run it is left out as long as nobody says where.
    async fn serve_api(
        &self,
        roles: &[Role],
        house: &House,
        requests: Arc<Requests>,
        mut stop: Stop,
    ) -> anyhow::Result<Option<Served>> {
        if !roles.contains(&Role::Api) {
            if self.api.is_some() {
                output::note("--api is of no use: the role api, which serves it, is not among these");
            }
            return Ok(None);
        }
        match self.api.or(house.config.api.listen) {
            None if roles.len() == ROLES.len() => Ok(None),
            None => {
                bail!("say where the API is to be served: --api 127.0.0.1:8080, or api.listen in the configuration")
            }
            Some(address) => {
                let stopped = async move { stop.raised().await };
                let registry = house.config.database.address(&house.place, jiff::Timestamp::now)?;
                // Not the handle of those who work: a sign of life must never wait behind a stranger's question.
                let database = Database::open_for_questions(&registry, api::ANSWER_MAX).await?;
                Ok(Some(api::listen(address, database, requests, stopped).await?))
            }
        }
    }
}

/// Waits for the end. All of it is under the second signal and the stop time: connections may hang as work may.
async fn until_ended(
    ending: impl Future<Output = anyhow::Result<()>>,
    asked: &mut signals::Asked,
    stopper: &watch::Sender<bool>,
    longest: Duration,
) -> anyhow::Result<End> {
    let mut ending = pin!(ending);
    tokio::select! {
        ended = &mut ending => return ended.map(|()| End::Whole),
        () = asked.wait() => {}
    }
    tracing::info!("stopping: each item comes to its next safe point");
    stopper.send(true)?;
    tokio::select! {
        ended = &mut ending => ended.map(|()| End::Whole),
        () = asked.wait() => Ok(End::AskedTwice),
        () = tokio::time::sleep(longest) => Ok(End::Late),
    }
}

/// Returns every door that one of the roles needs, with the strongest right.
fn doors(roles: &[Role]) -> Vec<(Door, Right)> {
    let mut doors: Vec<(Door, Right)> = Vec::new();
    for &(door, right) in roles.iter().flat_map(|role| role.row().doors) {
        match doors.iter_mut().find(|(known, _)| *known == door) {
            Some((_, strongest)) => *strongest = right.max(*strongest),
            None => doors.push((door, right)),
        }
    }
    doors
}

/// Returns how long the slowest of the roles may take to stop.
fn stop_time(roles: &[Role]) -> Duration {
    let seconds = roles.iter().map(|role| role.row().stop_seconds).max().unwrap_or(0);
    Duration::from_secs(seconds.into())
}

#[derive(Debug, Serialize)]
struct Row {
    role: &'static str,
    summary: &'static str,
    doors: Vec<String>,
    copies_from: u32,
    copies_to: u32,
    cpu_millis: u32,
    memory_mib: u32,
    stop_seconds: u32,
}

fn list(is_json: bool) {
    let word = |(door, right): &(Door, Right)| format!("{}:{}", door.name(), right.name());
    let rows = ROLES.iter().map(|row| {
        let (copies_from, copies_to) = match row.copies {
            Copies::Single => (1, 1),
            Copies::Many { from, to } => (from, to),
        };
        Row {
            role: row.name,
            summary: row.summary,
            doors: row.doors.iter().map(word).collect(),
            copies_from,
            copies_to,
            cpu_millis: row.cpu_millis,
            memory_mib: row.memory_mib,
            stop_seconds: row.stop_seconds,
        }
    });
    if is_json {
        return rows.for_each(|row| output::json(&row));
    }
    let mut table = Table::new(&["ROLE", "COPIES", "DOORS", "WHAT IT DOES"].map(|head| (head, Side::Left)));
    for row in rows {
        let copies =
            if row.copies_to == 1 { "1".to_owned() } else { format!("{}–{}", row.copies_from, row.copies_to) };
        table.row([row.role.to_owned(), copies, row.doors.join(" "), row.summary.to_owned()]);
    }
    table.print();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doors_of_several_roles_are_opened_once_with_the_strongest_right() {
        let roles = ["ingest-receive", "ingest-store"].map(|name| Role::from_name(name).expect("it is one"));
        let doors = doors(&roles);
        assert_eq!(doors.len(), 4, "{doors:?}");
        assert!(doors.contains(&(Door::Stores, Right::Write)), "{doors:?}");
    }
}
