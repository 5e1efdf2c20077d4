//! The delivery of what is due.

use std::time::Duration;

use jiff::SignedDuration;
use model::{Alert, Backoff, StepError};
use serde::Serialize;

use super::super::work::ask;
use super::super::{Context, Signal, foreign};

/// What a program has to take an alert beyond its limit of time until another process may try.
const GRACE: SignedDuration = SignedDuration::from_mins(1);

/// To whom alerts are delivered.
#[derive(Debug, Clone)]
pub struct AlertTerms {
    /// The program and its arguments; empty when alerts are only listed.
    pub command: Vec<String>,
    /// How long it may take for one alert.
    pub limit: Duration,
    /// How long to wait between tries. They never end.
    pub backoff: Backoff,
}

impl Default for AlertTerms {
    fn default() -> Self {
        let (first, longest) = (SignedDuration::from_secs(15), SignedDuration::from_hours(1));
        let backoff = Backoff { first, longest, attempts_max: u32::MAX };
        Self { command: Vec::new(), limit: Duration::from_secs(30), backoff }
    }
}

/// What came of delivering.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Delivered {
    /// Alerts that the program took.
    pub delivered: u64,
    /// Those that it did not; they are tried again.
    pub failed: u64,
}

/// What the program reads: one JSON object.
#[derive(Serialize)]
struct Message<'a> {
    format: &'static str,
    #[serde(flatten)]
    alert: &'a Alert,
    advice: &'static str,
}

/// Delivers every alert that is due, one after another. Call where it may block.
///
/// # Errors
/// The database cannot be reached. What the program refuses is no error: it is tried again.
pub fn deliver(context: &Context, terms: &AlertTerms, signal: &Signal) -> Result<Delivered, StepError> {
    let mut delivered = Delivered::default();
    if terms.command.is_empty() {
        return Ok(delivered);
    }
    let limit = SignedDuration::try_from(terms.limit).unwrap_or(SignedDuration::from_hours(1));
    while !signal.is_raised() {
        let now = context.clock.now();
        let Some(alert) = ask(context.database.take_alert(now, now + limit + GRACE))? else { break };
        let message = Message { format: "strongroom-alert/1", alert: &alert, advice: alert.kind.advice() };
        let text = serde_json::to_string(&message).map_err(StepError::stop)?;
        match foreign::run(&terms.command, text.as_bytes(), terms.limit, signal) {
            Ok(_) => {
                ask(context.database.note_delivery(&alert, context.clock.now()))?;
                delivered.delivered += 1;
            }
            Err(error) => {
                let because = StepError::stop(error).to_string();
                tracing::warn!(alert.id = alert.id, because, "an alert was not delivered: it is tried again");
                let wait = terms.backoff.wait(alert.attempts.saturating_add(1), context.clock.jitter());
                let again = context.clock.now() + wait.unwrap_or(terms.backoff.longest);
                ask(context.database.note_undelivered(&alert, &because, again))?;
                delivered.failed += 1;
            }
        }
    }
    Ok(delivered)
}
