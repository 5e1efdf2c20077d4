//! What a person may do with a work item: it is done, or the answer says why not.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that breaks should panic")]

#[path = "support/installation.rs"]
mod installation;

use std::fs;
use std::fs::File;
use std::process::Child;
use std::time::{Duration, Instant};

use digests::{Algorithm, Hasher};
use installation::{Installation, copy_tree, sample};
use serde_json::Value;

/// What a worker may take to notice, on a machine that is busy.
const SECONDS: Duration = Duration::from_secs(60);

fn rejected() -> (Installation, String) {
    let installation = Installation::new();
    let bag = installation.folder.path().join("letters");
    copy_tree(&sample("broken/changed-byte"), &bag);
    let path = bag.to_str().unwrap().to_owned();
    installation.run(["ingest", &path]).exits(1);
    (installation, path)
}

#[track_caller]
fn check(installation: &Installation, arguments: &[&str], code: i32, answer: &str, because: &str) {
    let all = [arguments, &["--json"]].concat();
    let reply = &installation.run(all).exits(code).json()[0];
    assert_eq!(reply["answer"], answer, "{reply}");
    assert!(reply["because"].as_str().unwrap().contains(because), "{reply}");
}

fn status(installation: &Installation, id: &str) -> Value {
    installation.run(["items", "show", id, "--json"]).exits(0).json()[0]["status"].clone()
}

#[test]
fn cancelling_holds_until_a_person_retries() {
    let (installation, path) = rejected();
    check(&installation, &["item", "cancel", "1"], 0, "done", "not taken in again");
    installation.run(["ingest", &path]).exits(1).contains("cancelled by a.curator");
    installation.run(["ingest", &path]).exits(1);
    assert_eq!(
        installation.run(["items", "--data", installation.data().to_str().unwrap()]).exits(0).out.lines().count(),
        2
    );
    assert_eq!(status(&installation, "1"), "cancelled");
    check(&installation, &["item", "cancel", "1"], 1, "refused", "cancelled already");
    check(&installation, &["item", "retry", "1"], 0, "done", "from the stage receive");
    assert_eq!(status(&installation, "1"), "pending");
    installation.run(["ingest", &path]).exits(1).contains("BAG-068");
    assert_eq!(status(&installation, "1"), "rejected");
}

#[test]
fn an_item_that_waits_is_cancelled_at_once() {
    let (installation, path) = rejected();
    check(&installation, &["item", "retry", "1"], 0, "done", "queue");
    check(&installation, &["item", "cancel", "1", "--by", "M. Keeper"], 0, "done", "cancelled");
    installation.run(["ingest", &path]).exits(1).contains("cancelled by M. Keeper");
}

#[test]
fn what_is_done_or_unknown_is_neither_retried_nor_cancelled() {
    let installation = Installation::new();
    installation.ingest_samples();
    check(&installation, &["item", "retry", "1"], 1, "refused", "it is done");
    check(&installation, &["item", "cancel", "1"], 1, "refused", "takes two people");
    check(&installation, &["item", "retry", "99"], 1, "unknown", "no such work item");
    check(&installation, &["item", "cancel", "99"], 1, "unknown", "no such work item");
    assert_eq!(status(&installation, "1"), "success");
}

#[test]
fn several_items_are_answered_one_by_one_and_the_worst_decides() {
    let (installation, _) = rejected();
    let said = installation.run(["item", "retry", "1", "2", "--json"]).exits(1);
    let answers: Vec<_> = said.json().iter().map(|reply| reply["answer"].clone()).collect();
    assert_eq!(answers, ["done", "unknown"]);
}

#[test]
fn an_item_that_has_begun_to_be_stored_runs_to_its_end() {
    let installation = Installation::new();
    installation.ingest_samples();
    let folder = installation.plain_folder("late", &[("a.txt", b"one")]);
    // A file stands where the folders of the object would be: nothing before the first write can know.
    let mut hasher = Hasher::new(Algorithm::Sha256.into());
    hasher.update(b"strongroom:local.archive/late");
    let digest = hasher.finish().get(Algorithm::Sha256).unwrap().to_hex();
    let stranger = installation.store("second").join("ocfl").join(&digest[..3]);
    fs::write(&stranger, "in the way").unwrap();
    let said = installation.run(["ingest", folder.to_str().unwrap()]);
    assert!(matches!(said.code, Some(2 | 75)), "{} {}", said.out, said.err);
    let item = &installation.run(["items", "show", "4", "--json"]).exits(0).json()[0];
    let stage = item["stage"].as_str().unwrap();
    assert!(["store", "verify"].contains(&stage), "{item}");
    check(&installation, &["item", "cancel", "4"], 1, "refused", "runs to its end");
    fs::remove_file(&stranger).unwrap();
    check(&installation, &["item", "retry", "4"], 0, "done", &format!("from the stage {stage}"));
    installation.ingest(&folder);
    assert_eq!(status(&installation, "4"), "success");
}

#[test]
fn a_deposit_that_a_newer_one_has_replaced_is_not_retried() {
    let (installation, path) = rejected();
    fs::write(format!("{path}/data/b.txt"), fs::read(sample("broken/unlisted-file/data/b.txt")).unwrap()).unwrap();
    installation.run(["ingest", &path]).exits(0);
    check(&installation, &["item", "retry", "1"], 1, "refused", "work item 2");
}

/// A program that does not outlive its test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        if let Ok(None) = self.0.try_wait() {
            self.0.kill().unwrap();
            self.0.wait().unwrap();
        }
    }
}

#[test]
fn an_item_in_work_is_ended_by_its_worker_within_seconds() {
    let installation = Installation::new();
    let folder = installation.plain_folder("large", &[("small.txt", b"one")]);
    // They take no room on the disk, and many seconds to read.
    for number in 0..200 {
        File::create(folder.join(format!("zeros-{number}"))).unwrap().set_len(40 << 20).unwrap();
    }
    let mut ingesting = Running(installation.command(["ingest", folder.to_str().unwrap()]).spawn().unwrap());
    let begun = Instant::now();
    while installation.run(["items", "list", "--status", "started", "--json"]).out.is_empty() {
        assert!(begun.elapsed() < SECONDS, "it was never begun");
        std::thread::sleep(Duration::from_millis(50));
    }
    check(&installation, &["item", "cancel", "1"], 0, "noted", "within seconds");
    let asked = Instant::now();
    while ingesting.0.try_wait().unwrap().is_none() {
        assert!(asked.elapsed() < SECONDS, "the worker did not notice");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(ingesting.0.wait().unwrap().code(), Some(1));
    assert_eq!(status(&installation, "1"), "cancelled");
    assert!(installation.run(["objects"]).exits(0).out.is_empty(), "nothing of it is stored");
}
