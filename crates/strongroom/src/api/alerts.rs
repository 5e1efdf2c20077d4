//! `GET /api/v1/alerts`: what a person must hear of.

use backends::database::AlertFilter;

use super::answer::{Answer, page};
use super::asked::Asked;

/// Lists alerts, newest first.
///
/// # Errors
/// A parameter cannot be understood; the registry cannot be asked.
pub async fn list(asked: Asked) -> Answer {
    let limit = asked.limit()?;
    let filter = AlertFilter {
        with_done: asked.word("all", &[("true", true), ("false", false)])?.unwrap_or(false),
        before: asked.parameter("before")?,
        most: limit + 1,
    };
    let alerts = asked.database.alerts(filter).await?;
    page(&asked, limit, alerts, |last| [("before", last.id.to_string())])
}
