//! Replicas that are damaged in every way: found, named, repaired from a good one, and never made worse.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test that breaks should panic")]

#[path = "support/installation.rs"]
mod installation;

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use installation::{Installation, files_below, sample};
use serde_json::Value;

const PHOTOGRAPHS: &str = "local.archive/photographs";
const PICTURE: &str = "v1/content/data/1923/harbour.png";

fn installation() -> Installation {
    let installation = Installation::new();
    installation.ingest(&sample("photographs.tar"));
    installation
}

fn flip(file: &Path) {
    let open = fs::OpenOptions::new().read(true).write(true).open(file).unwrap();
    let mut byte = [0];
    open.read_exact_at(&mut byte, 100).unwrap();
    open.write_all_at(&[byte[0] ^ 1], 100).unwrap();
}

/// Returns what is in the object's folder of both stores.
fn replicas(installation: &Installation, identifier: &str) -> [Vec<(PathBuf, Vec<u8>)>; 2] {
    ["first", "second"].map(|store| installation.object(store, identifier)).map(|object| match object.is_dir() {
        true => files_below(&object),
        false => Vec::new(),
    })
}

#[track_caller]
fn incidents(installation: &Installation, state: &str) -> Vec<Value> {
    installation.run(["incidents", "--json", "--state", state]).exits(0).json()
}

#[track_caller]
fn damage_is_repaired(path: &str, damage: impl Fn(&Path), kind: &str) {
    let installation = installation();
    let before = replicas(&installation, PHOTOGRAPHS);
    damage(&installation.object("first", PHOTOGRAPHS).join(path));
    assert_ne!(replicas(&installation, PHOTOGRAPHS), before, "something is damaged");
    // A rehearsal finds it and changes no replica.
    let damaged = replicas(&installation, PHOTOGRAPHS);
    installation.run(["fixity", "check", "--all", "--dry-run"]).exits(1).contains("DAMAGED");
    assert_eq!(replicas(&installation, PHOTOGRAPHS), damaged);
    let open = incidents(&installation, "open");
    assert_eq!(open.len(), 1, "{open:?}");
    assert_eq!((open[0]["path"].as_str(), open[0]["damage"].as_str()), (Some(path), Some(kind)));
    installation.run(["fixity", "check", "--all"]).exits(0).contains("1 repair made");
    assert_eq!(replicas(&installation, PHOTOGRAPHS), before, "each replica is as it was");
    let repaired = incidents(&installation, "repaired");
    assert_eq!(repaired.len(), 1, "{repaired:?}");
    assert_eq!(repaired[0]["id"], open[0]["id"], "seen twice, it is one incident");
    assert_eq!(repaired[0]["repaired_from"], "second");
    assert_eq!(incidents(&installation, "open"), Vec::<Value>::new());
    installation.run(["fixity", "check", "--all"]).exits(0).contains("0 repairs made");
    let events = installation.run(["events", "list", "--json", "--object", PHOTOGRAPHS]).exits(0).json();
    let of_kind = |kind: &str, outcome: &str| {
        events.iter().filter(|event| event["event_type"] == kind && event["outcome"] == outcome).count()
    };
    assert_eq!((of_kind("fixity check", "fail"), of_kind("repair", "success")), (1, 1));
    let work = files_below(&installation.store("first").join("work"));
    assert_eq!(work, Vec::new(), "nothing is left behind");
    let root = installation.store("first").join("ocfl");
    installation.run(["ocfl", "validate", root.to_str().unwrap()]).exits(0);
}

#[test]
fn a_flipped_byte_is_repaired_and_the_wrong_file_kept() {
    damage_is_repaired(PICTURE, flip, "mismatch");
}

#[test]
fn a_cut_file_is_repaired() {
    let cut = |file: &Path| fs::OpenOptions::new().write(true).open(file).unwrap().set_len(50).unwrap();
    damage_is_repaired(PICTURE, cut, "mismatch");
}

