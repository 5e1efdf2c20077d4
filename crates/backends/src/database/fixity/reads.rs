//! What checks have read of each store, a row a day: that is what budgets are held against.

use jiff::Timestamp;
use model::StoreId;

use super::super::engine::{Row, query, query_scalar};
use super::super::error::Asked;
use super::super::rows::{micros, signed};
use super::super::{Database, DatabaseError};

const DAY_SECONDS: i64 = 86_400;

/// What was read of a store on one day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct DayReads {
    /// Files, each of which is a request to the store.
    pub files: u64,
    /// Bytes.
    pub size_bytes: u64,
}

impl Database {
    /// Adds to what was read of a store today (UTC).
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn add_reads(&self, store: &StoreId, reads: DayReads, now: Timestamp) -> Result<(), DatabaseError> {
        query(
            "INSERT INTO fixity_reads (store, day, files, size_bytes) VALUES ($1, $2, $3, $4) ON CONFLICT (store, day) \
             DO UPDATE SET files = fixity_reads.files + excluded.files, \
             size_bytes = fixity_reads.size_bytes + excluded.size_bytes",
        )
        .bind(&store.0)
        .bind(day(now))
        .bind(signed(reads.files))
        .bind(signed(reads.size_bytes))
        .execute(&self.pool)
        .await
        .asked("note what was read")?;
        Ok(())
    }

    /// Returns what was read of a store today (UTC).
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn reads_today(&self, store: &StoreId, now: Timestamp) -> Result<DayReads, DatabaseError> {
        let row = query("SELECT files, size_bytes FROM fixity_reads WHERE store = $1 AND day = $2")
            .bind(&store.0)
            .bind(day(now))
            .fetch_optional(&self.pool)
            .await
            .asked("tell what was read")?;
        let count = |row: &Row, column: &str| row.get::<i64, _>(column).unsigned_abs();
        Ok(row.map_or(DayReads::default(), |row| DayReads {
            files: count(&row, "files"),
            size_bytes: count(&row, "size_bytes"),
        }))
    }

    /// Counts the replicas of a store that were proven before a time, or never.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn overdue_replicas(&self, store: &StoreId, due: Timestamp) -> Result<u64, DatabaseError> {
        // Two counts, each along the index: what is not overdue is never looked at.
        let count: i64 = query_scalar(
            "SELECT (SELECT count(*) FROM fixity WHERE store = $1 AND proven_at IS NULL) + \
             (SELECT count(*) FROM fixity WHERE store = $1 AND proven_at < $2)",
        )
        .bind(&store.0)
        .bind(micros(due))
        .fetch_one(&self.pool)
        .await
        .asked("count what is overdue")?;
        Ok(count.unsigned_abs())
    }
}

fn day(now: Timestamp) -> i64 {
    now.as_second().div_euclid(DAY_SECONDS)
}
