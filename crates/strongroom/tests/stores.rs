//! Stores added, lost, filled again, compared, evacuated and retired: what is promised holds before, between and after.

#![allow(clippy::unwrap_used, reason = "a test that breaks should panic")]

#[path = "support/installation.rs"]
mod installation;
#[path = "support/lived.rs"]
mod lived;

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use installation::{Installation, Said, files_below, sample};
use lived::{LETTERS, PHOTOGRAPHS, assert_same, dump, lived, lose, rebuild};
use serde_json::Value;

const INSTITUTIONS: &str = "institutions = [\"local.archive\", \"other.example.org\"]\n";

/// Configures stores by name, of which the one storage option names some.
fn stores(installation: &Installation, all: &[&str], option: &[&str]) {
    let mut text = INSTITUTIONS.to_owned();
    let stores: Vec<_> = all.iter().map(|id| format!("{{ id = \"{id}\", url = \"stores/{id}\" }}")).collect();
    text.push_str(&format!("stores = [{}]\n", stores.join(", ")));
    text.push_str(&format!("storage_options = [{{ name = \"Standard\", stores = {option:?} }}]\n"));
    installation.configure(&text);
}

fn ocfl(installation: &Installation, store: &str) -> PathBuf {
    installation.store(store).join("ocfl")
}

/// Insists that two stores have the same objects, byte for byte.
#[track_caller]
fn assert_alike(installation: &Installation, one: &str, other: &str) {
    let (one, other) = (files_below(&ocfl(installation, one)), files_below(&ocfl(installation, other)));
    let names = |files: &[(PathBuf, Vec<u8>)]| files.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>();
    assert_eq!(names(&one), names(&other));
    assert!(one == other, "the same names, and other bytes");
}

/// Insists that nothing is left behind by any work.
#[track_caller]
fn assert_clean(installation: &Installation, stores: &[&str]) {
    for store in stores {
        assert_eq!(files_below(&installation.store(store).join("work")), Vec::new(), "{store}");
    }
}

/// Insists that the registry that is rebuilt from each of some stores is the one that is lost.
#[track_caller]
fn assert_rebuilt(installation: &Installation, from: &[&str]) {
    let before = dump(installation);
    for store in from {
        lose(installation);
        rebuild(installation, store).exits(0);
        assert_same(&before, &dump(installation));
    }
}

fn flip(file: &Path) {
    let open = fs::OpenOptions::new().read(true).write(true).open(file).unwrap();
    let mut byte = [0];
    open.read_exact_at(&mut byte, 20).unwrap();
    open.write_all_at(&[byte[0] ^ 1], 20).unwrap();
}

/// Returns the last line of JSON: the job.
#[track_caller]
fn job(said: &Said) -> Value {
    said.json().pop().unwrap()
}

/// Returns the words of all results but mere notes.
#[track_caller]
fn results(said: &Said) -> Vec<String> {
    let lines = said.json();
    let results = lines.iter().filter(|line| line["told"] == "result" && line["weight"] != "note");
    results.map(|line| line["result"].as_str().unwrap().to_owned()).collect()
}

fn ingest(installation: &Installation, name: &str, files: &[(&str, &[u8])]) -> i64 {
    let folder = installation.plain_folder(name, files);
    installation.ingest(&folder)["version"].as_i64().unwrap()
}

