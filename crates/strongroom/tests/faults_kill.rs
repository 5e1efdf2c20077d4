//! kill -9 at every stage boundary and inside every stage: the item finishes by itself, everything is there once.

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, reason = "a test that breaks should panic")]

#[path = "faults/bags.rs"]
#[allow(dead_code)]
mod bags;
#[path = "faults/house.rs"]
#[allow(dead_code)]
mod house;

use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, Instant};

use bags::{Payload, Random, payload, write_tar};
use house::House;
use model::{Action, STAGES, StageRow};
use serde_json::Value;

/// Kills of one ingest at random moments.
const RANDOM_KILLS: usize = 30;
/// Bags in the receiving folder while `up` is killed again and again.
const BAGS: u64 = 12;
/// Kills of `up`.
const UP_KILLS: usize = 12;

/// The stages that a deposit passes.
fn ingest_stages() -> impl Iterator<Item = &'static StageRow> {
    STAGES.iter().filter(|row| row.action == Action::Ingest)
}

fn is_beginning_of(entry: &Value, stage: &str) -> bool {
    entry["message"] == "stage begins" && entry["item.stage"] == stage
}

fn one(name: &str, versions: Vec<Payload>) -> BTreeMap<String, Vec<Payload>> {
    BTreeMap::from([(name.to_owned(), versions)])
}

#[test]
fn an_item_killed_at_the_beginning_of_any_stage_finishes_with_the_next_call() {
    for row in ingest_stages() {
        let house = House::new();
        let payload = payload(7, 40, 3_000);
        let bag = write_tar(house.folder.path(), "bag", &payload);
        let arguments = ["ingest", bag.to_str().unwrap()];
        let was_killed = house.kill(&arguments, |entry| is_beginning_of(entry, row.name).then_some(Duration::ZERO));
        assert!(was_killed, "the stage {} was never seen", row.name);
        let receipt = house.ingest(&bag);
        assert_eq!(receipt["version"], 1, "{}", row.name);
        house.assert_holds(&one("bag", vec![payload]));
        assert!(bag.is_file(), "a deposit that a person named is never removed");
    }
}

#[test]
fn a_second_version_killed_at_the_beginning_of_any_stage_finishes_with_the_next_call() {
    for row in ingest_stages() {
        let house = House::new();
        let first = payload(1, 20, 2_000);
        house.ingest(&write_tar(house.folder.path(), "bag", &first));
        let mut second = first.clone();
        second[3].1 = b"changed".to_vec();
        second.truncate(15);
        second.push(("new.txt".to_owned(), b"new".to_vec()));
        let bag = write_tar(house.folder.path(), "bag", &second);
        let arguments = ["ingest", bag.to_str().unwrap()];
        house.kill(&arguments, |entry| is_beginning_of(entry, row.name).then_some(Duration::ZERO));
        assert_eq!(house.ingest(&bag)["version"], 2, "{}", row.name);
        house.assert_holds(&one("bag", vec![first, second]));
    }
}

#[test]
fn an_item_killed_at_random_moments_finishes_by_itself() {
    let mut random = Random::announced("an_item_killed_at_random_moments_finishes_by_itself");
    let whole = {
        let house = House::new();
        let bag = write_tar(house.folder.path(), "bag", &payload(3, 400, 8_000));
        let began = Instant::now();
        house.ingest(&bag);
        began.elapsed()
    };
    let mut kills = 0;
    while kills < RANDOM_KILLS {
        let house = House::new();
        let payload = payload(random.next(), 400, 8_000);
        let bag = write_tar(house.folder.path(), "bag", &payload);
        // The same item is killed several times over, each time at another moment.
        for _ in 0..3 {
            let wait = Duration::from_micros(random.below(whole.as_micros() as u64));
            let mut child = house.command(&["ingest", bag.to_str().unwrap()]).spawn().unwrap();
            std::thread::sleep(wait);
            child.kill().unwrap();
            child.wait().unwrap();
            kills += 1;
        }
        house.ingest(&bag);
        house.assert_holds(&one("bag", vec![payload]));
    }
}

#[test]
fn up_killed_again_and_again_takes_every_deposit_in_exactly_once() {
    let mut random = Random::announced("up_killed_again_and_again_takes_every_deposit_in_exactly_once");
    let house = House::new();
    let mut objects = BTreeMap::new();
    for number in 0..BAGS {
        let payload = payload(random.next(), 60, 6_000);
        let name = format!("bag-{number:02}");
        write_tar(&house.receiving(), &name, &payload);
        objects.insert(name, vec![payload]);
    }
    for _ in 0..UP_KILLS {
        let mut child = house.command(&["--log", "error", "up"]).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(100 + random.below(900)));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let mut child = house.command(&["--log", "error", "up"]).spawn().unwrap();
    // One more, so that the process is seen at work before it is asked to stop.
    let payload = payload(random.next(), 60, 6_000);
    write_tar(&house.receiving(), "bag-last", &payload);
    objects.insert("bag-last".to_owned(), vec![payload]);
    let until = Instant::now() + Duration::from_secs(120);
    while !house::files_below(&house.receiving()).is_empty() {
        assert!(
            Instant::now() < until,
            "still there: {:?}",
            fs::read_dir(house.receiving()).unwrap().collect::<Vec<_>>()
        );
        std::thread::sleep(Duration::from_millis(100));
    }
    house::terminate(&child);
    assert!(child.wait().unwrap().success());
    house.assert_holds(&objects);
}
