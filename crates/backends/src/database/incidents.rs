//! Incidents: damage that was found, and what became of it.

use jiff::{SignedDuration, Timestamp};
use model::{Damage, Event, Incident, IncidentState, ObjectId, OldestReplica, StoreFixity, StoreId};
use sqlx::{QueryBuilder, Row, Sqlite};

use super::error::Asked;
use super::rows::{identifier, incident, micros, optional_time};
use super::settle::add_events;
use super::{Database, DatabaseError, FixityClaim};

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Damage as a check finds it.
#[derive(Debug, Clone)]
pub struct FoundDamage {
    /// The file, below the object's folder; empty for the whole object.
    pub path: String,
    /// What is wrong with it.
    pub damage: Damage,
    /// The sha256 that it should have.
    pub expected: Vec<u8>,
    /// What was seen instead.
    pub seen: String,
}

/// How a repair was made.
#[derive(Debug, Clone)]
pub struct Repaired<'a> {
    /// The store that the right bytes came from.
    pub from: &'a StoreId,
    /// Where the wrong bytes are kept, if there were any.
    pub quarantine: Option<&'a str>,
}

/// Which incidents to list: newest first, a page at a time.
#[derive(Debug, Clone, Default)]
pub struct IncidentFilter {
    /// Of this object only.
    pub object: Option<ObjectId>,
    /// Of this store only.
    pub store: Option<StoreId>,
    /// In this state only.
    pub state: Option<IncidentState>,
    /// Only those before this number: the cursor.
    pub before: Option<i64>,
    /// At most so many.
    pub most: u32,
}

impl Database {
    /// Notes damage, once for each file while it lasts, and the events that tell of what is new. Ends the range of good
    /// checks. `event` makes the event of an incident that was not known before.
    ///
    /// # Errors
    /// The lease is lost, or the database cannot be written.
    pub async fn note_damage(
        &self,
        claim: &FixityClaim,
        found: &[FoundDamage],
        now: Timestamp,
        event: impl Fn(&FoundDamage) -> Event,
    ) -> Result<u64, DatabaseError> {
        let mut transaction = self.write().await?;
        claim.assert_held(&mut transaction).await?;
        let (object, store) = (claim.replica.object.0.as_bytes().as_slice(), &claim.replica.store.0);
        let mut new = 0;
        for one in found {
            let seen_again = sqlx::query(
                "UPDATE incidents SET seen_at = $1, damage = $2, seen = $3 \
                 WHERE object_id = $4 AND store = $5 AND path = $6 AND state = 'open'",
            )
            .bind(micros(now))
            .bind(one.damage.name())
            .bind(&one.seen)
            .bind(object)
            .bind(store)
            .bind(&one.path)
            .execute(&mut *transaction)
            .await
            .asked("note damage")?;
            if seen_again.rows_affected() > 0 {
                continue;
            }
            new += 1;
            sqlx::query(
                "INSERT INTO incidents (object_id, store, path, damage, expected, seen, found_at, seen_at, state) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 'open')",
            )
            .bind(object)
            .bind(store)
            .bind(&one.path)
            .bind(one.damage.name())
            .bind(&one.expected)
            .bind(&one.seen)
            .bind(micros(now))
            .execute(&mut *transaction)
            .await
            .asked("note damage")?;
            add_events(&mut transaction, &[event(one)]).await?;
        }
        sqlx::query("UPDATE fixity_ranges SET is_ended = 1 WHERE object_id = $1 AND store = $2 AND is_ended = 0")
            .bind(object)
            .bind(store)
            .execute(&mut *transaction)
            .await
            .asked("note damage")?;
        transaction.commit().await.asked("note damage")?;
        Ok(new)
    }

    /// Notes that the file of an incident is right again, with the event that tells of it.
    ///
    /// # Errors
    /// The lease is lost, or the database cannot be written.
    pub async fn note_repair(
        &self,
        claim: &FixityClaim,
        incident: i64,
        repaired: &Repaired<'_>,
        event: &Event,
        now: Timestamp,
    ) -> Result<(), DatabaseError> {
        let mut transaction = self.write().await?;
        claim.assert_held(&mut transaction).await?;
        sqlx::query(
            "UPDATE incidents SET state = 'repaired', ended_at = $1, repaired_from = $2, quarantine = $3, note = NULL \
             WHERE id = $4 AND state = 'open'",
        )
        .bind(micros(now))
        .bind(&repaired.from.0)
        .bind(repaired.quarantine)
        .bind(incident)
        .execute(&mut *transaction)
        .await
        .asked("note a repair")?;
        add_events(&mut transaction, std::slice::from_ref(event)).await?;
        transaction.commit().await.asked("note a repair")
    }

