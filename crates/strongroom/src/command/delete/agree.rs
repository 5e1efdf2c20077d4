//! `strongroom delete approve` and `cancel`: the word of a second person, and its taking back.

use clap::Args;
use model::DeletionId;

use super::super::asking::Asking;
use super::super::exit::Exit;
use super::super::house::{Where, deletion_terms};
use super::super::output;
use super::refused;
use super::show::tell;
use crate::actions;
use crate::pipelines::Clock;

/// Approve what another person of the institution asked for.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom delete show 1
  strongroom delete approve 1 --as ben --token-file ben.token

From then on the waiting period runs (deletion.cooling_off_days); until it is over, and until the bytes go,
`strongroom delete cancel` calls it off.")]
pub struct Approve {
    /// The number of the deletion
    id: DeletionId,
    #[command(flatten)]
    asking: Asking,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Call a deletion off, as far as nothing has gone.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  strongroom delete cancel 1 --as ann --token-file ann.token")]
pub struct Cancel {
    /// The number of the deletion
    id: DeletionId,
    #[command(flatten)]
    asking: Asking,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Approve {
    /// Approves.
    pub async fn run(self, at: &Where) -> anyhow::Result<Exit> {
        let (config, database) = (at.config()?, at.registry().await?);
        let user = self.asking.user(&database).await?;
        let terms = deletion_terms(&config);
        let approved = database.approve_deletion(self.id, &user, &terms, Clock::system().now()).await?;
        let deletion = match approved {
            Ok(deletion) => deletion,
            Err(refusal) => return Ok(refused(&refusal)),
        };
        if self.json {
            output::json(&actions::deletion_report(&database, self.id).await?);
        } else {
            let due_at = deletion.due_at.map(output::time).unwrap_or_default();
            output::line(&format!("Approved: deletion {} of {}", self.id, deletion.scope));
            output::field("due", &format!("{due_at}; until then, `strongroom delete cancel {}`", self.id));
        }
        database.close().await;
        Ok(Exit::Done)
    }
}

impl Cancel {
    /// Calls it off.
    pub async fn run(self, at: &Where) -> anyhow::Result<Exit> {
        let database = at.registry().await?;
        let user = self.asking.user(&database).await?;
        let stay = match database.cancel_deletion(self.id, &user, Clock::system().now()).await? {
            Ok(stay) => stay,
            Err(refusal) => return Ok(refused(&refusal)),
        };
        let report = actions::deletion_report(&database, self.id).await?;
        if self.json {
            output::json(&report);
        } else {
            output::line(&format!(
                "Cancelled: deletion {}; nothing has gone of {}",
                self.id,
                output::count(stay.len() as u64, "object")
            ));
            if let Some(report) = report.filter(|report| report.targets.len() > stay.len()) {
                output::note("The others had begun to go and end as they were approved:");
                tell(&report);
            }
        }
        database.close().await;
        Ok(Exit::Done)
    }
}
