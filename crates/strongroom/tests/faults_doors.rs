//! Each door fails while a deposit is taken in: found, named, tried again or stopped; nothing wrong is ever stored.

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, reason = "a test that breaks should panic")]

#[path = "faults/bags.rs"]
#[allow(dead_code)]
mod bags;
#[path = "faults/house.rs"]
#[allow(dead_code)]
mod house;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use bags::{Payload, payload, write_tar};
use house::{House, files_below, text};

/// An installation with an item that was killed at the beginning of a stage.
fn killed_at(stage: &str, payload: &Payload) -> (House, PathBuf) {
    house::killed_at(stage, |house| ("ingest", write_tar(house.folder.path(), "bag", payload)))
}

fn ingest(house: &House, bag: &Path) -> Output {
    house.run(&["--log", "warn", "ingest", bag.to_str().unwrap()])
}

fn stored(payload: Payload) -> BTreeMap<String, Vec<Payload>> {
    BTreeMap::from([("bag".to_owned(), vec![payload])])
}

/// Flips one byte in the middle of a file, leaving its size and times as they are.
fn flip(path: &Path) {
    let file = fs::OpenOptions::new().read(true).write(true).open(path).unwrap();
    let times = fs::FileTimes::new().set_modified(file.metadata().unwrap().modified().unwrap());
    let middle = file.metadata().unwrap().len() / 2;
    let mut byte = [0];
    file.read_exact_at(&mut byte, middle).unwrap();
    file.write_all_at(&[byte[0] ^ 1], middle).unwrap();
    file.set_times(times).unwrap();
}

fn drafts(house: &House, store: &str) -> Vec<PathBuf> {
    let work = house.store(store).join("work");
    files_below(&work).into_iter().filter(|path| path.contains("/content/data/")).map(|path| work.join(path)).collect()
}

#[test]
fn a_byte_flipped_in_a_replica_before_it_is_proven_is_found_and_written_again() {
    let payload = payload(11, 20, 4_000);
    let (house, bag) = killed_at("verify", &payload);
    flip(&drafts(&house, "second")[7]);
    let output = ingest(&house, &bag);
    assert!(output.status.success(), "{}", text(&output));
    assert!(text(&output).contains("a replica was not what was written"), "{}", text(&output));
    house.assert_holds(&stored(payload));
}

#[test]
fn a_replica_cut_short_or_lost_before_it_is_proven_is_written_again() {
    let payload = payload(12, 20, 4_000);
    let (house, bag) = killed_at("verify", &payload);
    fs::OpenOptions::new().write(true).open(&drafts(&house, "first")[3]).unwrap().set_len(1).unwrap();
    fs::remove_file(&drafts(&house, "first")[5]).unwrap();
    let output = ingest(&house, &bag);
    assert!(output.status.success(), "{}", text(&output));
    house.assert_holds(&stored(payload));
}

#[test]
fn a_source_that_changed_after_it_was_validated_is_never_stored() {
    let payload = payload(13, 20, 4_000);
    let (house, bag) = killed_at("store", &payload);
    // The size and the times stay: only the bytes can tell.
    flip(&bag);
    let output = ingest(&house, &bag);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(text(&output).contains("the deposit changed while it was taken in"), "{}", text(&output));
    for store in ["first", "second"] {
        assert!(!files_below(&house.store(store).join("ocfl")).iter().any(|path| path.ends_with("inventory.json")));
    }
}

#[test]
fn a_deposit_that_changed_before_it_was_read_counts_as_a_new_one() {
    let (house, bag) = killed_at("gather", &payload(14, 10, 1_000));
    let payload = payload(15, 12, 1_000);
    write_tar(bag.parent().unwrap(), "bag", &payload);
    let output = ingest(&house, &bag);
    assert!(output.status.success(), "{}", text(&output));
    house.assert_holds(&stored(payload));
}

#[test]
fn a_store_that_is_gone_is_waited_for_and_never_made_anew() {
    let payload = payload(16, 20, 2_000);
    for stage in ["receive", "store", "verify"] {
        let (house, bag) = killed_at(stage, &payload);
        let (there, away) = (house.store("second"), house.data().join("away"));
        fs::rename(&there, &away).unwrap();
        fs::create_dir(&there).unwrap();
        let output = ingest(&house, &bag);
        assert_eq!(output.status.code(), Some(75), "{stage}: {}", text(&output));
        assert!(text(&output).contains("second"), "{stage}: {}", text(&output));
        assert_eq!(files_below(&there).len(), 0, "an empty mount point was taken for a store");
        fs::remove_dir(&there).unwrap();
        fs::rename(&away, &there).unwrap();
        let output = ingest(&house, &bag);
        assert!(output.status.success(), "{stage}: {}", text(&output));
        house.assert_holds(&stored(payload.clone()));
    }
}

