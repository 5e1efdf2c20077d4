//! `GET /api/v1/items`: what is in the queue, and what became of what was.

use backends::database::ItemFilter;
use model::ItemId;

use super::answer::{Answer, one, page};
use super::asked::{Asked, not_here};
use crate::actions;

/// Lists work items, newest first.
///
/// # Errors
/// A parameter cannot be understood or is not the asker's to name; the registry cannot be asked.
pub async fn list(asked: Asked) -> Answer {
    let limit = asked.limit()?;
    let filter = ItemFilter {
        institution: asked.institution()?,
        status: asked.parameter("status")?,
        object: asked.parameter("object")?,
        before: asked.parameter("before")?,
        most: limit + 1,
    };
    let items = asked.database.items(&filter).await?;
    page(&asked, limit, items, |last| [("before", last.id.to_string())])
}

/// Shows one.
///
/// # Errors
/// There is none, or it is another's; the registry cannot be asked.
pub async fn show(asked: Asked) -> Answer {
    let id: ItemId = asked.part("id")?;
    let what = format!("work item {id}");
    let item = asked.database.item(id).await?.ok_or_else(|| not_here(&what))?;
    // Before more is read: how long it takes would tell whoever may not see it that it is there, and how much.
    asked.sees(&item.deposit.identifier.institution, &what)?;
    one(&actions::short_item_report(&asked.database, item).await?)
}
