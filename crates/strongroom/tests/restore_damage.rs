//! Restoring from replicas that are damaged, cut short or away: another takes over, or nothing is published.

#![allow(clippy::unwrap_used, reason = "a test that breaks should panic")]

#[path = "support/given_back.rs"]
mod given_back;
#[path = "support/installation.rs"]
mod installation;

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use given_back::{assert_no_leftover, entries, folder_of, payload_of};
use installation::Installation;

const LETTERS: &str = "local.archive/letters";
/// More than is held in memory at once, and no whole number of stretches.
const LARGE_BYTES: usize = (40 << 20) + 12_345;

struct Stored {
    installation: Installation,
    folder: PathBuf,
}

fn stored(files: &[(&str, &[u8])]) -> Stored {
    let installation = Installation::new();
    let folder = installation.plain_folder("letters", files);
    installation.ingest(&folder);
    Stored { installation, folder }
}

fn small() -> Stored {
    stored(&[("a.txt", b"the first letter"), ("b.txt", b"the second letter"), ("c/d.txt", b"the third letter")])
}

fn large() -> (Stored, Vec<u8>) {
    let bytes: Vec<u8> = (0..LARGE_BYTES as u64).map(|place| (place.wrapping_mul(0x9E37_79B9) >> 24) as u8).collect();
    (stored(&[("a.txt", b"the first letter"), ("large.bin", &bytes), ("z.txt", b"the last")]), bytes)
}

fn flip(path: &Path, place: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[place] ^= 1;
    fs::write(path, bytes).unwrap();
}

impl Stored {
    /// Restores to a file and to standard output, and insists that both are right whatever is broken.
    #[track_caller]
    fn assert_restored(&self, broken_store: &str, what: &str) {
        let report = self.installation.restore(&[LETTERS, "--to", "out.tar", "--overwrite"]);
        let tar = self.installation.folder.path().join("out.tar");
        assert_eq!(payload_of(&given_back::files_of(&tar)), folder_of(&self.folder));
        self.installation.assert_valid(&tar);
        assert_eq!(report["damage_count"], report["damage"].as_array().unwrap().len());
        assert_eq!(report["damage"][0]["store"], broken_store, "{report}");
        assert!(report["damage"][0]["what"].as_str().unwrap().contains(what), "{report}");
        let failures = self.installation.failures();
        let is_away = what == "is gone";
        assert_eq!(failures.is_empty(), is_away, "each fault is an event, and that a store is away is no fault of it");
        assert!(failures.iter().all(|event| event["store"] == broken_store), "{failures:?}");
        let output = self.installation.command(["restore", LETTERS, "--to", "-"]).output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(payload_of(&entries(&output.stdout)), folder_of(&self.folder));
        assert!(String::from_utf8_lossy(&output.stderr).contains(what), "people are warned");
        assert_no_leftover(self.installation.folder.path());
    }
}

#[test]
fn a_flipped_byte_is_passed_over_for_another_replica() {
    let stored = small();
    flip(&stored.installation.content("first", b"the second letter"), 3);
    stored.assert_restored("first", "has other bytes: expected sha256");
    let failures = stored.installation.failures();
    assert_eq!(failures[0]["path"], "data/b.txt");
    assert!(failures[0]["note"].as_str().unwrap().contains("v1/content/data/b.txt"), "{failures:?}");
}

#[test]
fn damage_among_many_files_is_passed_over_wherever_it_lies() {
    let files: Vec<_> = (0..400).map(|n| (format!("f{n:03}.txt"), format!("letter {n}; ").repeat(n * 8))).collect();
    let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_bytes())).collect();
    let stored = stored(&files);
    flip(&stored.installation.content("first", files[40].1), 3);
    fs::remove_file(stored.installation.content("second", files[150].1)).unwrap();
    flip(&stored.installation.content("first", files[390].1), 3);

    let report = stored.installation.restore(&[LETTERS, "--to", "out.tar"]);

    let tar = stored.installation.folder.path().join("out.tar");
    assert_eq!(payload_of(&given_back::files_of(&tar)), folder_of(&stored.folder));
    stored.installation.assert_valid(&tar);
    let damaged = |n: usize| (&report["damage"][n]["store"], &report["damage"][n]["path"]);
    assert_eq!(damaged(0), (&"first".into(), &"data/f040.txt".into()), "{report}");
    assert_eq!(damaged(1), (&"second".into(), &"data/f150.txt".into()), "{report}");
    assert_eq!(damaged(2), (&"first".into(), &"data/f390.txt".into()), "{report}");
    assert_eq!(report["damage_count"], 3);
}

#[test]
fn a_file_cut_short_is_passed_over_for_another_replica() {
    let stored = small();
    fs::write(stored.installation.content("first", b"the third letter"), "the th").unwrap();
    stored.assert_restored("first", "has 6 bytes instead of 16");
}

#[test]
fn a_file_that_is_gone_is_passed_over_for_another_replica() {
    let stored = small();
    fs::remove_file(stored.installation.content("first", b"the first letter")).unwrap();
    stored.assert_restored("first", "data/a.txt");
}

#[test]
fn a_store_that_is_gone_is_passed_over_for_another() {
    let stored = small();
    fs::rename(stored.installation.store("first"), stored.installation.folder.path().join("elsewhere")).unwrap();
    stored.assert_restored("first", "is gone");
}

