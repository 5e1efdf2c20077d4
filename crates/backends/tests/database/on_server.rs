//! What only a server has: processes that hear of work, and see what others have in work.

use std::time::Duration;

use backends::database::{Database, Settled, Settlement, Waking};
use model::{Completion, Stage};

use crate::engine::{NewDatabase, run};
use crate::things::{claim, deposit, enqueue, now};

/// Long before anybody would look without being told.
const SOON: Duration = Duration::from_secs(5);

async fn hears(waking: &mut Waking) -> bool {
    tokio::time::timeout(SOON, waking.next()).await.is_ok()
}

#[test]
fn postgres_whoever_listens_hears_of_new_work_and_of_work_that_is_handed_on() {
    run(async {
        let server = NewDatabase::make();
        let one = Database::open(&server.address()).await.unwrap();
        let other = Database::open_existing(&server.address()).await.unwrap();
        let mut waking = other.listen().await.unwrap();
        enqueue(&one, &deposit("example.org", "bag", "one")).await;
        assert!(hears(&mut waking).await, "of a deposit");
        let claim = claim(&one, "worker", now()).await.unwrap();
        assert!(tokio::time::timeout(Duration::from_millis(300), waking.next()).await.is_err(), "a claim is no news");
        let handed = Settlement::HandOn { to: Stage::Gather, completion: Box::new(Completion::default()) };
        assert_eq!(one.settle(&claim, &handed, now()).await.unwrap(), Settled::Written);
        assert!(hears(&mut waking).await, "of an item for its next stage");
    });
}

#[test]
fn postgres_a_process_sees_whom_others_work_for_when_it_chooses() {
    run(async {
        let server = NewDatabase::make();
        let one = Database::open(&server.address()).await.unwrap();
        for number in 0..5 {
            enqueue(&one, &deposit("large.example.org", &format!("bag{number}"), "one")).await;
        }
        for _ in 0..3 {
            claim(&one, "worker", now()).await.unwrap();
        }
        for number in 0..2 {
            enqueue(&one, &deposit("small.example.org", &format!("bag{number}"), "one")).await;
        }
        // It has claimed nothing itself, and knows of the other's work by the database alone.
        let other = Database::open_existing(&server.address()).await.unwrap();
        let mut order = Vec::new();
        while let Some(claim) = claim(&other, "another", now()).await {
            order.push(claim.item.deposit.identifier.to_string());
        }
        let wanted =
            ["small.example.org/bag0", "small.example.org/bag1", "large.example.org/bag3", "large.example.org/bag4"];
        assert_eq!(order, wanted);
    });
}
