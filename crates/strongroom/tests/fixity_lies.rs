//! Stores that lie: what is said once is doubted, what is said for ever is damage, and what a source says is held against it.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test that breaks should panic")]

#[path = "support/installation.rs"]
mod installation;
#[path = "support/lying_store.rs"]
mod lying_store;

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use installation::{Installation, Said, files_below};
use lying_store::{DAMAGING, Lasts, Lie, LyingStore};
use serde_json::Value;

const BAG: &str = "local.archive/bag";
const FIRST: &str = "v1/content/data/a.txt";

/// One object in two stores, and a store that does not lie yet.
fn stored() -> (Installation, LyingStore) {
    let installation = Installation::new();
    let folder = installation.plain_folder("bag", &[("a.txt", b"the first letter"), ("b.txt", b"the second letter")]);
    installation.ingest(&folder);
    let lying = LyingStore::built(installation.folder.path());
    (installation, lying)
}

fn file(installation: &Installation, store: &str, path: &str) -> PathBuf {
    installation.object(store, BAG).join(path)
}

fn inode(path: &Path) -> u64 {
    fs::metadata(path).unwrap().ino()
}

#[track_caller]
fn check_lied_to(installation: &Installation, lying: &LyingStore, arguments: &[&str]) -> Said {
    let mut command = installation.command([&["--log", "warn", "fixity", "check"], arguments].concat());
    let said = lying.lies_to(&mut command).output().unwrap().into();
    assert!(lying.untold().is_empty(), "the program was never told: {:?}", lying.untold());
    said
}

fn incidents(installation: &Installation) -> Vec<Value> {
    installation.run(["incidents", "--json"]).exits(0).json()
}

#[test]
fn what_is_said_once_is_never_called_damage() {
    for path in [FIRST, "inventory.json", "v1/inventory.json.sha256", "logs/v1-files.jsonl"] {
        for lie in DAMAGING {
            let (installation, mut lying) = stored();
            let about = file(&installation, "first", path);
            let number = inode(&about);
            lying.lie(lie, Lasts::Openings(1), &about);
            let said = check_lied_to(&installation, &lying, &["--all"]).exits(0);
            said.contains("2 replicas proven, 0 repairs made").contains("read wrongly once");
            assert_eq!(incidents(&installation), Vec::<Value>::new(), "{lie:?} {path}");
            assert_eq!(inode(&about), number, "{lie:?} {path}");
        }
    }
}

#[test]
fn what_is_said_for_ever_is_damage_and_repaired() {
    for lie in DAMAGING {
        let (installation, mut lying) = stored();
        let about = file(&installation, "first", FIRST);
        let number = inode(&about);
        lying.lie(lie, Lasts::ForEver, &about);
        check_lied_to(&installation, &lying, &["--all"]).exits(0).contains("1 repair made");
        let told = incidents(&installation);
        let damage = match lie {
            Lie::Broken => "unreadable",
            Lie::Absent => "missing",
            _ => "mismatch",
        };
        assert_eq!((told.len(), &told[0]["damage"]), (1, &Value::from(damage)), "{lie:?}");
        assert_eq!((&told[0]["store"], &told[0]["state"]), (&Value::from("first"), &Value::from("repaired")));
        assert_ne!(inode(&about), number, "other blocks of the disk have the bytes now");
        installation.run(["fixity", "check", "--all"]).exits(0).contains("0 repairs made");
    }
}

#[test]
fn bytes_that_come_slowly_are_no_damage() {
    let (installation, mut lying) = stored();
    let object = installation.object("first", BAG);
    for (path, _) in files_below(&object) {
        if path.file_name().is_some_and(|name| name != "0=ocfl_object_1.1") {
            lying.lie(Lie::Short, Lasts::ForEver, &object.join(path));
        }
    }
    let said = check_lied_to(&installation, &lying, &["--all"]).exits(0);
    said.contains("0 repairs made");
    assert!(!said.err.contains("read wrongly"), "{}", said.err);
}

#[test]
fn a_source_that_lies_is_not_copied_from() {
    // Whenever it lies: as it is proven, or as it is read once more to be copied.
    for lasts in [Lasts::ForEver, Lasts::After(1)] {
        for lie in DAMAGING {
            let (installation, mut lying) = stored();
            let about = file(&installation, "first", FIRST);
            fs::write(&about, "rotten").unwrap();
            let source = file(&installation, "second", FIRST);
            let number = inode(&source);
            lying.lie(lie, lasts, &source);
            check_lied_to(&installation, &lying, &["--store", "first"]).exits(1);
            let told = incidents(&installation);
            assert_eq!((told.len(), &told[0]["state"]), (1, &Value::from("open")), "{told:?}");
            let note = told[0]["note"].as_str().unwrap();
            assert!(note.contains("no other store has the right bytes; second: "), "{lie:?}, {lasts:?}: {note}");
            assert_eq!(fs::read(&about).unwrap(), b"rotten", "nothing worse is put in its place");
            assert_eq!(files_below(&installation.store("first").join("work")), Vec::new());
            // The truth is enough to end well.
            installation.run(["fixity", "check", "--all"]).exits(0).contains("1 repair made");
            assert_eq!(fs::read(&about).unwrap(), b"the first letter");
            assert_eq!(inode(&source), number);
        }
    }
}
