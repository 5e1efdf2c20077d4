//! Entering a version in the registry, within the transaction that settles `record`.

use model::{Accession, Claim, Disposition, Object, ObjectVersion, Replica};

use super::DatabaseError;
use super::engine::{Transaction, query};
use super::error::Asked;
use super::fixity::record_fixity;
use super::rows::{micros, signed};

/// Enters a version in the registry. The files come from the gathered rows, set by set, whatever their number.
pub(super) async fn record(
    transaction: &mut Transaction,
    claim: &Claim,
    accession: &Accession,
) -> Result<(), DatabaseError> {
    record_object(transaction, &accession.object).await?;
    record_version(transaction, &accession.version).await?;
    record_files(transaction, claim, accession).await?;
    record_replicas(transaction, &accession.replicas).await?;
    record_fixity(transaction, accession).await
}

/// Enters where a version lies and how well it was proven there.
pub(super) async fn record_replicas(transaction: &mut Transaction, replicas: &[Replica]) -> Result<(), DatabaseError> {
    for replica in replicas {
        query(
            "INSERT INTO replicas (object_id, version, store, object_path, evidence, verified_at, files, size_bytes) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
        )
        .bind(replica.object.0.as_bytes().as_slice())
        .bind(i64::from(replica.version))
        .bind(&replica.store.0)
        .bind(&replica.object_path)
        .bind(replica.evidence.letter())
        .bind(micros(replica.verified_at))
        .bind(signed(replica.files))
        .bind(signed(replica.size_bytes))
        .execute(&mut **transaction)
        .await
        .asked("record a replica")?;
    }
    Ok(())
}

/// Enters an object as its newest version makes it.
pub(super) async fn record_object(transaction: &mut Transaction, object: &Object) -> Result<(), DatabaseError> {
    query(
        "INSERT INTO objects (id, institution, name, title, description, access, storage_option, profile_identifier, \
         head, files, size_bytes, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
         ON CONFLICT (id) DO UPDATE SET title = excluded.title, description = excluded.description, \
         access = excluded.access, profile_identifier = excluded.profile_identifier, head = excluded.head, \
         files = excluded.files, size_bytes = excluded.size_bytes, updated_at = excluded.updated_at",
    )
    .bind(object.id.0.as_bytes().as_slice())
    .bind(object.identifier.institution.as_str())
    .bind(object.identifier.name.as_str())
    .bind(&object.title)
    .bind(&object.description)
    .bind(object.access.name())
    .bind(&object.storage_option)
    .bind(&object.profile_identifier)
    .bind(i64::from(object.head))
    .bind(signed(object.files))
    .bind(signed(object.size_bytes))
    .bind(micros(object.created_at))
    .bind(micros(object.updated_at))
    .execute(&mut **transaction)
    .await
    .asked("record an object")?;
    Ok(())
}

/// Enters a version.
pub(super) async fn record_version(
    transaction: &mut Transaction,
    version: &ObjectVersion,
) -> Result<(), DatabaseError> {
    query(
        "INSERT INTO object_versions (object_id, number, item_id, created_at, files, size_bytes, new_files, \
         new_size_bytes) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
    )
    .bind(version.object.0.as_bytes().as_slice())
    .bind(i64::from(version.number))
    .bind(version.item.0)
    .bind(micros(version.created_at))
    .bind(signed(version.files))
    .bind(signed(version.size_bytes))
    .bind(signed(version.new_files))
    .bind(signed(version.new_size_bytes))
    .execute(&mut **transaction)
    .await
    .asked("record a version")?;
    Ok(())
}

async fn record_files(
    transaction: &mut Transaction,
    claim: &Claim,
    accession: &Accession,
) -> Result<(), DatabaseError> {
    let object = accession.object.id.0.as_bytes().as_slice();
    let version = i64::from(accession.version.number);
    if version > 1 {
        end_changed_files(transaction, claim, object, version).await?;
    }
    query(
        "INSERT INTO file_versions (object_id, path, version, size_bytes, modified_at, format, format_basis, puid, \
         format_note, format_signatures, md5, sha1, sha256, sha512, other_digests) \
         SELECT $1, path, $2, size_bytes, modified_at, coalesce(format, 'application/octet-stream'), \
         coalesce(format_basis, 'unknown'), puid, format_note, format_signatures, \
         md5, sha1, sha256, sha512, other_digests FROM gathered_files WHERE item_id = $3 AND disposition IN ($4, $5) \
         ORDER BY path ON CONFLICT DO NOTHING",
    )
    .bind(object)
    .bind(version)
    .bind(claim.item.id.0)
    .bind(Disposition::New.number())
    .bind(Disposition::Changed.number())
    .execute(&mut **transaction)
    .await
    .asked("record the files")?;
    Ok(())
}

/// Ends the current rows of files that the new version changes or, on `--replace`, no longer has.
async fn end_changed_files(
    transaction: &mut Transaction,
    claim: &Claim,
    object: &[u8],
    version: i64,
) -> Result<(), DatabaseError> {
    query(
        "UPDATE file_versions SET ended_by = $1 WHERE object_id = $2 AND ended_by IS NULL AND version < $1 \
         AND path IN (SELECT path FROM gathered_files WHERE item_id = $3 AND disposition = $4)",
    )
    .bind(version)
    .bind(object)
    .bind(claim.item.id.0)
    .bind(Disposition::Changed.number())
    .execute(&mut **transaction)
    .await
    .asked("end the changed files")?;
    if claim.item.deposit.options.re_deposit == model::ReDeposit::Replace {
        query(
            "UPDATE file_versions SET ended_by = $1 WHERE object_id = $2 AND ended_by IS NULL AND version < $1 \
             AND NOT EXISTS (SELECT 1 FROM gathered_files g WHERE g.item_id = $3 AND g.path = file_versions.path \
                             AND g.disposition <> $4)",
        )
        .bind(version)
        .bind(object)
        .bind(claim.item.id.0)
        .bind(Disposition::NotKept.number())
        .execute(&mut **transaction)
        .await
        .asked("end the files that were left out")?;
    }
    Ok(())
}
