//! The checks of fixity: which replica is next, who is at it, and what came of it.

use jiff::{SignedDuration, Timestamp};
use model::{CheckCursor, Evidence, HeldReplica, ObjectId, Owner, StoreId};
use sqlx::{Row, Sqlite, Transaction};

use super::error::Asked;
use super::rows::{held_replica, micros, signed};
use super::{Database, DatabaseError};

/// A replica that is not right is not taken up again by itself before this, so that it cannot keep the others waiting.
const RETRY: SignedDuration = SignedDuration::from_hours(1);
/// The share of the period in which all are to be proven: the rest is kept in hand for days on which nothing is done.
const HASTE_PERCENT: i64 = 90;
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Which replica to check.
#[derive(Debug, Clone, Copy)]
pub enum NextCheck<'a> {
    /// The oldest that is queued.
    Queued,
    /// This one.
    Of(ObjectId, &'a StoreId),
}

/// The right to check a replica and to write what came of it.
#[derive(Debug, Clone)]
pub struct FixityClaim {
    /// The replica.
    pub replica: HeldReplica,
    /// How far an earlier check came that was broken off.
    pub cursor: Option<CheckCursor>,
    owner: Owner,
    fence: i64,
}

/// What came of a check.
#[derive(Debug, Clone, Copy)]
pub enum CheckResult<'a> {
    /// Every byte was right, or was put right and read back.
    Proven {
        /// When the check began.
        begun_at: Timestamp,
        /// How good the proof is.
        evidence: Evidence,
    },
    /// Something is wrong, and its incidents are noted.
    Damaged,
    /// It could not be made. That is no pass: the replica stays as old as it was.
    NotChecked {
        /// Why.
        because: &'a str,
    },
}

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
        let counts = sqlx::query(
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
        let queued = sqlx::query(
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
        sqlx::query("UPDATE fixity SET queued_at = coalesce(queued_at, $1) WHERE object_id = $2 AND store = $3")
            .bind(micros(now))
            .bind(object.0.as_bytes().as_slice())
            .bind(&store.0)
            .execute(&self.pool)
            .await
            .asked("queue a replica")?;
        Ok(())
    }

    /// Claims a replica for a check; `None` when there is none, or somebody is at it.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn claim_fixity(
        &self,
        next: NextCheck<'_>,
        owner: &Owner,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<FixityClaim>, DatabaseError> {
        let (object, store) = match next {
            NextCheck::Queued => (None, None),
            NextCheck::Of(object, store) => (Some(object.0.as_bytes().to_vec()), Some(store.0.as_str())),
        };
        let mut transaction = self.write().await?;
        let row = sqlx::query(
            "UPDATE fixity SET lease_owner = $1, lease_until = $2, fence = fence + 1 WHERE (object_id, store) = \
             (SELECT object_id, store FROM fixity WHERE (lease_owner IS NULL OR lease_until < $3) \
              AND CASE WHEN $4 IS NULL THEN queued_at IS NOT NULL ELSE object_id = $4 AND store = $5 END \
              ORDER BY proven_at LIMIT 1) RETURNING object_id, store, fence, cursor",
        )
        .bind(&owner.0)
        .bind(micros(until))
        .bind(micros(now))
        .bind(object)
        .bind(store)
        .fetch_optional(&mut *transaction)
        .await
        .asked("claim a replica")?;
        let Some(row) = row else { return Ok(None) };
        let held = sqlx::query(
            "SELECT f.*, o.institution, o.name FROM fixity f JOIN objects o ON o.id = f.object_id \
             WHERE f.object_id = $1 AND f.store = $2",
        )
        .bind(row.get::<Vec<u8>, _>("object_id"))
        .bind(row.get::<String, _>("store"))
        .fetch_one(&mut *transaction)
        .await
        .asked("claim a replica")?;
        transaction.commit().await.asked("claim a replica")?;
        let cursor: Option<String> = row.get("cursor");
        Ok(Some(FixityClaim {
            replica: held_replica(&held)?,
            cursor: cursor.and_then(|text| serde_json::from_str(&text).ok()),
            owner: owner.clone(),
            fence: row.get("fence"),
        }))
    }

    /// Notes how far a check has come, and prolongs its lease.
    ///
    /// # Errors
    /// The lease is lost, or the database cannot be written.
    pub async fn note_fixity_progress(
        &self,
        claim: &FixityClaim,
        cursor: &CheckCursor,
        until: Timestamp,
    ) -> Result<(), DatabaseError> {
        let text = serde_json::to_string(cursor).map_err(|error| DatabaseError::Damaged(error.to_string()))?;
        let done = sqlx::query(
            "UPDATE fixity SET cursor = $1, lease_until = $2 \
             WHERE object_id = $3 AND store = $4 AND fence = $5 AND lease_owner = $6",
        )
        .bind(text)
        .bind(micros(until))
        .bind(claim.replica.object.0.as_bytes().as_slice())
        .bind(&claim.replica.store.0)
        .bind(claim.fence)
        .bind(&claim.owner.0)
        .execute(&self.pool)
        .await
        .asked("note how far a check came")?;
        if done.rows_affected() == 1 { Ok(()) } else { Err(lost(claim)) }
    }

    /// Writes what came of a check and lets go of the replica, in one transaction.
    ///
    /// Proven, its open incidents have passed, and the range of its good checks grows; damage ends that range.
    ///
    /// # Errors
    /// The lease is lost, or the database cannot be written.
    pub async fn settle_fixity(
        &self,
        claim: &FixityClaim,
        result: CheckResult<'_>,
        now: Timestamp,
    ) -> Result<(), DatabaseError> {
        let mut transaction = self.write().await?;
        let (proven_at, text) = match result {
            CheckResult::Proven { begun_at, .. } => (Some(micros(begun_at)), "proven".to_owned()),
            CheckResult::Damaged => (None, "damaged".to_owned()),
            CheckResult::NotChecked { because } => (None, format!("not checked: {because}")),
        };
        let done = sqlx::query(
            "UPDATE fixity SET proven_at = coalesce($1, proven_at), tried_at = $2, result = $3, queued_at = NULL, \
             cursor = NULL, lease_owner = NULL, lease_until = 0 \
             WHERE object_id = $4 AND store = $5 AND fence = $6 AND lease_owner = $7",
        )
        .bind(proven_at)
        .bind(micros(now))
        .bind(text)
        .bind(claim.replica.object.0.as_bytes().as_slice())
        .bind(&claim.replica.store.0)
        .bind(claim.fence)
        .bind(&claim.owner.0)
        .execute(&mut *transaction)
        .await
        .asked("settle a check")?;
        if done.rows_affected() != 1 {
            return Err(lost(claim));
        }
        if let CheckResult::Proven { begun_at, evidence } = result {
            extend_range(&mut transaction, claim.replica.object, &claim.replica.store, begun_at, evidence).await?;
            sqlx::query(
                "UPDATE incidents SET state = 'passed', ended_at = $1 \
                 WHERE object_id = $2 AND store = $3 AND state = 'open'",
            )
            .bind(micros(now))
            .bind(claim.replica.object.0.as_bytes().as_slice())
            .bind(&claim.replica.store.0)
            .execute(&mut *transaction)
            .await
            .asked("settle a check")?;
        }
        transaction.commit().await.asked("settle a check")
    }

    /// Lets go of a replica without a result: the process stops. It stays queued, and what was done is kept.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn hand_back_fixity(&self, claim: &FixityClaim) -> Result<(), DatabaseError> {
        sqlx::query(
            "UPDATE fixity SET lease_owner = NULL, lease_until = 0 \
             WHERE object_id = $1 AND store = $2 AND fence = $3 AND lease_owner = $4",
        )
        .bind(claim.replica.object.0.as_bytes().as_slice())
        .bind(&claim.replica.store.0)
        .bind(claim.fence)
        .bind(&claim.owner.0)
        .execute(&self.pool)
        .await
        .asked("hand a replica back")?;
        Ok(())
    }
}

