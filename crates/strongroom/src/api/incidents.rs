//! `GET /api/v1/incidents`: damage that was found, and what became of it.

use backends::database::IncidentFilter;
use model::IncidentState;

use super::answer::{Answer, page};
use super::asked::Asked;

/// Lists incidents, newest first: of one object, or for an admin of all.
///
/// # Errors
/// A parameter cannot be understood or is not the asker's to name; the registry cannot be asked.
pub async fn list(asked: Asked) -> Answer {
    let limit = asked.limit()?;
    let object = asked.known_object().await?.map(|object| object.id);
    if object.is_none() {
        asked.admin()?;
    }
    let states = [IncidentState::Open, IncidentState::Repaired, IncidentState::Passed, IncidentState::Deleted];
    let filter = IncidentFilter {
        object,
        store: asked.parameter("store")?,
        state: asked.word("state", &states.map(|state| (state.name(), state)))?,
        before: asked.parameter("before")?,
        most: limit + 1,
    };
    let incidents = asked.database.incidents(&filter).await?;
    page(&asked, limit, incidents, |last| [("before", last.id.to_string())])
}
