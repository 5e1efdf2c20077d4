//! The receipt of a work item: read from the registry, never from memory.

use backends::database::{Database, DatabaseError};
use model::{Action, RECEIPT_FORMAT, Receipt, ReceiptReplica, Status, WorkItem};

/// Returns the receipt of an item that is done; `None` for any other.
///
/// # Errors
/// The database cannot be read.
pub async fn receipt(database: &Database, item: &WorkItem) -> Result<Option<Receipt>, DatabaseError> {
    if item.status != Status::Success {
        return Ok(None);
    }
    // The object of that name may be another by now, after the one of this deposit was deleted.
    let object = match item.object {
        _ if item.action != Action::Ingest => None,
        Some(id) => database.object_by_id(id).await?,
        None => database.object(&item.deposit.identifier).await?,
    };
    let Some(object) = object else { return Ok(None) };
    let state = database.item_state(item.id).await?;
    let versions = database.object_versions(object.id).await?;
    let made = versions.iter().find(|version| version.item == item.id);
    let Some(version) = made.or(versions.last()) else { return Ok(None) };
    let replicas = database.replicas(object.id).await?.into_iter().filter(|replica| replica.version == version.number);
    Ok(Some(Receipt {
        format: RECEIPT_FORMAT.to_owned(),
        item: item.id,
        outcome: if made.is_some() { "stored" } else { "unchanged" }.to_owned(),
        object_id: object.id,
        object: object.identifier,
        version: version.number,
        accepted_at: version.created_at,
        files: version.files,
        size_bytes: version.size_bytes,
        new_files: if made.is_some() { version.new_files } else { 0 },
        new_size_bytes: if made.is_some() { version.new_size_bytes } else { 0 },
        storage_option: object.storage_option,
        manifests: state.manifests,
        replicas: replicas
            .map(|replica| ReceiptReplica {
                store: replica.store,
                object_path: replica.object_path,
                evidence: replica.evidence,
                verified_at: replica.verified_at,
            })
            .collect(),
        warnings: state.warnings.list,
    }))
}
