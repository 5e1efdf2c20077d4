//! The stores that were ever made here, where each stands in its life, and what it holds.

use jiff::Timestamp;
use model::{Amount, Event, ItemId, JobClaim, ObjectId, Replica, StoreId, StoreState};
use serde::Serialize;

use super::engine::{Row, query, query_scalar};
use super::error::Asked;
use super::replications::forget_replicas;
use super::rows::{micros, optional_time, replica};
use super::settle::add_events;
use super::{Database, DatabaseError};

/// A store that was made once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KnownStore {
    /// Its name.
    pub id: StoreId,
    /// Where it stands in its life.
    pub state: StoreState,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// Since when it stands there, if ever it changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_at: Option<Timestamp>,
}

impl Database {
    /// Returns every store that was ever made here, with its state, in order.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn known_stores(&self) -> Result<Vec<KnownStore>, DatabaseError> {
        let query = query("SELECT id, state, created_at, state_at FROM stores ORDER BY id");
        let rows = query.fetch_all(&self.pool).await.asked("list the stores")?;
        let known = |row: &Row| {
            let state: String = row.get("state");
            Ok(KnownStore {
                id: StoreId(row.get("id")),
                state: StoreState::from_name(&state)
                    .ok_or_else(|| DatabaseError::Damaged(format!("state of a store {state}")))?,
                created_at: optional_time(row, "created_at")?,
                state_at: optional_time(row, "state_at")?,
            })
        };
        rows.iter().map(known).collect()
    }

    /// Returns where a store stands in its life; `None` when it was never made.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn store_state(&self, id: &StoreId) -> Result<Option<StoreState>, DatabaseError> {
        Ok(self.known_stores().await?.into_iter().find(|known| known.id == *id).map(|known| known.state))
    }

    /// Brings a store into a state of its life, with the events that tell of it. Twice is well.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn set_store_state(
        &self,
        id: &StoreId,
        state: StoreState,
        events: &[Event],
        now: Timestamp,
    ) -> Result<(), DatabaseError> {
        let mut transaction = self.write().await?;
        let changed = query("UPDATE stores SET state = $1, state_at = $2 WHERE id = $3 AND state <> $1")
            .bind(state.name())
            .bind(micros(now))
            .bind(&id.0)
            .execute(&mut *transaction)
            .await
            .asked("change the state of a store")?;
        if changed.rows_affected() == 1 {
            add_events(&mut transaction, events).await?;
        }
        transaction.commit().await.asked("change the state of a store")
    }

    /// Retires a store, if no replica in it is counted on; says whether it did. In one transaction, with the events.
    ///
    /// # Errors
    /// The job's claim is lost, or the database cannot be written.
    pub async fn retire_store(
        &self,
        claim: &JobClaim,
        id: &StoreId,
        events: &[Event],
        now: Timestamp,
    ) -> Result<bool, DatabaseError> {
        let mut transaction = self.write().await?;
        Self::assert_job(&mut transaction, claim).await?;
        let is_needed: bool = query_scalar(
            "SELECT EXISTS (SELECT 1 FROM fixity WHERE store = $1) OR EXISTS (SELECT 1 FROM replicas WHERE store = $1)",
        )
        .bind(&id.0)
        .fetch_one(&mut *transaction)
        .await
        .asked("retire a store")?;
        if is_needed {
            return Ok(false);
        }
        let changed = query("UPDATE stores SET state = 'retired', state_at = $1 WHERE id = $2 AND state <> 'retired'")
            .bind(micros(now))
            .bind(&id.0)
            .execute(&mut *transaction)
            .await
            .asked("retire a store")?;
        if changed.rows_affected() == 1 {
            add_events(&mut transaction, events).await?;
        }
        transaction.commit().await.asked("retire a store")?;
        Ok(true)
    }

    /// Notes that all that a store held is lost: the registry counts on none of its replicas any more.
    ///
    /// # Errors
    /// The database cannot be written; then nothing is.
    pub async fn declare_lost(&self, id: &StoreId, events: &[Event], now: Timestamp) -> Result<(), DatabaseError> {
        let mut transaction = self.write().await?;
        forget_replicas(&mut transaction, id, None, "the whole store was lost", now).await?;
        let query = query("DELETE FROM canaries WHERE store = $1").bind(&id.0);
        query.execute(&mut *transaction).await.asked("note that a store is lost")?;
        add_events(&mut transaction, events).await?;
        transaction.commit().await.asked("note that a store is lost")
    }

    /// Says how much a store holds.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn amount_held(&self, id: &StoreId) -> Result<Amount, DatabaseError> {
        let row = query(
            "SELECT count(*) AS objects, CAST(coalesce(sum(files), 0) AS BIGINT) AS files, \
             CAST(coalesce(sum(size_bytes), 0) AS BIGINT) AS size_bytes, \
             (SELECT count(*) FROM documents d JOIN fixity h ON h.object_id = d.object_id AND h.store = $1) AS documents \
             FROM fixity WHERE store = $1",
        )
        .bind(&id.0)
        .fetch_one(&self.pool)
        .await
        .asked("count what a store holds")?;
        let count = |column: &str| u64::try_from(row.get::<i64, _>(column)).unwrap_or(0);
        Ok(Amount {
            objects: count("objects"),
            files: count("files"),
            size_bytes: count("size_bytes"),
            documents: count("documents"),
        })
    }

    /// Returns the highest number of a work item; 0 before the first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn last_item(&self) -> Result<ItemId, DatabaseError> {
        let query = query_scalar("SELECT coalesce(max(id), 0) FROM work_items");
        query.fetch_one(&self.pool).await.asked("look at the queue").map(ItemId)
    }

    /// Counts the work items up to a number that may have begun to write to stores and have not come to their end.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn items_being_stored(&self, last: ItemId) -> Result<u64, DatabaseError> {
        let count: i64 = query_scalar(
            "SELECT count(*) FROM work_items WHERE id <= $1 AND status IN ('pending', 'started', 'stopped') \
             AND stage IN ('store', 'verify', 'record')",
        )
        .bind(last.0)
        .fetch_one(&self.pool)
        .await
        .asked("look for deposits in work")?;
        Ok(count.unsigned_abs())
    }

    /// Returns sha256 and size of every file of every version: (path, version, sha256, bytes) in the order of paths and
    /// versions, after one, at most so many.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn sizes(
        &self,
        object: ObjectId,
        after: Option<(&str, u32)>,
        most: u32,
    ) -> Result<Vec<(String, u32, Vec<u8>, u64)>, DatabaseError> {
        let rows = query(
            "SELECT path, version, sha256, size_bytes FROM file_versions WHERE object_id = $1 \
             AND (path, version) > ($2, $3) ORDER BY path, version LIMIT $4",
        )
        .bind(object.0.as_bytes().as_slice())
        .bind(after.map_or("", |(path, _)| path))
        .bind(after.map_or(0, |(_, version)| i64::from(version)))
        .bind(i64::from(most))
        .fetch_all(&self.pool)
        .await
        .asked("list the sizes of an object's files")?;
        let version = |row: &Row| u32::try_from(row.get::<i64, _>("version")).unwrap_or(u32::MAX);
        let size = |row: &Row| u64::try_from(row.get::<i64, _>("size_bytes")).unwrap_or(0);
        Ok(rows.iter().map(|row| (row.get("path"), version(row), row.get("sha256"), size(row))).collect())
    }

    /// Lists the replicas in a store that were proven since a time, in the order of objects and versions, after one, at
    /// most so many.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn replicas_since(
        &self,
        store: &StoreId,
        since: Timestamp,
        after: Option<(ObjectId, u32)>,
        most: u32,
    ) -> Result<Vec<Replica>, DatabaseError> {
        let rows = query(
            "SELECT * FROM replicas WHERE store = $1 AND verified_at >= $2 \
             AND ($3 IS NULL OR (object_id, version) > ($3, $4)) ORDER BY object_id, version LIMIT $5",
        )
        .bind(&store.0)
        .bind(micros(since))
        .bind(after.map(|(object, _)| object.0.as_bytes().to_vec()))
        .bind(after.map(|(_, version)| i64::from(version)))
        .bind(i64::from(most))
        .fetch_all(&self.pool)
        .await
        .asked("list replicas")?;
        rows.iter().map(replica).collect()
    }

    /// Returns when the first job was asked for that may have changed which store holds what.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn first_change_of_stores(&self) -> Result<Option<Timestamp>, DatabaseError> {
        let query = query("SELECT min(created_at) AS at FROM jobs WHERE kind IN ('backfill', 'evacuate')");
        let row = query.fetch_one(&self.pool).await.asked("look at the jobs")?;
        optional_time(&row, "at")
    }

    /// Returns whether there is an incident of that number in a store.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn has_incident(&self, store: &StoreId, incident: i64) -> Result<bool, DatabaseError> {
        query_scalar("SELECT EXISTS (SELECT 1 FROM incidents WHERE id = $1 AND store = $2)")
            .bind(incident)
            .bind(&store.0)
            .fetch_one(&self.pool)
            .await
            .asked("look for an incident")
    }
}
