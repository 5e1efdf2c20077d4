//! Incidents: damage that was found, and what became of it.

use jiff::{SignedDuration, Timestamp};
use model::{
    AlertKind, Damage, Event, Incident, IncidentState, ObjectId, ObjectIdentifier, OldestReplica, StoreFixity, StoreId,
};

use super::alerts::{Raised, raise};
use super::engine::{QueryBuilder, query, query_scalar};
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

/// Why an incident was left as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// Nobody wanted a repair.
    SwitchedOff,
    /// There were too many within the hour.
    Brake,
    /// No other store has the right bytes, or nobody can say what they are.
    NoGoodReplica,
    /// The disk of the store itself does not take them: it is full, or may not be written.
    DiskRefuses,
}

impl Obstacle {
    fn name(self) -> &'static str {
        match self {
            Obstacle::SwitchedOff => "switched off",
            Obstacle::Brake => "brake",
            Obstacle::NoGoodReplica => "no good replica",
            Obstacle::DiskRefuses => "disk refuses",
        }
    }

    fn alert(self) -> Option<AlertKind> {
        match self {
            Obstacle::SwitchedOff => None,
            Obstacle::Brake => Some(AlertKind::BrakePulled),
            Obstacle::NoGoodReplica => Some(AlertKind::NoGoodReplica),
            Obstacle::DiskRefuses => Some(AlertKind::RepairRefused),
        }
    }
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
            let seen_again = query(
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
            query(
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
        if let (Some(first), true) = (found.first(), new > 0) {
            let replica = &claim.replica;
            let message = format!("{} in the store {store}: {}, {}", replica.identifier, first.damage, first.seen);
            let subject = subject(&replica.identifier, &first.path);
            let raised =
                Raised { kind: AlertKind::DamageFound, store: Some(&replica.store), subject, message, count: new };
            raise(&mut transaction, &raised, now).await?;
        }
        query("UPDATE fixity_ranges SET is_ended = 1 WHERE object_id = $1 AND store = $2 AND is_ended = 0")
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
        incident: &Incident,
        repaired: &Repaired<'_>,
        event: &Event,
        now: Timestamp,
    ) -> Result<(), DatabaseError> {
        let mut transaction = self.write().await?;
        claim.assert_held(&mut transaction).await?;
        query(
            "UPDATE incidents SET state = 'repaired', ended_at = $1, repaired_from = $2, quarantine = $3, note = NULL \
             WHERE id = $4 AND state = 'open'",
        )
        .bind(micros(now))
        .bind(&repaired.from.0)
        .bind(repaired.quarantine)
        .bind(incident.id)
        .execute(&mut *transaction)
        .await
        .asked("note a repair")?;
        add_events(&mut transaction, std::slice::from_ref(event)).await?;
        let message = format!("written again from the store {} and read back", repaired.from);
        let (kind, subject) = (AlertKind::RepairDone, subject(&incident.identifier, &incident.path));
        raise(&mut transaction, &Raised { kind, store: Some(&incident.store), subject, message, count: 1 }, now)
            .await?;
        transaction.commit().await.asked("note a repair")
    }

    /// Notes that the file of an incident was read and found right without our doing, and what was put aside for it.
    ///
    /// # Errors
    /// The lease is lost, or the database cannot be written.
    pub async fn note_passed(
        &self,
        claim: &FixityClaim,
        incident: i64,
        quarantine: Option<&str>,
        now: Timestamp,
    ) -> Result<(), DatabaseError> {
        let mut transaction = self.write().await?;
        claim.assert_held(&mut transaction).await?;
        query(
            "UPDATE incidents SET state = 'passed', ended_at = $1, quarantine = $2, note = NULL \
             WHERE id = $3 AND state = 'open'",
        )
        .bind(micros(now))
        .bind(quarantine)
        .bind(incident)
        .execute(&mut *transaction)
        .await
        .asked("note that damage has passed")?;
        transaction.commit().await.asked("note that damage has passed")
    }

    /// Notes why an incident could not be repaired. A reason of another kind than the last is an alert, if a person can
    /// do something about it.
    ///
    /// # Errors
    /// The lease is lost, or the database cannot be written.
    pub async fn note_unrepaired(
        &self,
        claim: &FixityClaim,
        incident: &Incident,
        obstacle: Obstacle,
        because: &str,
        now: Timestamp,
    ) -> Result<(), DatabaseError> {
        let mut transaction = self.write().await?;
        claim.assert_held(&mut transaction).await?;
        let before: Option<String> = query_scalar("SELECT obstacle FROM incidents WHERE id = $1")
            .bind(incident.id)
            .fetch_one(&mut *transaction)
            .await
            .asked("note why there was no repair")?;
        query("UPDATE incidents SET note = $1, obstacle = $2 WHERE id = $3 AND state = 'open'")
            .bind(because)
            .bind(obstacle.name())
            .bind(incident.id)
            .execute(&mut *transaction)
            .await
            .asked("note why there was no repair")?;
        if let (Some(kind), true) = (obstacle.alert(), before.as_deref() != Some(obstacle.name())) {
            let (subject, message) = (subject(&incident.identifier, &incident.path), because.to_owned());
            raise(&mut transaction, &Raised { kind, store: Some(&incident.store), subject, message, count: 1 }, now)
                .await?;
        }
        transaction.commit().await.asked("note why there was no repair")
    }

    /// Counts the repairs in a store since a time.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn repairs_since(&self, store: &StoreId, since: Timestamp) -> Result<u64, DatabaseError> {
        let count: i64 =
            query_scalar("SELECT count(*) FROM incidents WHERE state = 'repaired' AND store = $1 AND ended_at > $2")
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
        let mut query = QueryBuilder::new(
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
        // Columns of one index only (`fixity_oldest`): the rows themselves are not looked at.
        let row = query(
            "SELECT count(*) AS replicas, CAST(coalesce(sum(size_bytes), 0) AS BIGINT) AS size_bytes, \
             count(*) FILTER (WHERE proven_at IS NULL) AS never, \
             count(*) FILTER (WHERE proven_at IS NULL OR proven_at < $2) AS overdue, \
             count(*) FILTER (WHERE queued_at IS NOT NULL) AS queued, \
             count(*) FILTER (WHERE proven_at > $3) AS today, \
             CAST(coalesce(sum(size_bytes) FILTER (WHERE proven_at > $3), 0) AS BIGINT) AS today_bytes, \
             (SELECT count(*) FROM incidents WHERE store = $1 AND state = 'open') AS incidents \
             FROM fixity WHERE store = $1",
        )
        .bind(&store.0)
        .bind(micros(due))
        .bind(micros(now - DAY))
        .fetch_one(&self.pool)
        .await
        .asked("say how checks stand")?;
        let oldest = query(
            "SELECT o.institution, o.name, f.proven_at FROM fixity f JOIN objects o ON o.id = f.object_id \
             WHERE f.store = $1 ORDER BY f.proven_at NULLS FIRST LIMIT 1",
        )
        .bind(&store.0)
        .fetch_optional(&self.pool)
        .await
        .asked("say how checks stand")?;
        // By the grade of the last check of each: only A is a reading of every byte by us.
        let not_read = query(
            "SELECT count(*) AS replicas, min(read_at) AS oldest FROM (SELECT max(CASE WHEN evidence = 'A' THEN last_at END) \
             AS read_at, max(last_at) AS checked_at FROM fixity_ranges WHERE store = $1 GROUP BY object_id) AS each_one \
             WHERE read_at IS NULL OR read_at < checked_at",
        )
        .bind(&store.0)
        .fetch_one(&self.pool)
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
            not_read: u64::try_from(not_read.get::<i64, _>("replicas")).unwrap_or(0),
            oldest_reading: optional_time(&not_read, "oldest")?,
        })
    }
}

/// What an alert is about: the object, and the file of it.
fn subject(identifier: &ObjectIdentifier, path: &str) -> String {
    if path.is_empty() { identifier.to_string() } else { format!("{identifier}: {path}") }
}
