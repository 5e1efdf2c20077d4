//! `strongroom deploy`: files that start a fleet.

use std::collections::BTreeMap;

use clap::{Args, Subcommand, ValueEnum};
use model::Role;

use super::exit::Exit;
use super::output;
use crate::deployment::{Mode, compose};

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
  docker compose up --detach

Each role is a service, with the volumes and secrets that the table of roles names for it and no others.
Both files without --scale are in deploy/compose.")]
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
    pub fn run(self) -> anyhow::Result<Exit> {
        let Command::Render(render) = self.command;
        let Form::Compose = render.form;
        let mode = match render.mode {
            ModeWord::Development => Mode::Development,
            ModeWord::Production => Mode::Production,
        };
        let scales: BTreeMap<_, _> = render.scales.into_iter().collect();
        output::rows(&compose(mode, &scales));
        Ok(Exit::Done)
    }
}
