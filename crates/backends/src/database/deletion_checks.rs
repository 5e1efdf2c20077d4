//! What is looked at when a deletion is asked for, and again before its bytes go.

use jiff::Timestamp;
use model::{Action, DeletionId, DeletionTerms, Extent, ItemId, ObjectId, ObjectIdentifier, Refusal, StoreId};

use super::DatabaseError;
use super::engine::{Transaction, query, query_as, query_scalar};
use super::error::Asked;

/// An answer of the database, or why somebody is not obeyed.
pub(super) type Checked<T> = Result<Result<T, Refusal>, DatabaseError>;

/// Returns how many files go, and their bytes, as things are now.
pub(super) async fn totals(
    transaction: &mut Transaction,
    id: DeletionId,
    object: ObjectId,
    extent: Extent,
) -> Result<(i64, i64), DatabaseError> {
    let text = match extent {
        Extent::Object => {
            "SELECT count(*), CAST(coalesce(sum(size_bytes), 0) AS BIGINT) FROM file_versions WHERE object_id = $2 AND $1 = $1"
        }
        Extent::Files => {
            "SELECT count(*), CAST(coalesce(sum(f.size_bytes), 0) AS BIGINT) FROM deletion_files d JOIN file_versions f \
             ON f.object_id = d.object_id AND f.path = d.path AND f.version = d.version AND f.sha256 = d.sha256 \
             WHERE d.object_id = $2 AND d.deletion_id = $1"
        }
    };
    let query = query_as(text).bind(id.0).bind(object.0.as_bytes().as_slice());
    query.fetch_one(&mut **transaction).await.asked("count files")
}

/// Returns a deposit of the object that has not ended, or that waits for a person after it began to be stored.
pub(super) async fn work_of(
    transaction: &mut Transaction,
    identifier: &ObjectIdentifier,
) -> Result<Option<ItemId>, DatabaseError> {
    let id: Option<i64> = query_scalar(
        "SELECT id FROM work_items WHERE institution = $1 AND name = $2 AND action = $3 \
         AND status IN ('pending', 'started', 'stopped') ORDER BY id LIMIT 1",
    )
    .bind(identifier.institution.as_str())
    .bind(identifier.name.as_str())
    .bind(Action::Ingest.name())
    .fetch_optional(&mut **transaction)
    .await
    .asked("look for deposits in work")?;
    Ok(id.map(ItemId))
}

pub(super) async fn asked_before(
    transaction: &mut Transaction,
    object: ObjectId,
) -> Result<Option<DeletionId>, DatabaseError> {
    let id: Option<i64> = query_scalar(
        "SELECT deletion_id FROM deletion_targets WHERE object_id = $1 AND state IN ('waiting', 'removing') LIMIT 1",
    )
    .bind(object.0.as_bytes().as_slice())
    .fetch_optional(&mut **transaction)
    .await
    .asked("look for other deletions")?;
    Ok(id.map(DeletionId))
}

/// Says whether every store has kept for long enough what goes. The newest of it counts, not the object's first day.
pub(super) async fn retained(
    transaction: &mut Transaction,
    id: DeletionId,
    (object, identifier): (ObjectId, &ObjectIdentifier),
    extent: Extent,
    (terms, now): (&DeletionTerms, Timestamp),
) -> Checked<()> {
    let rows = query(
        "SELECT r.store, max(v.created_at) AS since FROM replicas r JOIN object_versions v \
         ON v.object_id = r.object_id AND v.number = r.version WHERE r.object_id = $1 AND ($2 = 'object' \
         OR r.version IN (SELECT version FROM deletion_files WHERE deletion_id = $3 AND object_id = $1)) \
         GROUP BY r.store ORDER BY r.store",
    )
    .bind(object.0.as_bytes().as_slice())
    .bind(extent.name())
    .bind(id.0)
    .fetch_all(&mut **transaction)
    .await
    .asked("look how long stores keep it")?;
    for row in rows {
        let (store, object) = (StoreId(row.get("store")), identifier.clone());
        let Some(kept) = terms.retention.get(&store) else { return Ok(Err(Refusal::UnknownStore { object, store })) };
        let since = Timestamp::from_microsecond(row.get("since"));
        let until = since.map_err(|error| DatabaseError::Damaged(error.to_string()))? + *kept;
        if until > now {
            return Ok(Err(Refusal::Retained { object, store, until }));
        }
    }
    Ok(Ok(()))
}
