//! The registry is lost, and made anew from one store alone: it is the one that was lost.

#![allow(missing_docs, clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that breaks should panic")]

#[path = "support/installation.rs"]
mod installation;
#[path = "support/lived.rs"]
mod lived;

use std::fs;
use std::path::Path;
use std::process::Stdio;

use installation::{Installation, files_below};
use lived::{LETTERS, PHOTOGRAPHS, assert_same, dump, lived, lose, rebuild, registries};

/// What people see of the holdings.
fn listings(installation: &Installation) -> Vec<String> {
    let mut commands = vec![vec!["objects", "list", "--json"]];
    for object in [PHOTOGRAPHS, LETTERS, "local.archive/odd names", "other.example.org/photographs"] {
        commands.push(vec!["objects", "show", "--json", object]);
        commands.push(vec!["files", "list", "--json", object]);
    }
    commands.push(vec!["files", "list", "--json", LETTERS, "--version", "2"]);
    commands.push(vec!["files", "show", "--json", "local.archive/letters/data/a.txt"]);
    commands.into_iter().map(|command| installation.run(command).exits(0).out).collect()
}

/// The identities of events in the order in which they are listed, those left out that only the lost registry had.
fn events(installation: &Installation, object: &str) -> Vec<String> {
    let listed = installation.run(["events", "list", "--json", "--object", object]).exits(0).json();
    let of_deposits = listed.into_iter().filter(|event| !event["item"].is_null());
    of_deposits.map(|event| event["id"].to_string()).collect()
}

#[test]
fn a_lost_registry_comes_back_from_either_store_and_goes_on() {
    let installation = lived();
    let (lost, seen) = (dump(&installation), listings(&installation));
    assert!(lost.lines().count() > 100, "it is a life worth comparing:\n{lost}");
    let told = [PHOTOGRAPHS, LETTERS].map(|object| events(&installation, object));
    for store in ["first", "second"] {
        lose(&installation);
        let sums = rebuild(&installation, store).exits(0).json().pop().unwrap();
        assert_eq!((sums["objects"].as_u64(), sums["left_out"].as_u64()), (Some(6), Some(0)), "{sums}");
        assert_same(&lost, &dump(&installation));
        assert_eq!(registries(&installation), ["registry.sqlite"]);
        assert_eq!(listings(&installation), seen);
        assert_eq!([PHOTOGRAPHS, LETTERS].map(|object| events(&installation, object)), told);
    }
    // Nothing was proven since; then everything is.
    let status = installation.run(["fixity", "status", "--json"]).json();
    assert!(status.iter().all(|store| store["never_proven"] == store["replicas"]), "{status:?}");
    installation.run(["fixity", "check", "--all"]).exits(0).contains("12 replicas proven, 0 repairs made");
    installation.run(["restore", LETTERS, "--to", "back.tar"]).exits(0);
    installation.run(["bag", "validate", "back.tar"]).exits(0);
    // The next deposit is the next version, under a number that no item had.
    let folder = installation.plain_folder("letters", &[("new.txt", b"after the loss")]);
    let receipt = installation.ingest(&folder);
    assert_eq!(receipt["version"], 5);
    assert!(receipt["item"].as_i64().unwrap() > 9, "{receipt}");
    installation.run(["fixity", "check", "--all"]).exits(0);
    installation.run(["doctor"]).exits(0);
}

#[test]
fn a_store_in_a_folder_is_enough_and_the_others_need_not_be_there() {
    let installation = lived();
    let lost = dump(&installation);
    let elsewhere = Installation::new();
    fs::rename(installation.store("second"), elsewhere.folder.path().join("disk")).unwrap();
    let said = elsewhere.run(["rebuild", "--from", "./disk"]).exits(0);
    said.contains("6 objects, 9 versions").contains("fixity check --all");
    assert_same(&lost, &dump(&elsewhere));
    assert!(!elsewhere.store("first").exists(), "no store is made");
}

