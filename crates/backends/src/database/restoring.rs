//! Restorations that must wait for a thaw, as work items.

use jiff::Timestamp;
use model::{Action, ItemId, ObjectIdentifier, Restoring};

use super::engine::query_scalar;
use super::error::Asked;
use super::rows::{micros, signed};
use super::waking::tell;
use super::{Database, DatabaseError};

impl Database {
    /// Queues a restoration; asked for again while the same one has not ended, it is that one.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn enqueue_restoration(
        &self,
        identifier: &ObjectIdentifier,
        restoring: &Restoring,
        size_bytes: u64,
        now: Timestamp,
    ) -> Result<ItemId, DatabaseError> {
        let asked = format!("restoration v{} {}", restoring.version, restoring.path.as_deref().unwrap_or_default());
        let state = serde_json::json!({ "restoring": restoring }).to_string();
        let mut transaction = self.write().await?;
        transaction.lock_name(&identifier.to_string()).await.asked("add a work item")?;
        let known: Option<i64> = query_scalar(
            "SELECT id FROM work_items WHERE institution = $1 AND name = $2 AND action = $3 AND fingerprint = $4 \
             AND path = $5 AND status IN ('pending', 'started') ORDER BY id LIMIT 1",
        )
        .bind(identifier.institution.as_str())
        .bind(identifier.name.as_str())
        .bind(Action::Restore.name())
        .bind(&asked)
        .bind(&restoring.target)
        .fetch_optional(&mut *transaction)
        .await
        .asked("look for the same restoration")?;
        if let Some(id) = known {
            return Ok(ItemId(id));
        }
        let id: i64 = query_scalar(
            "INSERT INTO work_items (action, stage, status, institution, name, object_id, path, origin, fingerprint, \
             size_bytes, modified_at, options, state, next_try_at, created_at, updated_at) \
             VALUES ($1, $2, 'pending', $3, $4, $5, $6, 'restoration', $7, $8, $9, '{}', $10, $9, $9, $9) RETURNING id",
        )
        .bind(Action::Restore.name())
        .bind(Action::Restore.first_stage().name())
        .bind(identifier.institution.as_str())
        .bind(identifier.name.as_str())
        .bind(restoring.object.0.as_bytes().as_slice())
        .bind(&restoring.target)
        .bind(&asked)
        .bind(signed(size_bytes))
        .bind(micros(now))
        .bind(state)
        .fetch_one(&mut *transaction)
        .await
        .asked("add a work item")?;
        tell(&mut transaction).await?;
        transaction.commit().await.asked("add a work item")?;
        self.turns.forget();
        Ok(ItemId(id))
    }
}