#[test]
fn a_third_store_is_filled_with_every_version_of_every_object() {
    let installation = lived();
    stores(&installation, &["first", "second", "third"], &["first", "second", "third"]);
    installation.run(["store", "backfill", "fourth"]).exits(2).contains("there is no store fourth");
    let said = installation.run(["store", "add", "third", "--json"]).exits(0);
    let job = job(&said);
    assert_eq!((job["status"].as_str(), job["progress"]["counts"]["objects copied"].as_u64()), (Some("done"), Some(6)));
    assert!(job["outcome"].as_str().unwrap().contains("lacks nothing"), "{job}");
    assert_alike(&installation, "first", "third");
    assert_clean(&installation, &["first", "second", "third"]);
    let third = ocfl(&installation, "third");
    installation.run(["ocfl", "validate", third.to_str().unwrap()]).exits(0);
    installation.run(["fixity", "check", "--store", "third"]).exits(0);
    let shown = &installation.run(["store", "show", "third", "--json"]).exits(0).json()[0];
    assert_eq!((shown["lacks"]["objects"].as_u64(), shown["holds"]["objects"].as_u64()), (Some(0), Some(6)));
    assert_eq!(shown["fixity"]["never_proven"], 0);
    let events = installation.run(["events", "list", "--json", "--object", LETTERS]).exits(0).json();
    let of_kind = |kind: &str| {
        let about = |event: &&Value| event["event_type"] == kind && event["store"] == "third";
        events.iter().filter(about).count()
    };
    assert_eq!((of_kind("replication"), of_kind("fixity check")), (1, 1));
    let replicas = installation.run(["objects", "show", "--json", LETTERS]).exits(0).json()[0]["replicas"].clone();
    let in_third = replicas.as_array().unwrap().iter().filter(|replica| replica["store"] == "third");
    assert!(in_third.clone().all(|replica| replica["evidence"] == "A"));
    assert_eq!(in_third.count(), 4, "a row for each version");
    // Twice is well, and the next deposit goes to all three.
    let again = installation.run(["store", "backfill", "third", "--json"]).exits(0);
    assert_eq!(self::job(&again)["progress"]["counts"]["objects copied"], Value::Null);
    ingest(&installation, "letters", &[("later.txt", b"later")]);
    assert_alike(&installation, "first", "third");
    installation.run(["fixity", "check", "--all"]).exits(0).contains("0 repairs made");
    installation.run(["audit"]).exits(0);
    assert_rebuilt(&installation, &["third", "first"]);
}

#[test]
fn what_a_backfill_costs_is_told_beforehand_and_is_what_it_then_does() {
    let installation = Installation::new();
    for number in 0..3 {
        let bytes = vec![b'a' + number; 1_000 * (usize::from(number) + 1)];
        ingest(&installation, &format!("bag-{number}"), &[("one.txt", &bytes), ("two.txt", b"2")]);
    }
    let mut text = "institutions = [\"local.archive\"]\n".to_owned();
    for id in ["first", "second"] {
        text.push_str(&format!("[[stores]]\nid = \"{id}\"\nurl = \"stores/{id}\"\n"));
    }
    text.push_str(
        "[[stores]]\nid = \"third\"\nurl = \"stores/third\"\nbytes_per_second = 1000\n[stores.price]\ncurrency = \"EUR\"\n\
         per_gib_month = 1073741824.0\nper_1000_writes = 1000.0\nper_1000_reads = 10.0\nper_gib_out = 2147483648.0\n\
         [[storage_options]]\nname = \"Standard\"\nstores = [\"first\", \"second\", \"third\"]\n",
    );
    installation.configure(&text);
    let before = files_below(installation.folder.path()).len();
    let estimate = installation.run(["store", "add", "third", "--dry-run", "--json"]).exits(0).json().remove(0);
    assert_eq!(files_below(installation.folder.path()).len(), before, "a rehearsal makes nothing");
    // A bag of a plain folder has the two files, bagit.txt, bag-info.txt, a manifest and a tag manifest.
    let replicas = installation.run(["objects", "show", "--json", "local.archive/bag-0"]).exits(0).json();
    let files = 3 * replicas[0]["files"].as_u64().unwrap();
    assert_eq!((estimate["amount"]["objects"].as_u64(), estimate["amount"]["files"].as_u64()), (Some(3), Some(files)));
    let charges = estimate["charges"].as_array().unwrap();
    let (third, first) = (&charges[0], &charges[1]);
    let size = estimate["amount"]["size_bytes"].as_u64().unwrap();
    let documents = estimate["amount"]["documents"].as_u64().unwrap();
    // Declaration, two inventories with their sidecars, four logs; for each of three objects.
    assert_eq!(documents, 3 * 9);
    let all = files + documents;
    assert_eq!((third["requests"]["writes"].as_u64(), third["requests"]["reads"].as_u64()), (Some(all), Some(all)));
    assert_eq!((first["store"].as_str(), first["requests"]["reads"].as_u64()), (Some("first"), Some(all)));
    // One unit a write, a hundredth a read, two a byte out; one a byte and month: by hand.
    let expected = all as f64 + all as f64 / 100.0 + size as f64 * 2.0;
    assert!((third["once"].as_f64().unwrap() - expected).abs() < 1e-6, "{third} is not {expected}");
    assert!((third["per_month"].as_f64().unwrap() - size as f64).abs() < 1e-6, "{third}");
    assert_eq!((first["once"].as_f64(), first["currency"].as_str()), (Some(0.0), Some("")));
    assert_eq!(estimate["seconds"].as_u64(), Some(size.div_ceil(1000)));
    let said = installation.run(["store", "add", "third", "--json"]).exits(0);
    let written = job(&said)["progress"]["counts"]["files copied"].as_u64().unwrap();
    assert_eq!(written, all, "no two files of a bag are equal here, so that the estimate is exact");
}

