//! One item, from where it stands to where it can go: each answer of a step becomes a settlement.

use std::future::Future;
use std::sync::Arc;
use std::time::Instant;

use backends::database::{DatabaseError, Settled, Settlement};
use findings::Findings;
use jiff::Timestamp;
use model::{Answer, Claim, Completion, ItemState, Role, Stage, Status, StepError};
use tracing::Instrument;

use super::dispatch::{discard, dispatch};
use super::heartbeat::Heartbeat;
use super::patience::patiently;
use super::{Settings, StepEnd};
use crate::pipelines::{Context, Meter, Signal, Work, ingest};
use crate::traces::{Step, StepOutcome};

/// The target of spans that say what work a line of the log is about: for machines, since a line for people says it itself.
pub const WORK: &str = "work";

/// Where an item stands when the runner lets go of it.
#[derive(Debug)]
pub enum Ended {
    /// It is done, for better or worse.
    For(Status),
    /// It will be tried again.
    Until(Timestamp, String),
    /// It was handed back, because the process stops.
    HandedBack,
    /// It was handed on: its next stage is not among those of this process.
    HandedOn,
    /// Another worker holds it.
    Lost,
}

impl Ended {
    /// Returns a word for it.
    fn name(&self) -> &'static str {
        match self {
            Ended::For(status) => status.name(),
            Ended::Until(..) => "to be tried again",
            Ended::HandedBack => "handed back",
            Ended::HandedOn => "handed on",
            Ended::Lost => "lost",
        }
    }
}

/// Runs a claimed item from its present stage on, as far as it goes, without letting go of the lease.
///
/// # Errors
/// The database cannot be reached; the item stays claimed until its lease ends or this process does.
pub async fn run_item(
    context: &Arc<Context>,
    claim: Claim,
    settings: &Settings,
    meter: Arc<Meter>,
    signal: Signal,
) -> anyhow::Result<Ended> {
    let claim = Arc::new(claim);
    let longest = settings.lease.unsigned_abs();
    let state = patiently(&signal, longest, || context.database.item_state(claim.item.id)).await?;
    let state = Arc::new(state);
    let clock = context.clock.clone();
    let _beating = Heartbeat::start(context.database.clone(), claim.clone(), clock, settings, signal.clone());
    let mut running = Running {
        work: Work {
            context: context.clone(),
            claim,
            state,
            meter,
            signal,
            remembered: ingest::Remembered::default(),
            step: Step::default(),
        },
        stage: Stage::Receive,
        settings,
    };
    running.stage = running.work.claim.item.stage;
    running.run().await
}

struct Running<'a> {
    work: Work,
    stage: Stage,
    settings: &'a Settings,
}

/// What comes after a settlement.
enum After {
    Next,
    Ended(Ended),
}

