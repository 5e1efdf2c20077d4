//! Samples of frozen replicas: what is drawn, what a month is charged, and what happens to a file until it is read.

use backends::database::{Database, DatabaseError, FixityClaim, NextCheck, SampleStep};
use model::{SampleAccount, SampleBudget, StoreId};

use crate::things::{later, object_id, owner, record};

const DAY: i64 = 24 * 3600;

fn first() -> StoreId {
    StoreId::from("first")
}

fn budget(bytes: u64) -> SampleBudget {
    SampleBudget { bytes: Some(bytes), ..SampleBudget::default() }
}

fn account(files: u64, size_bytes: u64) -> SampleAccount {
    SampleAccount { files, size_bytes }
}

async fn claim(database: &Database, number: u128, at: i64) -> FixityClaim {
    let store = first();
    let next = NextCheck::Of(object_id(number), &store);
    database.claim_fixity(next, &owner("one"), later(at), later(at + 60)).await.unwrap().unwrap()
}

/// Reads all that is under way of an object.
async fn read(database: &Database, number: u128, at: i64) {
    let claim = claim(database, number, at).await;
    let files = database.samples_under_way(&claim, later(at)).await.unwrap();
    let step = SampleStep::Read { at: later(at) };
    let steps: Vec<_> = files.into_iter().map(|file| (file.sha256, step)).collect();
    database.note_samples(&claim, &steps, later(at)).await.unwrap();
    database.hand_back_fixity(&claim).await.unwrap();
}

pub async fn what_is_drawn_is_charged_once_and_the_oldest_comes_first(database: Database) {
    record(&database, "old", object_id(1), 1, &[("data/a", 10), ("data/same", 10), ("data/b", 60)]).await;
    record(&database, "old", object_id(1), 2, &[("data/a", 10), ("data/same", 10), ("data/b", 60), ("data/c", 30)])
        .await;
    // Nothing of 60 bytes is left beside that of 10, and what does not fit keeps nobody waiting.
    let store = first();
    let would = database.would_draw_samples(&store, later(9), &budget(45)).await.unwrap();
    assert_eq!(database.sample_account(&store, later(9)).await.unwrap(), account(0, 0), "it was only said");
    let drawn = database.draw_samples(&store, later(9), &budget(45)).await.unwrap();
    assert_eq!((would, drawn), (account(2, 40), account(2, 40)), "equal files are one");
    assert_eq!(database.draw_samples(&store, later(9), &budget(45)).await.unwrap(), account(0, 0));
    assert_eq!(database.sample_account(&store, later(9)).await.unwrap(), drawn);
    read(&database, 1, 20).await;
    assert_eq!(database.samples_left(&store).await.unwrap(), 0);
    let reach = database.sample_reach(&store, later(20)).await.unwrap();
    assert_eq!((reach.files, reach.size_bytes, reach.read_files, reach.read_bytes), (3, 100, 2, 40));
    assert_eq!((reach.oldest_reading, reach.largest_bytes), (Some(later(1)), 60));
    // What was read is not drawn again in the same month, however much is left; in another the oldest is the first.
    assert_eq!(database.draw_samples(&store, later(30), &budget(1_000)).await.unwrap(), account(1, 60));
    read(&database, 1, 40).await;
    assert_eq!(database.draw_samples(&store, later(50), &budget(1_000)).await.unwrap(), account(0, 0));
    let month = 40 * DAY;
    assert_eq!(database.sample_account(&store, later(month)).await.unwrap(), account(0, 0));
    assert_eq!(database.draw_samples(&store, later(month), &budget(10)).await.unwrap(), account(1, 10));
}

pub async fn many_that_draw_at_once_spend_no_more_than_the_budget(database: Database) {
    for number in 1..=30 {
        record(&database, &format!("bag{number}"), object_id(number), 1, &[("data/a", 10)]).await;
    }
    let drawing = (0..8).map(|_| {
        let database = database.clone();
        tokio::spawn(async move { database.draw_samples(&first(), later(9), &budget(105)).await.unwrap().files })
    });
    let mut drawn = 0;
    for one in drawing.collect::<Vec<_>>() {
        drawn += one.await.unwrap();
    }
    assert_eq!(drawn, 10);
    assert_eq!(database.sample_account(&first(), later(9)).await.unwrap(), account(10, 100));
    assert_eq!(database.samples_left(&first()).await.unwrap(), 10);
}

pub async fn a_file_is_looked_at_again_and_charged_again_within_the_budget(database: Database) {
    record(&database, "bag", object_id(1), 1, &[("data/a", 10)]).await;
    database.draw_samples(&first(), later(9), &budget(25)).await.unwrap();
    let due = database.due_sample(None, later(9)).await.unwrap().unwrap();
    assert_eq!((due.object, due.store), (object_id(1), first()));
    let claim = claim(&database, 1, 9).await;
    assert!(database.due_sample(None, later(9)).await.unwrap().is_none(), "somebody is at it");
    let file = database.samples_under_way(&claim, later(9)).await.unwrap().remove(0);
    assert_eq!((file.asked_at, file.charges), (None, 1));
    let step = (file.sha256.clone(), SampleStep::Asked { look_at: later(100) });
    database.note_samples(&claim, &[step], later(9)).await.unwrap();
    assert!(database.samples_under_way(&claim, later(99)).await.unwrap().is_empty());
    let file = database.samples_under_way(&claim, later(100)).await.unwrap().remove(0);
    assert_eq!(file.asked_at, Some(later(9)));
    assert!(database.charge_sample_again(&claim, &file, later(100), &budget(25)).await.unwrap());
    let file = database.samples_under_way(&claim, later(100)).await.unwrap().remove(0);
    assert_eq!((file.asked_at, file.charges, file.wanted_at), (None, 2, later(100)));
    assert!(!database.charge_sample_again(&claim, &file, later(100), &budget(25)).await.unwrap());
    assert_eq!(database.sample_account(&first(), later(100)).await.unwrap(), account(2, 20));
    database.put_off_samples(&claim, later(100), later(200)).await.unwrap();
    assert!(database.samples_under_way(&claim, later(199)).await.unwrap().is_empty());
    // Whoever has lost the claim notes and charges nothing.
    let store = first();
    let next = NextCheck::Of(object_id(1), &store);
    database.claim_fixity(next, &owner("other"), later(5_000), later(6_000)).await.unwrap().unwrap();
    let step = (file.sha256.clone(), SampleStep::Read { at: later(5_000) });
    let noted = database.note_samples(&claim, &[step], later(5_000)).await;
    assert!(matches!(noted, Err(DatabaseError::ReplicaLost { .. })));
    let charged = database.charge_sample_again(&claim, &file, later(5_000), &budget(1_000)).await;
    assert!(matches!(charged, Err(DatabaseError::ReplicaLost { .. })));
}
