//! `strongroom drill`: the day on which it matters, rehearsed.

mod list;
mod rebuild;
mod restore;
mod told;

use clap::{Args, Subcommand};

use super::exit::Exit;
use super::house::Where;

/// Rehearse giving back and rebuilding, and list what came of it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom drill restore
  strongroom drill rebuild --store first
  strongroom drill list

`strongroom up` holds drills by itself: `restore_days` and `rebuild_days` under [drills]. A drill that fails is an
alert.")]
pub struct Drill {
    #[command(subcommand)]
    command: DrillCommand,
}

#[derive(Debug, Subcommand)]
enum DrillCommand {
    /// Give back an object of each institution, drawn by chance, and have it validated
    Restore(restore::Restore),
    /// Make the registry anew from each store, beside the one in use, and compare the two
    Rebuild(rebuild::Rebuild),
    /// List the drills that were held, newest first
    List(list::List),
}

impl Drill {
    /// Runs the subcommand.
    pub fn run(self, at: &Where) -> anyhow::Result<Exit> {
        match self.command {
            DrillCommand::Restore(restore) => restore.run(at),
            DrillCommand::Rebuild(rebuild) => rebuild.run(at),
            DrillCommand::List(list) => list.run(at),
        }
    }
}
