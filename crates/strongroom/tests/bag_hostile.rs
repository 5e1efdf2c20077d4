//! `strongroom bag validate` on bags that are wrong, strange or meant to do harm.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

#[path = "support/bag_command.rs"]
mod bag_command;
#[path = "support/hostile.rs"]
mod hostile;

use bag_command::Place;
use hostile::bag_files::BagFiles;
use hostile::bag_tar::BLOCK;
use hostile::{Case, Verdict};

/// Checks every case and names those that went wrong.
fn check(cases: Vec<Case>) {
    assert!(!cases.is_empty());
    let faults: Vec<_> = cases.iter().filter_map(|case| Some(format!("{}: {}", case.name, fault(case)?))).collect();
    assert!(faults.is_empty(), "{} of {} cases:\n{}", faults.len(), cases.len(), faults.join("\n"));
}

fn fault(case: &Case) -> Option<String> {
    let place = Place::new();
    let path = place.file(case.file_name, &case.bytes);
    let exit = if case.verdict == Verdict::Accepted { 0 } else { 1 };
    let before = std::fs::read(&path).unwrap();
    let found = place.validate(&path, &["--profile", "none"]).fault(exit, case.expected_code, case.place);
    assert_eq!(std::fs::read(&path).unwrap(), before, "{}: the package was changed", case.name);
    assert_eq!(std::fs::read_dir(place.path("")).unwrap().count(), 1, "{}: something was left", case.name);
    found
}

#[test]
fn every_hostile_bag_gets_its_verdict_and_its_finding() {
    check(hostile::cases());
}

#[test]
fn a_bomb_is_found_before_it_has_unpacked() {
    check(hostile::bombs());
}

#[test]
fn the_names_of_the_cases_are_unique() {
    let mut names: Vec<_> = hostile::cases().iter().chain(&hostile::bombs()).map(|case| case.name).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

/// Validates all beginnings of a package in one call. None of them may be taken for a bag.
fn check_cut(file_name: &str, bytes: &[u8], lengths: impl Iterator<Item = usize>) {
    let place = Place::new();
    let paths: Vec<_> = lengths.map(|length| place.file(format!("{length}/{file_name}"), &bytes[..length])).collect();
    assert!(paths.len() > 5);
    let mut arguments = vec!["validate".into(), "--json".into()];
    arguments.extend(paths.iter().map(|path| path.as_os_str().to_owned()));
    let ran = place.bag(&arguments);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    for line in ran.stdout.lines() {
        let json: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(json["verdict"], "invalid", "{}", json["path"]);
        let codes: Vec<_> = json["findings"]["list"].as_array().unwrap().iter().map(|one| &one["code"]).collect();
        let is_named = codes.iter().any(|code| **code == "BAG-101" || **code == "BAG-103");
        assert!(is_named, "{}: {codes:?}", json["path"]);
    }
    assert_eq!(ran.stdout.lines().count(), paths.len());
}

#[test]
fn a_tar_that_is_cut_at_any_block_is_refused() {
    let bytes = BagFiles::valid().tar();
    // One of the two empty blocks at the end is enough to know that it is the end.
    let whole = bytes.len() - BLOCK;
    check_cut("bag.tar", &bytes, (0..whole).step_by(BLOCK));
    check_cut("bag.tar", &bytes, (BLOCK / 2..whole).step_by(BLOCK));
}

#[test]
fn a_compressed_package_that_is_cut_anywhere_is_refused() {
    let bag = BagFiles::valid();
    let many = |bytes: &[u8]| (4..bytes.len()).step_by(bytes.len() / 40);
    let (gz, zst, zip) = (bag.tar_gz(), bag.tar_zst(), bag.zip());
    check_cut("bag.tar.gz", &gz, many(&gz));
    check_cut("bag.tar.zst", &zst, many(&zst));
    check_cut("bag.zip", &zip, many(&zip));
}
