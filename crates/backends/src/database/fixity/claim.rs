//! The right to check a replica: it is claimed, kept while the check goes on, and given back.

use jiff::Timestamp;
use model::{CheckCursor, HeldReplica, ObjectId, Owner, StoreId};

use super::super::engine::{On, Query, ScalarQuery, Transaction, query, query_scalar};
use super::super::error::Asked;
use super::super::rows::{held_replica, micros};
use super::super::{Database, DatabaseError};

/// Which replica to check.
#[derive(Debug, Clone, Copy)]
pub enum NextCheck<'a> {
    /// The oldest that is queued.
    Queued,
    /// The oldest that is queued in this store.
    QueuedIn(&'a StoreId),
    /// This one.
    Of(ObjectId, &'a StoreId),
}

/// The right to check a replica and to write what came of it.
#[derive(Debug, Clone)]
pub struct FixityClaim {
    /// The replica.
    pub replica: HeldReplica,
    /// How far an earlier check came that was broken off.
    pub cursor: Option<CheckCursor>,
    owner: Owner,
    fence: i64,
}

impl Database {
    /// Claims a replica for a check; `None` when there is none, or somebody is at it. One whose object is being removed is
    /// not checked: what is missing there is not damage.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn claim_fixity(
        &self,
        next: NextCheck<'_>,
        owner: &Owner,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<FixityClaim>, DatabaseError> {
        let which = match next {
            NextCheck::Queued => "queued_at IS NOT NULL",
            NextCheck::QueuedIn(_) => "queued_at IS NOT NULL AND store = $4",
            NextCheck::Of(..) => "store = $4 AND object_id = $5",
        };
        let text = format!(
            "UPDATE fixity SET lease_owner = $1, lease_until = $2, fence = fence + 1 WHERE (object_id, store) = \
             (SELECT object_id, store FROM fixity WHERE (lease_owner IS NULL OR lease_until < $3) AND {which} \
              AND NOT EXISTS (SELECT 1 FROM deletion_targets t WHERE t.object_id = fixity.object_id \
              AND t.state = 'removing') \
              ORDER BY proven_at NULLS FIRST LIMIT 1{}) RETURNING object_id, store, fence, cursor",
            self.pool.engine().passing_locked()
        );
        let mut claiming = query(text).bind(&owner.0).bind(micros(until)).bind(micros(now));
        if let NextCheck::QueuedIn(store) | NextCheck::Of(_, store) = next {
            claiming = claiming.bind(&store.0);
        }
        if let NextCheck::Of(object, _) = next {
            claiming = claiming.bind(object.0.as_bytes().to_vec());
        }
        let mut transaction = self.write().await?;
        let row = claiming.fetch_optional(&mut *transaction).await.asked("claim a replica")?;
        let Some(row) = row else { return Ok(None) };
        let held = query(
            "SELECT f.*, o.institution, o.name FROM fixity f JOIN objects o ON o.id = f.object_id \
             WHERE f.object_id = $1 AND f.store = $2",
        )
        .bind(row.get::<Vec<u8>, _>("object_id"))
        .bind(row.get::<String, _>("store"))
        .fetch_one(&mut *transaction)
        .await
        .asked("claim a replica")?;
        transaction.commit().await.asked("claim a replica")?;
        let cursor: Option<String> = row.get("cursor");
        Ok(Some(FixityClaim {
            replica: held_replica(&held)?,
            cursor: cursor.and_then(|text| serde_json::from_str(&text).ok()),
            owner: owner.clone(),
            fence: row.get("fence"),
        }))
    }

    /// Notes how far a check has come, and prolongs its lease.
    ///
    /// # Errors
    /// The lease is lost, or the database cannot be written.
    pub async fn note_fixity_progress(
        &self,
        claim: &FixityClaim,
        cursor: &CheckCursor,
        until: Timestamp,
    ) -> Result<(), DatabaseError> {
        let text = serde_json::to_string(cursor).map_err(|error| DatabaseError::Damaged(error.to_string()))?;
        let values = |statement: Query| statement.bind(text).bind(micros(until));
        claim.change(&self.pool, "cursor = $5, lease_until = $6", values).await
    }

    /// Prolongs the lease of a replica.
    ///
    /// # Errors
    /// The lease is lost, or the database cannot be written.
    pub async fn prolong_fixity(&self, claim: &FixityClaim, until: Timestamp) -> Result<(), DatabaseError> {
        claim.change(&self.pool, "lease_until = $5", |statement| statement.bind(micros(until))).await
    }

    /// Makes sure that a claim still holds, for the last moment before a change that no transaction guards.
    ///
    /// # Errors
    /// The lease is lost, or the database cannot be read.
    pub async fn assert_fixity_held(&self, claim: &FixityClaim) -> Result<(), DatabaseError> {
        let held: Option<i64> = claim.held("").fetch_optional(&self.pool).await.asked("look at a lease")?;
        held.map(|_| ()).ok_or_else(|| lost(claim))
    }

    /// Lets go of a replica without a result: the process stops. It stays queued, and what was done is kept.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn hand_back_fixity(&self, claim: &FixityClaim) -> Result<(), DatabaseError> {
        match claim.change(&self.pool, "lease_owner = NULL, lease_until = 0", |statement| statement).await {
            // Then there is nothing to give back.
            Err(DatabaseError::ReplicaLost { .. }) => Ok(()),
            other => other,
        }
    }
}

impl FixityClaim {
    /// Changes the replica's row, if the claim still holds. `values` binds what `set` names, from `$5` on.
    pub(super) async fn change<'c>(
        &self,
        on: impl Into<On<'c>>,
        set: &'static str,
        values: impl FnOnce(Query) -> Query,
    ) -> Result<(), DatabaseError> {
        let text =
            format!("UPDATE fixity SET {set} WHERE object_id = $1 AND store = $2 AND fence = $3 AND lease_owner = $4");
        let statement = query(text)
            .bind(self.replica.object.0.as_bytes().to_vec())
            .bind(self.replica.store.0.clone())
            .bind(self.fence)
            .bind(self.owner.0.clone());
        let changed = values(statement).execute(on).await.asked("write on behalf of a check")?;
        if changed.rows_affected() == 1 { Ok(()) } else { Err(lost(self)) }
    }

    /// Returns the fence of the claim: that of a later claim on the replica is higher.
    #[must_use]
    pub fn fence(&self) -> i64 {
        self.fence
    }

    /// Makes sure within a transaction that the claim still holds.
    pub(in super::super) async fn assert_held(&self, transaction: &mut Transaction) -> Result<(), DatabaseError> {
        let asking = self.held(transaction.engine().locking());
        let held: Option<i64> = asking.fetch_optional(&mut **transaction).await.asked("look at a lease")?;
        held.map(|_| ()).ok_or_else(|| lost(self))
    }

    /// Asks for the fence of the replica, if it is claimed as here.
    fn held(&self, locking: &str) -> ScalarQuery<i64> {
        query_scalar(format!(
            "SELECT fence FROM fixity WHERE object_id = $1 AND store = $2 AND fence = $3 AND lease_owner = $4{locking}"
        ))
        .bind(self.replica.object.0.as_bytes().to_vec())
        .bind(self.replica.store.0.clone())
        .bind(self.fence)
        .bind(self.owner.0.clone())
    }
}

fn lost(claim: &FixityClaim) -> DatabaseError {
    DatabaseError::ReplicaLost { object: claim.replica.identifier.clone(), store: claim.replica.store.clone() }
}
