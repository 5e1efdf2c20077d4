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
    let mut targets = Vec::new();
    for target in database.deletion_targets(id).await? {
        let confirmed = database.confirmed_stores(id, target.object).await?;
        let places = database.places_of(target.object).await?.into_iter().map(|(store, _)| store);
        let is_confirmed = |store: &StoreId| confirmed.iter().any(|one| one.store == *store);
        let is_gone = target.state == model::TargetState::Deleted;
        let holding = places.filter(|store| !is_gone && !is_confirmed(store)).collect();
        let item = match target.item {
            Some(item) => database.item(item).await?,
            None => None,
        };
        let named = match target.extent {
            model::Extent::Files => database.deleted_files(id, target.object, None, FILES_NAMED_MAX).await?,
            model::Extent::Object => Vec::new(),
        };
        let last_error = item.and_then(|item| item.last_error);
        targets.push(TargetReport { target, last_error, confirmed, holding, named });
    }
    Ok(Some(DeletionReport { deletion, targets }))
}