#[test]
fn a_store_whose_disk_was_replaced_is_made_whole_again() {
    let installation = lived();
    let before = files_below(&ocfl(&installation, "second"));
    fs::remove_dir_all(installation.store("second")).unwrap();
    // The disk is gone: nothing makes it anew by accident, and nothing is called missing.
    installation.run(["ingest", sample("photographs.tar").to_str().unwrap()]);
    assert!(!installation.store("second").exists(), "an ingest makes no store anew");
    installation.run(["store", "backfill", "second"]).exits(75).contains("is gone");
    installation.run(["audit", "--json"]).exits(2);
    fs::create_dir_all(installation.store("second")).unwrap();
    // An empty folder is what a disk that is not mounted looks like.
    installation.run(["store", "backfill", "second"]).exits(75).contains("is gone");
    installation.run(["store", "add", "second"]).exits(75).contains("is gone");
    installation.run(["store", "add", "second", "--lost"]).exits(2);
    installation.run(["store", "add", "second", "--lost", "--confirm", "first"]).exits(2).contains("once more");
    installation.run(["store", "add", "first", "--lost", "--confirm", "first"]).exits(2).contains("nothing is lost");
    fs::write(installation.store("second").join("photo.jpg"), "somebody's").unwrap();
    let arguments = ["store", "add", "second", "--lost", "--confirm", "second"];
    installation.run(arguments).exits(2).contains("is not empty");
    assert_eq!(files_below(&installation.store("second")).len(), 1, "nothing was made so far");
    fs::remove_file(installation.store("second").join("photo.jpg")).unwrap();
    installation.run(arguments).exits(0).contains("lacks nothing");
    assert!(files_below(&ocfl(&installation, "second")) == before, "every byte is back");
    assert_clean(&installation, &["first", "second"]);
    installation.run(["fixity", "check", "--all"]).exits(0).contains("0 repairs made");
    installation.run(["audit"]).exits(0);
    let events = installation.run(["events", "list", "--json", "--limit", "1000"]).exits(0).json();
    assert!(events.iter().any(|event| event["event_type"] == "recovery" && event["store"] == "second"));
    assert_rebuilt(&installation, &["second", "first"]);
}

#[test]
fn a_bad_source_is_passed_over_and_its_check_queued() {
    let installation = lived();
    let picture = installation.object("first", PHOTOGRAPHS).join("v1/content/data/1923/harbour.png");
    flip(&picture);
    flip(&installation.object("first", LETTERS).join("inventory.json"));
    stores(&installation, &["first", "second", "third"], &["first", "second", "third"]);
    let said = installation.run(["store", "add", "third", "--json"]).exits(0);
    assert_eq!(results(&said), ["bad_source", "bad_source"]);
    assert_alike(&installation, "second", "third");
    // The checks that are queued find and repair both.
    installation.run(["fixity", "check"]).exits(0).contains("2 repairs made");
    assert_alike(&installation, "first", "second");
}

#[test]
fn an_object_without_a_good_replica_is_named_and_the_others_are_copied() {
    let installation = lived();
    for store in ["first", "second"] {
        flip(&installation.object(store, PHOTOGRAPHS).join("v1/content/data/1923/harbour.png"));
    }
    stores(&installation, &["first", "second", "third"], &["first", "second", "third"]);
    let said = installation.run(["store", "add", "third", "--json"]).exits(1);
    assert_eq!(results(&said).iter().filter(|result| *result == "not_copied").count(), 1, "{}", said.out);
    let job = job(&said);
    assert_eq!(
        (job["status"].as_str(), job["progress"]["counts"]["objects copied"].as_u64()),
        (Some("stopped"), Some(5))
    );
    let third = ocfl(&installation, "third");
    installation.run(["ocfl", "validate", third.to_str().unwrap()]).exits(0);
    assert!(
        !files_below(&third).iter().any(|(path, _)| path.to_string_lossy().contains("local%2earchive%2fphotographs"))
    );
}

