//! What was asked of this process, as numbers that only grow.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::http::StatusCode;

use super::endpoints::ENDPOINTS;
use crate::durations::Durations;

/// Bounds of the histogram of durations, in seconds; what took longer is counted without a bound.
const SECONDS: [f64; 6] = [0.01, 0.05, 0.1, 0.5, 1.0, 5.0];

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was answered.
    Answered,
    /// Who asked was at fault.
    Refused,
    /// We were.
    Failed,
    /// Who asked did not wait for the answer.
    GivenUp,
}

/// Every outcome, with its name.
pub const OUTCOMES: [(Outcome, &str); 4] = [
    (Outcome::Answered, "answered"),
    (Outcome::Refused, "refused"),
    (Outcome::Failed, "failed"),
    (Outcome::GivenUp, "given_up"),
];
/// What stands for all paths that nothing is at, and for methods that are not understood: each of them would be a row of its
/// own for whoever collects the figures.
const ELSEWHERE: &str = "elsewhere";

/// The figures of one endpoint.
#[derive(Debug)]
pub struct EndpointFigures {
    outcomes: [AtomicU64; OUTCOMES.len()],
    /// How long requests took.
    pub durations: Durations,
}

/// The figures of all endpoints, in the order of their table, and at last of all else that was asked.
#[derive(Debug)]
pub struct Requests(Vec<EndpointFigures>);

impl Default for Requests {
    fn default() -> Self {
        let none = || EndpointFigures { outcomes: Default::default(), durations: Durations::new(&SECONDS) };
        Self((0..=ENDPOINTS.len()).map(|_| none()).collect())
    }
}

impl EndpointFigures {
    /// Returns how many requests ended so.
    #[must_use]
    pub fn count(&self, outcome: Outcome) -> u64 {
        self.outcomes[outcome as usize].load(Ordering::Relaxed)
    }
}

impl Requests {
    /// Counts a request to an endpoint, by its place in the table, or to none of them. Without a status nobody waited for the
    /// answer.
    pub fn count(&self, place: Option<usize>, status: Option<StatusCode>, took: Duration) {
        let figures = &self.0[place.unwrap_or(ENDPOINTS.len())];
        let outcome = match status {
            None => Outcome::GivenUp,
            Some(status) if status.is_server_error() => Outcome::Failed,
            Some(status) if status.is_client_error() => Outcome::Refused,
            Some(_) => Outcome::Answered,
        };
        figures.outcomes[outcome as usize].fetch_add(1, Ordering::Relaxed);
        figures.durations.count(took);
    }

    /// Yields each endpoint's path and figures.
    pub fn each(&self) -> impl Iterator<Item = (&'static str, &EndpointFigures)> {
        ENDPOINTS.iter().map(|row| row.path).chain([ELSEWHERE]).zip(&self.0)
    }
}