#[test]
fn a_lengthened_file_is_repaired() {
    let lengthen = |file: &Path| {
        let mut bytes = fs::read(file).unwrap();
        bytes.push(0);
        fs::write(file, bytes).unwrap();
    };
    damage_is_repaired(PICTURE, lengthen, "mismatch");
}

#[test]
fn a_lost_file_is_repaired() {
    damage_is_repaired(PICTURE, |file| fs::remove_file(file).unwrap(), "missing");
}

#[test]
fn a_link_in_the_place_of_a_file_is_repaired() {
    let link = |file: &Path| {
        fs::rename(file, file.with_extension("moved")).unwrap();
        std::os::unix::fs::symlink(file.with_extension("moved"), file).unwrap();
    };
    let installation = installation();
    let file = installation.object("first", PHOTOGRAPHS).join(PICTURE);
    let bytes = fs::read(&file).unwrap();
    link(&file);
    installation.run(["fixity", "check", "--all"]).exits(0).contains("1 repair made");
    assert!(fs::symlink_metadata(&file).unwrap().is_file(), "it is a file again");
    assert_eq!(fs::read(&file).unwrap(), bytes);
}

#[test]
fn each_document_of_an_object_is_repaired_too() {
    for path in ["inventory.json", "v1/inventory.json", "logs/v1-premis.xml.gz", "logs/v1-files.jsonl"] {
        damage_is_repaired(path, flip, "mismatch");
    }
    damage_is_repaired("inventory.json.sha256", |file| fs::remove_file(file).unwrap(), "missing");
    damage_is_repaired("0=ocfl_object_1.1", |file| fs::write(file, "ocfl_object_1.0\n").unwrap(), "mismatch");
}

#[test]
fn a_lost_object_comes_back_whole() {
    damage_is_repaired("", |object| fs::remove_dir_all(object).unwrap(), "missing");
}

#[test]
fn a_replica_whose_manifest_agrees_with_its_damage_is_found_all_the_same() {
    let installation = installation();
    let before = replicas(&installation, PHOTOGRAPHS);
    let object = installation.object("first", PHOTOGRAPHS);
    let sha256 = |bytes: &[u8]| {
        let mut hasher = digests::Hasher::new(digests::Algorithm::Sha256.into());
        hasher.update(bytes);
        hasher.finish().get(digests::Algorithm::Sha256).unwrap().to_hex()
    };
    let was = sha256(&fs::read(object.join(PICTURE)).unwrap());
    flip(&object.join(PICTURE));
    let is = sha256(&fs::read(object.join(PICTURE)).unwrap());
    for folder in ["", "v1"] {
        let inventory = fs::read_to_string(object.join(folder).join("inventory.json")).unwrap().replace(&was, &is);
        fs::write(object.join(folder).join("inventory.json"), &inventory).unwrap();
        let sidecar = format!("{} inventory.json\n", sha256(inventory.as_bytes()));
        fs::write(object.join(folder).join("inventory.json.sha256"), sidecar).unwrap();
    }
    installation.run(["fixity", "check", PHOTOGRAPHS]).exits(0).contains("proven, after 5 repairs of damage");
    assert_eq!(replicas(&installation, PHOTOGRAPHS), before);
}

fn inode(file: &Path) -> u64 {
    std::os::unix::fs::MetadataExt::ino(&fs::metadata(file).unwrap())
}

#[test]
fn damage_that_has_gone_by_itself_has_passed_and_nothing_is_written() {
    let installation = installation();
    let file = installation.object("first", PHOTOGRAPHS).join(PICTURE);
    flip(&file);
    installation.run(["fixity", "check", "--all", "--dry-run"]).exits(1);
    let (number, half) = (inode(&file), installation.store("first").join("work/.mend-incident-1"));
    fs::write(&half, "what a repair left that was killed while it wrote").unwrap();
    flip(&file);
    installation.run(["fixity", "check", "--all"]).exits(0).contains("0 repairs made");
    assert_eq!(inode(&file), number, "the file was not written again");
    assert_eq!(incidents(&installation, "passed").len(), 1);
    assert_eq!(incidents(&installation, "repaired"), Vec::<Value>::new());
    assert!(!half.exists());
    let repairs = ["events", "list", "--json", "--type", "repair"];
    assert_eq!(installation.run(repairs).exits(0).json(), Vec::<Value>::new(), "nobody says that it was repaired");
}

