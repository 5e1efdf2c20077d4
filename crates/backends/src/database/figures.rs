//! Figures of the queue and of the keeping, for those who watch a fleet. Each is read by an index, and bounded.

use jiff::Timestamp;
use model::{Role, Stage, StoreId};

use super::engine::{query, query_scalar};
use super::error::Asked;
use super::rows::micros;
use super::{Database, DatabaseError};

/// Items that are counted at one stage; of more it is only told that there are so many.
const COUNTED_MAX: u32 = 10_000;
/// Incidents that are counted.
const INCIDENTS_MAX: u32 = 10_000;

/// What waits for a role, and what is in work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoleQueue {
    /// The role.
    pub role: Role,
    /// Items, replicas, jobs or alerts that wait for it, be it for their next try.
    pub depth: u64,
    /// Since when the one has been ready that has waited longest, of those that are counted; `None` when none is there.
    pub oldest_at: Option<Timestamp>,
    /// Those in work in any process; `None` where nobody notes it.
    pub in_flight: Option<u64>,
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

    /// Returns how the queues of some roles stand; of a role that has none, nothing. At most 10,000 are counted in each.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn queue_figures(&self, roles: &[Role], now: Timestamp) -> Result<Vec<RoleQueue>, DatabaseError> {
        let stages: Vec<_> = roles.iter().filter_map(|role| role.stage()).collect();
        let mut figures = self.queues_of_stages(&stages, now).await?;
        for &role in roles {
            figures.extend(self.queue_of(role, now).await?);
        }
        Ok(figures)
    }

    /// Returns the queue of a role that takes no items; `None` when it has none.
    async fn queue_of(&self, role: Role, now: Timestamp) -> Result<Option<RoleQueue>, DatabaseError> {
        let free = "(lease_owner IS NULL OR lease_until < $1)";
        let held = "lease_owner IS NOT NULL AND lease_until >= $1";
        let (waiting, in_work) = match role {
            Role::FixityCheck => (
                format!(
                    "SELECT queued_at AS since FROM fixity WHERE queued_at IS NOT NULL AND {free} ORDER BY proven_at NULLS FIRST"
                ),
                Some(format!("SELECT count(*) FROM fixity WHERE {held}")),
            ),
            Role::JobRunner => (
                format!(
                    "SELECT next_try_at AS since FROM jobs WHERE status IN ('pending', 'started') AND {free} ORDER BY next_try_at"
                ),
                Some(format!("SELECT count(*) FROM jobs WHERE {held}")),
            ),
            Role::Alert => (
                "SELECT due_at AS since FROM alerts WHERE done_at IS NULL AND delivered_count < count \
                 ORDER BY due_at"
                    .to_owned(),
                None,
            ),
            _ => return Ok(None),
        };
        let text =
            format!("SELECT count(*) AS depth, min(since) AS oldest FROM ({waiting} LIMIT {COUNTED_MAX}) waiting");
        // An alert has no claim that could have run out.
        let asking = if in_work.is_some() { query(text).bind(micros(now)) } else { query(text) };
        let row = asking.fetch_one(&self.pool).await.asked("count what waits")?;
        let oldest: Option<i64> = row.get("oldest");
        let in_flight = match in_work {
            None => None,
            Some(text) => {
                let count: i64 =
                    query_scalar(text).bind(micros(now)).fetch_one(&self.pool).await.asked("count what is in work")?;
                Some(counted(count))
            }
        };
        let oldest_at = oldest.and_then(|at| Timestamp::from_microsecond(at).ok());
        Ok(Some(RoleQueue { role, depth: counted(row.get("depth")), oldest_at, in_flight }))
    }

    async fn queues_of_stages(&self, stages: &[Stage], now: Timestamp) -> Result<Vec<RoleQueue>, DatabaseError> {
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
            figures.push(RoleQueue {
                role: Role::Worker(stage),
                depth: counted(row.get("depth")),
                oldest_at: oldest.and_then(|at| Timestamp::from_microsecond(at).ok()),
                in_flight: Some(in_flight.map_or(0, |row| counted(row.get("held")))),
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
