//! `strongroom alerts`: what a person must hear of, and what became of the telling.

mod deliver;
mod done;

use backends::database::AlertFilter;
use clap::{Args, Subcommand};
use model::Alert;

use super::exit::Exit;
use super::house::Where;
use super::page::Page;
use super::table::{Side, Table};
use super::{output, run};

/// List what a person must hear of, newest first; say that it is dealt with.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:
  strongroom alerts
  strongroom alerts --json --all
  strongroom alerts done 3 4
  strongroom alerts deliver

An alert is raised by damage, repairs, their brake, files that no store has whole, missed canaries, failed
drills and overdue replicas. What happens again in the same store within the hour is counted on the same
alert. With `[alerts] command = [\"program\"]` in the configuration, `strongroom up` hands each to that
program, again until it took it; `alerts deliver` does so once."
)]
pub struct Alerts {
    #[command(subcommand)]
    command: Option<AlertsCommand>,
    /// Those too that were called done
    #[arg(long)]
    all: bool,
    /// Only those before this number: the cursor of the next page
    #[arg(long, value_name = "NUMBER")]
    before: Option<i64>,
    #[command(flatten)]
    page: Page,
}

#[derive(Debug, Subcommand)]
enum AlertsCommand {
    /// Say that alerts are dealt with: they are delivered no more
    Done(done::Done),
    /// Hand what is due to the program of the configuration, once
    Deliver(deliver::Deliver),
}

impl Alerts {
    /// Lists, or runs the subcommand.
    pub fn run(self, at: &Where) -> anyhow::Result<Exit> {
        match self.command {
            Some(AlertsCommand::Done(done)) => done.run(at),
            Some(AlertsCommand::Deliver(deliver)) => deliver.run(at),
            None => run::now(self.list(at)),
        }
    }

    async fn list(self, at: &Where) -> anyhow::Result<Exit> {
        let database = at.registry().await?;
        let filter = AlertFilter { with_done: self.all, before: self.before, most: self.page.most() };
        let alerts = database.alerts(filter).await?;
        database.close().await;
        let table = Table::new(&[
            ("number", Side::Right),
            ("since", Side::Left),
            ("times", Side::Right),
            ("state", Side::Left),
            ("kind", Side::Left),
            ("store", Side::Left),
            ("about", Side::Left),
        ]);
        self.page.print(alerts, table, cells, |last| format!("--before {}", last.id));
        Ok(Exit::Done)
    }
}

fn cells(alert: &Alert) -> Vec<String> {
    let state = match (alert.done_at, alert.delivered_at) {
        (Some(_), _) => "done",
        (None, Some(_)) if alert.attempts == 0 => "delivered",
        (None, _) if alert.attempts > 0 => "not delivered",
        (None, _) => "new",
    };
    vec![
        alert.id.to_string(),
        output::time(alert.raised_at),
        alert.count.to_string(),
        state.to_owned(),
        alert.kind.name().replace('_', " "),
        alert.store.as_ref().map_or_else(|| "-".to_owned(), |store| store.0.clone()),
        alert.subject.clone(),
    ]
}
