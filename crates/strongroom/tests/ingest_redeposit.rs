//! Deposits of what is held already: recognised, merged, replaced, superseded, cancelled for good.

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, reason = "a test that breaks should panic")]

#[path = "faults/bags.rs"]
#[allow(dead_code)]
mod bags;
#[path = "faults/house.rs"]
#[allow(dead_code)]
mod house;

use std::collections::BTreeMap;
use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use bags::{Payload, payload, write_tar};
use house::{House, text};
use serde_json::Value;

fn objects(versions: Vec<Payload>) -> BTreeMap<String, Vec<Payload>> {
    BTreeMap::from([("bag".to_owned(), versions)])
}

#[test]
fn the_same_deposit_is_recognised_and_nothing_is_done() {
    let house = House::new();
    let payload = payload(1, 10, 500);
    let bag = write_tar(house.folder.path(), "bag", &payload);
    let first = house.ingest(&bag);
    assert_eq!(house.ingest(&bag), first);
    let output = house.run(&["ingest", bag.to_str().unwrap()]);
    assert!(text(&output).contains("seen before"), "{}", text(&output));
    house.assert_holds(&objects(vec![payload]));
}

#[test]
fn the_same_bytes_in_a_new_deposit_make_no_version() {
    let house = House::new();
    let payload = payload(2, 10, 500);
    house.ingest(&write_tar(house.folder.path(), "bag", &payload));
    let again = house.ingest(&write_tar(house.folder.path(), "bag", &payload));
    assert_eq!(again["outcome"], "unchanged");
    assert_eq!(again["version"], 1);
    house.assert_holds(&objects(vec![payload]));
}

#[test]
fn a_changed_bag_is_a_new_version_and_what_it_lacks_is_kept() {
    let house = House::new();
    let first = payload(3, 10, 500);
    house.ingest(&write_tar(house.folder.path(), "bag", &first));
    let mut second = first.clone();
    second[0].1 = b"other".to_vec();
    second.truncate(4);
    // The same bytes as a file that is held, under a new name: not stored again.
    second.push(("copy.bin".to_owned(), first[9].1.clone()));
    let receipt = house.ingest(&write_tar(house.folder.path(), "bag", &second));
    assert_eq!(receipt["version"], 2);
    // The ten old ones, the new one, and bag-info.txt.
    assert_eq!(receipt["files"], 12);
    house.assert_holds(&objects(vec![first, second]));
}

#[test]
fn with_replace_the_new_bag_is_the_whole_truth_and_the_old_version_stays() {
    let house = House::new();
    let first = payload(4, 10, 500);
    house.ingest(&write_tar(house.folder.path(), "bag", &first));
    let second: Payload = first[..3].to_vec();
    let bag = write_tar(house.folder.path(), "bag", &second);
    let output = house.run(&["ingest", "--json", "--replace", bag.to_str().unwrap()]);
    assert!(output.status.success(), "{}", text(&output));
    let receipt: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((receipt["version"].as_u64(), receipt["files"].as_u64()), (Some(2), Some(4)));
    let files = house.run(&["files", "list", "local.archive/bag", "--json"]);
    let listed = String::from_utf8(files.stdout).unwrap();
    assert_eq!(listed.lines().filter(|line| line.contains("data/")).count(), 3, "{listed}");
    house.assert_clean();
}

#[test]
fn a_newer_deposit_supersedes_one_that_is_not_stored_yet() {
    let first = payload(5, 10, 500);
    let (house, _) = house::killed_at("validate", |house| ("ingest", write_tar(house.folder.path(), "bag", &first)));
    let second = payload(6, 10, 500);
    let receipt = house.ingest(&write_tar(house.folder.path(), "bag", &second));
    assert_eq!(receipt["version"], 1);
    assert_eq!(status(&house, 1), "cancelled");
    house.assert_holds(&objects(vec![second]));
}

#[test]
fn a_newer_deposit_waits_for_one_that_is_being_stored_and_becomes_the_next_version() {
    let first = payload(7, 10, 500);
    let (house, _) = house::killed_at("verify", |house| ("ingest", write_tar(house.folder.path(), "bag", &first)));
    // The newer one has a path of its own: the older one's source must stay while it is being stored.
    let folder = house.folder.path().join("newer");
    fs::create_dir(&folder).unwrap();
    let second = payload(8, 10, 500);
    let receipt = house.ingest(&write_tar(&folder, "bag", &second));
    assert_eq!(receipt["version"], 2);
    assert_eq!(status(&house, 1), "success");
    house.assert_holds(&objects(vec![first, second]));
}

