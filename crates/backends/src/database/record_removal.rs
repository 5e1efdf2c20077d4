//! The end of what was held: what every store has confirmed to be gone leaves the registry.

use model::{Extent, Removal, VersionCounts};

use super::DatabaseError;
use super::engine::{Transaction, query};
use super::error::Asked;
use super::removal::{COUNTS, counts, end_when_done};
use super::rows::{micros, signed};

/// Enters in the registry what every store has confirmed, within the transaction that settles the step.
pub(super) async fn record_removal(transaction: &mut Transaction, removal: &Removal) -> Result<(), DatabaseError> {
    let object = removal.object.0.as_bytes().to_vec();
    match removal.extent {
        Extent::Object => forget_object(transaction, removal, &object).await?,
        Extent::Files => forget_files(transaction, removal, &object).await?,
    }
    query("UPDATE incidents SET state = 'deleted', ended_at = $1 WHERE object_id = $2 AND state = 'open'")
        .bind(micros(removal.deleted_at))
        .bind(&object)
        .execute(&mut **transaction)
        .await
        .asked("end incidents")?;
    query(
        "UPDATE deletion_targets SET state = 'deleted', deleted_at = $1, certificate = $2 \
         WHERE deletion_id = $3 AND object_id = $4",
    )
    .bind(micros(removal.deleted_at))
    .bind(&removal.certificate)
    .bind(removal.deletion.0)
    .bind(&object)
    .execute(&mut **transaction)
    .await
    .asked("record a deletion")?;
    end_when_done(transaction, removal.deletion).await
}

async fn forget_object(transaction: &mut Transaction, removal: &Removal, object: &[u8]) -> Result<(), DatabaseError> {
    for text in [
        "DELETE FROM file_versions WHERE object_id = $1",
        "DELETE FROM replicas WHERE object_id = $1",
        "DELETE FROM documents WHERE object_id = $1",
        "DELETE FROM fixity_ranges WHERE object_id = $1",
        "DELETE FROM fixity WHERE object_id = $1",
    ] {
        query(text).bind(object).execute(&mut **transaction).await.asked("record a deletion")?;
    }
    query("UPDATE objects SET state = 'deleted', deletion_id = $1, deleted_at = $2 WHERE id = $3")
        .bind(removal.deletion.0)
        .bind(micros(removal.deleted_at))
        .bind(object)
        .execute(&mut **transaction)
        .await
        .asked("record a deletion")?;
    Ok(())
}

async fn forget_files(transaction: &mut Transaction, removal: &Removal, object: &[u8]) -> Result<(), DatabaseError> {
    let rows = query(COUNTS).bind(object).bind(removal.deletion.0).fetch_all(&mut **transaction).await;
    let all: Vec<_> = rows.asked("count what stays")?.iter().map(counts).collect();
    query(
        "DELETE FROM file_versions WHERE object_id = $1 AND EXISTS (SELECT 1 FROM deletion_files d \
         WHERE d.deletion_id = $2 AND d.object_id = file_versions.object_id AND d.path = file_versions.path \
         AND d.version = file_versions.version)",
    )
    .bind(object)
    .bind(removal.deletion.0)
    .execute(&mut **transaction)
    .await
    .asked("record a deletion")?;
    for version in &all {
        record_counts(transaction, object, version).await?;
    }
    for (path, sha256) in &removal.documents {
        query("UPDATE documents SET sha256 = $1 WHERE object_id = $2 AND path = $3")
            .bind(sha256)
            .bind(object)
            .bind(path)
            .execute(&mut **transaction)
            .await
            .asked("record a document")?;
    }
    for text in [
        "UPDATE objects SET files = v.files, size_bytes = v.size_bytes FROM object_versions v \
         WHERE objects.id = $1 AND v.object_id = objects.id AND v.number = objects.head",
        "UPDATE fixity SET cursor = NULL, fence = fence + 1, \
         files = (SELECT sum(r.files) FROM replicas r WHERE r.object_id = fixity.object_id AND r.store = fixity.store), \
         size_bytes = (SELECT sum(r.size_bytes) FROM replicas r WHERE r.object_id = fixity.object_id \
                       AND r.store = fixity.store) WHERE object_id = $1",
    ] {
        query(text).bind(object).execute(&mut **transaction).await.asked("record a deletion")?;
    }
    Ok(())
}

async fn record_counts(
    transaction: &mut Transaction,
    object: &[u8],
    version: &VersionCounts,
) -> Result<(), DatabaseError> {
    query(
        "UPDATE object_versions SET files = $1, size_bytes = $2, new_files = $3, new_size_bytes = $4 \
         WHERE object_id = $5 AND number = $6",
    )
    .bind(signed(version.files))
    .bind(signed(version.size_bytes))
    .bind(signed(version.new_files))
    .bind(signed(version.new_size_bytes))
    .bind(object)
    .bind(i64::from(version.number))
    .execute(&mut **transaction)
    .await
    .asked("record a deletion")?;
    query("UPDATE replicas SET files = $1, size_bytes = $2 WHERE object_id = $3 AND version = $4")
        .bind(signed(version.new_files))
        .bind(signed(version.new_size_bytes))
        .bind(object)
        .bind(i64::from(version.number))
        .execute(&mut **transaction)
        .await
        .asked("record a deletion")?;
    Ok(())
}
