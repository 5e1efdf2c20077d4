//! kill -9, full disks and vanished stores in the middle of stores' jobs: each comes to its exact end state all the same.

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, reason = "a test that breaks should panic")]

#[path = "faults/bags.rs"]
#[allow(dead_code)]
mod bags;
#[path = "support/installation.rs"]
mod installation;
#[path = "support/leases.rs"]
mod leases;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bags::{Random, payload, write_tar};
use installation::{Installation, files_below};
use leases::end_leases;
use serde_json::Value;

const BAGS: u64 = 10;
const KILLS: usize = 8;

fn stores(installation: &Installation, all: &[&str], option: &[&str]) {
    let stores: Vec<_> = all.iter().map(|id| format!("{{ id = \"{id}\", url = \"stores/{id}\" }}")).collect();
    installation.configure(&format!(
        "stores = [{}]\nstorage_options = [{{ name = \"Standard\", stores = {option:?} }}]\n[ingest]\n\
         retry_first_seconds = 1\nretry_longest_seconds = 1\nsettle_seconds = 0\n",
        stores.join(", ")
    ));
}

/// Ten objects, half of them of two versions.
fn filled(random: &mut Random) -> Installation {
    let installation = Installation::new();
    stores(&installation, &["first", "second"], &["first", "second"]);
    for number in 0..BAGS {
        let mut payload = payload(random.next(), 60, 9_000);
        installation.ingest(&write_tar(installation.folder.path(), &format!("bag-{number}"), &payload));
        if number % 2 == 0 {
            payload[3].1 = b"changed".to_vec();
            installation.ingest(&write_tar(installation.folder.path(), &format!("bag-{number}"), &payload));
        }
    }
    installation
}

fn ocfl(installation: &Installation, store: &str) -> PathBuf {
    installation.store(store).join("ocfl")
}

