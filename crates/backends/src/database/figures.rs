//! Figures of the queue and of the keeping, for those who watch a fleet. Each is read by an index, and bounded.

use jiff::Timestamp;
use model::{Stage, StoreId};

use super::engine::{query, query_scalar};
use super::error::Asked;
use super::rows::micros;
use super::{Database, DatabaseError};

/// Items that are counted at one stage; of more it is only told that there are so many.
const COUNTED_MAX: u32 = 10_000;
/// Incidents that are counted.
const INCIDENTS_MAX: u32 = 10_000;

/// What waits and what is in work at one stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StageQueue {
    /// The stage.
    pub stage: Stage,
    /// Items that wait there, be it for their next try.
    pub depth: u64,
    /// Since when the one has been ready that has waited longest; `None` when none is there.
    pub oldest_at: Option<Timestamp>,
    /// Items in work.
    pub in_flight: u64,
}

impl Database {
    /// Makes sure that the database answers.
    ///
    /// # Errors
    /// It does not.
    pub async fn ping(&self) -> Result<(), DatabaseError> {
        let answer: i64 =
            query_scalar("SELECT count(*) FROM role_leases").fetch_one(&self.pool).await.asked("answer")?;
        if answer < 0 { Err(DatabaseError::Damaged("a negative number of rows".to_owned())) } else { Ok(()) }
    }

    /// Returns how the queue stands at some stages. At most 100,000 items are counted at each.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn queue_figures(&self, stages: &[Stage], now: Timestamp) -> Result<Vec<StageQueue>, DatabaseError> {
        let held = query(
            "SELECT stage, count(*) AS held FROM work_items WHERE lease_owner IS NOT NULL AND lease_until >= $1 \
             AND status = 'started' GROUP BY stage",
        )
        .bind(micros(now))
        .fetch_all(&self.pool)
        .await
        .asked("count what is in work")?;
        let mut figures = Vec::with_capacity(stages.len());
        for &stage in stages {
            let text = format!(
                "SELECT count(*) AS depth, min(next_try_at) AS oldest FROM (SELECT next_try_at FROM work_items \
                 WHERE status = 'pending' AND stage = $1 ORDER BY next_try_at LIMIT {COUNTED_MAX}) waiting"
            );
            let row = query(text).bind(stage.name()).fetch_one(&self.pool).await.asked("count what waits")?;
            let oldest: Option<i64> = row.get("oldest");
            let in_flight = held.iter().find(|row| row.get::<&str, _>("stage") == stage.name());
            figures.push(StageQueue {
                stage,
                depth: counted(row.get("depth")),
                oldest_at: oldest.and_then(|at| Timestamp::from_microsecond(at).ok()),
                in_flight: in_flight.map_or(0, |row| counted(row.get("held"))),
            });
        }
        Ok(figures)
    }

    /// Returns how many incidents are open, 10,000 at most.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn open_incidents(&self) -> Result<u64, DatabaseError> {
        let text = format!(
            "SELECT count(*) FROM (SELECT 1 AS one FROM incidents WHERE state = 'open' LIMIT {INCIDENTS_MAX}) open"
        );
        let count: i64 = query_scalar(text).fetch_one(&self.pool).await.asked("count incidents")?;
        Ok(counted(count))
    }

    /// Returns when the replica of a store was proven that has gone unproven longest; `None` when the store has none,
    /// or one that never was.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn oldest_proof(&self, store: &StoreId) -> Result<Option<Timestamp>, DatabaseError> {
        let text = "SELECT proven_at FROM fixity WHERE store = $1 ORDER BY proven_at NULLS FIRST LIMIT 1";
        let at: Option<Option<i64>> =
            query_scalar(text).bind(&store.0).fetch_optional(&self.pool).await.asked("look for the oldest proof")?;
        Ok(at.flatten().and_then(|at| Timestamp::from_microsecond(at).ok()))
    }
}

fn counted(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
