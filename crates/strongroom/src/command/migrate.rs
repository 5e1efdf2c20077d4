//! `strongroom migrate`: the tables of the database brought to what this program expects.

use backends::database::Database;
use clap::Args;
use serde::Serialize;

use super::exit::Exit;
use super::house::Where;
use super::{output, run};

/// Bring the database's tables up to date.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom migrate
  strongroom migrate --dry-run --json

With a server of PostgreSQL this is the only command that changes tables: whatever else finds tables
of another version refuses to start and says so. Stop what is of an older version first, then
migrate, then start the new. A file in the data directory is brought up to date by `ingest` and `up`
too. Several at once do no harm: one does it, the others wait. Exit codes: 0 the tables are those of
this program, 1 they are not (--dry-run) or a newer strongroom made them, 2 it could not be done.")]
pub struct Migrate {
    /// Say what would be done, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Migrated {
    database: String,
    /// The version of the tables before; 0 when there were none.
    found: i64,
    /// The version that this program reads and writes.
    expected: i64,
    is_done: bool,
}

impl Migrate {
    /// Migrates.
    pub fn run(self, at: &Where) -> anyhow::Result<Exit> {
        run::now(self.work(at))
    }

    async fn work(self, at: &Where) -> anyhow::Result<Exit> {
        let address = at.database()?;
        let (found, expected) = Database::tables(&address).await?;
        let is_newer = found > expected;
        let is_done = if self.dry_run || is_newer {
            found == expected
        } else {
            Database::open(&address).await?.close().await;
            true
        };
        let migrated = Migrated { database: address.to_string(), found, expected, is_done };
        if self.json {
            output::json(&migrated);
        } else {
            tell(&migrated);
        }
        Ok(if is_done { Exit::Done } else { Exit::Refused })
    }
}

fn tell(migrated: &Migrated) {
    let Migrated { database, found, expected, is_done } = migrated;
    if found > expected {
        output::error(&format!(
            "{database} has tables of version {found}, and this program knows version {expected}: use a newer strongroom"
        ));
    } else if found == expected {
        output::line(&format!("{database} has the tables of this program, version {expected}"));
    } else if *is_done {
        output::line(&format!("{database} was brought from version {found} to {expected}"));
    } else {
        output::line(&format!("{database} would be brought from version {found} to {expected}"));
    }
}
