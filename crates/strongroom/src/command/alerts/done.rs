//! `strongroom alerts done`: somebody has dealt with alerts.

use backends::database::{AlertFilter, Database};
use clap::Args;
use jiff::Timestamp;

use super::super::exit::Exit;
use super::super::house::Where;
use super::super::{output, run};

/// Alerts read at once.
const PAGE_ROWS: u32 = 1_000;

/// Say that alerts are dealt with.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom alerts done 3
  strongroom alerts done 3 4 5
  strongroom alerts done --all

They stay in the list of `strongroom alerts --all` for ever. What happens from now on is a new alert. Said
twice, it is no fault; exit code 1 when there is no alert of a number.")]
pub struct Done {
    /// Their numbers
    #[arg(value_name = "ID", required_unless_present = "all")]
    ids: Vec<i64>,
    /// Every alert that there is now
    #[arg(long, conflicts_with = "ids")]
    all: bool,
}

impl Done {
    /// Notes it.
    pub fn run(self, at: &Where) -> anyhow::Result<Exit> {
        run::now(self.note(at))
    }

    async fn note(self, at: &Where) -> anyhow::Result<Exit> {
        let database = at.registry().await?;
        let (mut count, mut exit) = (0, Exit::Done);
        let ids = if self.all { open(&database).await? } else { self.ids };
        for id in ids {
            if database.alert_done(id, Timestamp::now()).await? {
                count += 1;
            } else {
                output::error(&format!("there is no alert {id}: `strongroom alerts --all` lists them"));
                exit = Exit::Refused;
            }
        }
        database.close().await;
        output::note(&format!("{} done", output::count(count, "alert")));
        Ok(exit)
    }
}

async fn open(database: &Database) -> anyhow::Result<Vec<i64>> {
    let (mut ids, mut before) = (Vec::new(), None);
    loop {
        let page = database.alerts(AlertFilter { with_done: false, before, most: PAGE_ROWS }).await?;
        let Some(last) = page.last() else { return Ok(ids) };
        before = Some(last.id);
        ids.extend(page.iter().map(|alert| alert.id));
    }
}
