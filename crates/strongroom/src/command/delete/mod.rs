//! `strongroom delete`: destroying what is stored, by two people.

mod agree;
mod carry_out;
mod certificate;
mod request;
mod show;

use clap::{Args, Subcommand};
use model::Refusal;

use super::exit::Exit;
use super::house::Where;
use super::{output, run};

/// Request, approve, cancel and follow deletions.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom delete request local.archive/photographs --reason 'the donor asked' --as ann
  strongroom delete approve 1 --as ben          another person; from then on a waiting period runs
  strongroom delete cancel 1 --as ann           while nothing has gone
  strongroom delete run                         carry out what is due; `strongroom up` does so too
  strongroom delete certificate 1 > deletion-1.json
  strongroom delete verify-certificate deletion-1.json

Who asks is named by --as or $STRONGROOM_USER and proven by the token of `strongroom user add`, from
$STRONGROOM_TOKEN or --token-file. Nothing goes before a second person of the institution has approved
it, the waiting period is over, and all conditions have been looked at once more.")]
pub struct Delete {
    #[command(subcommand)]
    command: DeleteCommand,
}

#[derive(Debug, Subcommand)]
enum DeleteCommand {
    /// Ask for an object, a file, a list of them, or all files of a digest to be deleted
    Request(request::Request),
    /// Approve what another person asked for
    Approve(agree::Approve),
    /// Call a deletion off, as far as nothing has gone
    Cancel(agree::Cancel),
    /// List deletions
    List(show::List),
    /// Show a deletion: who agreed, what it is about, and how far each store is
    Show(show::Show),
    /// Carry out what is due, now and in this process
    Run(carry_out::Run),
    /// Print the certificates of a deletion
    Certificate(certificate::Print),
    /// Check a certificate's signature, with nothing but a public key
    VerifyCertificate(certificate::Verify),
}

impl Delete {
    /// Does what is asked.
    pub fn run(self, at: &Where) -> anyhow::Result<Exit> {
        match self.command {
            DeleteCommand::Request(request) => run::now(request.run(at)),
            DeleteCommand::Approve(approve) => run::now(approve.run(at)),
            DeleteCommand::Cancel(cancel) => run::now(cancel.run(at)),
            DeleteCommand::List(list) => run::now(list.run(at)),
            DeleteCommand::Show(show) => run::now(show.run(at)),
            DeleteCommand::Run(run) => run.run(at),
            DeleteCommand::Certificate(print) => run::now(print.run(at)),
            DeleteCommand::VerifyCertificate(verify) => verify.run(at),
        }
    }
}

/// Says why something is refused.
fn refused(refusal: &Refusal) -> Exit {
    output::error(&format!("{refusal}. Nothing was changed"));
    Exit::Refused
}
