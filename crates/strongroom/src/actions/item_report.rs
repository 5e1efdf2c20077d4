//! All that is known of one work item.

use backends::database::{Database, DatabaseError};
use findings::Findings;
use model::{Action, ItemId, Receipt, Status, WorkItem};
use serde::Serialize;

/// All that is known of one work item.
#[derive(Debug, Serialize)]
pub struct ItemReport {
    /// The item itself.
    #[serde(flatten)]
    pub item: WorkItem,
    /// Why its deposit was rejected, all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub findings: Option<Findings>,
    /// What its depositor gets, when it is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Receipt>,
    /// What a person should do, when somebody must.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

/// Gathers all that is known of an item; `None` when there is no such item.
///
/// # Errors
/// The database cannot be read.
pub async fn item_report(database: &Database, id: ItemId) -> Result<Option<ItemReport>, DatabaseError> {
    let Some(item) = database.item(id).await? else { return Ok(None) };
    let findings = database.item_findings(id).await?;
    let receipt = super::receipt(database, &item).await?;
    let advice = match item.status {
        Status::Rejected => Some(format!(
            "mend the bag and deposit it again; or, to judge the same bag anew: strongroom item retry {id}"
        )),
        Status::Stopped => Some(format!("mend the cause named above, then: strongroom item retry {id}")),
        Status::Cancelled if item.action == Action::Delete => {
            Some("to delete it after all, ask anew: strongroom delete request".to_owned())
        }
        Status::Cancelled if item.action == Action::Restore => {
            Some("to have it given back after all, ask anew: strongroom restore".to_owned())
        }
        Status::Cancelled if item.superseded_by.is_none() => {
            Some(format!("to take it in after all: strongroom item retry {id}"))
        }
        _ => None,
    };
    Ok(Some(ItemReport { item, findings, receipt, advice }))
}
