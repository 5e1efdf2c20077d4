//! `strongroom ocfl`: storage roots and objects of OCFL, ours or anybody's, without any installation.

mod export;
mod metered;
mod parallel;
mod place;
mod show;
mod validate;

use clap::{Args, Subcommand};

use super::exit::Exit;

/// Validate, show and export OCFL storage roots and objects.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom ocfl validate strongroom-data/stores/first
  strongroom ocfl show strongroom-data/stores/first
  strongroom ocfl export strongroom-data/stores/first --version v1 --to letters-v1 \\
      --object strongroom:library.example.org/letters-1917

A PATH is an OCFL storage root, a store of strongroom (whose `ocfl` folder is one), or one object.
Needs no installation, no database and no configuration: whatever is stored can be read with this
alone.")]
pub struct Ocfl {
    #[command(subcommand)]
    command: OcflCommand,
}

#[derive(Debug, Subcommand)]
enum OcflCommand {
    /// Hold storage roots and objects against every rule of OCFL 1.0 and 1.1, names and bytes
    Validate(validate::Validate),
    /// Show what a storage root or an object holds
    Show(show::Show),
    /// Give an object back as plain files, of any version, every byte proven
    Export(export::Export),
}

impl Ocfl {
    /// Runs one of them.
    pub fn run(self) -> anyhow::Result<Exit> {
        match self.command {
            OcflCommand::Validate(command) => Ok(command.run()),
            OcflCommand::Show(command) => command.run(),
            OcflCommand::Export(command) => command.run(),
        }
    }
}
