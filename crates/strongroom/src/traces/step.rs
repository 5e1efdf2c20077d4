//! The span of one try of a step, those of its parts, and the one of the whole.

use std::sync::Arc;

use jiff::Timestamp;
use model::{Answer, Claim, Role, Stage, Status, StepError};

use super::Traces;
use super::queue::Queue;
use super::span::{Attribute, Span, SpanId, bounded};

/// How one try of a step came out: a word, and what went wrong if it failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepOutcome {
    name: &'static str,
    failure: Option<String>,
}

impl StepOutcome {
    /// Tells it from the answer of a step.
    #[must_use]
    pub fn of(answer: &Result<Answer, StepError>) -> Self {
        let (name, failure) = match answer {
            Ok(Answer::Done(_)) => ("done", None),
            Ok(Answer::Wait { .. }) => ("wait", None),
            Ok(Answer::Reject(_)) => ("reject", None),
            Ok(Answer::Cancel { .. }) => ("cancel", None),
            Err(error) => return Self::of_error(error),
        };
        Self { name, failure }
    }

    fn of_error(error: &StepError) -> Self {
        match error {
            StepError::LeaseLost => Self::lost(),
            StepError::Interrupted => Self { name: "interrupted", failure: None },
            StepError::Retry(_) | StepError::RetryFrom(..) => Self::failed("retry", error.to_string()),
            _ => Self::failed("stop", error.to_string()),
        }
    }

    /// What the step did is another's now.
    #[must_use]
    pub fn lost() -> Self {
        Self { name: "lease_lost", failure: None }
    }

    /// It failed; the word says what becomes of it.
    #[must_use]
    pub fn failed(name: &'static str, because: String) -> Self {
        Self { name, failure: Some(because) }
    }
}

/// One try of a step, that is being made. Says nothing when nobody collects traces. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Step(Option<Arc<Trying>>);

#[derive(Debug)]
struct Trying {
    queue: Arc<Queue>,
    trace: Arc<str>,
    id: SpanId,
    stage: Stage,
    begun_at: Timestamp,
    attributes: Vec<Attribute>,
}

impl Traces {
    /// Begins to tell of one try of a step.
    #[must_use]
    pub fn begin(&self, claim: &Claim, stage: Stage, attempt: u32, now: Timestamp) -> Step {
        let Some(queue) = &self.0 else { return Step::default() };
        let trace: Arc<str> = claim.item.trace_id().into();
        // Nobody else has the fence, and with it no stage is begun twice at the same time.
        let what = format!("{}#{}#{}", stage.name(), claim.fence, now.as_nanosecond());
        let mut attributes = of_item(claim);
        attributes.extend([
            ("item.stage", stage.name().into()),
            ("role", Role::Worker(stage).row().name.into()),
            ("process", claim.owner.to_string().as_str().into()),
            ("fence", number(claim.fence)),
            ("attempt", i64::from(attempt).into()),
        ]);
        let id = SpanId::derive(&trace, &what);
        Step(Some(Arc::new(Trying { queue: queue.clone(), trace, id, stage, begun_at: now, attributes })))
    }

    /// Tells of the whole, from the making of the item to its end. Whoever ends it says so.
    pub fn whole(&self, claim: &Claim, status: Status, now: Timestamp) {
        let Some(queue) = &self.0 else { return };
        let trace: Arc<str> = claim.item.trace_id().into();
        let mut attributes = of_item(claim);
        attributes.push(("outcome", status.name().into()));
        let is_failed = status == Status::Stopped;
        if is_failed {
            attributes.push(("error.type", status.name().into()));
        }
        queue.push(Span {
            id: SpanId::root(&trace),
            trace,
            parent: None,
            name: claim.item.action.name(),
            begun_at: claim.item.created_at,
            ended_at: now.max(claim.item.created_at),
            attributes,
            failure: is_failed.then(|| "a person must look at the item".to_owned()),
        });
    }
}

impl Step {
    /// Tells of a part of it that has ended, in one store.
    pub fn part<T>(
        &self,
        name: &'static str,
        store: &str,
        times: (Timestamp, Timestamp),
        result: &Result<T, StepError>,
    ) {
        let Some(trying) = &self.0 else { return };
        let (begun_at, ended_at) = times;
        let what = format!("{}#{name}#{store}#{}", trying.id, begun_at.as_nanosecond());
        let outcome = match result {
            Ok(_) => StepOutcome { name: "done", failure: None },
            Err(error) => StepOutcome::of_error(error),
        };
        let mut attributes = trying.attributes.clone();
        attributes.push(("store.id", store.into()));
        let id = SpanId::derive(&trying.trace, &what);
        trying.tell((id, trying.id), name, (begun_at, ended_at), attributes, outcome);
    }

    /// Tells that it has ended, and how many bytes passed through.
    pub fn end(self, outcome: StepOutcome, bytes: u64, now: Timestamp) {
        let Some(trying) = self.0 else { return };
        let mut attributes = trying.attributes.clone();
        attributes.push(("bytes", number(bytes)));
        let ids = (trying.id, SpanId::root(&trying.trace));
        trying.tell(ids, trying.stage.name(), (trying.begun_at, now), attributes, outcome);
    }
}

impl Trying {
    fn tell(
        &self,
        (id, parent): (SpanId, SpanId),
        name: &'static str,
        (begun_at, ended_at): (Timestamp, Timestamp),
        mut attributes: Vec<Attribute>,
        outcome: StepOutcome,
    ) {
        attributes.push(("outcome", outcome.name.into()));
        if outcome.failure.is_some() {
            attributes.push(("error.type", outcome.name.into()));
        }
        self.queue.push(Span {
            trace: self.trace.clone(),
            id,
            parent: Some(parent),
            name,
            begun_at,
            // A clock that was set back in between must not make a span that ends before it begins.
            ended_at: ended_at.max(begun_at),
            attributes,
            failure: outcome.failure.map(bounded),
        });
    }
}

/// What every span of an item says, by the names that the log has for it.
fn of_item(claim: &Claim) -> Vec<Attribute> {
    let deposit = &claim.item.deposit;
    vec![
        ("work.id", claim.item.id.0.into()),
        ("institution", deposit.identifier.institution.as_str().into()),
        ("object", deposit.identifier.to_string().as_str().into()),
    ]
}

fn number(count: impl TryInto<i64>) -> super::span::Value {
    count.try_into().unwrap_or(i64::MAX).into()
}