/// Damages a file of the letters in the first store, rebuilds from it, and insists on what is found.
#[track_caller]
fn is_left_out(path: &str, code: &str, damage: impl Fn(&Path)) {
    let installation = Installation::new();
    installation.ingest_samples();
    let folder = installation.plain_folder("letters", &[("a.txt", b"one"), ("b.txt", b"two")]);
    installation.ingest(&folder);
    fs::write(folder.join("a.txt"), "three").unwrap();
    installation.ingest(&folder);
    let lost = dump(&installation);
    let object = installation.object("first", LETTERS);
    damage(&object.join(path));
    lose(&installation);
    let lines = rebuild(&installation, "first").exits(1).json();
    let [left_out, sums] = lines.as_slice() else { panic!("{lines:?}") };
    assert_eq!((sums["objects"].as_u64(), sums["left_out"].as_u64()), (Some(3), Some(1)));
    assert!(object.ends_with(left_out["object_path"].as_str().unwrap()), "{left_out}");
    assert_eq!(left_out["finding"]["code"], code, "{left_out}");
    assert!(path.is_empty() || left_out["finding"]["path"] == path, "{left_out}");
    installation.run(["objects", "show", LETTERS]).exits(1);
    let rows = dump(&installation);
    assert!(!rows.is_empty() && rows.lines().all(|row| lost.contains(row)), "only what was there comes back");
    // The other store has it whole, and the damage is repaired from there.
    lose(&installation);
    rebuild(&installation, "second").exits(0);
    assert_same(&lost, &dump(&installation));
    installation.run(["fixity", "check", "--all"]).exits(0).contains("repair");
}

fn change(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(file, text.replace(from, to)).unwrap();
}

#[test]
fn an_object_with_a_damaged_document_is_left_out_and_named() {
    is_left_out("logs/v1-files.jsonl", "REB-003", |file| change(file, "data/a.txt", "data/c.txt"));
    is_left_out("logs/v2-object.json", "REB-003", |file| change(file, "letters", "lexters"));
    is_left_out("inventory.json", "REB-003", |file| change(file, "data/b.txt", "data/c.txt"));
    is_left_out("v1/inventory.json", "REB-003", |file| change(file, "local", "lokal"));
    is_left_out("logs/v1-premis.xml.gz", "REB-003", |file| fs::write(file, "").unwrap());
}

#[test]
fn an_object_that_lacks_a_document_is_left_out_and_named() {
    is_left_out("logs/v2-sha256sums.txt", "REB-002", |file| fs::remove_file(file).unwrap());
    is_left_out("inventory.json.sha256", "REB-002", |file| fs::remove_file(file).unwrap());
    is_left_out("", "REB-001", |object| fs::remove_file(object.join("0=ocfl_object_1.1")).unwrap());
}

/// Changes a document of the first version and all digests that would betray it.
fn forge(object: &Path, document: &str, from: &str, to: &str) {
    let sha256 = |bytes: &[u8]| {
        let mut hasher = digests::Hasher::new(digests::Algorithm::Sha256.into());
        hasher.update(bytes);
        hasher.finish().get(digests::Algorithm::Sha256).unwrap().to_hex()
    };
    let file = object.join(document);
    let before = sha256(&fs::read(&file).unwrap());
    change(&file, from, to);
    change(&object.join("logs/v1-sha256sums.txt"), &before, &sha256(&fs::read(&file).unwrap()));
}

#[test]
fn documents_that_contradict_each_other_are_found_even_when_their_digests_agree() {
    let forged = |document: &'static str, from: &'static str, to: &'static str| {
        move |file: &Path| forge(file.parent().unwrap().parent().unwrap(), document, from, to)
    };
    for (document, from, to) in [
        ("logs/v1-files.jsonl", "data/a.txt", "data/c.txt"),
        ("logs/v1-files.jsonl", "\"size_bytes\":3", "\"size_bytes\":4"),
        ("logs/v1-object.json", "\"files\": 3", "\"files\": 4"),
        ("logs/v1-object.json", "local.archive/letters", "local.archive/other"),
    ] {
        is_left_out(document, "REB-005", forged(document, from, to));
    }
}

#[test]
fn a_version_that_was_never_committed_is_told() {
    is_left_out("", "REB-006", |object| fs::create_dir(object.join("v3")).unwrap());
}

#[test]
fn a_registry_that_holds_anything_is_refused_and_stays() {
    let installation = Installation::new();
    installation.ingest_samples();
    let before = (dump(&installation), registries(&installation));
    installation.run(["rebuild", "--from", "first"]).exits(2).contains("nothing is written over it");
    assert_eq!((dump(&installation), registries(&installation)), before);
    // A refused deposit is no object, and yet something that the stores do not know.
    let other = Installation::new();
    fs::write(other.folder.path().join("broken.tar"), "this is no tar").unwrap();
    other.run(["ingest", "broken.tar"]).exits(1);
    other.run(["rebuild", "--from", "first"]).exits(2).contains("nothing is written over it");
    fs::write(other.data().join("registry.sqlite"), "no database at all, but perhaps somebody's").unwrap();
    other.run(["rebuild", "--from", "first"]).exits(2).contains("move it elsewhere");
    assert!(fs::read(other.data().join("registry.sqlite")).unwrap().starts_with(b"no database"));
}

