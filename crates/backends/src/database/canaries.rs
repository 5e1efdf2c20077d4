//! Whether the damage that is planted in each store was found.

use jiff::Timestamp;
use model::{AlertKind, Canaries, StoreId};

use super::alerts::{Raised, raise};
use super::engine::{query, query_scalar};
use super::error::Asked;
use super::rows::{canaries, micros};
use super::{Database, DatabaseError};

impl Database {
    /// Returns when the canaries of a store were last caught, if they were and none was missed since.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn canaries_caught_at(&self, store: &StoreId) -> Result<Option<Timestamp>, DatabaseError> {
        let canaries = self.canaries(store).await?;
        Ok(canaries.and_then(|canaries| if canaries.missed.is_none() { canaries.caught_at } else { None }))
    }

    /// Returns what is known of the canaries of a store; `None` before the first check.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn canaries(&self, store: &StoreId) -> Result<Option<Canaries>, DatabaseError> {
        let query = query("SELECT caught_at, missed_at, missed FROM canaries WHERE store = $1").bind(&store.0);
        let row = query.fetch_optional(&self.pool).await.asked("look for canaries")?;
        row.as_ref().map(canaries).transpose()
    }

    /// Notes that the canaries of a store were caught, or what was missed; the latter is an alert when it is new.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn note_canaries(
        &self,
        store: &StoreId,
        missed: Option<&str>,
        now: Timestamp,
    ) -> Result<(), DatabaseError> {
        let mut transaction = self.write().await?;
        let was_missed: Option<String> = query_scalar("SELECT missed FROM canaries WHERE store = $1")
            .bind(&store.0)
            .fetch_optional(&mut *transaction)
            .await
            .asked("note canaries")?
            .flatten();
        query(
            "INSERT INTO canaries (store, caught_at, missed_at, missed) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (store) DO UPDATE SET caught_at = coalesce(excluded.caught_at, canaries.caught_at), \
             missed_at = excluded.missed_at, missed = excluded.missed",
        )
        .bind(&store.0)
        .bind(missed.is_none().then(|| micros(now)))
        .bind(missed.map(|_| micros(now)))
        .bind(missed)
        .execute(&mut *transaction)
        .await
        .asked("note canaries")?;
        if let (Some(missed), None) = (missed, was_missed) {
            let (subject, message) = (format!("the store {store}"), missed.to_owned());
            let raised = Raised { kind: AlertKind::CanaryMissed, store: Some(store), subject, message, count: 1 };
            raise(&mut transaction, &raised, now).await?;
        }
        transaction.commit().await.asked("note canaries")
    }
}
