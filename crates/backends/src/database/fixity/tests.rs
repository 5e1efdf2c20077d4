//! A store that is checked for months, and claims that are lost.

use jiff::{SignedDuration, Timestamp};
use model::{Evidence, ObjectId, Owner, StoreId};

use super::super::engine::{query, query_as};
use super::super::rows::micros;
use super::super::{Address, CheckResult, Database, DatabaseError, FixityClaim, FoundDamage, NextCheck};

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
        let database =
            Database::open(&Address::File(folder.path().join("registry.sqlite"))).await.expect("it can be made");
        let mut transaction = database.write().await.expect("it can be written");
        for number in 0..OBJECTS {
            let id = uuid::Uuid::from_u128(number.unsigned_abs().into());
            query(
                "INSERT INTO objects (id, institution, name, title, access, storage_option, head, files, size_bytes, \
                 created_at, updated_at) VALUES ($1, 'a.b', $2, '', 'institution', 'Standard', 1, 1, 10, 0, 0)",
            )
            .bind(id.as_bytes().as_slice())
            .bind(format!("object-{number}"))
            .execute(&mut *transaction)
            .await
            .expect("it is an object");
            let proven_at = now() - days(proven_days_ago) - SignedDuration::from_secs(OBJECTS - number);
            query(
                "INSERT INTO fixity (object_id, store, object_path, head, files, size_bytes, proven_at) \
                 VALUES ($1, 'first', 'o', 1, 1, 10, $2)",
            )
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
        let query = query("UPDATE fixity SET proven_at = NULL WHERE object_id = $1");
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
                    let event = |_: &FoundDamage| unreachable!("nothing was found");
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
        let ranges: Vec<(i64, i64, i64)> = query_as(
            "SELECT checks, longest_gap / 86400000000, is_ended FROM fixity_ranges WHERE object_id = $1 ORDER BY first_at",
        )
        .bind(object.as_bytes().as_slice())
        .fetch_all(&database.pool)
        .await
        .expect("they can be read");
        assert_eq!(ranges, [(3, 40, 1), (2, 1, 0)]);
    });
}