#[test]
fn an_empty_registry_is_put_aside_with_all_that_lies_beside_it() {
    let installation = Installation::new();
    installation.ingest_samples();
    let lost = dump(&installation);
    lose(&installation);
    // The log of a lost database must not be taken for that of the new one.
    fs::write(installation.data().join("registry.sqlite-wal"), "a log without its database").unwrap();
    rebuild(&installation, "second").exits(0);
    assert_same(&lost, &dump(&installation));
    lose(&installation);
    installation.run(["fixity", "status"]);
    installation.run(["ingest", "nothing.tar"]);
    assert!(registries(&installation).contains(&"registry.sqlite".to_owned()), "a new and empty one was made");
    rebuild(&installation, "second").exits(0);
    assert_same(&lost, &dump(&installation));
    assert!(registries(&installation).iter().any(|name| name.contains(".empty-")), "{:?}", registries(&installation));
}

#[test]
fn a_rehearsal_changes_nothing() {
    let installation = Installation::new();
    installation.ingest_samples();
    let sums = |said: installation::Said| said.exits(0).json().pop().unwrap();
    let everything = || files_below(installation.folder.path());
    lose(&installation);
    let before = everything();
    let rehearsed = sums(installation.run(["rebuild", "--from", "first", "--dry-run", "--json"]));
    assert!(everything() == before, "nothing was changed");
    let rebuilt = sums(rebuild(&installation, "first"));
    assert_eq!((&rehearsed["objects"], &rehearsed["files"]), (&rebuilt["objects"], &rebuilt["files"]));
}

#[test]
fn drafts_are_ignored_and_their_numbers_not_given_again() {
    let installation = Installation::new();
    installation.ingest_samples();
    let draft = installation.store("second").join("work/item-41/content");
    fs::create_dir_all(&draft).unwrap();
    fs::write(draft.join("half"), "of a deposit").unwrap();
    let lost = dump(&installation);
    lose(&installation);
    rebuild(&installation, "first").exits(0);
    assert_same(&lost, &dump(&installation));
    let receipt = installation.ingest(&installation.plain_folder("new", &[("a", b"1")]));
    assert_eq!(receipt["item"], 42, "{receipt}");
}

#[test]
fn a_store_that_is_not_there_is_named() {
    let installation = Installation::new();
    installation.ingest_samples();
    lose(&installation);
    installation.run(["rebuild", "--from", "third"]).exits(2).contains("no store third").contains("first, second");
    installation.run(["rebuild", "--from", "/mnt/no/disk"]).exits(2).contains("/mnt/no/disk");
    fs::rename(installation.store("first"), installation.store("away")).unwrap();
    installation.run(["rebuild", "--from", "first"]).exits(2).contains("first").contains("gone");
    assert_eq!(registries(&installation), Vec::<String>::new());
}

#[test]
fn a_rebuilding_that_is_killed_leaves_no_registry_and_the_next_one_is_whole() {
    let installation = Installation::new();
    let files: Vec<_> = (0..3000).map(|number| (format!("{number}.txt"), format!("{number}").into_bytes())).collect();
    let files: Vec<_> = files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
    installation.ingest(&installation.plain_folder("many", &files));
    let lost = dump(&installation);
    lose(&installation);
    let mut killed = 0;
    for milliseconds in (0..400).step_by(20) {
        let mut child =
            installation.command(["rebuild", "--from", "first", "--json"]).stdout(Stdio::null()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(milliseconds));
        child.kill().unwrap();
        if child.wait().unwrap().success() {
            break;
        }
        killed += 1;
        let published = registries(&installation).contains(&"registry.sqlite".to_owned());
        if published {
            break;
        }
    }
    assert!(killed > 0, "it was never killed in time");
    if registries(&installation).contains(&"registry.sqlite".to_owned()) {
        assert_same(&lost, &dump(&installation));
        lose(&installation);
    }
    rebuild(&installation, "first").exits(0);
    assert_same(&lost, &dump(&installation));
    assert_eq!(registries(&installation), ["registry.sqlite"]);
}