#[test]
fn a_repair_that_was_killed_before_it_was_noted_is_not_made_again() {
    let installation = installation();
    let file = installation.object("first", PHOTOGRAPHS).join(PICTURE);
    let right = fs::read(&file).unwrap();
    flip(&file);
    installation.run(["fixity", "check", "--all", "--dry-run"]).exits(1);
    // As the kill leaves it: the wrong bytes put aside, the right ones in their place, and nothing in the registry.
    let aside = installation.store("first").join("quarantine/incident-1");
    fs::create_dir(aside.parent().unwrap()).unwrap();
    fs::rename(&file, &aside).unwrap();
    fs::write(&file, right).unwrap();
    let number = inode(&file);
    installation.run(["fixity", "check", "--all"]).exits(0).contains("0 repairs made");
    assert_eq!(inode(&file), number, "the file was not written again");
    let passed = incidents(&installation, "passed");
    assert_eq!(passed[0]["quarantine"], "quarantine/incident-1", "and where the wrong bytes are is told");
}

#[test]
fn what_is_damaged_in_every_store_is_left_alone_and_called_so() {
    let installation = installation();
    for store in ["first", "second"] {
        flip(&installation.object(store, PHOTOGRAPHS).join(PICTURE));
    }
    let damaged = replicas(&installation, PHOTOGRAPHS);
    let said = installation.run(["fixity", "check", "--all", "--json"]).exits(1);
    said.contains("no other store has the right bytes");
    assert_eq!(said.json().last().unwrap()["damaged"], 2);
    assert_eq!(replicas(&installation, PHOTOGRAPHS), damaged, "nothing was written over anything");
    assert_eq!(incidents(&installation, "open").len(), 2);
    installation.run(["fixity", "status"]).exits(1);
    installation.run(["fixity", "check", "--all"]).exits(1);
    assert_eq!(incidents(&installation, "open").len(), 2, "seen again, it is not told again");
}

#[test]
fn files_damaged_in_different_stores_are_repaired_from_each_other() {
    let installation = installation();
    let before = replicas(&installation, PHOTOGRAPHS);
    flip(&installation.object("first", PHOTOGRAPHS).join(PICTURE));
    flip(&installation.object("second", PHOTOGRAPHS).join("inventory.json"));
    fs::remove_file(installation.object("second", PHOTOGRAPHS).join("v1/content/bag-info.txt")).unwrap();
    installation.run(["fixity", "check", "--all"]).exits(0).contains("3 repairs made");
    assert_eq!(replicas(&installation, PHOTOGRAPHS), before);
}

#[test]
fn a_store_that_is_gone_is_neither_damaged_nor_proven() {
    let installation = installation();
    let proven = |store: &str| {
        let lines = installation.run(["fixity", "status", "--json"]).json();
        lines.into_iter().find(|line| line["store"] == store).unwrap()["oldest"]["proven_at"].clone()
    };
    let before = proven("first");
    fs::rename(installation.store("first"), installation.store("away")).unwrap();
    installation.run(["fixity", "check", "--all"]).exits(2).contains("not checked").contains("is gone");
    assert_eq!(incidents(&installation, "open"), Vec::<Value>::new());
    assert_eq!(proven("first"), before, "it is as old as it was");
    // An empty mount point is no empty store either.
    fs::create_dir_all(installation.store("first")).unwrap();
    installation.run(["fixity", "check", "--all"]).exits(2);
    assert_eq!(incidents(&installation, "open"), Vec::<Value>::new());
    fs::remove_dir(installation.store("first")).unwrap();
    fs::rename(installation.store("away"), installation.store("first")).unwrap();
    installation.run(["fixity", "check", "--all"]).exits(0);
    assert_ne!(proven("first"), before);
}

