//! One request to a collector, and what its answer means (OTLP 1.x, "OTLP/HTTP Response").

use std::time::Duration;

use backends::authorities::{agent_config, told};
use serde::Deserialize;
use ureq::Agent;
use ureq::http::StatusCode;
use ureq::http::header::{CONTENT_TYPE, RETRY_AFTER, USER_AGENT};

use super::Target;

/// Bytes of an answer that are read.
const ANSWER_BYTES_MAX: u64 = 1 << 16;

/// What became of a request.
#[derive(Debug, PartialEq, Eq)]
pub enum Sent {
    /// It was taken but for so many spans, for a reason.
    Taken { rejected: u64, because: String },
    /// It may be taken later, perhaps not before a time.
    Later { after: Option<Duration>, because: String },
    /// It is not taken, and sending it again would be of no use.
    Refused { because: String },
}

/// Sends requests to one collector.
pub struct Sender {
    agent: Agent,
    target: Target,
}

impl Sender {
    pub fn new(target: Target) -> Self {
        // Followed elsewhere, headers would go where nobody meant them to.
        let config = agent_config().http_status_as_error(false).max_redirects(0).build();
        Self { agent: Agent::new_with_config(config), target }
    }

    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Sends one request, and waits for the answer for so long at the most.
    pub fn send(&self, body: &str, timeout: Duration) -> Sent {
        let mut request = self.agent.post(&self.target.url).header(CONTENT_TYPE, "application/json");
        request = request.header(USER_AGENT, concat!("strongroom/", env!("CARGO_PKG_VERSION")));
        for (name, value) in &self.target.headers {
            request = request.header(name, value);
        }
        let answered = request.config().timeout_global(Some(timeout)).build().send(body);
        let mut answer = match answered {
            Ok(answer) => answer,
            Err(error) => return Sent::Later { after: None, because: told(&error) },
        };
        let after = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).and_then(seconds);
        let status = answer.status();
        let told = answer.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec();
        match told {
            Ok(told) => meaning(status, after, &told),
            // It may have been taken: sent once more, the collector has the same spans under the same identifiers.
            Err(error) if status.is_success() => Sent::Later { after: None, because: error.to_string() },
            Err(_) => meaning(status, after, b""),
        }
    }
}

fn seconds(text: &str) -> Option<Duration> {
    text.trim().parse().ok().map(Duration::from_secs)
}

/// `ExportTraceServiceResponse`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Taken {
    partial_success: Option<Partial>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Partial {
    rejected_spans: Count,
    error_message: String,
}

/// A wide number is text in the JSON of protobuf, and some write a number.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Count {
    Number(u64),
    Text(String),
}

impl Default for Count {
    fn default() -> Self {
        Count::Number(0)
    }
}

fn meaning(status: StatusCode, after: Option<Duration>, told: &[u8]) -> Sent {
    match status.as_u16() {
        200..=299 if told.iter().all(u8::is_ascii_whitespace) => Sent::Taken { rejected: 0, because: String::new() },
        200..=299 => match serde_json::from_slice::<Taken>(told) {
            Ok(taken) => {
                let partial = taken.partial_success.unwrap_or_default();
                let rejected = match partial.rejected_spans {
                    Count::Number(count) => count,
                    Count::Text(text) => text.parse().unwrap_or(0),
                };
                Sent::Taken { rejected, because: partial.error_message }
            }
            // A page for people, perhaps, of something that is no collector.
            Err(_) => Sent::Refused { because: format!("{status}, with an answer that is none of a collector") },
        },
        429 | 502..=504 => Sent::Later { after, because: status.to_string() },
        _ => Sent::Refused { because: status.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_answer_means_what_the_specification_says() {
        let check = |status: u16, told: &str, expected: &str| {
            let status = StatusCode::from_u16(status).expect("it is one");
            let sent = meaning(status, Some(Duration::from_secs(2)), told.as_bytes());
            assert!(format!("{sent:?}").starts_with(expected), "{status} {told}: {sent:?}");
        };
        check(200, "", "Taken { rejected: 0");
        check(200, "{}", "Taken { rejected: 0");
        check(200, r#"{"partialSuccess":{}}"#, "Taken { rejected: 0");
        check(
            200,
            r#"{"partialSuccess":{"rejectedSpans":"3","errorMessage":"old"}}"#,
            "Taken { rejected: 3, because: \"old",
        );
        check(200, r#"{"partialSuccess":{"rejectedSpans":3}}"#, "Taken { rejected: 3");
        check(200, "<html>", "Refused");
        check(302, "", "Refused");
        check(400, "{}", "Refused");
        check(401, "", "Refused");
        check(500, "", "Refused");
        for status in [429, 502, 503, 504] {
            check(status, "", "Later { after: Some(2s)");
        }
    }
}
