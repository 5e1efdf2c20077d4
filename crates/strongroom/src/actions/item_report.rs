//! All that is known of one work item.

use backends::database::{Database, DatabaseError};
use findings::{FINDINGS_TOLD_MAX, Findings, FirstFindings};
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
    /// How many findings and warnings there are that are not told here; `strongroom items show` tells all.
    #[serde(skip_serializing_if = "is_none")]
    pub not_told: u64,
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
    report(database, item, findings).await.map(Some)
}

/// Gathers what is known of an item, without findings and warnings beyond the first thousand: of those there may be so many
/// that a process which answers many at once has no room for them.
///
/// # Errors
/// The database cannot be read.
pub async fn short_item_report(database: &Database, item: WorkItem) -> Result<ItemReport, DatabaseError> {
    let first = database.first_item_findings(item.id).await?;
    let (findings, not_told) = first.map(|FirstFindings { findings, not_told }| (findings, not_told)).unzip();
    let mut report = report(database, item, findings).await?;
    report.not_told = not_told.unwrap_or(0);
    if let Some(warnings) = report.receipt.as_mut().map(|receipt| &mut receipt.warnings) {
        report.not_told += warnings.len().saturating_sub(FINDINGS_TOLD_MAX) as u64;
        warnings.truncate(FINDINGS_TOLD_MAX);
    }
    Ok(report)
}

async fn report(database: &Database, item: WorkItem, findings: Option<Findings>) -> Result<ItemReport, DatabaseError> {
    let id = item.id;
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
    Ok(ItemReport { item, findings, not_told: 0, receipt, advice })
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_none(count: &u64) -> bool {
    *count == 0
}
