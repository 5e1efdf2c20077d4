//! `GET /api/v1/objects`: what is held.

use backends::database::ObjectFilter;

use super::answer::{Answer, one, page};
use super::asked::Asked;
use crate::actions;

/// Lists objects in the order of institution and name.
///
/// # Errors
/// A parameter cannot be understood or is not the asker's to name; the registry cannot be asked.
pub async fn list(asked: Asked) -> Answer {
    let limit = asked.limit()?;
    let filter = ObjectFilter {
        institution: asked.institution()?,
        name_starts_with: asked.text("starts_with"),
        storage_option: asked.text("storage_option"),
        after: asked.parameter("after")?,
        deleted_after: asked.parameter("deleted_after")?,
        most: limit + 1,
    };
    if asked.word("state", &[("active", false), ("deleted", true)])?.unwrap_or(false) {
        let deleted = asked.database.deleted_objects(&filter).await?;
        return page(&asked, limit, deleted, |last| {
            [("after", last.object.identifier.to_string()), ("deleted_after", last.deleted_at.to_string())]
        });
    }
    let objects = asked.database.objects(&filter).await?;
    page(&asked, limit, objects, |last| [("after", last.identifier.to_string())])
}

/// Shows one: its versions and replicas.
///
/// # Errors
/// It is not held, or another's; the registry cannot be asked.
pub async fn show(asked: Asked) -> Answer {
    let identifier = asked.identifier()?;
    match actions::object_report(&asked.database, &identifier).await? {
        Some(report) => one(&report),
        None => Err(asked.not_held(&identifier).await?),
    }
}
