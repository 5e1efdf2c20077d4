//! Credentials that somebody lends for some time: held until shortly before they expire, then asked for anew.

use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::{Credentials, Failure};

/// Credentials that expire earlier than this are asked for anew.
const MARGIN: SignedDuration = SignedDuration::from_mins(5);
/// For so long nobody is asked twice, whatever was answered: each request to a server asks here for credentials.
const PAUSE: SignedDuration = SignedDuration::from_secs(10);
/// How long what is lent holds of which nobody says until when.
const UNTOLD: SignedDuration = SignedDuration::from_hours(1);

/// What a lender gives.
pub(super) struct Loan {
    pub(super) credentials: Credentials,
    pub(super) until: Option<Timestamp>,
}

/// What was last lent, and what came of asking last.
#[derive(Debug, Default)]
pub(super) struct Lent(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    held: Option<(Credentials, Timestamp)>,
    asked_at: Option<Timestamp>,
    failure: Option<String>,
}

impl Lent {
    /// Returns credentials that hold now; asks for them when there are none, or none for long.
    pub(super) fn get(
        &self,
        now: Timestamp,
        ask: impl FnOnce() -> Result<Loan, String>,
    ) -> Result<Credentials, Failure> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((credentials, _)) = state.held.as_ref().filter(|(_, until)| now + MARGIN < *until) {
            return Ok(credentials.clone());
        }
        let holding = state.held.as_ref().filter(|(_, until)| now < *until).map(|(credentials, _)| credentials.clone());
        let was_asked = state.asked_at.is_some_and(|asked_at| now < asked_at + PAUSE);
        if was_asked && let Some(credentials) = holding {
            return Ok(credentials);
        }
        if was_asked && let Some(because) = &state.failure {
            return Err(Failure::NoCredentials(because.clone()));
        }
        state.asked_at = Some(now);
        match (ask(), holding) {
            (Ok(loan), _) => {
                state.held = Some((loan.credentials.clone(), loan.until.unwrap_or(now + UNTOLD)));
                state.failure = None;
                Ok(loan.credentials)
            }
            // The lender is away for a moment, and what it gave last still holds.
            (Err(because), Some(credentials)) => {
                tracing::warn!(
                    from = credentials.origin,
                    because,
                    "credentials cannot be renewed; those held still hold"
                );
                Ok(credentials)
            }
            (Err(because), None) => {
                state.failure = Some(because.clone());
                Err(Failure::NoCredentials(because))
            }
        }
    }

    /// Asks anew after the server said that credentials have expired. Returns `false` when the lender gives the same ones.
    pub(super) fn renew(
        &self,
        refused: &Credentials,
        now: Timestamp,
        ask: impl FnOnce() -> Result<Loan, String>,
    ) -> bool {
        {
            let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if state.held.as_ref().is_some_and(|(held, _)| held == refused) {
                state.held = None;
            }
        }
        // What keeps the lender from giving any is told by the next try.
        self.get(now, ask).is_ok_and(|credentials| credentials != *refused)
    }
}

/// How the services of Amazon's platforms write a loan.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    access_key_id: String,
    secret_access_key: String,
    token: Option<String>,
    expiration: Option<Timestamp>,
}

impl Loan {
    /// Reads what a platform's service answers; `None` when it is no loan.
    pub(super) fn read(body: &[u8], origin: &str) -> Option<Self> {
        let answer: Answer = serde_json::from_slice(body).ok()?;
        let credentials = Credentials {
            key_id: answer.access_key_id,
            secret: answer.secret_access_key,
            token: answer.token,
            origin: origin.to_owned(),
        };
        Some(Self { credentials, until: answer.expiration })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loan(key_id: &str, until_minutes: i64) -> Result<Loan, String> {
        let until = Some(minute(until_minutes));
        let text = format!(r#"{{"AccessKeyId":"{key_id}","SecretAccessKey":"hush"}}"#);
        Ok(Loan { until, ..Loan::read(text.as_bytes(), "the test").expect("it is one") })
    }

    fn minute(number: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(number)
    }

    fn never() -> Result<Loan, String> {
        panic!("nobody is to be asked")
    }

    #[track_caller]
    fn check(got: Result<Credentials, Failure>, expected: &str) {
        let told = got.map(|credentials| credentials.key_id).unwrap_or_else(|failure| failure.to_string());
        assert_eq!(told, expected);
    }

    #[test]
    fn what_is_lent_is_held_until_shortly_before_it_expires() {
        let lent = Lent::default();
        check(lent.get(minute(0), || loan("first", 60)), "first");
        check(lent.get(minute(54), never), "first");
        check(lent.get(minute(56), || loan("second", 120)), "second");
        check(lent.get(minute(57), never), "second");
    }

    #[test]
    fn a_lender_that_is_away_or_has_nothing_newer_is_not_asked_at_each_request() {
        let lent = Lent::default();
        let seconds = SignedDuration::from_secs;
        check(lent.get(minute(0), || loan("first", 60)), "first");
        check(lent.get(minute(56), || Err("away".to_owned())), "first");
        check(lent.get(minute(56) + seconds(9), never), "first");
        check(lent.get(minute(56) + seconds(10), || loan("first", 60)), "first");
        check(lent.get(minute(56) + seconds(19), never), "first");
        check(lent.get(minute(60), || Err("away".to_owned())), "there are no credentials: away");
        check(lent.get(minute(60) + seconds(9), never), "there are no credentials: away");
        check(lent.get(minute(60) + seconds(10), || loan("second", 120)), "second");
    }

    #[test]
    fn what_the_server_calls_expired_is_asked_for_at_once() {
        let lent = Lent::default();
        let first = lent.get(minute(0), || loan("first", 60)).expect("it is lent");
        assert!(!lent.renew(&first, minute(0), || loan("first", 60)), "the same are no others");
        assert!(lent.renew(&first, minute(0), || loan("second", 60)));
        // Another request was refused before, and has asked.
        assert!(lent.renew(&first, minute(1), never));
        check(lent.get(minute(1), never), "second");
    }
}
