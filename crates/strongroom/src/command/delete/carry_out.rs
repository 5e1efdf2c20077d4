//! `strongroom delete run`: what is due is carried out in this process.

use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use model::{DeletionId, DeletionTarget, ItemId, Status, TargetState};
use serde::Serialize;

use super::super::exit::Exit;
use super::super::house::{House, Where};
use super::super::progress::Progress;
use super::super::{output, signals};
use crate::pipelines::{Meter, Signal};
use crate::runner::{self, Ended, Process};

/// Carry out what is due, now and in this process.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom delete run
  strongroom delete run --json

Killed or stopped at any moment, the next call goes on; `strongroom up` does the same by itself. Exit codes: 0 all
that was due is deleted, 1 something was refused, 2 it could not be done, 75 something waits.")]
pub struct Run {
    /// Print one JSON object a line: each object, and what became of it
    #[arg(long)]
    json: bool,
}

/// What became of one object.
#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    target: &'a DeletionTarget,
    outcome: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<&'a str>,
}

impl Run {
    /// Carries out, one object after another.
    pub fn run(self, at: &Where) -> anyhow::Result<Exit> {
        tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(self.work(at))
    }

    async fn work(self, at: &Where) -> anyhow::Result<Exit> {
        let asked = signals::Asked::listen()?;
        let house = House::open(at).await?;
        let process = house.enter()?;
        let context = &house.context;
        runner::release_dead(&context.database, &process).await?;
        let signal = Signal::default();
        asked.then_stop(&signal);
        let due = context.database.due_deletions(context.clock.now()).await?;
        if due.is_empty() {
            output::note("nothing is due; `strongroom delete list` tells what was asked for");
        }
        let mut worst = Exit::Done;
        for (deletion, item) in due {
            if signal.is_raised() {
                worst = worst.max(Exit::Later);
                break;
            }
            worst = worst.max(self.one(&house, &process, (deletion, item), &signal).await?);
        }
        context.database.close().await;
        Ok(worst)
    }

    async fn one(
        &self,
        house: &House,
        process: &Process,
        (deletion, item): (DeletionId, ItemId),
        signal: &Signal,
    ) -> anyhow::Result<Exit> {
        let (context, settings) = (&house.context, house.settings());
        let (database, now) = (&context.database, context.clock.now());
        let claim = database.claim_item(item, process.owner(), now, now + settings.lease).await?;
        let ended = match claim {
            None => None,
            Some(claim) => {
                let meter = Arc::new(Meter::default());
                let _progress = Progress::follow(claim.item.deposit.identifier.name.as_str(), meter.clone());
                Some(runner::run_item(context, claim, &settings, meter, Signal::linked(signal)).await?)
            }
        };
        let target = database.target_of_item(item).await?.context("the deletion is gone")?;
        let last = database.item(item).await?;
        let last_error = last.as_ref().and_then(|item| item.last_error.as_deref());
        let (outcome, because, exit) = match (&ended, target.state) {
            (Some(Ended::For(Status::Success)), TargetState::Deleted) => ("deleted", None, Exit::Done),
            (_, TargetState::Refused) => ("refused", target.because.as_deref(), Exit::Refused),
            (_, TargetState::Cancelled) => ("cancelled", None, Exit::Done),
            (Some(Ended::For(Status::Stopped)), _) => ("stopped", last_error, Exit::Failed),
            (None, _) => {
                ("waits", Some("another process, or a deposit of the same name, is at work on it"), Exit::Later)
            }
            _ => ("waits", last_error, Exit::Later),
        };
        if self.json {
            output::json(&Told { target: &target, outcome, because });
        } else {
            let because = because.map(|because| format!(": {because}")).unwrap_or_default();
            output::line(&format!("{outcome}: {} (deletion {deletion}){because}", target.identifier));
            if exit == Exit::Done && outcome == "deleted" {
                output::field("certificate", &format!("strongroom delete certificate {deletion}"));
            }
        }
        Ok(exit)
    }
}