#[test]
fn repairs_stop_where_they_become_too_many() {
    let installation = installation();
    let object = installation.object("first", PHOTOGRAPHS);
    let contents: Vec<_> = files_below(&object.join("v1/content")).into_iter().map(|(path, _)| path).collect();
    assert!(contents.len() > 3);
    for path in &contents {
        fs::remove_file(object.join("v1/content").join(path)).unwrap();
    }
    let mut command = installation.command(["fixity", "check", PHOTOGRAPHS]);
    let said = installation::Said::from(command.env("STRONGROOM_FIXITY__REPAIRS_PER_HOUR_MAX", "3").output().unwrap());
    said.exits(1).contains("3 files were repaired in this store within an hour");
    assert_eq!(files_below(&object.join("v1/content")).len(), 3);
    assert_eq!(incidents(&installation, "open").len(), contents.len() - 3);
}

#[test]
fn contents_of_old_versions_are_proven_as_well() {
    let installation = Installation::new();
    let folder = installation.plain_folder("letters", &[("a.txt", b"first"), ("b.txt", b"stays")]);
    installation.ingest(&folder);
    fs::write(folder.join("a.txt"), "second").unwrap();
    installation.ingest(&folder);
    installation.run(["fixity", "check", "--all"]).exits(0);
    let before = replicas(&installation, "local.archive/letters");
    let object = installation.object("second", "local.archive/letters");
    fs::write(object.join("v1/content/data/a.txt"), "fir5t").unwrap();
    fs::remove_file(object.join("v1/inventory.json")).unwrap();
    fs::write(object.join("v2/content/data/a.txt"), "").unwrap();
    installation.run(["fixity", "check", "--all"]).exits(0).contains("3 repairs made");
    assert_eq!(replicas(&installation, "local.archive/letters"), before);
}

#[test]
fn a_third_store_helps_when_the_second_is_damaged_or_gone() {
    let installation = Installation::new();
    installation.configure(
        "stores = [{ id = \"a\", url = \"stores/a\" }, { id = \"b\", url = \"stores/b\" }, { id = \"c\", url = \"stores/c\" }]\n\
         storage_options = [{ name = \"Standard\", stores = [\"a\", \"b\", \"c\"] }]\n",
    );
    installation.ingest(&sample("photographs.tar"));
    let file = |store: &str| installation.object(store, PHOTOGRAPHS).join(PICTURE);
    let right = fs::read(file("a")).unwrap();
    let (in_a, in_b) = (file("a"), file("b"));
    flip(&in_a);
    flip(&in_b);
    installation.run(["fixity", "check", "--store", "a"]).exits(0).contains("1 repair");
    assert_eq!(incidents(&installation, "repaired")[0]["repaired_from"], "c");
    assert_eq!(fs::read(&in_a).unwrap(), right);
    flip(&in_a);
    fs::rename(installation.store("b"), installation.store("away")).unwrap();
    installation.run(["fixity", "check", "--store", "a"]).exits(0).contains("1 repair");
    assert_eq!(fs::read(&in_a).unwrap(), right);
}

#[test]
fn asking_for_what_is_not_there_is_told() {
    let installation = installation();
    installation.run(["fixity", "check", "local.archive/nothing"]).exits(2).contains("there is no object");
    installation.run(["fixity", "check", "--store", "third"]).exits(2).contains("there is no store third");
    let none = Installation::new();
    none.run(["fixity", "check"]).exits(2).contains("there is no installation");
    assert!(!none.data().exists(), "looking makes nothing");
}

/// Makes all replicas look as if they had been proven last so many days ago.
fn age(installation: &Installation, days: u32) {
    let text = format!(
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); \
         c.execute('UPDATE fixity SET proven_at = proven_at - {days} * 86400000000, tried_at = NULL'); c.commit()"
    );
    let database = installation.data().join("registry.sqlite");
    let done = std::process::Command::new("python3").arg("-c").arg(text).arg(database).status().unwrap();
    assert!(done.success());
}

