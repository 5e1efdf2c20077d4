//! What waits for a role that takes no items, and what is in work.

use backends::database::{Database, JobRequest, NextCheck, Raised};
use model::{AlertKind, JobKind, JobOptions, Role, StoreId};

use crate::things::{later, now, object_id, owner, record};

/// Returns (depth, seconds since the oldest was ready, in flight) of a role.
async fn queue(database: &Database, role: Role, at: i64) -> (u64, Option<i64>, Option<u64>) {
    let queues = database.queue_figures(&[Role::Sweeper, role, Role::Api], later(at)).await.unwrap();
    let [queue] = queues.as_slice() else { panic!("the others have none: {queues:?}") };
    assert_eq!(queue.role, role);
    (queue.depth, queue.oldest_at.map(|since| later(at).duration_since(since).as_secs()), queue.in_flight)
}

pub async fn what_waits_for_roles_without_a_stage_is_counted(database: Database) {
    let store = StoreId::from("first");
    assert_eq!(queue(&database, Role::FixityCheck, 0).await, (0, None, Some(0)));
    for number in 1..=3 {
        record(&database, &format!("bag{number}"), object_id(number), 1, &[("data/a", 1)]).await;
        database.queue_replica(object_id(number), &store, later(i64::try_from(number).unwrap())).await.unwrap();
    }
    assert_eq!(queue(&database, Role::FixityCheck, 31).await, (3, Some(30), Some(0)));
    let next = NextCheck::Of(object_id(1), &store);
    database.claim_fixity(next, &owner("one"), later(31), later(60)).await.unwrap().unwrap();
    assert_eq!(queue(&database, Role::FixityCheck, 32).await, (2, Some(30), Some(1)));
    assert_eq!(queue(&database, Role::FixityCheck, 61).await, (3, Some(60), Some(0)), "its claim has run out");

    let request =
        JobRequest { kind: JobKind::Audit, store: store.clone(), options: JobOptions::default(), by: "ann".to_owned() };
    database.request_job(&request, now()).await.unwrap();
    assert_eq!(queue(&database, Role::JobRunner, 5).await, (1, Some(5), Some(0)));
    database.claim_job(None, &owner("one"), later(5), later(60)).await.unwrap().unwrap();
    assert_eq!(queue(&database, Role::JobRunner, 6).await, (0, None, Some(1)));

    let (kind, subject, message) = (AlertKind::ReplicasOverdue, "a store".to_owned(), "overdue".to_owned());
    let raised = Raised { kind, store: Some(&store), subject, message, count: 3 };
    assert!(database.raise_overdue(&raised, now()).await.unwrap());
    assert_eq!(queue(&database, Role::Alert, 7).await, (1, Some(7), None));
    let alert = database.take_alert(later(7), later(60)).await.unwrap().unwrap();
    database.note_delivery(&alert, later(8)).await.unwrap();
    assert_eq!(queue(&database, Role::Alert, 9).await, (0, None, None));
}
