//! `ocfl validate` accepts what was stored and names each kind of damage by the code of the specification.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that breaks should panic")]

#[path = "support/installation.rs"]
mod installation;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use installation::{Installation, Said, files_below};
use serde_json::Value;

const LETTERS: &str = "local.archive/letters";

/// An installation that holds two versions of an object, and the object's folder in the first store.
fn two_versions() -> (Installation, PathBuf) {
    let installation = Installation::new();
    let folder = installation.plain_folder("letters", &[("a.txt", b"one"), ("b/c.txt", b"two")]);
    installation.ingest(&folder);
    fs::write(folder.join("a.txt"), "one, mended").unwrap();
    installation.ingest(&folder);
    let object = installation.object("first", LETTERS);
    (installation, object)
}

fn codes(lines: &[Value]) -> BTreeSet<String> {
    let findings = lines.iter().flat_map(|line| line["findings"].as_array().unwrap());
    let errors = findings.filter(|finding| finding["severity"] == "error");
    errors.map(|finding| finding["code"].as_str().unwrap().to_owned()).collect()
}

/// Damages the object, and insists on the codes by which the store, its storage root and the object itself tell it.
#[track_caller]
fn check(damage: impl FnOnce(&Path), expected: &[&str]) -> Said {
    let (installation, object) = two_versions();
    damage(&object);
    let expected: BTreeSet<_> = expected.iter().map(|code| (*code).to_owned()).collect();
    let store = installation.store("first");
    let mut said = None;
    for path in [store.join("ocfl"), object, store] {
        let seen = installation.run(["ocfl", "validate", "--json", path.to_str().unwrap()]).exits(1);
        assert_eq!(codes(&seen.json()), expected, "{}\n{}", path.display(), seen.out);
        said = Some(seen);
    }
    let other = installation.store("second");
    installation.run(["ocfl", "validate", other.to_str().unwrap()]).exits(0);
    said.unwrap()
}

/// Returns the file of content with these bytes.
fn content(object: &Path, bytes: &[u8]) -> PathBuf {
    let found = files_below(object).into_iter().find(|(path, own)| own == bytes && path.starts_with("v1/content"));
    object.join(found.expect("it is there").0)
}

#[test]
fn what_was_stored_is_valid() {
    let (installation, object) = two_versions();
    for id in ["first", "second"] {
        let said = installation.run(["ocfl", "validate", "--json", installation.store(id).to_str().unwrap()]).exits(0);
        let lines = said.json();
        let root = lines.last().unwrap();
        assert_eq!((&root["kind"], &root["objects"], &root["objects_valid"]), (&"root".into(), &1.into(), &1.into()));
        assert_eq!((&lines[0]["head"], &lines[0]["id"]), (&"v2".into(), &format!("strongroom:{LETTERS}").into()));
    }
    let paths = [object.to_str().unwrap(), object.to_str().unwrap()];
    let said = installation.run([&["ocfl", "validate", "--no-content"], &paths[..]].concat()).exits(0);
    assert_eq!(said.out.matches(": valid; ").count(), 2, "{}", said.out);
}

#[test]
fn a_flipped_byte_is_told_with_its_place() {
    let said = check(|object| fs::write(content(object, b"two"), "twO").unwrap(), &["E092"]);
    assert!(said.out.contains("v1/content/"), "{}", said.out);
}

#[test]
fn a_flipped_byte_is_not_seen_when_no_content_is_read() {
    let (installation, object) = two_versions();
    fs::write(content(&object, b"two"), "twO").unwrap();
    installation.run(["ocfl", "validate", "--no-content", object.to_str().unwrap()]).exits(0);
    installation.run(["ocfl", "validate", object.to_str().unwrap()]).exits(1);
}

#[test]
fn a_missing_file_is_told() {
    check(|object| fs::remove_file(content(object, b"one")).unwrap(), &["E092"]);
}

#[test]
fn a_folder_that_is_left_empty_is_told_with_the_file_that_it_lacks() {
    check(|object| fs::remove_file(content(object, b"two")).unwrap(), &["E024", "E092"]);
}

