//! A dry run says what an ingest would do, and leaves no trace.

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, reason = "a test that breaks should panic")]

#[path = "faults/bags.rs"]
#[allow(dead_code)]
mod bags;
#[path = "faults/house.rs"]
#[allow(dead_code)]
mod house;

use std::fs;
use std::path::Path;

use bags::{payload, write_tar};
use house::{House, files_below, text};
use serde_json::Value;

/// Runs a dry run and insists that the data directory is as it was.
fn rehearse(house: &House, path: &Path, more: &[&str]) -> (Option<i32>, Value) {
    let before = files_below(&house.data());
    let output = house.run(&[&["ingest", "--dry-run", "--json", path.to_str().unwrap()], more].concat());
    let after: Vec<_> = files_below(&house.data()).into_iter().filter(|path| !path.contains("sqlite-")).collect();
    let before: Vec<_> = before.into_iter().filter(|path| !path.contains("sqlite-")).collect();
    assert_eq!(after, before);
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output))))
}

#[test]
fn a_first_deposit_would_be_stored_as_version_one_and_nothing_is_made() {
    let house = House::new();
    let bag = write_tar(house.folder.path(), "bag", &payload(1, 5, 100));
    let (code, answer) = rehearse(&house, &bag, &[]);
    assert_eq!((code, answer["would"].as_str(), answer["version"].as_u64()), (Some(0), Some("store"), Some(1)));
    assert_eq!(answer["new"]["files"], 6);
}

#[test]
fn a_changed_bag_is_compared_file_by_file() {
    let house = House::new();
    let first = payload(2, 5, 100);
    house.ingest(&write_tar(house.folder.path(), "bag", &first));
    let mut second = first[1..].to_vec();
    second[0].1 = b"changed".to_vec();
    let bag = write_tar(house.folder.path(), "bag", &second);
    let (_, answer) = rehearse(&house, &bag, &[]);
    assert_eq!((answer["would"].as_str(), answer["version"].as_u64()), (Some("store"), Some(2)));
    assert_eq!((answer["new"]["files"].as_u64(), answer["left_out"]["files"].as_u64()), (Some(1), Some(1)));
    assert_eq!(answer["all"]["files"], 6);
    assert_eq!(house.ingest(&bag)["files"], 6, "the ingest does what the dry run said");
}

#[test]
fn what_is_held_would_bring_nothing_and_a_broken_bag_would_be_refused() {
    let house = House::new();
    let payload = payload(3, 5, 100);
    house.ingest(&write_tar(house.folder.path(), "bag", &payload));
    let again = write_tar(house.folder.path(), "bag", &payload);
    assert_eq!(rehearse(&house, &again, &[]).1["would"], "nothing");
    let broken = house.folder.path().join("broken.tar");
    fs::write(&broken, &fs::read(&again).unwrap()[..2048]).unwrap();
    let (code, answer) = rehearse(&house, &broken, &[]);
    assert_eq!((code, answer["would"].as_str()), (Some(1), Some("refuse")));
    assert!(answer["findings"]["errors"].as_u64().unwrap() > 0);
}

#[test]
fn a_plain_folder_is_rehearsed_with_its_tags_and_profile() {
    let house = House::new();
    let folder = house.folder.path().join("letters");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("a.txt"), "a").unwrap();
    let (code, answer) = rehearse(&house, &folder, &["--tag", "Source-Organization=Example"]);
    assert_eq!((code, answer["would"].as_str()), (Some(0), Some("store")));
    let (code, answer) = rehearse(&house, &folder, &["--profile", "aptrust"]);
    assert_eq!((code, answer["would"].as_str()), (Some(1), Some("refuse")));
}