    /// Notes why an incident could not be repaired.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn note_unrepaired(&self, incident: i64, because: &str) -> Result<(), DatabaseError> {
        let query = sqlx::query("UPDATE incidents SET note = $1 WHERE id = $2 AND state = 'open'");
        query.bind(because).bind(incident).execute(&self.pool).await.asked("note why there was no repair")?;
        Ok(())
    }

    /// Counts the repairs in a store since a time.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn repairs_since(&self, store: &StoreId, since: Timestamp) -> Result<u64, DatabaseError> {
        let count: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM incidents WHERE state = 'repaired' AND store = $1 AND ended_at > $2",
        )
        .bind(&store.0)
        .bind(micros(since))
        .fetch_one(&self.pool)
        .await
        .asked("count repairs")?;
        Ok(count.unsigned_abs())
    }

    /// Lists incidents, newest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn incidents(&self, filter: &IncidentFilter) -> Result<Vec<Incident>, DatabaseError> {
        let mut query = QueryBuilder::<Sqlite>::new(
            "SELECT i.*, o.institution, o.name FROM incidents i JOIN objects o ON o.id = i.object_id WHERE true",
        );
        if let Some(object) = filter.object {
            query.push(" AND i.object_id = ").push_bind(object.0.as_bytes().to_vec());
        }
        if let Some(store) = &filter.store {
            query.push(" AND i.store = ").push_bind(store.0.clone());
        }
        if let Some(state) = filter.state {
            query.push(" AND i.state = ").push_bind(state.name());
        }
        if let Some(before) = filter.before {
            query.push(" AND i.id < ").push_bind(before);
        }
        query.push(" ORDER BY i.id DESC LIMIT ").push_bind(i64::from(filter.most));
        let rows = query.build().fetch_all(&self.pool).await.asked("list incidents")?;
        rows.iter().map(incident).collect()
    }

    /// Says how the checks of a store stand; what was proven before `due` is overdue.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn fixity_of_store(
        &self,
        store: &StoreId,
        due: Timestamp,
        now: Timestamp,
    ) -> Result<StoreFixity, DatabaseError> {
        let row = sqlx::query(
            "SELECT count(*) AS replicas, coalesce(sum(size_bytes), 0) AS size_bytes, \
             count(*) FILTER (WHERE proven_at IS NULL) AS never, \
             count(*) FILTER (WHERE proven_at IS NULL OR proven_at < $2) AS overdue, \
             count(*) FILTER (WHERE queued_at IS NOT NULL) AS queued, \
             count(*) FILTER (WHERE proven_at > $3) AS today, \
             coalesce(sum(size_bytes) FILTER (WHERE proven_at > $3), 0) AS today_bytes, \
             (SELECT count(*) FROM incidents WHERE store = $1 AND state = 'open') AS incidents \
             FROM fixity WHERE store = $1",
        )
        .bind(&store.0)
        .bind(micros(due))
        .bind(micros(now - DAY))
        .fetch_one(&self.pool)
        .await
        .asked("say how checks stand")?;
        let oldest = sqlx::query(
            "SELECT o.institution, o.name, f.proven_at FROM fixity f JOIN objects o ON o.id = f.object_id \
             WHERE f.store = $1 ORDER BY f.proven_at LIMIT 1",
        )
        .bind(&store.0)
        .fetch_optional(&self.pool)
        .await
        .asked("say how checks stand")?;
        let count = |column: &str| u64::try_from(row.get::<i64, _>(column)).unwrap_or(0);
        let oldest = oldest.map(|row| {
            Ok::<_, DatabaseError>(OldestReplica {
                identifier: identifier(&row)?,
                proven_at: optional_time(&row, "proven_at")?,
            })
        });
        Ok(StoreFixity {
            store: store.clone(),
            replicas: count("replicas"),
            size_bytes: count("size_bytes"),
            oldest: oldest.transpose()?,
            never_proven: count("never"),
            overdue: count("overdue"),
            queued: count("queued"),
            proven_in_a_day: count("today"),
            proven_in_a_day_bytes: count("today_bytes"),
            open_incidents: count("incidents"),
        })
    }
}
