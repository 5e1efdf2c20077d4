//! `strongroom bag`: makes, checks and describes bags. Needs no data directory and touches none.

mod check;
mod create;
mod inspect;
mod package;
mod rehearsal;
mod text;
mod validate;

use clap::{Args, Subcommand};

use super::exit::Exit;

/// Make, check and describe bags.
#[derive(Debug, Args)]
#[command(
    arg_required_else_help = true,
    after_help = "Examples:
  strongroom bag create letters/ --tag Title=Letters
  strongroom bag validate --profile aptrust letters.tar
  strongroom bag inspect letters.tar"
)]
pub struct Bag {
    #[command(subcommand)]
    command: BagCommand,
}

#[derive(Debug, Subcommand)]
enum BagCommand {
    /// Make a bag of a folder
    Create(create::Create),
    /// Check bags against BagIt and a profile, and report all findings
    Validate(validate::Validate),
    /// Say what is in a bag, without hashing its payload
    Inspect(inspect::Inspect),
}

impl Bag {
    /// Runs the command to its end.
    pub fn run(self) -> anyhow::Result<Exit> {
        match self.command {
            BagCommand::Create(command) => command.run(),
            BagCommand::Validate(command) => command.run(),
            BagCommand::Inspect(command) => command.run(),
        }
    }
}
