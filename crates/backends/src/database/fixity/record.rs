//! What is to be checked of a version that was just recorded.

use model::ObjectId;

use super::super::DatabaseError;
use super::super::engine::{Transaction, query};
use super::super::error::Asked;
use super::super::rows::{micros, signed};
use super::settle::extend_range;

/// Notes that a version with these replicas is held: a first one was proven as it was stored, and of a later one only
/// what is new was.
pub(in super::super) async fn record_fixity(
    transaction: &mut Transaction,
    accession: &model::Accession,
) -> Result<(), DatabaseError> {
    for replica in &accession.replicas {
        let is_new = query(
            "INSERT INTO fixity (object_id, store, object_path, head, files, size_bytes, proven_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (object_id, store) DO UPDATE SET \
             files = fixity.files + excluded.files, size_bytes = fixity.size_bytes + excluded.size_bytes, \
             head = excluded.head WHERE fixity.head < excluded.head",
        )
        .bind(replica.object.0.as_bytes().as_slice())
        .bind(&replica.store.0)
        .bind(&replica.object_path)
        .bind(i64::from(replica.version))
        .bind(signed(replica.files))
        .bind(signed(replica.size_bytes))
        .bind(micros(replica.verified_at))
        .execute(&mut **transaction)
        .await
        .asked("record a replica")?;
        if is_new.rows_affected() == 1 && replica.version == 1 {
            let at = replica.verified_at;
            extend_range(transaction, replica.object, &replica.store, at, replica.evidence).await?;
        }
    }
    record_documents(transaction, accession.object.id, accession.version.number, &accession.documents).await
}

/// Notes what the documents of a version must be.
pub(in super::super) async fn record_documents(
    transaction: &mut Transaction,
    object: ObjectId,
    version: u32,
    documents: &[(String, Vec<u8>)],
) -> Result<(), DatabaseError> {
    for (path, sha256) in documents {
        query(
            "INSERT INTO documents (object_id, path, version, sha256) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (object_id, path) DO UPDATE SET version = excluded.version, sha256 = excluded.sha256",
        )
        .bind(object.0.as_bytes().as_slice())
        .bind(path)
        .bind(i64::from(version))
        .bind(sha256)
        .execute(&mut **transaction)
        .await
        .asked("record a document")?;
    }
    Ok(())
}