#[test]
fn a_source_that_vanished_is_waited_for_and_the_item_goes_on_when_it_is_back() {
    let payload = payload(17, 20, 2_000);
    for stage in ["gather", "store"] {
        let (house, bag) = killed_at(stage, &payload);
        let away = house.folder.path().join("away");
        fs::rename(&bag, &away).unwrap();
        let output = house.up_for(Duration::from_secs(2));
        assert!(text(&output).contains("to be tried again"), "{stage}: {}", text(&output));
        fs::rename(&away, &bag).unwrap();
        let output = ingest(&house, &bag);
        assert!(output.status.success(), "{stage}: {}", text(&output));
        house.assert_holds(&stored(payload.clone()));
    }
}

#[test]
fn a_full_disk_is_named_and_the_item_goes_on_when_there_is_room() {
    let payload = payload(18, 30, 800_000);
    // Before much of it is stored: what is there already must fit into the smaller disk.
    let written = |house: &House| -> u64 {
        let work = house.store("second").join("work");
        files_below(&work).iter().map(|path| fs::metadata(work.join(path)).unwrap().len()).sum()
    };
    let killed = (0..10).map(|_| killed_at("store", &payload));
    let early = killed.into_iter().find(|(house, bag)| written(house) < fs::metadata(bag).unwrap().len() / 4);
    let (house, bag) = early.expect("it was killed early");
    // A small file system of its own in place of the second store, in a mount name space of its own.
    let script = r#"
        cp -a "$DATA/stores/second" "$DATA/second-saved"
        mount -t tmpfs -o size="$SIZE" tmpfs "$DATA/stores/second"
        cp -a "$DATA/second-saved/." "$DATA/stores/second/"
        code=0; "$STRONGROOM" --data "$DATA" --log warn ingest "$BAG" || code=$?
        echo "first: $code"
        mount -o remount,size=64m "$DATA/stores/second"
        code=0; "$STRONGROOM" --data "$DATA" --log warn ingest "$BAG" || code=$?
        echo "second: $code"
        find "$DATA/stores/second/work" -mindepth 1; rm -rf "$DATA/second-saved"
        cp -a "$DATA/stores/second" "$DATA/second-after""#;
    let half = fs::metadata(&bag).unwrap().len() / 2 / 1024;
    let mut command = house.with_own_mounts(script);
    let output = command.env("BAG", &bag).env("SIZE", format!("{half}k")).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    assert!(text(&output).contains("first: 75"), "{}", text(&output));
    assert!(text(&output).contains("space"), "{}", text(&output));
    assert!(text(&output).contains("second: 0"), "{}", text(&output));
    fs::remove_dir_all(house.store("second")).unwrap();
    fs::rename(house.data().join("second-after"), house.store("second")).unwrap();
    house.assert_holds(&stored(payload));
}

#[test]
fn what_a_power_cut_took_from_staging_is_read_again() {
    let payload = payload(20, 10, 1_000);
    let (house, bag) = killed_at("validate", &payload);
    let kept = house.data().join("staging/item-1/kept");
    fs::remove_file(kept.join("manifest-md5.txt")).unwrap();
    flip(&kept.join("bagit.txt"));
    let output = ingest(&house, &bag);
    assert_eq!(output.status.code(), Some(75), "{}", text(&output));
    assert!(text(&output).contains("reading it again"), "{}", text(&output));
    let output = ingest(&house, &bag);
    assert!(output.status.success(), "{}", text(&output));
    house.assert_holds(&stored(payload));
}

#[test]
fn an_unpacked_file_that_a_power_cut_damaged_is_unpacked_again() {
    let payload = payload(21, 10, 1_000);
    let (house, bag) = house::killed_at("store", |house| {
        let tar = write_tar(house.folder.path(), "bag", &payload);
        let bag = house.folder.path().join("bag.tar.gz");
        let zipped = Command::new("gzip").args(["-c", tar.to_str().unwrap()]).output().unwrap();
        fs::write(&bag, zipped.stdout).unwrap();
        ("ingest", bag)
    });
    let unpacked = house.data().join("staging/item-1/unpacked");
    flip(&unpacked.join(files_below(&unpacked).first().unwrap()));
    let output = ingest(&house, &bag);
    assert_eq!(output.status.code(), Some(75), "{}", text(&output));
    let output = ingest(&house, &bag);
    assert!(output.status.success(), "{}", text(&output));
    house.assert_holds(&stored(payload));
}

#[test]
fn a_stopped_item_of_a_changed_deposit_can_be_cancelled_and_leaves_nothing() {
    let (house, bag) = killed_at("store", &payload(13, 20, 4_000));
    flip(&bag);
    assert_eq!(ingest(&house, &bag).status.code(), Some(2));
    let output = house.run(&["item", "cancel", "1"]);
    assert!(output.status.success(), "{}", text(&output));
    house.up_for(Duration::from_secs(1));
    house.assert_holds(&BTreeMap::new());
}