#[test]
fn an_evacuated_store_is_let_go_only_when_all_is_elsewhere() {
    let installation = lived();
    installation.run(["store", "retire", "second"]).exits(2).contains("names the store second");
    installation.run(["store", "evacuate", "second"]).exits(2).contains("take it out there first");
    stores(&installation, &["first", "second", "third"], &["first", "third"]);
    installation.run(["store", "retire", "second"]).exits(2).contains("6 objects depend on the store second");
    let estimate = installation.run(["store", "evacuate", "second", "--dry-run", "--json"]).exits(0).json().remove(0);
    assert_eq!(
        (estimate["amount"]["objects"].as_u64(), estimate["charges"][0]["store"].as_str()),
        (Some(6), Some("third"))
    );
    let before = files_below(&ocfl(&installation, "second"));
    let said = installation.run(["store", "evacuate", "second", "--json"]).exits(0);
    assert_eq!(job(&said)["progress"]["counts"]["replicas let go"], 6);
    assert_alike(&installation, "first", "third");
    assert!(files_below(&ocfl(&installation, "second")) == before, "the bytes stay");
    let listed = installation.run(["store", "list", "--json"]).exits(0).json();
    let state = |id: &str| {
        let line = listed.iter().find(|line| line["store"] == id).unwrap();
        (line["state"].as_str().unwrap().to_owned(), line["holds"]["objects"].as_u64().unwrap())
    };
    assert_eq!(state("second"), ("evacuating".to_owned(), 0));
    assert_eq!(state("third"), ("active".to_owned(), 6));
    ingest(&installation, "letters", &[("later.txt", b"later")]);
    assert!(files_below(&ocfl(&installation, "second")) == before, "no deposit goes there");
    installation.run(["store", "retire", "second"]).exits(0).contains("is retired");
    let note = fs::read_to_string(installation.store("second").join("RETIRED.txt")).unwrap();
    assert!(note.contains("No object depends on it"), "{note}");
    assert!(files_below(&ocfl(&installation, "second")) == before, "the bytes stay");
    installation.run(["audit"]).exits(0);
    // The end of its bytes, each after a last look; what nobody else has stays.
    let stranger = ocfl(&installation, "second").join("stranger/0=ocfl_object_1.1");
    fs::create_dir_all(stranger.parent().unwrap()).unwrap();
    fs::write(&stranger, "ocfl_object_1.1\n").unwrap();
    let said = installation.run(["store", "retire", "second", "--remove", "--json"]).exits(0);
    assert_eq!(job(&said)["progress"]["counts"]["objects removed"], 6);
    assert_eq!(results(&said), ["kept"]);
    let left: Vec<_> = files_below(&ocfl(&installation, "second")).into_iter().map(|(path, _)| path).collect();
    let objects = left.iter().filter(|path| path.ends_with("inventory.json")).count();
    assert_eq!((objects, stranger.is_file()), (0, true), "{left:?}");
    installation.run(["fixity", "check", "--all"]).exits(0).contains("0 repairs made");
    assert_rebuilt(&installation, &["first", "third"]);
}

#[test]
fn a_retired_store_is_never_written_to_again() {
    let installation = lived();
    stores(&installation, &["first", "second"], &["first"]);
    installation.run(["store", "evacuate", "second"]).exits(0);
    installation.run(["store", "retire", "second"]).exits(0);
    installation.run(["store", "backfill", "second"]).exits(2).contains("is retired: nothing is put there");
    fs::remove_dir_all(installation.store("second")).unwrap();
    installation.run(["doctor"]).exits(0).contains("retired");
    installation.run(["fixity", "status"]).exits(0);
    stores(&installation, &["first", "second"], &["first", "second"]);
    installation.run(["ingest", sample("minutes.zip").to_str().unwrap()]).exits(2).contains("retired for ever");
}

#[test]
fn a_replica_is_not_let_go_while_another_is_damaged() {
    let installation = lived();
    flip(&installation.object("first", PHOTOGRAPHS).join("v1/content/data/1923/harbour.png"));
    installation.run(["fixity", "check", "--store", "first", "--dry-run"]).exits(1);
    stores(&installation, &["first", "second"], &["first"]);
    let said = installation.run(["store", "evacuate", "second", "--json"]).exits(1);
    assert_eq!(results(&said), ["not_let_go"]);
    assert_eq!(job(&said)["progress"]["counts"]["replicas let go"], 5);
    installation.run(["fixity", "check", "--all"]).exits(0).contains("1 repair made");
    installation.run(["store", "evacuate", "second"]).exits(0);
}

