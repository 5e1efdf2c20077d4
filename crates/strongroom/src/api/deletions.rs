//! `GET /api/v1/deletions`: what was asked to be deleted, and who agreed.

use backends::database::DeletionFilter;
use model::DeletionId;

use super::answer::{Answer, one, page};
use super::asked::{Asked, not_here};
use crate::actions;

/// Lists deletions, newest first.
///
/// # Errors
/// A parameter cannot be understood or is not the asker's to name; the registry cannot be asked.
pub async fn list(asked: Asked) -> Answer {
    let limit = asked.limit()?;
    let filter = DeletionFilter {
        institution: asked.institution()?,
        state: asked.parameter("state")?,
        before: asked.parameter("before")?,
        most: limit + 1,
    };
    let deletions = asked.database.deletions(&filter).await?;
    page(&asked, limit, deletions, |last| [("before", last.id.to_string())])
}

/// Shows one: its objects, and which stores have confirmed.
///
/// # Errors
/// There is none, or it is another's; the registry cannot be asked.
pub async fn show(asked: Asked) -> Answer {
    let id: DeletionId = asked.part("id")?;
    let what = format!("deletion {id}");
    let deletion = asked.database.deletion(id).await?.ok_or_else(|| not_here(&what))?;
    // Before more is read: how long it takes would tell whoever may not see it that it is there, and how much.
    match &deletion.institution {
        Some(institution) => asked.sees(institution, &what)?,
        None => asked.admin().map_err(|_| not_here(&what))?,
    }
    one(&actions::full_deletion_report(&asked.database, deletion).await?)
}
