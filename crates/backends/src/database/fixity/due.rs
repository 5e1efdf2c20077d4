//! Which replicas are to be checked next: each day its share, and whatever is overdue.

use jiff::{SignedDuration, Timestamp};
use model::{ObjectId, StoreId};

use super::super::engine::query;
use super::super::error::Asked;
use super::super::rows::micros;
use super::super::{Database, DatabaseError};

/// A replica that is not right is not taken up again by itself before this, so that it cannot keep the others waiting.
const RETRY: SignedDuration = SignedDuration::from_hours(1);
/// The share of the period in which all are to be proven: the rest is kept in hand for days on which nothing is done.
const HASTE_PERCENT: i64 = 90;
const DAY: SignedDuration = SignedDuration::from_hours(24);

impl Database {
    /// Queues the replicas of a store that are next: what is overdue, and of the others today's share, oldest first.
    ///
    /// The share of a day is such that all have their turn in nine tenths of the period, so that checks spread over it by
    /// themselves; whatever is older than the period is queued however much that is. Returns how many are new in the queue.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn queue_fixity(
        &self,
        store: &StoreId,
        period: SignedDuration,
        now: Timestamp,
    ) -> Result<u64, DatabaseError> {
        let mut transaction = self.write().await?;
        let counts = query(
            "SELECT count(*) AS replicas, count(*) FILTER (WHERE proven_at > $2) AS today, \
             count(*) FILTER (WHERE queued_at IS NOT NULL) AS queued FROM fixity WHERE store = $1",
        )
        .bind(&store.0)
        .bind(micros(now - DAY))
        .fetch_one(&mut *transaction)
        .await
        .asked("count replicas")?;
        let days = (period.as_hours() * HASTE_PERCENT / 100 / 24).max(1);
        let share = (counts.get::<i64, _>("replicas") + days - 1) / days;
        let wanted = (share - counts.get::<i64, _>("today") - counts.get::<i64, _>("queued")).max(0);
        let queued = query(
            "UPDATE fixity SET queued_at = $2 WHERE store = $1 AND queued_at IS NULL \
             AND (tried_at IS NULL OR tried_at < $3) AND ((proven_at IS NULL OR proven_at < $4) OR object_id IN \
               (SELECT object_id FROM fixity WHERE store = $1 AND queued_at IS NULL AND (tried_at IS NULL OR tried_at < $3) \
                AND proven_at < $5 ORDER BY proven_at LIMIT $6))",
        )
        .bind(&store.0)
        .bind(micros(now))
        .bind(micros(now - RETRY))
        .bind(micros(now - period))
        .bind(micros(now - DAY))
        .bind(wanted)
        .execute(&mut *transaction)
        .await
        .asked("queue replicas")?;
        transaction.commit().await.asked("queue replicas")?;
        Ok(queued.rows_affected())
    }

    /// Queues one replica, whenever its turn would be: somebody doubts it.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn queue_replica(&self, object: ObjectId, store: &StoreId, now: Timestamp) -> Result<(), DatabaseError> {
        query("UPDATE fixity SET queued_at = coalesce(queued_at, $1) WHERE object_id = $2 AND store = $3")
            .bind(micros(now))
            .bind(object.0.as_bytes().as_slice())
            .bind(&store.0)
            .execute(&self.pool)
            .await
            .asked("queue a replica")?;
        Ok(())
    }
}