/// Notes that a version with these replicas is held: a first one was proven as it was stored, and of a later one only
/// what is new was.
pub(super) async fn record_fixity(
    transaction: &mut Transaction<'_, Sqlite>,
    accession: &model::Accession,
) -> Result<(), DatabaseError> {
    for replica in &accession.replicas {
        let is_new = sqlx::query(
            "INSERT INTO fixity (object_id, store, object_path, head, files, size_bytes, proven_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (object_id, store) DO UPDATE SET \
             files = files + excluded.files, size_bytes = size_bytes + excluded.size_bytes, head = excluded.head \
             WHERE head < excluded.head",
        )
        .bind(replica.object.0.as_bytes().as_slice())
        .bind(&replica.store.0)
        .bind(&replica.object_path)
        .bind(i64::from(replica.version))
        .bind(signed(replica.files))
        .bind(signed(replica.size_bytes))
        .bind(micros(replica.verified_at))
        .execute(&mut **transaction)
        .await
        .asked("record a replica")?;
        if is_new.rows_affected() == 1 && replica.version == 1 {
            let at = replica.verified_at;
            extend_range(transaction, replica.object, &replica.store, at, replica.evidence).await?;
        }
    }
    record_documents(transaction, accession.object.id, accession.version.number, &accession.documents).await
}

