//! `strongroom deploy`: files that start a fleet.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;

use anyhow::{Context as _, bail};
use backends::database::without_password;
use clap::{Args, Subcommand, ValueEnum};
use model::{Role, Secret};

use super::exit::Exit;
use super::house::Where;
use super::output;
use crate::config;
use crate::deployment::{Installation, Known, Mode, Password, compose};

/// Containers of one role at the most.
const SCALE_MAX: u32 = 1000;

/// Write files that start a fleet of containers.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  strongroom deploy render compose --mode production > compose.yaml")]
pub struct Deploy {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print a file of the fleet
    Render(Render),
}

/// Print a file of the fleet.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom deploy render compose --mode development > compose.yaml
  strongroom deploy render compose --mode production --scale ingest-gather=4 > compose.yaml
  strongroom --config strongroom.toml deploy render compose --mode production > compose.yaml
  strongroom deploy render compose --mode production --installation > compose.yaml
  docker compose up --detach

Each role is a service, with the volumes and secrets that the table of roles names for it and no others. With --config,
the files with the keys of the buckets that the configuration names go to those services that open them: the keys of
stores, of receiving places and of restore places each to their own. With
--installation the fleet goes on with the data directory that is here: its folders, the user it belongs to, its
configuration, and the server that `strongroom move-to` moved the registry to.
Both files without any of this are in deploy/compose.")]
pub struct Render {
    /// Which file
    #[arg(value_enum)]
    form: Form,
    /// To try a fleet on one machine with a database of its own, or to serve
    #[arg(long, value_enum, default_value = "development")]
    mode: ModeWord,
    /// How many containers a role has; may be given several times
    #[arg(long = "scale", value_name = "ROLE=N", value_parser = scale)]
    scales: Vec<(String, u32)>,
    /// Go on with the installation in the data directory: its folders, user, configuration and secrets
    #[arg(long)]
    installation: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For `docker compose`
    Compose,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ModeWord {
    Development,
    Production,
}

fn scale(text: &str) -> Result<(String, u32), String> {
    let (role, count) = text.split_once('=').ok_or("write ROLE=N")?;
    let row = Role::from_name(role).ok_or("there is no such role; `strongroom run --list` lists them")?.row();
    let count = count.parse().map_err(|_| "N is a number")?;
    if count > SCALE_MAX {
        return Err(format!("at most {SCALE_MAX}"));
    }
    Ok((row.name.to_owned(), count))
}

impl Deploy {
    /// Prints the file.
    pub fn run(self, at: &Where) -> anyhow::Result<Exit> {
        let Command::Render(render) = self.command;
        let Form::Compose = render.form;
        let mode = match render.mode {
            ModeWord::Development => Mode::Development,
            ModeWord::Production => Mode::Production,
        };
        let known = render.known(at)?;
        let scales: BTreeMap<_, _> = render.scales.into_iter().collect();
        output::rows(&compose(mode, &scales, &known));
        Ok(Exit::Done)
    }
}

impl Render {
    fn known(&self, at: &Where) -> anyhow::Result<Known> {
        if self.installation && self.mode == ModeWord::Development {
            bail!("a fleet of development has folders and a database of its own: name --mode production as well");
        }
        if !self.installation && at.config.is_none() {
            return Ok(Known::default());
        }
        let (place, config) = (at.place()?, at.config()?);
        // One that is named relative to the data directory is in it there too.
        let authorities = config.network.ca_file.as_ref().filter(|file| file.is_absolute());
        let mut known = Known {
            store_credentials: config.files_of_credentials(Secret::StoreCredentials),
            receiving_credentials: config.files_of_credentials(Secret::ReceivingCredentials),
            restore_credentials: config.files_of_credentials(Secret::RestoreCredentials),
            authorities: authorities.map(|file| file.display().to_string()),
            ..Known::default()
        };
        // A file of this machine is mounted under its usual name; what is fetched by its name is in no file.
        match &config.database.password_file {
            Some(path) if config::is_name_of_secret(path) => known.password = Password::Elsewhere,
            Some(path) if self.installation => {
                known.password = Password::At(place.path().join(path).display().to_string())
            }
            None if self.installation => known.password = Password::Elsewhere,
            _ => {}
        }
        if !self.installation {
            return Ok(known);
        }
        let about = std::fs::metadata(place.path());
        let about = about.with_context(|| format!("there is no data directory {}", place.path().display()))?;
        let Some(url) = &config.database.url else {
            bail!("the registry is in a file still: `strongroom move-to postgres://…` moves it to a server first");
        };
        let usual = place.path().join("stores");
        let folders = config.stores.iter().filter_map(|store| store.folder(place.path()));
        let elsewhere = folders.filter(|folder| !folder.starts_with(&usual));
        let file = at.config.clone().unwrap_or_else(|| place.config_file());
        known.installation = Some(Installation {
            data: place.path().display().to_string(),
            config: std::path::absolute(file)?.display().to_string(),
            database_url: Some(without_password(url)),
            user: format!("{}:{}", about.uid(), about.gid()),
            stores_elsewhere: elsewhere.map(|folder| folder.display().to_string()).collect(),
        });
        Ok(known)
    }
}