/// Runs a command and kills it after a random part of a time, again and again; then lets it come to its end.
fn killed(installation: &Installation, random: &mut Random, whole: Duration, arguments: &[&str]) -> Value {
    for _ in 0..KILLS {
        let mut child = installation.command(arguments).spawn().unwrap();
        std::thread::sleep(Duration::from_micros(random.below(whole.as_micros() as u64)));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let said = installation.run([arguments, &["--json"]].concat()).exits(0);
    said.json().pop().unwrap()
}

#[track_caller]
fn assert_whole(installation: &Installation, one: &str, other: &str) {
    let (here, there) = (files_below(&ocfl(installation, one)), files_below(&ocfl(installation, other)));
    assert!(here == there, "{one} and {other} hold the same, byte for byte");
    for store in [one, other] {
        // A small file whose writer was killed before it had its name goes with a sweep, an hour later.
        let mut left = files_below(&installation.store(store).join("work"));
        left.retain(|(path, _)| !path.to_string_lossy().starts_with(".new-"));
        assert_eq!(left, Vec::new(), "{store}");
    }
    installation.run(["fixity", "check", "--all"]).exits(0).contains("0 repairs made");
    installation.run(["audit"]).exits(0);
    installation.run(["doctor"]).contains("leftovers");
}

#[test]
fn a_backfill_that_is_killed_again_and_again_ends_whole() {
    let mut random = Random::announced("a_backfill_that_is_killed_again_and_again_ends_whole");
    let installation = filled(&mut random);
    let whole = Duration::from_millis(1_500);
    stores(&installation, &["first", "second", "third"], &["first", "second", "third"]);
    let job = killed(&installation, &mut random, whole, &["store", "add", "third"]);
    assert_eq!(job["status"], "done", "{job}");
    assert_whole(&installation, "first", "third");
}

#[test]
fn an_evacuation_and_a_removal_that_are_killed_again_and_again_end_whole() {
    let mut random = Random::announced("an_evacuation_and_a_removal_that_are_killed_again_and_again_end_whole");
    let installation = filled(&mut random);
    stores(&installation, &["first", "second", "third"], &["first", "third"]);
    let whole = Duration::from_millis(900);
    killed(&installation, &mut random, whole, &["store", "evacuate", "second"]);
    assert_eq!(files_below(&ocfl(&installation, "first")), files_below(&ocfl(&installation, "third")));
    let listed = installation.run(["store", "list", "--json"]).exits(0).json();
    assert_eq!((listed[1]["store"].as_str(), listed[1]["holds"]["objects"].as_u64()), (Some("second"), Some(0)));
    killed(&installation, &mut random, Duration::from_millis(300), &["store", "retire", "second", "--remove"]);
    let left = files_below(&ocfl(&installation, "second"));
    assert!(!left.iter().any(|(path, _)| path.ends_with("inventory.json")), "every object is removed");
    assert_whole(&installation, "first", "third");
}

#[test]
fn an_audit_that_is_killed_again_and_again_tells_everything_once() {
    let mut random = Random::announced("an_audit_that_is_killed_again_and_again_tells_everything_once");
    let installation = filled(&mut random);
    for number in 0..5 {
        let object = installation.object("first", &format!("local.archive/bag-{number}"));
        let (path, _) = files_below(&object).into_iter().find(|(path, _)| path.starts_with("v1/content/data")).unwrap();
        fs::remove_file(object.join(path)).unwrap();
        fs::write(installation.object("second", &format!("local.archive/bag-{number}")).join("extra"), "x").unwrap();
    }
    let arguments = ["audit"];
    for _ in 0..KILLS {
        let mut child = installation.command(arguments).spawn().unwrap();
        std::thread::sleep(Duration::from_micros(random.below(400_000)));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let said = installation.run(["audit", "--json"]).exits(1);
    let of = |result: &str| said.json().iter().filter(|line| line["result"] == result).count();
    assert_eq!((of("missing"), of("foreign_file")), (5, 5), "{}", said.out);
    assert_eq!(installation.run(["incidents", "--json", "--state", "open"]).exits(0).json().len(), 5);
}

#[test]
fn deposits_that_arrive_while_a_store_is_filled_end_in_every_store() {
    let mut random = Random::announced("deposits_that_arrive_while_a_store_is_filled_end_in_every_store");
    let installation = filled(&mut random);
    stores(&installation, &["first", "second", "third"], &["first", "second", "third"]);
    let mut filling = installation.command(["store", "add", "third"]).spawn().unwrap();
    for number in 0..BAGS {
        let payload = payload(random.next(), 20, 3_000);
        let bag = write_tar(installation.folder.path(), &format!("bag-{number}"), &payload);
        let said = installation.run(["ingest", "--json", bag.to_str().unwrap()]);
        // Another process copies the very object: the deposit waits for it.
        assert!(matches!(said.code, Some(0 | 75)), "{}{}", said.out, said.err);
        if said.code == Some(75) {
            std::thread::sleep(Duration::from_millis(1_100));
            installation.ingest(&bag);
        }
    }
    let code = filling.wait().unwrap().code();
    assert!(matches!(code, Some(0 | 75)), "{code:?}");
    installation.run(["store", "backfill", "third"]).exits(0);
    assert_whole(&installation, "first", "third");
}

#[test]
fn a_job_that_was_killed_is_gone_on_with_by_up() {
    let mut random = Random::announced("a_job_that_was_killed_is_gone_on_with_by_up");
    let installation = filled(&mut random);
    stores(&installation, &["first", "second", "third"], &["first", "second", "third"]);
    let mut child = installation.command(["store", "add", "third"]).spawn().unwrap();
    let until = Instant::now() + Duration::from_secs(30);
    while !ocfl(&installation, "third").join("0=ocfl_1.1").exists()
        || installation.run(["jobs", "--json"]).out.is_empty()
    {
        assert!(Instant::now() < until, "no job was begun");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let mut up = installation.command(["--log", "error", "up"]).spawn().unwrap();
    let is_done = || {
        let jobs = installation.run(["jobs", "--json"]).json();
        jobs.iter().all(|job| job["status"] == "done")
    };
    let until = Instant::now() + Duration::from_secs(60);
    while !is_done() {
        assert!(Instant::now() < until, "{}", installation.run(["jobs"]).out);
        std::thread::sleep(Duration::from_millis(200));
    }
    let id = rustix::process::Pid::from_child(&up);
    rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
    assert!(up.wait().unwrap().success());
    assert_whole(&installation, "first", "third");
}

#[test]
fn a_store_that_vanishes_in_the_middle_costs_waiting_and_nothing_else() {
    let mut random = Random::announced("a_store_that_vanishes_in_the_middle_costs_waiting_and_nothing_else");
    let installation = filled(&mut random);
    stores(&installation, &["first", "second", "third"], &["first", "second", "third"]);
    let away =
        |store: &str| fs::rename(installation.store(store), installation.store(&format!("{store}-away"))).unwrap();
    let back =
        |store: &str| fs::rename(installation.store(&format!("{store}-away")), installation.store(store)).unwrap();
    let marker = installation.store("third").join("strongroom-store.json");
    let mut child = installation.command(["store", "add", "third"]).spawn().unwrap();
    wait_for(&marker);
    std::thread::sleep(Duration::from_millis(random.below(300)));
    away("third");
    let code = child.wait().unwrap().code();
    assert!(matches!(code, Some(75 | 0)), "the target went away: {code:?}");
    back("third");
    // Without the first source the second gives all.
    away("first");
    installation.run(["store", "backfill", "third"]).exits(0);
    back("first");
    assert_whole(&installation, "first", "third");
}

fn wait_for(path: &Path) {
    let until = Instant::now() + Duration::from_secs(30);
    while !path.exists() {
        assert!(Instant::now() < until, "{} did not come", path.display());
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_full_target_is_named_and_filled_when_there_is_room() {
    let mut random = Random::announced("a_full_target_is_named_and_filled_when_there_is_room");
    let installation = filled(&mut random);
    stores(&installation, &["first", "second", "third"], &["first", "second", "third"]);
    fs::create_dir_all(installation.store("third")).unwrap();
    // A small file system of its own in place of the third store, in a mount name space of its own.
    let script = r#"
        mount -t tmpfs -o size=2m tmpfs "$DATA/stores/third"
        code=0; "$STRONGROOM" --data "$DATA" --log warn store add third || code=$?
        echo "first: $code"
        mount -o remount,size=64m "$DATA/stores/third"
        code=0; "$STRONGROOM" --data "$DATA" --log warn store add third || code=$?
        echo "second: $code"
        cp -a "$DATA/stores/third" "$DATA/third-after""#;
    let said = installation::Said::from(installation.with_own_mounts(script).output().unwrap()).exits(0);
    said.contains("first: 75").contains("no space left").contains("second: 0");
    fs::remove_dir_all(installation.store("third")).unwrap();
    fs::rename(installation.data().join("third-after"), installation.store("third")).unwrap();
    assert_whole(&installation, "first", "third");
}

mod foreign {
    use super::*;

    /// The first draft of a copy with a file in it.
    fn draft(installation: &Installation) -> Option<PathBuf> {
        let entries = fs::read_dir(installation.store("third").join("work")).ok()?;
        let mut drafts = entries.flatten().map(|entry| entry.path());
        drafts.find(|path| path.to_string_lossy().contains("/replica-") && !files_below(path).is_empty())
    }

    #[test]
    fn a_copy_that_was_paused_beyond_its_lease_writes_nothing_into_that_of_its_successor() {
        let mut random = Random::announced("a_copy_that_was_paused_beyond_its_lease");
        let installation = filled(&mut random);
        stores(&installation, &["first", "second", "third"], &["first", "second", "third"]);
        let mut paused = installation.command(["store", "add", "third"]).spawn().unwrap();
        let id = rustix::process::Pid::from_child(&paused);
        let until = Instant::now() + Duration::from_secs(30);
        let held = loop {
            assert!(Instant::now() < until && paused.try_wait().unwrap().is_none(), "nothing was seen to be copied");
            if draft(&installation).is_some() {
                rustix::process::kill_process(id, rustix::process::Signal::STOP).unwrap();
                // It may have committed in between.
                match draft(&installation) {
                    Some(held) => break held,
                    None => rustix::process::kill_process(id, rustix::process::Signal::CONT).unwrap(),
                }
            }
        };
        // Whatever it was at within the database is over, or it would keep others from writing.
        end_leases(&installation, &["jobs", "replications"]);
        installation.run(["store", "backfill", "third"]).exits(0);
        assert!(!held.exists(), "its successor has taken the draft over: {}", held.display());
        rustix::process::kill_process(id, rustix::process::Signal::CONT).unwrap();
        let code = paused.wait().unwrap().code();
        assert!(matches!(code, Some(0 | 75)), "it has lost its claim and goes on with nothing: {code:?}");
        // What it wrote since lies under a key of its own, and is swept away.
        let mut up = installation.command(["--log", "error", "up"]).spawn().unwrap();
        let until = Instant::now() + Duration::from_secs(30);
        while !files_below(&installation.store("third").join("work")).is_empty() {
            assert!(Instant::now() < until, "{:?}", files_below(&installation.store("third").join("work")).len());
            std::thread::sleep(Duration::from_millis(100));
        }
        rustix::process::kill_process(rustix::process::Pid::from_child(&up), rustix::process::Signal::TERM).unwrap();
        assert!(up.wait().unwrap().success());
        assert_whole(&installation, "first", "third");
    }
}
