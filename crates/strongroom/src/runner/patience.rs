//! Patience with a database that is away: what a step brought is not thrown away because the server was started anew.

use std::future::Future;
use std::time::{Duration, Instant};

use backends::database::DatabaseError;

use crate::pipelines::Signal;

/// How long to wait before it is asked again.
const WAIT: Duration = Duration::from_millis(500);

/// Asks until there is an answer, at most for `longest`, while the database cannot be reached and nobody asks to stop.
///
/// What is asked must be safe to repeat: the answer to one that was done may have been lost with the connection.
///
/// # Errors
/// The last answer.
pub async fn patiently<T, F>(signal: &Signal, longest: Duration, mut ask: impl FnMut() -> F) -> Result<T, DatabaseError>
where
    F: Future<Output = Result<T, DatabaseError>>,
{
    let begun = Instant::now();
    let mut is_told = false;
    loop {
        match ask().await {
            Err(error) if error.is_unreachable() && !signal.is_raised() && begun.elapsed() < longest => {
                if !is_told {
                    tracing::warn!(error = %full(&error), "the database is away: it is asked again until it is back");
                    is_told = true;
                }
                tokio::time::sleep(WAIT).await;
            }
            answer => return answer,
        }
    }
}

/// Returns an error with its causes.
fn full(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
