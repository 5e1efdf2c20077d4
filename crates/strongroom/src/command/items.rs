//! `strongroom items`: what is in the queue, and what became of what was.

use backends::database::ItemFilter;
use clap::{Args, Subcommand};
use model::{InstitutionName, ItemId, ObjectIdentifier, Status, WorkItem};

use super::exit::Exit;
use super::house::Where;
use super::page::Page;
use super::table::{Side, Table};
use super::{output, receipt, run};
use crate::actions::{self, ItemReport};

/// List work items, or show one.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom items
  strongroom items list --status rejected
  strongroom items list --object library.example.org/letters --json
  strongroom items show 12")]
pub struct Items {
    #[command(subcommand)]
    command: Option<ItemsCommand>,
}

#[derive(Debug, Subcommand)]
enum ItemsCommand {
    /// List work items, newest first
    List(List),
    /// Show one work item: where it stands, why, and what came of it
    Show(Show),
}

/// List work items, newest first.
#[derive(Debug, Default, Args)]
#[command(after_help = "Examples:
  strongroom items list
  strongroom items list --status stopped --json
  strongroom items list --limit 20 --before 480")]
struct List {
    /// With this status only: pending, started, success, rejected, stopped, cancelled
    #[arg(long)]
    status: Option<Status>,
    /// Of this institution only
    #[arg(long, value_name = "DOMAIN")]
    institution: Option<InstitutionName>,
    /// Of this object only
    #[arg(long, value_name = "IDENTIFIER")]
    object: Option<ObjectIdentifier>,
    /// Only those older than this one: the cursor of the next page
    #[arg(long, value_name = "ID")]
    before: Option<ItemId>,
    #[command(flatten)]
    page: Page,
}

/// Show one work item.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  strongroom items show 12 --json")]
struct Show {
    /// The number of the work item
    id: ItemId,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Items {
    /// Lists when nothing else is said.
    pub fn run(self, at: &Where) -> anyhow::Result<Exit> {
        match self.command.unwrap_or_else(|| ItemsCommand::List(List::default())) {
            ItemsCommand::List(list) => run::now(list.run(at)),
            ItemsCommand::Show(show) => run::now(show.run(at)),
        }
    }
}

impl List {
    async fn run(self, at: &Where) -> anyhow::Result<Exit> {
        let database = at.registry().await?;
        let filter = ItemFilter {
            institution: self.institution,
            status: self.status,
            object: self.object,
            before: self.before,
            most: self.page.most(),
        };
        let items = database.items(&filter).await?;
        let table = Table::new(&[
            ("item", Side::Right),
            ("status", Side::Left),
            ("stage", Side::Left),
            ("attempts", Side::Right),
            ("updated", Side::Left),
            ("object", Side::Left),
        ]);
        self.page.print(items, table, cells, |item| format!("--before {}", item.id));
        database.close().await;
        Ok(Exit::Done)
    }
}

fn cells(item: &WorkItem) -> Vec<String> {
    vec![
        item.id.to_string(),
        item.status.to_string(),
        item.stage.to_string(),
        item.attempts.to_string(),
        output::time(item.updated_at),
        item.deposit.identifier.to_string(),
    ]
}

impl Show {
    async fn run(self, at: &Where) -> anyhow::Result<Exit> {
        let database = at.registry().await?;
        let Some(report) = actions::item_report(&database, self.id).await? else {
            output::error(&format!("there is no work item {}; `strongroom items` lists them", self.id));
            return Ok(Exit::Refused);
        };
        if self.json {
            output::json(&report)
        } else {
            print(&report)
        }
        database.close().await;
        Ok(Exit::Done)
    }
}

fn print(report: &ItemReport) {
    let item = &report.item;
    output::line(&format!("Work item {}: {} of {}", item.id, item.action, item.deposit.identifier));
    output::field("status", item.status.name());
    output::field("stage", item.stage.name());
    output::field("deposit", &format!("{} ({})", item.deposit.path, output::bytes(item.deposit.size_bytes)));
    output::field("made", &output::time(item.created_at));
    output::field("updated", &output::time(item.updated_at));
    if item.attempts > 0 {
        output::field("attempts", &item.attempts.to_string());
    }
    if !item.status.is_ended() {
        output::field("next try", &output::time(item.next_try_at));
    }
    let more = [("held by", &item.held_by), ("last error", &item.last_error), ("outcome", &item.outcome)];
    for (name, value) in more {
        value.iter().for_each(|value| output::field(name, value));
    }
    item.superseded_by.iter().for_each(|newer| output::field("superseded", &format!("by work item {newer}")));
    if let Some(findings) = &report.findings {
        let counts = (output::count(findings.errors, "error"), output::count(findings.warnings, "warning"));
        output::field("findings", &format!("{}, {}", counts.0, counts.1));
        receipt::findings("    ", &findings.list);
        if findings.not_kept > 0 {
            output::field("", &format!("and {} more, which were counted and not kept", findings.not_kept));
        }
    }
    if let Some(made) = &report.receipt {
        receipt::print(made);
    }
    report.advice.iter().for_each(|advice| output::field("what to do", advice));
}
