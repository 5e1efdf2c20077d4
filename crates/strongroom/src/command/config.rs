//! `strongroom config`: what is configured, where each value came from, and what is wanting.

use clap::{Args, Subcommand};
use serde::Serialize;

use super::exit::Exit;
use super::house::Where;
use super::output;
use super::table::{Side, Table};
use crate::config;

/// Check the configuration, or show it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  strongroom config check\n  strongroom config show")]
pub struct Configuration {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List every value that is wrong, missing or a placeholder, and every secret that cannot be read
    Check(Check),
    /// Print the configuration in force, each value with where it came from; secrets are masked
    Show(Show),
}

/// List all that is wanting, at once.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom config check
  strongroom --config /etc/strongroom.toml config check --json

Opens nothing but the configuration and the files of secrets and authorities that it names; `strongroom
doctor` looks at the rest. Exit codes: 0 nothing is wanting, 1 something is, 2 the named file is not there.")]
pub struct Check {
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

/// Print the configuration in force.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom config show
  strongroom config show --json | jq --raw-output 'select(.source != \"default\") | .name'

Later sources go over earlier ones: the defaults, the file, the environment.")]
pub struct Show {
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Wanting<'a> {
    what: &'a str,
    advice: &'a str,
}

impl Configuration {
    /// Checks or shows.
    pub fn run(&self, at: &Where) -> anyhow::Result<Exit> {
        match &self.command {
            Command::Check(check) => check.run(at),
            Command::Show(show) => show.run(at),
        }
    }
}

impl Check {
    fn run(&self, at: &Where) -> anyhow::Result<Exit> {
        let faults = config::wanting(&at.place()?, at.config.as_deref(), jiff::Timestamp::now)?;
        for fault in &faults {
            if self.json {
                output::json(&Wanting { what: &fault.what, advice: &fault.advice });
            } else {
                output::line(&fault.what);
                output::line(&format!("  → {}", fault.advice));
            }
        }
        if faults.is_empty() && !self.json {
            output::line("the configuration can serve");
        }
        Ok(if faults.is_empty() { Exit::Done } else { Exit::Refused })
    }
}

impl Show {
    fn run(&self, at: &Where) -> anyhow::Result<Exit> {
        let values = config::values(&at.place()?, at.config.as_deref())?;
        if self.json {
            values.iter().for_each(output::json);
            return Ok(Exit::Done);
        }
        let mut table = Table::new(&["NAME", "VALUE", "FROM"].map(|head| (head, Side::Left)));
        values.iter().for_each(|told| table.row([&told.name, &told.value, &told.source]));
        table.print();
        Ok(Exit::Done)
    }
}
