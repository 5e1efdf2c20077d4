//! What a restoration asks of the registry, and what it adds to it.

use digests::{Algorithm, Algorithms};
use model::{Event, ObjectId};

use super::engine::{QueryBuilder, query};
use super::error::Asked;
use super::events::stored;
use super::settle::add_events;
use super::{Database, DatabaseError, StoredEvent};

impl Database {
    /// Returns the algorithms under which every file of a version has a digest; none when it has no files.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn digests_of_all_files(&self, id: ObjectId, version: u32) -> Result<Algorithms, DatabaseError> {
        let mut query = QueryBuilder::new("SELECT true");
        for algorithm in Algorithm::all() {
            if Algorithms::COMMON.contains(algorithm) {
                query.push(format!(", count(*) > 0 AND count({algorithm}) = count(*)"));
            } else {
                // These stand in one column, as `sha224:<hexadecimal>` with a space between them.
                let condition = format!("' ' || other_digests LIKE '% {algorithm}:%'");
                query.push(format!(", count(*) > 0 AND count(*) FILTER (WHERE {condition}) = count(*)"));
            }
        }
        query.push(" FROM file_versions WHERE object_id = ").push_bind(id.0.as_bytes().to_vec());
        query.push(" AND version <= ").push_bind(i64::from(version));
        query.push(" AND (ended_by IS NULL OR ended_by > ").push_bind(i64::from(version)).push(")");
        let row = query.build().fetch_one(&self.pool).await.asked("compare the digests of files")?;
        let is_of_all = |(place, algorithm): (usize, Algorithm)| row.get::<bool, _>(place + 1).then_some(algorithm);
        Ok(Algorithm::all().enumerate().filter_map(is_of_all).collect())
    }

    /// Lists the events of an object up to a version, oldest first, after a number, at most so many.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn history_of_object(
        &self,
        id: ObjectId,
        version: u32,
        after: i64,
        most: u32,
    ) -> Result<Vec<StoredEvent>, DatabaseError> {
        let rows = query(
            "SELECT * FROM events WHERE object_id = $1 AND number > $2 AND (version IS NULL OR version <= $3) \
             ORDER BY number LIMIT $4",
        )
        .bind(id.0.as_bytes().as_slice())
        .bind(after)
        .bind(i64::from(version))
        .bind(i64::from(most))
        .fetch_all(&self.pool)
        .await
        .asked("list events")?;
        rows.iter().map(stored).collect()
    }

    /// Adds events that no work item brings about, in one transaction. Twice is well.
    ///
    /// # Errors
    /// The database cannot be written; then none is added.
    pub async fn add_events(&self, events: &[Event]) -> Result<(), DatabaseError> {
        let mut transaction = self.write().await?;
        add_events(&mut transaction, events).await?;
        transaction.commit().await.asked("add events")
    }
}
