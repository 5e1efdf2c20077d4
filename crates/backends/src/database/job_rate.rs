//! How fast jobs were, for telling beforehand how long the next one takes.

use model::{JobKind, JobProgress};

use super::engine::query_scalar;
use super::error::Asked;
use super::{Database, DatabaseError};

/// How fast jobs were.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JobRate {
    /// Bytes that were copied.
    pub bytes_per_second: Option<u64>,
    /// Objects that were looked at.
    pub objects_per_second: Option<u64>,
}

impl Database {
    /// Returns how fast jobs of a kind were lately. Nothing is told before the first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn job_rate(&self, kind: JobKind) -> Result<JobRate, DatabaseError> {
        let rows: Vec<String> =
            query_scalar("SELECT progress FROM jobs WHERE kind = $1 AND status = 'done' ORDER BY id DESC LIMIT 10")
                .bind(kind.name())
                .fetch_all(&self.pool)
                .await
                .asked("look how fast jobs were")?;
        let (mut bytes, mut objects, mut milliseconds) = (0_u64, 0_u64, 0_u64);
        for progress in rows.iter().filter_map(|text| serde_json::from_str::<JobProgress>(text).ok()) {
            bytes = bytes.saturating_add(progress.bytes);
            objects = objects.saturating_add(progress.counted("ok") + progress.counted("alike"));
            milliseconds = milliseconds.saturating_add(progress.milliseconds);
        }
        let rate = |count: u64| count.saturating_mul(1000).checked_div(milliseconds).filter(|rate| *rate > 0);
        Ok(JobRate { bytes_per_second: rate(bytes), objects_per_second: rate(objects) })
    }
}
