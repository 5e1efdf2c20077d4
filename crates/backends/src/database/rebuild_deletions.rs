//! Deletions of a registry in the making, as the tombstones of a store tell them.

use jiff::Timestamp;
use model::{
    Confirmed, DeletedFile, Deletion, DeletionId, Extent, InstitutionName, ItemId, Object, ObjectId, ObjectIdentifier,
    ObjectVersion,
};

use super::engine::query;
use super::error::Asked;
use super::record::record_version;
use super::rows::{micros, signed};
use super::{DatabaseError, RegistryDraft};

/// What was deleted of one object.
#[derive(Debug, Clone)]
pub struct Buried<'a> {
    /// The deletion.
    pub deletion: DeletionId,
    /// The object.
    pub object: ObjectId,
    /// Its name.
    pub identifier: &'a ObjectIdentifier,
    /// How much of it.
    pub extent: Extent,
    /// Its newest version when it was deleted.
    pub head: u32,
    /// Files that went.
    pub files: u64,
    /// Their bytes.
    pub size_bytes: u64,
    /// The work item that carried it out.
    pub item: ItemId,
    /// When bytes began to go.
    pub begun_at: Timestamp,
    /// When every store had confirmed.
    pub deleted_at: Timestamp,
    /// The stores.
    pub stores: &'a [Confirmed],
    /// The object and its versions, where all of it went.
    pub whole: Option<(&'a Object, &'a [ObjectVersion])>,
}

impl RegistryDraft {
    /// Adds a deletion that was carried out, at least in part; one that is there already is well.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn add_deletion(&mut self, deletion: &Deletion) -> Result<(), DatabaseError> {
        let approved = deletion.approved.as_ref();
        query(
            "INSERT INTO deletions (id, state, institution, scope, reason, requested_login, requested_person, \
             requested_at, approved_login, approved_person, approved_at, due_at) \
             VALUES ($1, 'ended', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING",
        )
        .bind(deletion.id.0)
        .bind(deletion.institution.as_ref().map(InstitutionName::as_str))
        .bind(&deletion.scope)
        .bind(&deletion.reason)
        .bind(deletion.requested.login.as_str())
        .bind(deletion.requested.person.as_str())
        .bind(micros(deletion.requested.at))
        .bind(approved.map(|approved| approved.login.as_str()))
        .bind(approved.map(|approved| approved.person.as_str()))
        .bind(approved.map(|approved| micros(approved.at)))
        .bind(deletion.due_at.map(micros))
        .execute(&mut *self.transaction)
        .await
        .asked("add a deletion")?;
        Ok(())
    }

    /// Adds what a deletion has taken of an object, and the object itself where that was all of it.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn bury(&mut self, buried: &Buried<'_>) -> Result<(), DatabaseError> {
        let object = buried.object.0.as_bytes().as_slice();
        query(
            "INSERT INTO deletion_targets (deletion_id, object_id, institution, name, extent, head, files, size_bytes, \
             state, item_id, begun_at, deleted_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'deleted', $9, $10, $11)",
        )
        .bind(buried.deletion.0)
        .bind(object)
        .bind(buried.identifier.institution.as_str())
        .bind(buried.identifier.name.as_str())
        .bind(buried.extent.name())
        .bind(i64::from(buried.head))
        .bind(signed(buried.files))
        .bind(signed(buried.size_bytes))
        .bind(buried.item.0)
        .bind(micros(buried.begun_at))
        .bind(micros(buried.deleted_at))
        .execute(&mut *self.transaction)
        .await
        .asked("add a deletion")?;
        for confirmed in buried.stores {
            query("INSERT INTO deletion_stores (deletion_id, object_id, store, confirmed_at) VALUES ($1, $2, $3, $4)")
                .bind(buried.deletion.0)
                .bind(object)
                .bind(&confirmed.store.0)
                .bind(micros(confirmed.at))
                .execute(&mut *self.transaction)
                .await
                .asked("add a deletion")?;
        }
        let Some((whole, versions)) = buried.whole else { return Ok(()) };
        self.add_name("institutions", buried.identifier.institution.as_str(), whole.created_at).await?;
        self.add_deleted_object(whole, buried).await?;
        for version in versions {
            record_version(&mut self.transaction, version).await?;
        }
        Ok(())
    }

    /// Adds an object that is gone: another may be held under its name by now.
    async fn add_deleted_object(&mut self, object: &Object, buried: &Buried<'_>) -> Result<(), DatabaseError> {
        query(
            "INSERT INTO objects (id, institution, name, title, description, access, storage_option, \
             profile_identifier, head, files, size_bytes, created_at, updated_at, state, deletion_id, deleted_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'deleted', $14, $15)",
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
        .bind(buried.deletion.0)
        .bind(micros(buried.deleted_at))
        .execute(&mut *self.transaction)
        .await
        .asked("add a deleted object")?;
        Ok(())
    }

    /// Adds a file that a deletion has taken.
    ///
    /// # Errors
    /// The database cannot be written, or it is there already.
    pub async fn add_deleted_file(
        &mut self,
        deletion: DeletionId,
        object: ObjectId,
        file: &DeletedFile,
        sha256: &[u8],
    ) -> Result<(), DatabaseError> {
        self.rows += 1;
        query(
            "INSERT INTO deletion_files (deletion_id, object_id, path, version, size_bytes, sha256) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(deletion.0)
        .bind(object.0.as_bytes().as_slice())
        .bind(&file.path)
        .bind(i64::from(file.version))
        .bind(signed(file.size_bytes))
        .bind(sha256)
        .execute(&mut *self.transaction)
        .await
        .asked("add a deleted file")?;
        Ok(())
    }

    /// Adds the certificate of what was added.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn set_certificate(
        &mut self,
        deletion: DeletionId,
        object: ObjectId,
        certificate: &str,
    ) -> Result<(), DatabaseError> {
        query("UPDATE deletion_targets SET certificate = $1 WHERE deletion_id = $2 AND object_id = $3")
            .bind(certificate)
            .bind(deletion.0)
            .bind(object.0.as_bytes().as_slice())
            .execute(&mut *self.transaction)
            .await
            .asked("add a certificate")?;
        Ok(())
    }
}