/// Notes what the documents of a version must be.
pub(super) async fn record_documents(
    transaction: &mut Transaction<'_, Sqlite>,
    object: ObjectId,
    version: u32,
    documents: &[(String, Vec<u8>)],
) -> Result<(), DatabaseError> {
    for (path, sha256) in documents {
        sqlx::query(
            "INSERT INTO documents (object_id, path, version, sha256) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (object_id, path) DO UPDATE SET version = excluded.version, sha256 = excluded.sha256",
        )
        .bind(object.0.as_bytes().as_slice())
        .bind(path)
        .bind(i64::from(version))
        .bind(sha256)
        .execute(&mut **transaction)
        .await
        .asked("record a document")?;
    }
    Ok(())
}

/// Adds one good check to the last range, or begins one.
pub(super) async fn extend_range(
    transaction: &mut Transaction<'_, Sqlite>,
    object: ObjectId,
    store: &StoreId,
    at: Timestamp,
    evidence: Evidence,
) -> Result<(), DatabaseError> {
    let extended = sqlx::query(
        "UPDATE fixity_ranges SET last_at = $1, checks = checks + 1, longest_gap = max(longest_gap, $1 - last_at) \
         WHERE object_id = $2 AND store = $3 AND is_ended = 0 AND evidence = $4 AND last_at <= $1 AND first_at = \
         (SELECT max(first_at) FROM fixity_ranges WHERE object_id = $2 AND store = $3)",
    )
    .bind(micros(at))
    .bind(object.0.as_bytes().as_slice())
    .bind(&store.0)
    .bind(evidence.letter())
    .execute(&mut **transaction)
    .await
    .asked("note a check")?;
    if extended.rows_affected() == 1 {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO fixity_ranges (object_id, store, first_at, last_at, checks, longest_gap, evidence) \
         VALUES ($1, $2, $3, $3, 1, 0, $4) ON CONFLICT DO NOTHING",
    )
    .bind(object.0.as_bytes().as_slice())
    .bind(&store.0)
    .bind(micros(at))
    .bind(evidence.letter())
    .execute(&mut **transaction)
    .await
    .asked("note a check")?;
    Ok(())
}

impl FixityClaim {
    /// Makes sure within a transaction that the claim still holds.
    pub(super) async fn assert_held(&self, transaction: &mut Transaction<'_, Sqlite>) -> Result<(), DatabaseError> {
        let held: Option<i64> = sqlx::query_scalar(
            "SELECT 1 FROM fixity WHERE object_id = $1 AND store = $2 AND fence = $3 AND lease_owner = $4",
        )
        .bind(self.replica.object.0.as_bytes().as_slice())
        .bind(&self.replica.store.0)
        .bind(self.fence)
        .bind(&self.owner.0)
        .fetch_optional(&mut **transaction)
        .await
        .asked("look at a lease")?;
        held.map(|_| ()).ok_or_else(|| lost(self))
    }
}

