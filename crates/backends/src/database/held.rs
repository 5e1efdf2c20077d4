//! What the stores hold of objects, and what each file there must be.

use model::{HeldReplica, ObjectId, ObjectIdentifier, Stage, StoreId};

use super::engine::{Row, query, query_scalar};
use super::error::Asked;
use super::rows::held_replica;
use super::{Database, DatabaseError};

impl Database {
    /// Lists replicas in the order of stores and objects, from one on, at most so many; of one object or store only.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn held_replicas(
        &self,
        object: Option<ObjectId>,
        store: Option<&StoreId>,
        after: Option<(&StoreId, ObjectId)>,
        most: u32,
    ) -> Result<Vec<HeldReplica>, DatabaseError> {
        let rows = query(
            "SELECT f.*, o.institution, o.name FROM fixity f JOIN objects o ON o.id = f.object_id \
             WHERE ($1 IS NULL OR f.object_id = $1) AND ($2 IS NULL OR f.store = $2) \
             AND ($3 IS NULL OR (f.store, f.object_id) > ($3, $4)) ORDER BY f.store, f.object_id LIMIT $5",
        )
        .bind(object.map(|object| object.0.as_bytes().to_vec()))
        .bind(store.map(|store| store.0.as_str()))
        .bind(after.map(|(store, _)| store.0.as_str()))
        .bind(after.map(|(_, object)| object.0.as_bytes().to_vec()))
        .bind(i64::from(most))
        .fetch_all(&self.pool)
        .await
        .asked("list replicas")?;
        rows.iter().map(held_replica).collect()
    }

    /// Returns what the documents of an object must be: path below the object's folder, and sha256.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn documents(&self, object: ObjectId) -> Result<Vec<(String, Vec<u8>)>, DatabaseError> {
        let rows = query("SELECT path, sha256 FROM documents WHERE object_id = $1 ORDER BY path")
            .bind(object.0.as_bytes().as_slice())
            .fetch_all(&self.pool)
            .await
            .asked("list documents")?;
        Ok(rows.iter().map(|row| (row.get("path"), row.get("sha256"))).collect())
    }

    /// Returns the sha256 of every file of every version: (path, version, sha256) in that order, at most so many.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn addresses(
        &self,
        object: ObjectId,
        after: Option<(&str, u32)>,
        most: u32,
    ) -> Result<Vec<(String, u32, Vec<u8>)>, DatabaseError> {
        let rows = query(
            "SELECT path, version, sha256 FROM file_versions WHERE object_id = $1 \
             AND (path, version) > ($2, $3) ORDER BY path, version LIMIT $4",
        )
        .bind(object.0.as_bytes().as_slice())
        .bind(after.map_or("", |(path, _)| path))
        .bind(after.map_or(0, |(_, version)| i64::from(version)))
        .bind(i64::from(most))
        .fetch_all(&self.pool)
        .await
        .asked("list the digests of an object")?;
        let version = |row: &Row| u32::try_from(row.get::<i64, _>("version")).unwrap_or(u32::MAX);
        Ok(rows.iter().map(|row| (row.get("path"), version(row), row.get("sha256"))).collect())
    }

    /// Says whether a deposit or a deletion of the object has begun to change what the stores hold, and has not come to
    /// its end.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn is_being_stored(&self, identifier: &ObjectIdentifier) -> Result<bool, DatabaseError> {
        let stages: Vec<_> =
            [Stage::Store, Stage::Verify, Stage::Record].map(|stage| format!("'{}'", stage.name())).into();
        let text = format!(
            "SELECT EXISTS (SELECT 1 FROM work_items WHERE institution = $1 AND name = $2 \
             AND status IN ('pending', 'started', 'stopped') AND stage IN ({})) OR EXISTS (SELECT 1 FROM \
             deletion_targets WHERE institution = $1 AND name = $2 AND state = 'removing')",
            stages.join(", ")
        );
        query_scalar(text)
            .bind(identifier.institution.as_str())
            .bind(identifier.name.as_str())
            .fetch_one(&self.pool)
            .await
            .asked("look for deposits in work")
    }
}
