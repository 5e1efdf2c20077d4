//! What jobs changed about which store holds what, entered in a registry in the making.

use jiff::Timestamp;
use model::{ObjectId, Replica, StoreId};

use super::engine::query;
use super::error::Asked;
use super::rows::{micros, signed};
use super::{DatabaseError, RegistryDraft};

impl RegistryDraft {
    /// Forgets what was told of a store up to a time: it was lost, or evacuated.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn void_store(&mut self, store: &StoreId, until: Timestamp) -> Result<(), DatabaseError> {
        let query = query("DELETE FROM replicas WHERE store = $1 AND verified_at <= $2");
        let query = query.bind(&store.0).bind(micros(until));
        query.execute(&mut *self.transaction).await.asked("forget replicas")?;
        Ok(())
    }

    /// Adds a replica that a job made, if its version is there.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn add_later_replica(&mut self, replica: &Replica) -> Result<(), DatabaseError> {
        self.rows += 1;
        query(
            "INSERT INTO replicas (object_id, version, store, object_path, evidence, verified_at, files, size_bytes) \
             SELECT object_id, number, $3, $4, $5, $6, $7, $8 FROM object_versions WHERE object_id = $1 AND number = $2 \
             ON CONFLICT (object_id, version, store) DO UPDATE SET evidence = excluded.evidence, \
             verified_at = excluded.verified_at",
        )
        .bind(replica.object.0.as_bytes().as_slice())
        .bind(i64::from(replica.version))
        .bind(&replica.store.0)
        .bind(&replica.object_path)
        .bind(replica.evidence.letter())
        .bind(micros(replica.verified_at))
        .bind(signed(replica.files))
        .bind(signed(replica.size_bytes))
        .execute(&mut *self.transaction)
        .await
        .asked("record a replica")?;
        Ok(())
    }

    /// Settles which store holds what, once all was told: stores are known by their replicas, and whatever lies in the
    /// store that all was read from is held there, though nobody tells how well it was proven.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn settle_replicas(&mut self, own: &StoreId, paths: &[(ObjectId, String)]) -> Result<(), DatabaseError> {
        for (object, path) in paths {
            query(
                "INSERT INTO replicas (object_id, version, store, object_path, evidence, verified_at, files, size_bytes) \
                 SELECT object_id, number, $2, $3, 'D', created_at, new_files, new_size_bytes FROM object_versions \
                 WHERE object_id = $1 ON CONFLICT DO NOTHING",
            )
            .bind(object.0.as_bytes().as_slice())
            .bind(&own.0)
            .bind(path)
            .execute(&mut *self.transaction)
            .await
            .asked("record a replica")?;
        }
        for text in [
            "DELETE FROM fixity",
            "INSERT INTO fixity (object_id, store, object_path, head, files, size_bytes) \
             SELECT object_id, store, max(object_path), max(version), sum(files), sum(size_bytes) FROM replicas \
             GROUP BY object_id, store",
            "INSERT INTO stores (id, created_at) SELECT r.store, min(o.created_at) FROM replicas r \
             JOIN objects o ON o.id = r.object_id GROUP BY r.store ON CONFLICT DO NOTHING",
        ] {
            query(text).execute(&mut *self.transaction).await.asked("settle the replicas")?;
        }
        Ok(())
    }
}