#[test]
fn an_object_that_is_gone_from_a_store_is_passed_over_for_another() {
    let stored = small();
    fs::remove_dir_all(stored.installation.object("first", LETTERS)).unwrap();
    stored.assert_restored("first", "the object's folder is missing");
}

#[test]
fn an_inventory_that_is_damaged_in_both_places_is_passed_over_for_another() {
    let stored = small();
    let object = stored.installation.object("first", LETTERS);
    flip(&object.join("inventory.json"), 200);
    let report = stored.installation.restore(&[LETTERS]);
    assert_eq!(report["replicas"][0]["store"], "first", "the version's own inventory serves");
    flip(&object.join("v1/inventory.json"), 200);
    stored.assert_restored("first", "differs from its sidecar");
}

#[test]
fn damage_in_different_files_of_both_stores_is_no_loss() {
    let stored = small();
    flip(&stored.installation.content("first", b"the first letter"), 0);
    flip(&stored.installation.content("second", b"the second letter"), 0);
    let report = stored.installation.restore(&[LETTERS, "--to", "out.tar"]);
    assert_eq!(report["damage_count"], 2, "{report}");
    let tar = stored.installation.folder.path().join("out.tar");
    assert_eq!(payload_of(&given_back::files_of(&tar)), folder_of(&stored.folder));
}

#[test]
fn without_a_good_replica_nothing_is_published_and_each_is_named() {
    let stored = small();
    flip(&stored.installation.content("first", b"the second letter"), 0);
    fs::remove_file(stored.installation.content("second", b"the second letter")).unwrap();
    for arguments in [&["--to", "out.tar"][..], &["--unpacked", "--to", "out"], &["--file", "data/b.txt", "--to", "b"]]
    {
        let said = stored.installation.run([&["restore", LETTERS], arguments].concat()).exits(2);
        said.contains("nothing was restored: no replica of local.archive/letters/data/b.txt is good");
        said.contains("store first: ").contains("store second: ");
    }
    let names: Vec<_> =
        fs::read_dir(stored.installation.folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "only the data and the source: {names:?}");
    assert_eq!(stored.installation.failures().len(), 6, "two replicas, three times");
    assert_eq!(stored.installation.run(["events", "list", "--json", "--type", "dissemination"]).json().len(), 0);
    let failed = stored.installation.run(["restore", "--json", LETTERS]).exits(2).json();
    assert!(failed[0]["error"].as_str().unwrap().contains("no replica"), "{failed:?}");
    assert_eq!(failed[0]["damage_count"], 2);
}

#[test]
fn a_store_that_is_away_may_come_back_so_the_call_is_to_be_tried_again() {
    let stored = small();
    let (store, elsewhere) = (stored.installation.store("second"), stored.installation.folder.path().join("elsewhere"));
    flip(&stored.installation.content("first", b"the second letter"), 0);
    fs::rename(&store, &elsewhere).unwrap();
    stored.installation.run(["restore", LETTERS]).exits(75).contains("again later");
    fs::rename(&elsewhere, &store).unwrap();
    stored.installation.run(["restore", LETTERS]).exits(0);
}

#[test]
fn a_large_file_that_is_wrong_near_its_end_is_taken_back_and_given_by_another() {
    let (stored, bytes) = large();
    flip(&stored.installation.content("first", &bytes), LARGE_BYTES - 10);
    stored.assert_restored("first", "has other bytes");
    let one =
        stored.installation.command(["restore", LETTERS, "--file", "data/large.bin", "--to", "-"]).output().unwrap();
    assert!(one.status.success() && one.stdout == bytes);
}

#[test]
fn a_large_file_without_a_good_replica_puts_no_wrong_byte_onto_a_stream() {
    let (stored, bytes) = large();
    for store in ["first", "second"] {
        flip(&stored.installation.content(store, &bytes), LARGE_BYTES - 10);
    }
    let one =
        stored.installation.command(["restore", LETTERS, "--file", "data/large.bin", "--to", "-"]).output().unwrap();
    assert_eq!((one.status.code(), one.stdout.len()), (Some(2), 0));
}

/// Gives a large file onto a stream, and breaks replicas after the first byte, when the proof has been made.
fn broken_half_way(stores: &[&str]) -> (Stored, Vec<u8>, Vec<u8>, Option<i32>) {
    let (stored, bytes) = large();
    let mut child = stored
        .installation
        .command(["restore", LETTERS, "--file", "data/large.bin", "--to", "-"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let mut seen = vec![0];
    stdout.read_exact(&mut seen).unwrap();
    for store in stores {
        flip(&stored.installation.content(store, &bytes), LARGE_BYTES - 10);
    }
    stdout.read_to_end(&mut seen).unwrap();
    let code = child.wait().unwrap().code();
    (stored, bytes, seen, code)
}

#[test]
fn a_replica_that_goes_bad_after_its_proof_is_replaced_in_mid_stream() {
    let (stored, bytes, seen, code) = broken_half_way(&["first"]);
    assert_eq!(code, Some(0));
    assert!(seen == bytes, "the reader has had none but right bytes");
    let failures = stored.installation.failures();
    assert_eq!((failures.len(), &failures[0]["store"]), (1, &"first".into()));
}

#[test]
fn when_all_go_bad_after_the_proof_the_stream_ends_before_the_first_wrong_byte() {
    let (_, bytes, seen, code) = broken_half_way(&["first", "second"]);
    assert_eq!(code, Some(2));
    assert!(seen.len() == 32 << 20 && bytes.starts_with(&seen), "{} bytes came", seen.len());
}
