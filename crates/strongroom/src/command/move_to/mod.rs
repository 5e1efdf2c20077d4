//! `strongroom move-to`: the registry and the queue moved from the file in the data directory to a server.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use backends::database::{Address, Database, MovedTable, without_password};
use clap::Args;
use serde::Serialize;

use super::exit::Exit;
use super::house::Where;
use super::{output, run};
use crate::config::DatabaseConfig;
use crate::runner;

/// Move the registry and the queue to a PostgreSQL server.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom move-to postgres://strongroom@db.example.org/strongroom
  strongroom move-to postgres://strongroom@db.example.org/strongroom --password-file ~/.secret

The database must be there and hold nothing; its tables are made. Every row is written in one
transaction, read back and compared. The file in the data directory is not changed: it stays as a
backup until you remove it. Afterwards name the server in strongroom.toml, as the command says. Stores
stay where they are. Exit codes: 0 moved, 1 the target holds something, 2 it could not be done.")]
pub struct MoveTo {
    /// Where to: postgres://user@host:port/database
    #[arg(value_name = "URL")]
    url: String,
    /// The file that holds the user's password
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Moved<'a> {
    source: String,
    target: String,
    tables: &'a [MovedTable],
}

impl MoveTo {
    /// Moves.
    pub fn run(self, at: &Where) -> anyhow::Result<Exit> {
        run::now(self.work(at))
    }

    async fn work(self, at: &Where) -> anyhow::Result<Exit> {
        let place = at.place()?;
        let server = DatabaseConfig { url: Some(self.url.clone()), password_file: self.password_file.clone() };
        let target = server.address(&place)?;
        let source = Address::File(place.database());
        if let configured @ Address::Server(_) = at.database()? {
            bail!("the registry is at {configured} already: the configuration says so");
        }
        let living = runner::living(&place.processes()).context("cannot tell who is at work on the data directory")?;
        if living > 0 {
            bail!("another strongroom is at work on {}: stop it, then call again", place.path().display());
        }
        let from = at.registry().await?;
        let to = Database::open(&target).await?;
        if to.holds_anything().await? {
            output::error(&format!("{target} holds objects, work, events or users: name an empty database"));
            return Ok(Exit::Refused);
        }
        let is_json = self.json;
        let tables = from
            .move_to(&to, |table| {
                if !is_json {
                    show(table)
                }
            })
            .await?;
        from.close().await;
        to.close().await;
        if self.json {
            output::json(&Moved { source: source.to_string(), target: target.to_string(), tables: &tables });
        } else {
            self.tell_the_rest(&source, &target);
        }
        Ok(Exit::Done)
    }

    fn tell_the_rest(&self, source: &Address, target: &Address) {
        output::line(&format!("Moved to {target}: every row was read back and compared. Now add to strongroom.toml:"));
        output::line("");
        output::line("  [database]");
        // A password belongs into a file of its own, not into the configuration.
        output::line(&format!("  url = {:?}", without_password(&self.url)));
        if let Some(file) = &self.password_file {
            output::line(&format!("  password_file = {:?}", file.display().to_string()));
        }
        output::line("");
        output::line(&format!("{source} is as it was. Put it aside: nothing reads it any more."));
    }
}

fn show(table: &MovedTable) {
    if table.rows > 0 {
        output::line(&format!("  {:16} {}", table.name, output::count(table.rows, "row")));
    }
}
