//! Deposits become items, and each is claimed by one.

use std::collections::BTreeSet;

use backends::database::{Asking, Database, DatabaseError, Enqueued, Pulse, Settled, Settlement};
use model::{Completion, ItemState, Status};

use crate::things::{claim, deposit, enqueue, gathered, later, now, owner};

pub async fn the_same_deposit_is_taken_once_however_many_bring_it(database: Database) {
    let bringing = (0..16).map(|_| {
        let database = database.clone();
        tokio::spawn(async move { database.enqueue(&deposit("example.org", "bag", "the same"), now()).await.unwrap() })
    });
    let mut new = 0;
    for one in bringing.collect::<Vec<_>>() {
        new += u32::from(matches!(one.await.unwrap(), Enqueued::New(_)));
    }
    assert_eq!(new, 1);
    let other = database.enqueue(&deposit("example.org", "bag", "another"), now()).await.unwrap();
    assert!(matches!(other, Enqueued::New(_)));
}

pub async fn every_item_is_claimed_by_one_of_many(database: Database) {
    const ITEMS: usize = 60;
    for number in 0..ITEMS {
        enqueue(&database, &deposit(&format!("i{}.example.org", number % 5), &format!("bag{number}"), "one")).await;
    }
    let claiming = (0..12).map(|worker| {
        let database = database.clone();
        tokio::spawn(async move {
            let mut taken = Vec::new();
            while let Some(claim) = claim(&database, &format!("worker {worker}"), now()).await {
                taken.push(claim.item.id);
            }
            taken
        })
    });
    let mut all = Vec::new();
    for worker in claiming.collect::<Vec<_>>() {
        all.extend(worker.await.unwrap());
    }
    // A claimer may see nothing while others hold what it looked at; then nobody has taken the rest yet.
    while let Some(claim) = claim(&database, "the last", now()).await {
        all.push(claim.item.id);
    }
    assert_eq!(all.len(), ITEMS);
    assert_eq!(all.into_iter().collect::<BTreeSet<_>>().len(), ITEMS);
}

pub async fn the_institution_with_the_fewest_items_in_work_goes_first(database: Database) {
    for number in 0..3 {
        enqueue(&database, &deposit("large.example.org", &format!("bag{number}"), "one")).await;
    }
    enqueue(&database, &deposit("small.example.org", "bag", "one")).await;
    let mut order = Vec::new();
    while let Some(claim) = claim(&database, "worker", now()).await {
        order.push(claim.item.deposit.identifier.to_string());
    }
    let wanted =
        ["large.example.org/bag0", "small.example.org/bag", "large.example.org/bag1", "large.example.org/bag2"];
    assert_eq!(order, wanted);
}

pub async fn a_worker_of_one_stage_finds_its_items_behind_all_others(database: Database) {
    let mut last = None;
    for number in 0..40 {
        let deposit = deposit(&format!("i{}.example.org", number % 4), &format!("bag{number}"), "one");
        last = Some(enqueue(&database, &deposit).await);
    }
    let until = later(60);
    let held = database.claim_item(last.unwrap(), &owner("one"), now(), until).await.unwrap().unwrap();
    let storing = Settlement::Advance { to: model::Stage::Store, completion: done() };
    assert_eq!(database.settle(&held, &storing, now()).await.unwrap(), Settled::Written);
    let of_store = [model::Stage::Store];
    assert!(database.claim(&of_store, &owner("two"), now(), until).await.unwrap().is_none(), "it is held");
    database.hand_back(&held).await.unwrap();
    let claim = database.claim(&of_store, &owner("two"), now(), until).await.unwrap().unwrap();
    assert_eq!((claim.item.id, claim.item.stage), (held.item.id, model::Stage::Store));
    assert!(database.claim(&of_store, &owner("three"), now(), until).await.unwrap().is_none());
    // Nobody heard of its worker again.
    let late = later(61);
    let claim = database.claim(&of_store, &owner("three"), late, later(99)).await.unwrap().unwrap();
    assert_eq!(claim.item.id, held.item.id);
}

pub async fn an_item_waits_for_an_older_one_of_its_object(database: Database) {
    let older = enqueue(&database, &deposit("example.org", "bag", "older")).await;
    let held = claim(&database, "one", now()).await.unwrap();
    let storing = Settlement::Advance { to: model::Stage::Store, completion: done() };
    assert_eq!(database.settle(&held, &storing, now()).await.unwrap(), Settled::Written);
    let newer = enqueue(&database, &deposit("example.org", "bag", "newer")).await;
    assert!(claim(&database, "two", now()).await.is_none());
    let until = later(60);
    assert!(database.claim_item(newer, &owner("two"), now(), until).await.unwrap().is_none());
    assert_eq!(database.settle(&held, &Settlement::Finish(done()), now()).await.unwrap(), Settled::Written);
    assert_eq!(claim(&database, "two", now()).await.unwrap().item.id, newer);
    assert_eq!(database.item(older).await.unwrap().unwrap().status, Status::Success);
}

