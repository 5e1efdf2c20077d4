//! Checks of fixity: which is next, who is at it, what came of it.

use backends::database::{CheckResult, Database, FoundDamage, IncidentFilter, NextCheck};
use jiff::SignedDuration;
use model::{Damage, Evidence, IncidentState, ObjectId, StoreId};

use crate::things::{event, later, now, object_id, owner, record};

const DAY: i64 = 24 * 3600;

fn first() -> StoreId {
    StoreId::from("first")
}

async fn check(database: &Database, object: ObjectId, at: i64, result: CheckResult<'_>) {
    let store = first();
    let next = NextCheck::Of(object, &store);
    let claim = database.claim_fixity(next, &owner("one"), later(at), later(at + 60)).await.unwrap().unwrap();
    database.settle_fixity(&claim, result, later(at)).await.unwrap();
}

pub async fn what_was_never_proven_comes_first(database: Database) {
    for number in 1..=3 {
        record(&database, &format!("bag{number}"), object_id(number), 1, &[("data/a", 1)]).await;
    }
    let proven = |at| CheckResult::Proven { begun_at: later(at), evidence: Evidence::A };
    check(&database, object_id(1), 200 * DAY, proven(200 * DAY)).await;
    check(&database, object_id(3), 100 * DAY, proven(100 * DAY)).await;
    let period = SignedDuration::from_hours(24 * 90);
    let queued = database.queue_fixity(&first(), period, later(300 * DAY)).await.unwrap();
    assert_eq!(queued, 3, "all are overdue");
    let mut order = Vec::new();
    while let Some(claim) =
        database.claim_fixity(NextCheck::Queued, &owner("one"), later(300 * DAY), later(301 * DAY)).await.unwrap()
    {
        order.push(claim.replica.object);
    }
    assert_eq!(order, [object_id(2), object_id(3), object_id(1)], "the oldest proof first");
}

pub async fn a_replica_is_checked_by_one_of_many(database: Database) {
    for number in 1..=20 {
        record(&database, &format!("bag{number}"), object_id(number), 1, &[("data/a", 1)]).await;
    }
    for number in 1..=20 {
        database.queue_replica(object_id(number), &first(), now()).await.unwrap();
    }
    let checking = (0..8).map(|worker| {
        let database = database.clone();
        tokio::spawn(async move {
            let (mut count, who) = (0, owner(&format!("worker {worker}")));
            while database.claim_fixity(NextCheck::Queued, &who, now(), later(60)).await.unwrap().is_some() {
                count += 1;
            }
            count
        })
    });
    let mut count = 0;
    for worker in checking.collect::<Vec<_>>() {
        count += worker.await.unwrap();
    }
    while database.claim_fixity(NextCheck::Queued, &owner("last"), now(), later(60)).await.unwrap().is_some() {
        count += 1;
    }
    assert_eq!(count, 20);
}

pub async fn damage_is_noted_once_and_passes_with_a_proof(database: Database) {
    let id = object_id(5);
    let taken = record(&database, "bag", id, 1, &[("data/a", 1)]).await;
    let store = first();
    let next = NextCheck::Of(id, &store);
    let claim = database.claim_fixity(next, &owner("one"), now(), later(60)).await.unwrap().unwrap();
    let found = FoundDamage {
        path: "v1/content/data/a".to_owned(),
        damage: Damage::Mismatch,
        expected: vec![1; 32],
        seen: "other bytes".to_owned(),
    };
    for new in [1, 0] {
        let noted = database.note_damage(&claim, std::slice::from_ref(&found), now(), |_| event(&taken, id)).await;
        assert_eq!(noted.unwrap(), new);
    }
    database.settle_fixity(&claim, CheckResult::Damaged, now()).await.unwrap();
    let stands = database.fixity_of_store(&store, now(), later(1)).await.unwrap();
    assert_eq!((stands.replicas, stands.open_incidents), (1, 1));
    check(&database, id, 100, CheckResult::Proven { begun_at: later(100), evidence: Evidence::A }).await;
    let incidents = database.incidents(&IncidentFilter { most: 9, ..IncidentFilter::default() }).await.unwrap();
    assert_eq!(incidents.iter().map(|incident| incident.state).collect::<Vec<_>>(), [IncidentState::Passed]);
    let late = database.settle_fixity(&claim, CheckResult::Damaged, now()).await;
    assert!(late.is_err(), "its lease has gone");
}