#[test]
fn a_cancelled_deposit_is_not_taken_in_again_until_a_person_asks() {
    let payload = payload(9, 10, 500);
    let (house, bag) = house::killed_at("gather", |house| ("up", write_tar(&house.receiving(), "bag", &payload)));
    // Whoever comes next frees the dead process's claim; then the item is nobody's and ends at once.
    let output = house.run(&["item", "cancel", "1"]);
    assert!(output.status.success(), "{}", text(&output));
    house.up_for(Duration::from_secs(2));
    assert_eq!(status(&house, 1), "cancelled");
    assert!(bag.is_file(), "the deposit of a cancelled item stays");
    house.assert_clean();
    assert!(house.run(&["item", "retry", "1"]).status.success());
    house.up_for(Duration::from_secs(3));
    assert_eq!(status(&house, 1), "success");
    house.assert_holds(&objects(vec![payload]));
}

#[test]
fn up_never_takes_in_a_deposit_that_is_still_being_copied() {
    let house = House::new();
    let payload = payload(10, 30, 20_000);
    let whole = fs::read(write_tar(house.folder.path(), "bag", &payload)).unwrap();
    let target = house.receiving().join("bag.tar");
    let mut command = house.command(&["--log", "warn", "up", "--settle", "0"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut file = fs::File::create(&target).unwrap();
    for piece in whole.chunks(whole.len() / 6) {
        std::io::Write::write_all(&mut file, piece).unwrap();
        std::thread::sleep(Duration::from_millis(400));
    }
    drop(file);
    let until = Instant::now() + Duration::from_secs(30);
    while target.exists() {
        assert!(Instant::now() < until, "it was never taken in");
        std::thread::sleep(Duration::from_millis(50));
    }
    house::terminate(&child);
    assert!(child.wait().unwrap().success());
    let items = String::from_utf8(house.run(&["items", "list", "--json"]).stdout).unwrap();
    assert_eq!(items.lines().count(), 1, "it was picked up before it was whole: {items}");
    house.assert_holds(&objects(vec![payload]));
}

#[test]
fn many_deposits_at_once_are_all_taken_in() {
    let house = House::new();
    let mut expected = BTreeMap::new();
    for number in 0..30 {
        let name = format!("bag-{number:02}");
        let payload = payload(100 + number, 8, 2_000);
        write_tar(&house.receiving(), &name, &payload);
        expected.insert(name, vec![payload]);
    }
    let mut child = house.command(&["--log", "warn", "up", "--at-once", "6"]).spawn().unwrap();
    let until = Instant::now() + Duration::from_secs(120);
    while !house::files_below(&house.receiving()).is_empty() {
        assert!(Instant::now() < until, "not done in time");
        std::thread::sleep(Duration::from_millis(50));
    }
    house::terminate(&child);
    assert!(child.wait().unwrap().success());
    house.assert_holds(&expected);
}

fn status(house: &House, item: i64) -> String {
    let output = house.run(&["items", "show", &item.to_string(), "--json"]);
    assert!(output.status.success(), "{}", text(&output));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let found = answer.get("status").or_else(|| answer["item"].get("status"));
    found.unwrap().as_str().unwrap().to_owned()
}

#[test]
fn the_same_deposit_with_another_request_is_another_deposit() {
    let house = House::new();
    let first = payload(12, 10, 500);
    house.ingest(&write_tar(house.folder.path(), "bag", &first));
    let bag = write_tar(house.folder.path(), "bag", &first[..3].to_vec());
    house.ingest(&bag);
    let output = house.run(&["ingest", "--json", "--replace", bag.to_str().unwrap()]);
    assert!(output.status.success(), "{}", text(&output));
    let receipt: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((receipt["outcome"].as_str(), receipt["files"].as_u64()), (Some("stored"), Some(4)));
}

#[test]
fn a_request_to_stop_is_heard_in_the_middle_of_one_huge_file() {
    let house = House::new();
    let folder = house.folder.path().join("huge");
    fs::create_dir(&folder).unwrap();
    // It takes no room on the disk, and half a minute to read.
    fs::File::create(folder.join("zeros")).unwrap().set_len(12 << 30).unwrap();
    let arguments = ["--log", "info", "--log-format", "json", "ingest", folder.to_str().unwrap()];
    let mut child = house.command(&arguments).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let lines = std::io::BufRead::lines(std::io::BufReader::new(child.stderr.take().unwrap()));
    let begins = |line: &String| line.contains("stage begins") && line.contains("gather");
    assert!(lines.map_while(Result::ok).any(|line| begins(&line)));
    std::thread::sleep(Duration::from_millis(300));
    let asked = Instant::now();
    house::terminate(&child);
    let status = child.wait().unwrap();
    // Only that it was not read to its end, which takes far longer; no speed is asserted.
    assert_eq!(status.code(), Some(75));
    assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());
    assert_eq!(self::status(&house, 1), "pending");
}