impl Running<'_> {
    async fn run(&mut self) -> anyhow::Result<Ended> {
        let id = self.work.claim.item.id;
        loop {
            let span = self.span();
            let after = self.traced().instrument(span.clone()).await?;
            if let After::Ended(ended) = after {
                if let Ended::For(status) = &ended {
                    self.settings.traces.whole(&self.work.claim, *status, self.work.context.clock.now());
                }
                let stage = self.stage.name();
                span.in_scope(|| {
                    tracing::info!(work.id = id.0, item.stage = stage, ended = ended.name(), "item is let go");
                });
                return Ok(ended);
            }
        }
    }

    /// Runs the step and settles it; both are in the span of this try.
    async fn traced(&mut self) -> anyhow::Result<After> {
        let now = self.work.context.clock.now();
        let step = self.settings.traces.begin(&self.work.claim, self.stage, self.attempts() + 1, now);
        self.work.step = step.clone();
        let mut outcome = StepOutcome::lost();
        let after = self.step(&mut outcome).await;
        match &after {
            Ok(After::Ended(Ended::Lost)) => outcome = StepOutcome::lost(),
            Ok(_) => {}
            Err(error) => outcome = StepOutcome::failed("not_settled", format!("{error:#}")),
        }
        step.end(outcome, self.work.meter.read().bytes, self.work.context.clock.now());
        after
    }

    /// Runs the step, says how it came out, and settles it.
    async fn step(&mut self, outcome: &mut StepOutcome) -> anyhow::Result<After> {
        let answer = self.answer().await?;
        *outcome = StepOutcome::of(&answer);
        match answer {
            Ok(answer) => self.settle_answer(answer).await,
            Err(error) => self.settle_error(error).await,
        }
    }

    /// What every line of the log about this stage of this item says, also those of others in other processes.
    fn span(&self) -> tracing::Span {
        let claim = &self.work.claim;
        tracing::info_span!(
            target: WORK,
            "item",
            work.id = claim.item.id.0,
            item.stage = self.stage.name(),
            role = Role::Worker(self.stage).row().name,
            process = %claim.owner,
            institution = claim.item.deposit.identifier.institution.as_str(),
            object = %claim.item.deposit.identifier,
            trace.id = claim.item.trace_id(),
        )
    }

    /// Runs the step of the present stage.
    async fn answer(&self) -> anyhow::Result<Result<Answer, StepError>> {
        let (stage, figures) = (self.stage, &self.settings.figures);
        self.work.meter.begin(stage);
        tracing::info!(work.id = self.work.claim.item.id.0, item.stage = stage.name(), "stage begins");
        if let Some(because) = self.ended_early().await? {
            return Ok(Ok(Answer::Cancel { because }));
        }
        let begun = Instant::now();
        figures.begin(Role::Worker(stage));
        let answer = dispatch(stage, &self.work).await;
        let end = match &answer {
            Ok(Answer::Done(_) | Answer::Reject(_)) => StepEnd::Done,
            Ok(Answer::Wait { .. } | Answer::Cancel { .. }) => StepEnd::Put,
            Err(StepError::LeaseLost | StepError::Interrupted) => StepEnd::Put,
            Err(_) => StepEnd::Failed,
        };
        figures.end(Role::Worker(stage), end, begun.elapsed(), self.work.meter.read().bytes);
        Ok(answer)
    }

    /// Before anything is stored, a newer deposit or a person may end the item.
    async fn ended_early(&self) -> anyhow::Result<Option<String>> {
        if self.stage.is_from_store() {
            return Ok(None);
        }
        Ok(self.patiently(|| self.work.context.database.why_ended(&self.work.claim)).await?)
    }

    async fn settle_answer(&mut self, answer: Answer) -> anyhow::Result<After> {
        match answer {
            Answer::Done(completion) => self.settle_done(completion).await,
            Answer::Wait { until, because } => {
                let attempts = self.attempts();
                let settlement = Settlement::Postpone { stage: self.stage, until, because: because.clone(), attempts };
                self.settle(settlement, Ended::Until(until, because)).await
            }
            Answer::Reject(findings) => self.settle_rejection(findings).await,
            Answer::Cancel { because } => {
                let after = self.settle(Settlement::Cancel { because }, Ended::For(Status::Cancelled)).await?;
                self.discard().await;
                Ok(after)
            }
        }
    }

    async fn settle_done(&mut self, mut completion: Box<Completion>) -> anyhow::Result<After> {
        let now = self.work.context.clock.now();
        completion.state.done_at.insert(self.stage.name().to_owned(), now);
        let next = completion.skip_to.or(self.stage.next());
        let state = Arc::new(ItemState::clone(&completion.state));
        let Some(to) = next else {
            return self.settle(Settlement::Finish(completion), Ended::For(Status::Success)).await;
        };
        if !self.settings.stages.contains(&to) {
            return self.settle(Settlement::HandOn { to, completion }, Ended::HandedOn).await;
        }
        match self.write(&Settlement::Advance { to, completion }).await? {
            Settled::LeaseLost => Ok(After::Ended(Ended::Lost)),
            Settled::Written => {
                self.stage = to;
                self.work.state = state;
                Ok(After::Next)
            }
        }
    }

    async fn settle_rejection(&mut self, findings: Box<Findings>) -> anyhow::Result<After> {
        let context = &self.work.context;
        let event = ingest::rejection(&self.work.claim, &context.agent, &findings, context.clock.now());
        let settlement = Settlement::Reject { findings, events: vec![event] };
        let after = self.settle(settlement, Ended::For(Status::Rejected)).await?;
        self.discard().await;
        Ok(after)
    }

    async fn settle_error(&mut self, error: StepError) -> anyhow::Result<After> {
        let because = error.to_string();
        let (id, stage) = (self.work.claim.item.id.0, self.stage.name());
        match error {
            StepError::LeaseLost => Ok(After::Ended(Ended::Lost)),
            StepError::Interrupted if self.work.signal.is_ended() => Ok(After::Next),
            StepError::Interrupted => {
                self.patiently(|| self.work.context.database.hand_back(&self.work.claim)).await?;
                Ok(After::Ended(Ended::HandedBack))
            }
            StepError::Retry(_) => self.postpone(self.stage, because).await,
            StepError::RetryFrom(from, _) => self.postpone(from, because).await,
            _ => {
                tracing::error!(work.id = id, item.stage = stage, error = because, "a person must look at the item");
                self.settle(Settlement::Stop { because }, Ended::For(Status::Stopped)).await
            }
        }
    }

    async fn postpone(&mut self, stage: Stage, because: String) -> anyhow::Result<After> {
        let attempts = self.attempts() + 1;
        let clock = &self.work.context.clock;
        let id = self.work.claim.item.id.0;
        let Some(wait) = self.settings.backoff.wait(attempts, clock.jitter()) else {
            tracing::error!(
                work.id = id,
                item.stage = stage.name(),
                attempts,
                error = because,
                "all tries are used up"
            );
            return self.settle(Settlement::Stop { because }, Ended::For(Status::Stopped)).await;
        };
        let until = clock.now() + wait;
        tracing::warn!(work.id = id, item.stage = stage.name(), attempts, %until, error = because, "to be tried again");
        let settlement = Settlement::Postpone { stage, until, because: because.clone(), attempts };
        self.settle(settlement, Ended::Until(until, because)).await
    }

    /// Failed tries of the present stage: those of an earlier one do not count.
    fn attempts(&self) -> u32 {
        let item = &self.work.claim.item;
        if item.stage == self.stage { item.attempts } else { 0 }
    }

    async fn settle(&self, settlement: Settlement, ended: Ended) -> anyhow::Result<After> {
        match self.write(&settlement).await? {
            Settled::Written => Ok(After::Ended(ended)),
            Settled::LeaseLost => Ok(After::Ended(Ended::Lost)),
        }
    }

    async fn write(&self, settlement: &Settlement) -> anyhow::Result<Settled> {
        let context = &self.work.context;
        let now = context.clock.now();
        Ok(self.patiently(|| context.database.settle(&self.work.claim, settlement, now)).await?)
    }

    /// Asks the database until it answers, as long as the lease may hold.
    async fn patiently<T, F>(&self, ask: impl FnMut() -> F) -> Result<T, DatabaseError>
    where
        F: Future<Output = Result<T, DatabaseError>>,
    {
        patiently(&self.work.signal, self.settings.lease.unsigned_abs(), ask).await
    }

    /// Removes what an ended item leaves behind. What cannot be removed now the sweeper finds.
    async fn discard(&self) {
        if let Err(error) = discard(&self.work).await {
            tracing::warn!(work.id = self.work.claim.item.id.0, %error, "leftovers stay until the next sweep");
        }
    }
}
