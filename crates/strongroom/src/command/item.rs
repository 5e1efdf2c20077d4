//! `strongroom item`: what a person may do with a work item.

use clap::{Args, Subcommand};
use jiff::Timestamp;
use model::ItemId;

use super::exit::Exit;
use super::house::Where;
use super::{output, run};
use crate::actions::{self, Answered, Reply};

/// Retry or cancel work items.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  strongroom item retry 12\n  strongroom item cancel 12 13 --by 'M. Curator'")]
pub struct Item {
    #[command(subcommand)]
    command: ItemCommand,
}

#[derive(Debug, Subcommand)]
enum ItemCommand {
    /// Put work items back in the queue: rejected or cancelled ones from the start, stopped ones where they stopped
    Retry(Retry),
    /// End work items for good: the same deposit is not taken in again unless somebody retries it
    Cancel(Cancel),
}

/// Put work items back in the queue.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  strongroom item retry 12 13 --json\n\n\
    A rejected or cancelled item begins anew, a stopped one goes on where it stopped, one that\n\
    waits for its next try is tried now. `strongroom up` does the work; so does `strongroom ingest`\n\
    of the same path.")]
struct Retry {
    /// The numbers of the work items
    #[arg(required = true, value_name = "ID")]
    ids: Vec<ItemId>,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

/// End work items for good.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  strongroom item cancel 12\n\n\
    Nothing of a cancelled deposit is stored, and the deposit stays where it is. From the stage\n\
    `store` on an item runs to its end and the request is refused: deleting what is stored takes\n\
    two people.")]
struct Cancel {
    /// The numbers of the work items
    #[arg(required = true, value_name = "ID")]
    ids: Vec<ItemId>,
    /// Who cancels, for the record
    #[arg(long, env = "USER", hide_env_values = true, default_value = "the operator", value_name = "NAME")]
    by: String,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

impl Item {
    /// Asks for each item by itself; the exit is that of the worst.
    pub fn run(self, at: &Where) -> anyhow::Result<Exit> {
        match self.command {
            ItemCommand::Retry(retry) => run::now(retry.run(at)),
            ItemCommand::Cancel(cancel) => run::now(cancel.run(at)),
        }
    }
}

impl Retry {
    async fn run(self, at: &Where) -> anyhow::Result<Exit> {
        let database = at.registry().await?;
        let mut worst = Exit::Done;
        for id in self.ids {
            let reply = actions::retry_item(&database, id, Timestamp::now()).await?;
            worst = worst.max(tell(&reply, self.json));
        }
        database.close().await;
        Ok(worst)
    }
}

impl Cancel {
    async fn run(self, at: &Where) -> anyhow::Result<Exit> {
        let database = at.registry().await?;
        let mut worst = Exit::Done;
        for id in self.ids {
            let reply = actions::cancel_item(&database, id, &self.by, Timestamp::now()).await?;
            worst = worst.max(tell(&reply, self.json));
        }
        database.close().await;
        Ok(worst)
    }
}

fn tell(reply: &Reply, json: bool) -> Exit {
    let text = format!("work item {}: {}", reply.item, reply.because);
    match (json, reply.answer) {
        (true, _) => output::json(reply),
        (false, Answered::Done | Answered::Noted) => output::line(&text),
        (false, Answered::Refused | Answered::Unknown) => output::error(&text),
    }
    match reply.answer {
        Answered::Done | Answered::Noted => Exit::Done,
        Answered::Refused | Answered::Unknown => Exit::Refused,
    }
}