pub async fn who_lost_the_lease_writes_nothing(database: Database) {
    let id = enqueue(&database, &deposit("example.org", "bag", "one")).await;
    let late = claim(&database, "late", now()).await.unwrap();
    assert!(claim(&database, "early", later(59)).await.is_none(), "the lease holds for a minute");
    let successor = claim(&database, "successor", later(61)).await.unwrap();
    assert_eq!(successor.item.id, id);
    assert!(successor.fence > late.fence);
    assert_eq!(database.heartbeat(&late, later(999)).await.unwrap(), Pulse::Lost);
    let settled = database.settle(&late, &Settlement::Finish(done()), later(62)).await.unwrap();
    assert_eq!(settled, Settled::LeaseLost);
    let saved = database.save_state(&late, &ItemState::default()).await;
    assert!(matches!(saved, Err(DatabaseError::LeaseLost(lost)) if lost == id));
    let added = database.add_gathered(&late, &[gathered(0, "data/a", 1)]).await;
    assert!(matches!(added, Err(DatabaseError::LeaseLost(_))));
    database.hand_back(&late).await.unwrap();
    assert_eq!(database.heartbeat(&successor, later(200)).await.unwrap(), Pulse::Held);
    assert_eq!(database.gathered(id, 0, 10).await.unwrap(), []);
    assert_eq!(database.lease_owners().await.unwrap(), [owner("successor")]);
    assert_eq!(database.release(&owner("successor")).await.unwrap(), 1);
    assert_eq!(database.heartbeat(&successor, later(999)).await.unwrap(), Pulse::Lost);
    assert_eq!(claim(&database, "third", later(63)).await.unwrap().item.id, id);
}

pub async fn a_newer_deposit_ends_the_older_one_before_it_is_stored(database: Database) {
    let waiting = enqueue(&database, &deposit("example.org", "bag", "one")).await;
    let second = enqueue(&database, &deposit("example.org", "bag", "two")).await;
    assert_eq!(database.item(waiting).await.unwrap().unwrap().status, Status::Cancelled);
    let held = claim(&database, "worker", now()).await.unwrap();
    assert_eq!(held.item.id, second);
    let third = enqueue(&database, &deposit("example.org", "bag", "three")).await;
    assert_eq!(database.heartbeat(&held, later(60)).await.unwrap(), Pulse::Ended);
    let why = database.why_ended(&held).await.unwrap().unwrap();
    assert_eq!(why, format!("a newer deposit of the same bag has arrived: item {third}"));
}

pub async fn a_cancelled_item_stays_cancelled_until_it_is_retried(database: Database) {
    let one = deposit("example.org", "bag", "one");
    let id = enqueue(&database, &one).await;
    assert_eq!(database.cancel(id, "ada", now()).await.unwrap(), Asking::Done);
    assert!(claim(&database, "worker", later(99)).await.is_none());
    assert!(matches!(database.enqueue(&one, later(99)).await.unwrap(), Enqueued::Known(_)));
    assert_eq!(database.retry(id, later(99)).await.unwrap(), Asking::Done);
    assert_eq!(claim(&database, "worker", later(99)).await.unwrap().item.id, id);
    assert_eq!(database.retry(id, later(99)).await.unwrap(), Asking::Refused, "it is in work");
}

pub async fn a_postponed_item_waits_for_its_time(database: Database) {
    enqueue(&database, &deposit("example.org", "bag", "one")).await;
    let held = claim(&database, "worker", now()).await.unwrap();
    let stage = held.item.stage;
    let postponed = Settlement::Postpone { stage, until: later(30), because: "the store is away".into(), attempts: 2 };
    assert_eq!(database.settle(&held, &postponed, now()).await.unwrap(), Settled::Written);
    assert_eq!(database.backlog().await.unwrap(), (1, Some(later(30))));
    assert!(claim(&database, "worker", later(29)).await.is_none());
    let again = claim(&database, "worker", later(30)).await.unwrap();
    assert_eq!((again.item.attempts, again.item.last_error.as_deref()), (2, Some("the store is away")));
}

fn done() -> Box<Completion> {
    Box::new(Completion::default())
}
