//! `strongroom fixity`: whether the replicas are still right, and when that was last proven.

mod check;
mod cold;
mod sample;
mod status;

use clap::{Args, Subcommand};

use super::exit::Exit;
use super::house::Where;

/// Prove replicas anew, repair what is damaged, and say how the checks stand.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom fixity status
  strongroom fixity check local.archive/photographs
  strongroom fixity check --all --dry-run
  strongroom fixity sample ice --budget 50GB --dry-run

`strongroom up` checks by itself: each replica within its period, the oldest first.")]
pub struct Fixity {
    #[command(subcommand)]
    command: FixityCommand,
}

#[derive(Debug, Subcommand)]
enum FixityCommand {
    /// Say how the checks of each store stand: the oldest proof, what is overdue, when all will have been seen
    Status(status::Status),
    /// Check replicas now
    Check(check::Check),
    /// Draw files of a frozen store, to be thawed and read within a budget
    Sample(sample::Sample),
}

impl Fixity {
    /// Runs the subcommand.
    pub fn run(self, at: &Where) -> anyhow::Result<Exit> {
        match self.command {
            FixityCommand::Status(status) => status.run(at),
            FixityCommand::Check(check) => check.run(at),
            FixityCommand::Sample(sample) => sample.run(at),
        }
    }
}
