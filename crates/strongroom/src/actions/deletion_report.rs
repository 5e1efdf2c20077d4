//! What is known of a deletion: who agreed, what it is about, and how far each store is.

use backends::database::{Database, DatabaseError};
use model::{Confirmed, DeletedFile, Deletion, DeletionId, DeletionTarget, StoreId};
use serde::Serialize;

/// Files of one object that are named, at most.
const FILES_NAMED_MAX: u32 = 100;

/// A deletion with all that it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeletionReport {
    /// The deletion.
    #[serde(flatten)]
    pub deletion: Deletion,
    /// What it is about, object by object.
    pub targets: Vec<TargetReport>,
}

/// One object of a deletion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TargetReport {
    /// The object, and where its deletion stands.
    #[serde(flatten)]
    pub target: DeletionTarget,
    /// What the work waits for, or what went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// The stores that have confirmed.
    pub confirmed: Vec<Confirmed>,
    /// The stores that hold it still.
    pub holding: Vec<StoreId>,
    /// The files, where single ones go; at most 100 are named.
    pub named: Vec<DeletedFile>,
}

/// Returns all that is known of a deletion.
///
/// # Errors
/// The database cannot be read.
pub async fn deletion_report(database: &Database, id: DeletionId) -> Result<Option<DeletionReport>, DatabaseError> {
    let Some(deletion) = database.deletion(id).await? else { return Ok(None) };
    full_deletion_report(database, deletion).await.map(Some)
}

/// Returns all that is known of a deletion that was read.
///
/// # Errors
/// The database cannot be read.
pub async fn full_deletion_report(database: &Database, deletion: Deletion) -> Result<DeletionReport, DatabaseError> {
    let id = deletion.id;
    // There may be thousands of targets: what is known of each is read of all at once.
    let mut confirmed_stores = database.confirmed_stores_of_all(id).await?;
    let mut places = database.stores_of_targets(id).await?;
    let mut errors = database.errors_of_targets(id).await?;
    let mut targets = Vec::new();
    for target in database.deletion_targets(id).await? {
        let confirmed = confirmed_stores.remove(&target.object).unwrap_or_default();
        let mut holding = places.remove(&target.object).unwrap_or_default();
        let is_gone = target.state == model::TargetState::Deleted;
        holding.retain(|store| !is_gone && !confirmed.iter().any(|one| one.store == *store));
        let named = match target.extent {
            model::Extent::Files => database.deleted_files(id, target.object, None, FILES_NAMED_MAX).await?,
            model::Extent::Object => Vec::new(),
        };
        let last_error = errors.remove(&target.object);
        targets.push(TargetReport { target, last_error, confirmed, holding, named });
    }
    Ok(DeletionReport { deletion, targets })
}
