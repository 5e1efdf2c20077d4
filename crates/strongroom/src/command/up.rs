//! `strongroom up`: every role in one process.

use clap::Args;
use model::ROLES;

use super::exit::Exit;
use super::house::Where;
use super::run_roles::How;

/// Run every role in this process.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  strongroom up\n  cp bag.tar strongroom-data/receiving/local.archive/\n\n\
    Stops cleanly on SIGTERM or Ctrl-C, and at once on the second; killed at any moment, the next start goes on where it was.")]
pub struct Up {
    #[command(flatten)]
    how: How,
}

impl Up {
    /// Runs until it is told to stop.
    pub fn run(self, at: &Where) -> anyhow::Result<Exit> {
        let all: Vec<_> = ROLES.iter().map(|row| row.role).collect();
        self.how.run(&all, at)
    }
}