#[test]
fn up_proves_what_is_due_and_repairs_it_by_itself() {
    let installation = installation();
    let before = replicas(&installation, PHOTOGRAPHS);
    flip(&installation.object("second", PHOTOGRAPHS).join(PICTURE));
    age(&installation, 100);
    installation.run(["fixity", "status"]).exits(1).contains("not proven within 90 days");
    let mut up = installation.command(["--log", "error", "up"]).spawn().unwrap();
    let until = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while installation.run(["fixity", "status"]).code != Some(0) {
        assert!(std::time::Instant::now() < until, "up checks nothing");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    rustix::process::kill_process(rustix::process::Pid::from_child(&up), rustix::process::Signal::TERM).unwrap();
    assert!(up.wait().unwrap().success());
    assert_eq!(replicas(&installation, PHOTOGRAPHS), before);
    assert_eq!(incidents(&installation, "repaired").len(), 1);
}

#[test]
fn checks_without_an_object_do_what_is_due_and_no_more() {
    let installation = installation();
    installation.run(["fixity", "check"]).exits(0).contains("0 replicas proven");
    age(&installation, 91);
    installation.run(["fixity", "check"]).exits(0).contains("2 replicas proven");
    installation.run(["fixity", "check"]).exits(0).contains("0 replicas proven");
}

#[test]
fn canaries_are_planted_and_a_store_whose_canary_is_mended_is_red() {
    let installation = installation();
    installation.run(["fixity", "check", "--all"]).exits(0);
    let state = |store: &str| {
        let lines = installation.run(["fixity", "status", "--json"]).json();
        lines.into_iter().find(|line| line["store"] == store).unwrap()["is_green"].clone()
    };
    assert_eq!((state("first"), state("second")), (Value::Bool(true), Value::Bool(true)));
    let canaries = installation.store("first").join("canaries");
    // Somebody mends the planted damage: then a check that finds nothing would prove nothing.
    fs::write(canaries.join("cut"), fs::read(canaries.join("right")).unwrap()).unwrap();
    let age = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); \
               c.execute('UPDATE canaries SET caught_at = caught_at - 7200000000'); c.commit()";
    let database = installation.data().join("registry.sqlite");
    assert!(std::process::Command::new("python3").arg("-c").arg(age).arg(database).status().unwrap().success());
    installation.run(["fixity", "check", "--all"]).exits(2).contains("the canary `cut` should be told as mismatch");
    assert_eq!((state("first"), state("second")), (Value::Bool(false), Value::Bool(true)));
    fs::remove_file(canaries.join("cut")).unwrap();
    installation.run(["fixity", "check", "--all"]).exits(0);
    assert_eq!((state("first"), state("second")), (Value::Bool(true), Value::Bool(true)));
}

#[test]
fn what_a_restoration_finds_damaged_is_checked_and_repaired_next() {
    let installation = installation();
    let before = replicas(&installation, PHOTOGRAPHS);
    flip(&installation.object("first", PHOTOGRAPHS).join(PICTURE));
    installation.run(["restore", PHOTOGRAPHS]).exits(0).contains("checks and repairs the damaged replicas next");
    installation.run(["fixity", "check"]).exits(0).contains("1 replica proven, 1 repair made");
    assert_eq!(replicas(&installation, PHOTOGRAPHS), before);
    // A store that is away is no damage: nothing is queued, and no check has failed.
    fs::rename(installation.store("first"), installation.store("away")).unwrap();
    installation.run(["restore", PHOTOGRAPHS, "--to", "again.tar"]).exits(0).contains("is gone");
    fs::rename(installation.store("away"), installation.store("first")).unwrap();
    installation.run(["fixity", "check"]).exits(0).contains("0 replicas proven");
    let failed = ["events", "list", "--json", "--type", "fixity check", "--outcome", "fail"];
    assert_eq!(installation.run(failed).exits(0).json().len(), 2, "that of the restoration and that of the check");
}
