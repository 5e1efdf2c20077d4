//! `strongroom move-to`: the registry and the queue moved from the file in the data directory to a server, and the objects
//! into new stores.

mod objects;

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use backends::database::{Address, Database, MovedTable, has_password};
use clap::Args;
use serde::Serialize;

use super::exit::Exit;
use super::house::Where;
use super::output;
use crate::config::{self, Change, DatabaseConfig, Place};
use crate::runner;

/// Move the registry and the queue to a PostgreSQL server, and the objects into new stores.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom move-to postgres://strongroom@db.example.org/strongroom
  strongroom move-to postgres://strongroom@db.example.org/strongroom --password-file ~/.secret
  strongroom move-to postgres://strongroom@db.example.org/strongroom \\
    --store far=s3://keep/archive --endpoint https://s3.example.org --credentials far --dry-run

The database must be there and hold nothing; its tables are made. With --store, every object is first
brought into the new stores, read back and proven: the stores are made and written into strongroom.toml,
and filled by the job that `strongroom store backfill` runs. Then every row of the registry is written
in one transaction, read back and compared, and strongroom.toml names the server. Stopped or killed,
the same command goes on where it was. Nothing is removed: the file of the registry stays as a backup,
the old stores keep all that they hold, and strongroom.toml is kept as it was in strongroom.toml.before-move.
With --evacuate no object depends on the old stores in the end; their bytes stay there all the same.
Without --store, name the server in strongroom.toml yourself, as the command says.

Exit codes: 0 moved, 1 the target holds something or an object has no good replica, 2 it could not be
done, 75 it is not ended: the same command goes on.")]
pub struct MoveTo {
    /// Where to: postgres://user@host:port/database, without a password
    #[arg(value_name = "URL")]
    url: String,
    /// The file that holds the user's password
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    #[command(flatten)]
    objects: objects::Objects,
    /// Print one JSON object, or with --store one a line
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Moved<'a> {
    source: String,
    target: String,
    tables: &'a [MovedTable],
}

/// What the server's database holds before the move.
enum Held {
    Nothing,
    /// Every row, as it is here: a move was made, and nothing after it.
    TheSame,
    Other,
}

impl MoveTo {
    /// Moves.
    pub fn run(self, at: &Where) -> anyhow::Result<Exit> {
        tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(self.work(at))
    }

    async fn work(self, at: &Where) -> anyhow::Result<Exit> {
        if has_password(&self.url) {
            bail!(
                "the address bears a password, which everybody may read who sees the processes of this machine: leave it out, \
                 write the password into a file and name that with --password-file (without it, \
                 /run/secrets/strongroom-database-password is read if it is there)"
            );
        }
        let place = at.place()?;
        let password_file = self.password_file.clone();
        let target =
            DatabaseConfig { url: Some(self.url.clone()), password_file }.address(&place, jiff::Timestamp::now)?;
        if let configured @ Address::Server(_) = at.database()? {
            bail!("the registry is at {configured} already: the configuration says so");
        }
        let living = runner::living(&place.processes()).context("cannot tell who is at work on the data directory")?;
        if living > 0 {
            bail!("another strongroom is at work on {}: stop it, then call again", place.path().display());
        }
        if self.objects.is_dry_run() {
            return self.objects.rehearse(at, &target, self.json).await;
        }
        // Before anything else is done: what is noted here from now on, the server would not hold.
        match self.held(at, &target).await? {
            Held::Nothing => {}
            // Killed after the rows were written, before the configuration was.
            Held::TheSame if self.objects.is_asked_for() => {
                output::note(&format!("{target} holds every row already, as it is here"));
                return self.put_in_force(at, &place, &target, &[]);
            }
            Held::TheSame | Held::Other => {
                output::error(&format!("{target} holds objects, work, events or users: name an empty database"));
                return Ok(Exit::Refused);
            }
        }
        if self.objects.is_asked_for() {
            let brought = self.objects.bring(at, self.json).await?;
            if brought != Exit::Done {
                output::note("The registry was not moved yet: when this is through, the same command moves it.");
                return Ok(brought);
            }
        }
        let (from, to) = (at.registry().await?, Database::open(&target).await?);
        let told = |table: &_| {
            if !self.json {
                show(table);
            }
        };
        let tables = from.move_to(&to, told).await?;
        from.close().await;
        to.close().await;
        self.put_in_force(at, &place, &target, &tables)
    }

    /// Looks at what the server's database holds, and makes nothing in it.
    async fn held(&self, at: &Where, target: &Address) -> anyhow::Result<Held> {
        let (found, expected) = Database::tables(target).await?;
        if found != expected {
            // None yet, or those of another version, of which the move will speak.
            return Ok(Held::Nothing);
        }
        let to = Database::open_existing(target).await?;
        let held = if !to.holds_anything().await? {
            Held::Nothing
        } else if at.registry().await?.holds_the_same(&to).await? {
            Held::TheSame
        } else {
            Held::Other
        };
        to.close().await;
        Ok(held)
    }

    fn put_in_force(&self, at: &Where, place: &Place, target: &Address, tables: &[MovedTable]) -> anyhow::Result<Exit> {
        let source = Address::File(place.database());
        if self.objects.is_asked_for() {
            self.configure(at, place)?;
        }
        if self.json {
            output::json(&Moved { source: source.to_string(), target: target.to_string(), tables });
        } else {
            self.tell_the_rest(at, place, &source, target);
        }
        Ok(Exit::Done)
    }

    /// Names the server in the configuration, the last step of all.
    fn configure(&self, at: &Where, place: &Place) -> anyhow::Result<()> {
        let file = objects::file_of(at, place);
        let password_file = self.password_file.as_ref().map(|file| file.display().to_string());
        let named =
            Change { database_url: Some(&self.url), password_file: password_file.as_deref(), ..Change::default() };
        config::change(&file, &named).with_context(|| format!("cannot write {}", file.display()))?;
        Ok(())
    }

    fn tell_the_rest(&self, at: &Where, place: &Place, source: &Address, target: &Address) {
        if self.objects.is_asked_for() {
            output::line(&format!("Moved to {target}: every row was read back and compared"));
            output::field("in force", &objects::file_of(at, place).display().to_string());
            output::field("put aside", &format!("{source}: nothing reads it any more"));
            output::field("next", "strongroom deploy render compose --mode production --installation > compose.yaml");
            return;
        }
        output::line(&format!("Moved to {target}: every row was read back and compared. Now add to strongroom.toml:"));
        output::line("");
        output::line("  [database]");
        output::line(&format!("  url = {:?}", self.url));
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
