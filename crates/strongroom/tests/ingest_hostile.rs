//! Bad input at the door: nothing of it is stored, the deposit stays, the item says so with all findings; and strange
//! input that is good comes in without losing a byte.

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, reason = "a test that breaks should panic")]

#[path = "faults/bags.rs"]
#[allow(dead_code)]
mod bags;
#[path = "support/hostile.rs"]
mod hostile;
#[path = "faults/house.rs"]
#[allow(dead_code)]
mod house;

use std::collections::BTreeSet;
use std::fs;

use hostile::Verdict;
use house::{House, files_below, text};
use serde_json::Value;

#[test]
fn every_hostile_package_is_refused_with_its_finding_and_nothing_of_it_is_stored() {
    let house = House::new();
    let refused: Vec<_> = hostile::cases().into_iter().filter(|case| case.verdict == Verdict::Refused).collect();
    assert!(refused.len() > 40, "only {} cases", refused.len());
    for (number, case) in refused.iter().enumerate() {
        let folder = house.folder.path().join(format!("case-{number}"));
        fs::create_dir(&folder).unwrap();
        let path = folder.join(case.file_name);
        fs::write(&path, &case.bytes).unwrap();
        let output = house.run(&["ingest", "--json", path.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(1), "{}: {}", case.name, text(&output));
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(answer["item"]["status"], "rejected", "{}", case.name);
        let codes = codes(&answer["findings"]["list"]);
        let wanted = case.expected_code.unwrap();
        assert!(codes.contains(wanted), "{}: {wanted} is not among {codes:?}", case.name);
        assert_eq!(fs::read(&path).unwrap(), case.bytes, "{}: the deposit was changed", case.name);
    }
    for store in ["first", "second"] {
        let stored = files_below(&house.store(store).join("ocfl"));
        assert!(!stored.iter().any(|path| path.ends_with("inventory.json")), "{stored:?}");
    }
    house.assert_clean();
}

#[test]
fn every_strange_package_that_is_good_is_stored_without_losing_a_byte() {
    let house = House::new();
    let accepted: Vec<_> = hostile::cases().into_iter().filter(|case| case.verdict == Verdict::Accepted).collect();
    assert!(accepted.len() > 10, "only {} cases", accepted.len());
    for (number, case) in accepted.iter().enumerate() {
        let folder = house.folder.path().join(format!("case-{number}"));
        fs::create_dir(&folder).unwrap();
        let path = folder.join(case.file_name);
        fs::write(&path, &case.bytes).unwrap();
        // Names repeat among the cases: each is an object of an installation of its own.
        let own = House::new();
        let receipt = own.ingest(&path);
        assert_eq!(receipt["outcome"], "stored", "{}", case.name);
        if let Some(wanted) = case.expected_code {
            let codes = codes(&receipt["warnings"]);
            assert!(codes.contains(wanted), "{}: {wanted} is not among {codes:?}", case.name);
        }
        let replicas = ["first", "second"].map(|store| files_below(&own.store(store).join("ocfl")));
        assert_eq!(replicas[0], replicas[1], "{}", case.name);
        let is_safe = |path: &String| path.is_ascii() && !path.chars().any(|letter| letter.is_control());
        assert!(replicas[0].iter().all(is_safe), "{}: {:?}", case.name, replicas[0]);
        own.assert_clean();
    }
}

#[test]
fn a_refused_deposit_stays_in_the_receiving_folder_and_is_not_judged_twice() {
    let house = House::new();
    let case = hostile::cases().into_iter().find(|case| case.verdict == Verdict::Refused).unwrap();
    let path = house.receiving().join(case.file_name);
    fs::write(&path, &case.bytes).unwrap();
    for _ in 0..2 {
        house.up_for(std::time::Duration::from_secs(2));
        assert_eq!(fs::read(&path).unwrap(), case.bytes);
    }
    let output = house.run(&["items", "list", "--json"]);
    let lines = String::from_utf8(output.stdout).unwrap();
    assert_eq!(lines.lines().count(), 1, "{lines}");
    assert!(lines.contains("rejected"), "{lines}");
}

fn codes(list: &Value) -> BTreeSet<String> {
    list.as_array().unwrap().iter().map(|finding| finding["code"].as_str().unwrap().to_owned()).collect()
}