#[test]
fn every_digest_of_a_bag_goes_on_being_checked() {
    let installation = Installation::new();
    installation.ingest(&installation::sample("photographs.tar"));
    let object = installation.object("first", "local.archive/photographs");
    let (path, _) = files_below(&object).into_iter().find(|(path, _)| path.ends_with("data/about.txt")).unwrap();
    fs::write(object.join(path), "other").unwrap();
    let said = installation.run(["ocfl", "validate", "--json", object.to_str().unwrap()]).exits(1);
    // The manifest's sha256, and the depositor's md5 in the fixity block.
    assert_eq!(codes(&said.json()), BTreeSet::from(["E092".to_owned(), "E093".to_owned()]), "{}", said.out);
}

#[test]
fn an_extra_file_of_content_is_told() {
    check(|object| fs::write(object.join("v2/content/stranger"), "new").unwrap(), &["E023"]);
}

#[test]
fn a_file_outside_of_any_object_is_told_by_the_root() {
    let (installation, _) = two_versions();
    let root = installation.store("first").join("ocfl");
    let folder = fs::read_dir(&root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.is_dir() && path.file_name().unwrap() != "extensions");
    fs::write(folder.unwrap().join("stray.txt"), "stray").unwrap();
    let said = installation.run(["ocfl", "validate", "--json", root.to_str().unwrap()]).exits(1);
    assert_eq!(codes(&said.json()), BTreeSet::from(["E072".to_owned()]), "{}", said.out);
}

#[test]
fn a_broken_inventory_is_told() {
    let half = |object: &Path| {
        let path = object.join("inventory.json");
        let text = fs::read(&path).unwrap();
        fs::write(&path, &text[..text.len() / 2]).unwrap();
    };
    check(half, &["E033", "E060"]);
}

#[test]
fn a_missing_sidecar_is_told() {
    check(|object| fs::remove_file(object.join("inventory.json.sha256")).unwrap(), &["E058"]);
}

#[test]
fn a_missing_version_is_told() {
    let (installation, object) = two_versions();
    fs::remove_dir_all(object.join("v1")).unwrap();
    let said = installation.run(["ocfl", "validate", "--json", object.to_str().unwrap()]).exits(1);
    assert!(codes(&said.json()).iter().any(|code| ["E010", "E046", "E092"].contains(&code.as_str())), "{}", said.out);
}

#[test]
fn several_damages_are_all_told_at_once() {
    let many = |object: &Path| {
        fs::write(content(object, b"two"), "twO").unwrap();
        fs::write(object.join("v1/content/stranger"), "new").unwrap();
        fs::remove_file(object.join("inventory.json.sha256")).unwrap();
    };
    check(many, &["E023", "E058", "E092"]);
}

#[test]
fn a_path_that_is_nothing_of_ocfl_could_not_be_checked() {
    let (installation, object) = two_versions();
    installation.run(["ocfl", "validate", "nowhere"]).exits(2).contains("nowhere");
    installation.run(["ocfl", "validate", installation.folder.path().to_str().unwrap()]).exits(2).contains("no object");
    // The worst of several decides, and the others are checked all the same.
    let said = installation.run(["ocfl", "validate", "nowhere", object.to_str().unwrap()]).exits(2);
    assert!(said.out.contains(": valid; "), "{}", said.out);
}

#[test]
fn many_objects_are_checked_at_once_and_told_in_order() {
    let installation = Installation::new();
    let paths: Vec<_> = (0..30)
        .map(|number| {
            installation.plain_folder(&format!("letter-{number}"), &[("a.txt", format!("{number}").as_bytes())])
        })
        .collect();
    let mut arguments = vec!["ingest", "--json"];
    arguments.extend(paths.iter().map(|path| path.to_str().unwrap()));
    installation.run(arguments).exits(0);
    let damaged = installation.object("first", "local.archive/letter-7");
    fs::remove_file(damaged.join("inventory.json.sha256")).unwrap();
    let root = installation.store("first").join("ocfl");
    let said = installation.run(["ocfl", "validate", "--json", root.to_str().unwrap()]).exits(1);
    let lines = said.json();
    let paths: Vec<_> = lines[..30].iter().map(|line| line["path"].as_str().unwrap().to_owned()).collect();
    assert!(paths.is_sorted(), "{paths:?}");
    assert_eq!((&lines[30]["objects"], &lines[30]["objects_valid"]), (&30.into(), &29.into()));
    let text = installation.run(["ocfl", "validate", root.to_str().unwrap()]).exits(1);
    text.contains("E058").contains("29 of 30 objects valid").contains("in 29 objects");
}