fn lost(claim: &FixityClaim) -> DatabaseError {
    DatabaseError::ReplicaLost { object: claim.replica.identifier.clone(), store: claim.replica.store.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OBJECTS: i64 = 900;
    const PERIOD: SignedDuration = SignedDuration::from_hours(90 * 24);

    fn now() -> Timestamp {
        "2026-11-01T00:00:00Z".parse().expect("it is a time")
    }

    fn days(count: i64) -> SignedDuration {
        SignedDuration::from_hours(24 * count)
    }

    fn store() -> StoreId {
        StoreId::from("first")
    }

    /// Runs with a database in which the store holds many objects, all proven so many days ago.
    fn with_objects<F: Future<Output = ()>>(proven_days_ago: i64, test: impl FnOnce(Database) -> F) {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("there is a runtime");
        runtime.block_on(async {
            let database = Database::open(&folder.path().join("registry.sqlite")).await.expect("it can be made");
            let mut transaction = database.write().await.expect("it can be written");
            for number in 0..OBJECTS {
                let id = uuid::Uuid::from_u128(number.unsigned_abs().into());
                sqlx::query(
                    "INSERT INTO objects (id, institution, name, title, access, storage_option, head, files, size_bytes, \
                     created_at, updated_at) VALUES ($1, 'a.b', $2, '', 'institution', 'Standard', 1, 1, 10, 0, 0)",
                )
                .bind(id.as_bytes().as_slice())
                .bind(format!("object-{number}"))
                .execute(&mut *transaction)
                .await
                .expect("it is an object");
                let proven_at = now() - days(proven_days_ago) - SignedDuration::from_secs(OBJECTS - number);
                sqlx::query("INSERT INTO fixity (object_id, store, object_path, head, files, size_bytes, proven_at) \
                     VALUES ($1, 'first', 'o', 1, 1, 10, $2)")
                .bind(id.as_bytes().as_slice())
                .bind(micros(proven_at))
                .execute(&mut *transaction)
                .await
                .expect("it is a replica");
            }
            transaction.commit().await.expect("it is written");
            test(database).await;
        });
    }

    /// Checks all that is queued, and returns how much it was.
    async fn check_queued(database: &Database, now: Timestamp) -> u64 {
        let mut checked = 0;
        while let Some(claim) = claim(database, now).await {
            let result = CheckResult::Proven { begun_at: now, evidence: Evidence::A };
            database.settle_fixity(&claim, result, now).await.expect("it is ours");
            checked += 1;
        }
        checked
    }

    async fn claim(database: &Database, now: Timestamp) -> Option<FixityClaim> {
        let owner = Owner("one".to_owned());
        database.claim_fixity(NextCheck::Queued, &owner, now, now + days(1)).await.expect("it can be claimed")
    }

    #[test]
    fn each_day_has_its_share_and_all_are_proven_within_the_period() {
        with_objects(2, |database| async move {
            let mut proven = 0_i64;
            for day in 0..90 {
                let now = now() + days(day);
                for hour in [0, 6, 12] {
                    let now = now + SignedDuration::from_hours(hour);
                    let queued = database.queue_fixity(&store(), PERIOD, now).await.expect("it can be queued");
                    assert!(queued <= 12, "{queued} on day {day}");
                    assert_eq!(check_queued(&database, now).await, queued);
                    proven += queued.cast_signed();
                }
                let due = now - PERIOD;
                let overdue = database.fixity_of_store(&store(), due, now).await.expect("it can be read").overdue;
                assert_eq!(overdue, 0, "on day {day}");
            }
            assert!((OBJECTS..=1_080).contains(&proven), "{proven} of {OBJECTS} in the period");
        });
    }

    #[test]
    fn whatever_is_overdue_is_queued_however_much_it_is() {
        with_objects(400, |database| async move {
            let queued = database.queue_fixity(&store(), PERIOD, now()).await.expect("it can be queued");
            assert_eq!(queued, OBJECTS.unsigned_abs());
            assert_eq!(database.queue_fixity(&store(), PERIOD, now()).await.expect("it can be queued"), 0);
        });
    }

    #[test]
    fn what_was_never_proven_comes_first_and_then_the_oldest() {
        with_objects(100, |database| async move {
            let never = uuid::Uuid::from_u128(700);
            let query = sqlx::query("UPDATE fixity SET proven_at = NULL WHERE object_id = $1");
            query.bind(never.as_bytes().as_slice()).execute(&database.pool).await.expect("it is a replica");
            database.queue_fixity(&store(), PERIOD, now()).await.expect("it can be queued");
            let first = claim(&database, now()).await.expect("all are queued");
            assert_eq!(first.replica.object.0, never);
            let second = claim(&database, now()).await.expect("all are queued");
            assert_eq!(second.replica.object.0, uuid::Uuid::from_u128(0), "a claimed one is not claimed again");
        });
    }

    #[test]
    fn a_replica_that_could_not_be_checked_stays_old_and_waits_an_hour() {
        with_objects(100, |database| async move {
            database.queue_fixity(&store(), PERIOD, now()).await.expect("it can be queued");
            let claim = claim(&database, now()).await.expect("all are queued");
            let result = CheckResult::NotChecked { because: "the store is gone" };
            database.settle_fixity(&claim, result, now()).await.expect("it is ours");
            let queue = |minutes: i64| {
                let (database, at) = (database.clone(), now() + SignedDuration::from_mins(minutes));
                async move { database.queue_fixity(&store(), PERIOD, at).await.expect("it can be queued") }
            };
            assert_eq!((queue(59).await, queue(61).await), (0, 1));
            let oldest = database.fixity_of_store(&store(), now(), now()).await.expect("it can be read").oldest;
            assert_eq!(oldest.expect("there is one").proven_at, claim.replica.proven_at);
        });
    }

    #[test]
    fn a_claim_that_was_lost_writes_nothing() {
        with_objects(100, |database| async move {
            database.queue_fixity(&store(), PERIOD, now()).await.expect("it can be queued");
            let lost = claim(&database, now()).await.expect("all are queued");
            let later = now() + days(2);
            let owner = Owner("other".to_owned());
            let next = NextCheck::Of(lost.replica.object, &lost.replica.store);
            let held = database.claim_fixity(next, &owner, later, later + days(1)).await.expect("it can be claimed");
            assert!(held.is_some(), "the lease had ended");
            let result = CheckResult::Proven { begun_at: later, evidence: Evidence::A };
            let settled = database.settle_fixity(&lost, result, later).await;
            assert!(matches!(settled, Err(DatabaseError::ReplicaLost { .. })));
        });
    }

    #[test]
    fn good_checks_make_one_range_until_damage_ends_it() {
        with_objects(100, |database| async move {
            let object = uuid::Uuid::from_u128(5);
            let check = |day: i64, is_good: bool| {
                let (database, at) = (database.clone(), now() + days(day));
                async move {
                    let (store, owner) = (store(), Owner("one".to_owned()));
                    let next = NextCheck::Of(ObjectId(object), &store);
                    let claim = database.claim_fixity(next, &owner, at, at + days(1)).await.expect("it can be claimed");
                    let claim = claim.expect("nobody else is at it");
                    if !is_good {
                        let event = |_: &super::super::FoundDamage| unreachable!("nothing was found");
                        database.note_damage(&claim, &[], at, event).await.expect("it is ours");
                    }
                    let good = CheckResult::Proven { begun_at: at, evidence: Evidence::A };
                    let result = if is_good { good } else { CheckResult::Damaged };
                    database.settle_fixity(&claim, result, at).await.expect("it is ours");
                }
            };
            for (day, is_good) in [(0, true), (10, true), (50, true), (60, false), (61, true), (62, true)] {
                check(day, is_good).await;
            }
            let ranges: Vec<(i64, i64, i64)> = sqlx::query_as(
                "SELECT checks, longest_gap / 86400000000, is_ended FROM fixity_ranges WHERE object_id = $1 ORDER BY first_at",
            )
            .bind(object.as_bytes().as_slice())
            .fetch_all(&database.pool)
            .await
            .expect("they can be read");
            assert_eq!(ranges, [(3, 40, 1), (2, 1, 0)]);
        });
    }
}
