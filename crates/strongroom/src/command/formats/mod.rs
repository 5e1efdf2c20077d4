//! `strongroom formats`: the table of formats and their signatures.

mod difference;
mod document;
mod fetch;
mod list;
mod readable;
mod show;
mod update;
mod version;

use clap::{Args, Subcommand};

use super::exit::Exit;
use super::house::Where;

/// Show, list and update the table of formats and their signatures.
#[derive(Debug, Args)]
#[command(
    arg_required_else_help = true,
    after_help = "Examples:
  strongroom formats version
  strongroom formats list --extension tif
  strongroom formats show fmt/353
  strongroom formats update DROID_SignatureFile_V123.xml container-signature-20260801.xml

The table is part of the program. `update` puts a newer one beside the data, in formats/signatures.txt of the data
directory, and from then on that one is in force; remove the file to go back. Signatures of your own, in either syntax of
DROID's signature files, are laid over it from formats/custom/*.xml, in the order of their names: a format of the same
PUID is replaced, others are added."
)]
pub struct Formats {
    #[command(subcommand)]
    command: FormatsCommand,
}

#[derive(Debug, Subcommand)]
enum FormatsCommand {
    /// Say which signatures are in force
    Version(version::Version),
    /// List formats
    List(list::List),
    /// Show one format, its signatures and its priorities
    Show(show::Show),
    /// Take newer signature files into force
    Update(update::Update),
}

impl Formats {
    /// Runs the command to its end.
    pub fn run(self, at: &Where) -> anyhow::Result<Exit> {
        match self.command {
            FormatsCommand::Version(command) => command.run(at),
            FormatsCommand::List(command) => command.run(at),
            FormatsCommand::Show(command) => command.run(at),
            FormatsCommand::Update(command) => command.run(at),
        }
    }
}
