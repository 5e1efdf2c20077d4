//! What a server answers that does not do what was asked: whether it is tried again, and what is told of it.

use std::sync::atomic::Ordering;

use jiff::Timestamp;

use super::again::may_help;
use super::client::{Request, Response};
use super::quirks::{is_about_the_clock, is_key_too_long};
use super::{Client, Credentials, Failure};

/// What came of one try.
pub(super) enum Tried {
    Failed(Failure),
    /// Trying again may help.
    Again(String),
}

impl Client {
    /// Sorts what a server answers that does not do what was asked.
    pub(super) fn refusal(
        &self,
        request: &Request<'_>,
        response: &Response,
        (status, code, message): (u16, String, String),
        credentials: &Credentials,
        signed_at: Timestamp,
    ) -> Tried {
        let is_missing = status == 404 && code != "NoSuchUpload";
        if code == "NoSuchBucket" || (is_missing && request.key.is_empty()) {
            return Tried::Failed(Failure::NoBucket);
        }
        if is_missing {
            return Tried::Failed(Failure::NoKey);
        }
        if is_key_too_long(&code, &message) {
            return Tried::Failed(Failure::KeyTooLong(request.key.len()));
        }
        if code == "InvalidObjectState" || code == "ObjectNotInActiveTierError" {
            return Tried::Failed(Failure::Frozen);
        }
        let (has_expired, is_skewed) = (EXPIRED.contains(&code.as_str()), is_about_the_clock(&code, &message));
        if !matches!(status, 401 | 403) && !has_expired && !is_skewed {
            return judge(status, code, message);
        }
        // Servers have more than one word for a wrong clock, and to HEAD they say none: what they tell of the time counts.
        let apart_seconds = apart_seconds(response, signed_at);
        let bound = if is_skewed { CLOCK_READING_SECONDS } else { CLOCK_APART_SECONDS };
        if apart_seconds.is_some_and(|apart| apart.abs() >= bound) {
            self.learn_time(response);
            return Tried::Again("the clocks differ".to_owned());
        }
        if self.inner.source.renew(credentials, has_expired, self.now()) {
            return Tried::Again("the credentials were refused, and there are others now".to_owned());
        }
        let who = credentials.who();
        if has_expired {
            return Tried::Failed(Failure::Expired { who });
        }
        let code = if code.is_empty() { status.to_string() } else { code };
        Tried::Failed(Failure::Refused { who, code, message })
    }

    /// Takes over the server's time, and says so once.
    fn learn_time(&self, response: &Response) {
        let Some(ahead) = apart_seconds(response, self.now()) else { return };
        let before = self.inner.skew_seconds.swap(ahead, Ordering::Relaxed);
        if before.abs_diff(ahead) > CLOCK_READING_SECONDS.unsigned_abs() {
            let how = if ahead > 0 { "behind" } else { "ahead of" };
            tracing::warn!(
                endpoint = self.endpoint(),
                "this machine's clock is {} seconds {how} that of the server: requests are signed with the server's time; set \
                 the clock of this machine (NTP)",
                ahead.abs()
            );
        }
    }
}

/// What it answers when credentials held once.
const EXPIRED: [&str; 4] = ["ExpiredToken", "TokenRefreshRequired", "ExpiredTokenException", "InvalidToken"];
/// Seconds by which two readings of clocks that agree may differ.
const CLOCK_READING_SECONDS: i64 = 5;
/// Seconds by which a clock must be wrong for a refusal to be laid to it: servers bear a quarter of an hour.
const CLOCK_APART_SECONDS: i64 = 300;

/// Returns by how many seconds the server's clock is ahead of a time; `None` when it tells none.
fn apart_seconds(response: &Response, time: Timestamp) -> Option<i64> {
    let date = response.headers().get("date")?.to_str().ok()?;
    let date = jiff::fmt::rfc2822::parse(date).ok()?;
    Some(date.timestamp().as_second() - time.as_second())
}

/// Sorts it by status and word alone.
pub(super) fn judge(status: u16, code: String, message: String) -> Tried {
    match status {
        412 => Tried::Failed(Failure::Precondition),
        _ if code == "PreconditionFailed" => Tried::Failed(Failure::Precondition),
        _ if may_help(status, &code) => {
            Tried::Again(format!("the server answers {status} {code} {message}").trim_end().to_owned())
        }
        _ => Tried::Failed(Failure::Answer { status, code, message }),
    }
}
