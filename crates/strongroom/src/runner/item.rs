//! One item, from where it stands to where it can go: each answer of a step becomes a settlement.

use std::future::Future;
use std::sync::Arc;

use backends::database::{DatabaseError, Settled, Settlement};
use findings::Findings;
use jiff::Timestamp;
use model::{Answer, Claim, Completion, ItemState, Stage, Status, StepError};

use super::Settings;
use super::dispatch::{discard, dispatch};
use super::heartbeat::Heartbeat;
use super::patience::patiently;
use crate::pipelines::{Context, Meter, Signal, Work, ingest};

/// Where an item stands when the runner lets go of it.
#[derive(Debug)]
pub enum Ended {
    /// It is done, for better or worse.
    For(Status),
    /// It will be tried again.
    Until(Timestamp, String),
    /// It was handed back, because the process stops.
    HandedBack,
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
        work: Work { context: context.clone(), claim, state, meter, signal, remembered: ingest::Remembered::default() },
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
            self.work.meter.begin(self.stage);
            tracing::info!(work.id = id.0, stage = self.stage.name(), "stage begins");
            let answer = match self.ended_early().await? {
                Some(because) => Ok(Answer::Cancel { because }),
                None => dispatch(self.stage, &self.work).await,
            };
            let after = match answer {
                Ok(answer) => self.settle_answer(answer).await?,
                Err(error) => self.settle_error(error).await?,
            };
            if let After::Ended(ended) = after {
                tracing::info!(work.id = id.0, stage = self.stage.name(), ended = ended.name(), "item is let go");
                return Ok(ended);
            }
        }
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
                tracing::error!(work.id = id, stage, error = because, "a person must look at the item");
                self.settle(Settlement::Stop { because }, Ended::For(Status::Stopped)).await
            }
        }
    }

    async fn postpone(&mut self, stage: Stage, because: String) -> anyhow::Result<After> {
        let attempts = self.attempts() + 1;
        let clock = &self.work.context.clock;
        let id = self.work.claim.item.id.0;
        let Some(wait) = self.settings.backoff.wait(attempts, clock.jitter()) else {
            tracing::error!(work.id = id, stage = stage.name(), attempts, error = because, "all tries are used up");
            return self.settle(Settlement::Stop { because }, Ended::For(Status::Stopped)).await;
        };
        let until = clock.now() + wait;
        tracing::warn!(work.id = id, stage = stage.name(), attempts, %until, error = because, "to be tried again");
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
