//! `GET /api/v1/events`: what was done, and what came of it.

use backends::database::EventFilter;

use super::answer::{Answer, page};
use super::asked::Asked;

/// Lists PREMIS events, newest first.
///
/// # Errors
/// A parameter cannot be understood or is not the asker's to name; the registry cannot be asked.
pub async fn list(asked: Asked) -> Answer {
    let limit = asked.limit()?;
    let outcomes = ["success", "warning", "fail"].map(|word| (word, word));
    let filter = EventFilter {
        object: asked.known_object().await?.map(|object| object.id),
        institution: asked.institution()?,
        item: asked.parameter("item")?,
        event_type: asked.text("type"),
        outcome: asked.word("outcome", &outcomes)?.map(str::to_owned),
        before: asked.parameter("before")?,
        most: limit + 1,
    };
    let events = asked.database.events(&filter).await?;
    page(&asked, limit, events, |last| [("before", last.number.to_string())])
}