#[test]
fn two_stores_that_differ_are_told_apart_with_each_kind_of_difference() {
    let installation = lived();
    installation.run(["store", "compare", "first", "second"]).exits(0).contains("6 objects alike, 0 differences");
    installation.run(["store", "compare", "first", "--content"]).exits(0).contains("6 objects alike");
    let picture = installation.object("first", PHOTOGRAPHS).join("v1/content/data/1923/harbour.png");
    flip(&picture);
    // The size is the same, so that only reading tells.
    installation.run(["store", "compare", "first", "second"]).exits(0);
    let said = installation.run(["store", "compare", "first", "second", "--content", "--json"]).exits(1);
    assert_eq!(results(&said), ["different"]);
    fs::write(&picture, "short").unwrap();
    fs::remove_dir_all(installation.object("second", "local.archive/minutes")).unwrap();
    let letters = installation.object("second", LETTERS);
    fs::remove_file(letters.join("logs/v2-object.json")).unwrap();
    flip(&installation.object("first", "local.archive/letters-folder").join("inventory.json"));
    let said = installation.run(["store", "compare", "first", "second", "--json"]).exits(1);
    let mut found = results(&said);
    found.sort();
    found.dedup();
    assert_eq!(found, ["file_lacking", "lacking", "no_inventory", "other_size"], "{}", said.out);
    let said = installation.run(["store", "compare", "second", "--json"]).exits(1);
    assert_eq!(results(&said), ["missing", "missing"], "{}", said.out);
}

#[test]
fn a_deposit_of_an_object_that_a_new_store_lacks_brings_all_versions_there() {
    let installation = lived();
    stores(&installation, &["first", "second", "third"], &["first", "second", "third"]);
    // Nobody has filled the third store when the next version comes.
    assert_eq!(ingest(&installation, "letters", &[("later.txt", b"later")]), 5);
    let (first, third) = (installation.object("first", LETTERS), installation.object("third", LETTERS));
    assert!(files_below(&first) == files_below(&third), "all five versions are there");
    installation.run(["store", "backfill", "third"]).exits(0).contains("5 objects are copied now");
    assert_alike(&installation, "first", "third");
    installation.run(["audit"]).exits(0);
}

#[test]
fn a_store_that_fell_behind_is_told_so_and_catches_up() {
    let installation = lived();
    stores(&installation, &["first", "second"], &["first"]);
    assert_eq!(ingest(&installation, "letters", &[("later.txt", b"later")]), 5);
    installation.run(["fixity", "check", LETTERS]).exits(2).contains("has version 4 of 5");
    let said = installation.run(["audit", "--json"]).exits(1);
    assert_eq!(results(&said), ["behind"]);
    stores(&installation, &["first", "second"], &["first", "second"]);
    installation.run(["store", "backfill", "second"]).exits(0).contains("1 object is copied now");
    assert_alike(&installation, "first", "second");
    installation.run(["fixity", "check", "--all"]).exits(0).contains("0 repairs made");
}

#[test]
fn jobs_are_listed_shown_and_cancelled() {
    let installation = lived();
    installation.run(["audit"]).exits(0);
    let jobs = installation.run(["jobs", "--json"]).exits(0).json();
    assert_eq!((jobs.len(), jobs[0]["kind"].as_str(), jobs[0]["status"].as_str()), (1, Some("audit"), Some("done")));
    installation.run(["jobs", "show", "1"]).exits(0).contains("replicas as they should be");
    installation.run(["audit", "show", "1", "--json"]).exits(0);
    installation.run(["jobs", "show", "9"]).exits(1).contains("there is no job 9");
    installation.run(["jobs", "cancel", "1"]).exits(1).contains("has ended already");
    // One that waits because its store is away is ended by a person, and does not come back.
    stores(&installation, &["first", "second", "third"], &["first", "second", "third"]);
    installation.run(["store", "add", "third"]).exits(0);
    fs::rename(installation.store("third"), installation.store("away")).unwrap();
    installation.run(["store", "backfill", "third"]).exits(75);
    let waiting = installation.run(["jobs", "--json", "--status", "pending"]).exits(0).json();
    let id = waiting[0]["id"].to_string();
    installation.run(["jobs", "cancel", &id, "--by", "M. Curator"]).exits(0).contains("is cancelled");
    installation.run(["jobs", "show", &id]).exits(75).contains("cancelled by M. Curator");
}
