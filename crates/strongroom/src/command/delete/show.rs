//! `strongroom delete list` and `show`: deletions, and how far they are.

use backends::database::DeletionFilter;
use clap::Args;
use model::{Agreed, Deletion, DeletionId, DeletionState, Extent, InstitutionName, Refusal};

use super::super::exit::Exit;
use super::super::house::Where;
use super::super::output;
use super::super::page::Page;
use super::super::table::{Side, Table};
use super::refused;
use crate::actions::{self, DeletionReport, TargetReport};

/// List deletions, newest first.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom delete list --state requested     what waits for a second person
  strongroom delete list --institution local.archive --json")]
pub struct List {
    /// In this state only: requested, approved, cancelled or ended
    #[arg(long, value_name = "STATE")]
    state: Option<DeletionState>,
    /// Of this institution only
    #[arg(long, value_name = "DOMAIN")]
    institution: Option<InstitutionName>,
    /// Only those before this number: the cursor of the next page
    #[arg(long, value_name = "ID")]
    before: Option<DeletionId>,
    #[command(flatten)]
    page: Page,
}

/// Show a deletion: who agreed, what it is about, and how far each store is.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  strongroom delete show 1 --json")]
pub struct Show {
    /// The number of the deletion
    id: DeletionId,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl List {
    /// Lists.
    pub async fn run(self, at: &Where) -> anyhow::Result<Exit> {
        let database = at.registry().await?;
        let filter = DeletionFilter {
            institution: self.institution,
            state: self.state,
            before: self.before,
            most: self.page.most(),
        };
        let deletions = database.deletions(&filter).await?;
        let table = Table::new(&[
            ("deletion", Side::Right),
            ("state", Side::Left),
            ("requested by", Side::Left),
            ("approved by", Side::Left),
            ("due", Side::Left),
            ("what", Side::Left),
        ]);
        self.page.print(deletions, table, cells, |deletion| format!("--before {}", deletion.id));
        database.close().await;
        Ok(Exit::Done)
    }
}

fn cells(deletion: &Deletion) -> Vec<String> {
    vec![
        deletion.id.to_string(),
        deletion.state.name().to_owned(),
        deletion.requested.login.to_string(),
        deletion.approved.as_ref().map(|approved| approved.login.to_string()).unwrap_or_default(),
        deletion.due_at.map(output::time).unwrap_or_default(),
        deletion.scope.clone(),
    ]
}

impl Show {
    /// Shows.
    pub async fn run(self, at: &Where) -> anyhow::Result<Exit> {
        let database = at.registry().await?;
        let Some(report) = actions::deletion_report(&database, self.id).await? else {
            return Ok(refused(&Refusal::NoDeletion(self.id)));
        };
        if self.json {
            output::json(&report)
        } else {
            tell(&report)
        }
        database.close().await;
        Ok(Exit::Done)
    }
}

/// Tells people all that is known of a deletion.
pub fn tell(report: &DeletionReport) {
    let deletion = &report.deletion;
    output::line(&format!("Deletion {}: {}", deletion.id, deletion.scope));
    output::field("state", deletion.state.name());
    output::field("reason", &deletion.reason);
    output::field("requested", &who(&deletion.requested));
    deletion.approved.iter().for_each(|approved| output::field("approved", &who(approved)));
    deletion.due_at.iter().for_each(|due_at| output::field("due", &output::time(*due_at)));
    deletion.cancelled.iter().for_each(|cancelled| output::field("cancelled", &who(cancelled)));
    report.targets.iter().for_each(tell_target);
}

fn who(agreed: &Agreed) -> String {
    format!("{} ({}), {}", agreed.login, agreed.person, output::time(agreed.at))
}

fn tell_target(report: &TargetReport) {
    let target = &report.target;
    let what = match target.extent {
        Extent::Object => "the whole object",
        Extent::Files => "files of it",
    };
    let files = format!("{}, {}", output::count(target.files, "file"), output::bytes(target.size_bytes));
    output::line(&format!("  {}: {what}, {files}: {}", target.identifier, target.state.name()));
    target.because.iter().for_each(|because| output::line(&format!("    refused: {because}")));
    if target.deleted_at.is_none() {
        report.last_error.iter().for_each(|because| output::line(&format!("    waits: {because}")));
    }
    for file in &report.named {
        output::line(&format!("    {} of version {}, sha256 {}", file.path, file.version, file.sha256));
    }
    for confirmed in &report.confirmed {
        output::line(&format!("    store {}: gone, {}", confirmed.store, output::time(confirmed.at)));
    }
    for store in &report.holding {
        output::line(&format!("    store {store}: holds it"));
    }
}
