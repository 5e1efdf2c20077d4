//! A person asks for a work item to be retried or cancelled, and is told what happens.

use backends::database::{Asking, Database, DatabaseError, ItemFilter};
use jiff::Timestamp;
use model::{Action, ItemId, Status, WorkItem};
use serde::Serialize;

/// What comes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answered {
    /// It is done.
    Done,
    /// The worker that holds the item does it within seconds.
    Noted,
    /// It cannot be done, as the item stands.
    Refused,
    /// There is no such item.
    Unknown,
}

/// What comes of a request about one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reply {
    /// The item.
    pub item: ItemId,
    /// What comes of it.
    pub answer: Answered,
    /// What happens now, or why it does not, for people.
    pub because: String,
    /// Where the item stands afterwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
}

/// Puts an item back in the queue.
///
/// # Errors
/// The database cannot be written.
pub async fn retry_item(database: &Database, id: ItemId, now: Timestamp) -> Result<Reply, DatabaseError> {
    let asked = database.retry(id, now).await?;
    let item = database.item(id).await?;
    let because = match (asked, &item) {
        (Asking::Refused, Some(item)) => why_not_retried(database, item).await?,
        (Asking::Unknown, _) | (_, None) => unknown(),
        (_, Some(item)) => format!("it is in the queue again, from the stage {}", item.stage),
    };
    Ok(reply(id, asked, because, item.as_ref()))
}

/// Ends an item for good.
///
/// # Errors
/// The database cannot be written.
pub async fn cancel_item(database: &Database, id: ItemId, who: &str, now: Timestamp) -> Result<Reply, DatabaseError> {
    let asked = database.cancel(id, who, now).await?;
    let item = database.item(id).await?;
    let because = match (asked, &item) {
        (Asking::Refused, Some(item)) => why_not_cancelled(item),
        (Asking::Unknown, _) | (_, None) => unknown(),
        (Asking::Noted, Some(_)) => "the worker that holds it ends it within seconds".to_owned(),
        (Asking::Done, Some(item)) => format!(
            "it is cancelled; the deposit stays at {} and is not taken in again unless you retry the item",
            item.deposit.path
        ),
    };
    Ok(reply(id, asked, because, item.as_ref()))
}

fn reply(id: ItemId, asked: Asking, because: String, item: Option<&WorkItem>) -> Reply {
    let answer = match asked {
        Asking::Done => Answered::Done,
        Asking::Noted => Answered::Noted,
        Asking::Refused => Answered::Refused,
        Asking::Unknown => Answered::Unknown,
    };
    Reply { item: id, answer, because, status: item.map(|item| item.status) }
}

fn unknown() -> String {
    "there is no such work item; `strongroom items` lists them".to_owned()
}

async fn why_not_retried(database: &Database, item: &WorkItem) -> Result<String, DatabaseError> {
    Ok(match item.status {
        Status::Cancelled if item.action == Action::Delete => {
            "a deletion that was refused or called off is asked for anew: `strongroom delete request`".to_owned()
        }
        Status::Success => "it is done; there is nothing to retry".to_owned(),
        Status::Started => format!("a worker holds it, at the stage {}", item.stage),
        _ => match newer(database, item).await? {
            Some(newer) => format!(
                "a newer deposit of the same bag, work item {newer}, has taken its place; deposit this one again if it \
                 is the one to keep"
            ),
            None => "it has just changed; look at it and try again".to_owned(),
        },
    })
}

/// Finds the deposit that stands in the way of a retry: the newest of the object, unless that is this item.
async fn newer(database: &Database, item: &WorkItem) -> Result<Option<ItemId>, DatabaseError> {
    let object = Some(item.deposit.identifier.clone());
    let filter = ItemFilter { object, most: 100, ..ItemFilter::default() };
    let items = database.items(&filter).await?;
    let stands = |other: &&WorkItem| matches!(other.status, Status::Pending | Status::Started | Status::Success);
    Ok(items.iter().take_while(|other| other.id > item.id).find(stands).map(|other| other.id))
}

fn why_not_cancelled(item: &WorkItem) -> String {
    if item.action == Action::Delete {
        return "a deletion is called off by those who may decide about it: `strongroom delete cancel`".to_owned();
    }
    match item.status {
        Status::Success => "it is done; deleting what is stored takes two people".to_owned(),
        Status::Cancelled => "it is cancelled already".to_owned(),
        _ => format!(
            "it is at the stage {}: bytes may be stored already, and it runs to its end so that no half of it remains",
            item.stage
        ),
    }
}
