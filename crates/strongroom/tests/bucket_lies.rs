//! Servers whose listings are late, and that tell another checksum than the bytes have: no store is made on them where it
//! can be seen, and where it comes later, nothing is lost, nothing stays that was to go, and nothing wrong is believed.

#![allow(missing_docs, clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that breaks should panic")]

#[path = "support/bucket_server.rs"]
mod bucket_server;
#[path = "support/fault_proxy.rs"]
mod fault_proxy;
#[path = "support/installation.rs"]
mod installation;
#[path = "support/two_people.rs"]
mod two_people;
#[path = "support/with_key.rs"]
mod with_key;

use std::process::Stdio;
use std::sync::atomic::Ordering;

use bucket_server::Bucket;
use fault_proxy::FaultProxy;
use installation::{Installation, sample};
use two_people::{AT_ONCE, People, state};
use with_key::run;

const LETTERS: &str = "local.archive/letters";
const FILE: &str = "local.archive/letters/data/secret.txt";
const SECRET: &[u8] = b"what nobody may read any more";
/// How late listings are: later than all that a test does.
const LATE_MS: u64 = 600_000;

/// An installation with a folder store and one in a bucket behind a proxy; the stores are made, and hold one object.
fn house(bucket: &Bucket, proxy: &FaultProxy) -> Installation {
    let installation = Installation::new();
    installation.configure(&format!(
        "{AT_ONCE}[[stores]]\nid = \"first\"\nurl = \"stores/first\"\n\n\
         [[stores]]\nid = \"far\"\nurl = \"s3://{}/keep\"\nendpoint = \"{}\"\n\n\
         [[storage_options]]\nname = \"Standard\"\nstores = [\"first\", \"far\"]\n",
        bucket.name, proxy.url
    ));
    installation
}

fn ingest(installation: &Installation, path: &std::path::Path) {
    run(installation, &["ingest", path.to_str().unwrap()]).exits(0);
}

fn late(proxy: &FaultProxy, milliseconds: u64) {
    proxy.faults.lists.late_ms.store(milliseconds, Ordering::SeqCst);
}

/// Takes letters in, in two versions.
fn letters(installation: &Installation) {
    let files: [(&str, &[u8]); 3] = [("a.txt", b"first"), ("secret.txt", SECRET), ("b & c %25.txt", b"x")];
    let folder = installation.plain_folder("letters", &files);
    ingest(installation, &folder);
    std::fs::write(folder.join("a.txt"), "second").unwrap();
    ingest(installation, &folder);
}

/// Insists that the bucket holds what the folder store does, and nothing else.
fn are_the_same(bucket: &Bucket, installation: &Installation) {
    let keys = bucket.keys();
    assert!(keys.iter().all(|key| !key.contains("keep/work/")), "{keys:?}");
    let of_bucket: Vec<_> = keys
        .iter()
        .filter_map(|key| Some((key.strip_prefix("keep/ocfl/")?.to_owned(), bucket.get(key).unwrap())))
        .collect();
    let folder = installation::files_below(&installation.store("first").join("ocfl"));
    let mut of_folder: Vec<_> =
        folder.into_iter().map(|(path, bytes)| (path.to_str().unwrap().to_owned(), bytes)).collect();
    of_folder.sort();
    assert!(of_bucket == of_folder, "the two stores differ: {keys:?}");
}

/// An installation that holds letters, and a deletion that two people have agreed on.
fn agreed(bucket: &Bucket, proxy: &FaultProxy, what: &str) -> (Installation, String) {
    let installation = house(bucket, proxy);
    letters(&installation);
    let people = People::of(&installation);
    let id = people.request(&installation, &[what]);
    people.approve(&installation, &id);
    (installation, id)
}

/// Insists that it is gone, that what stays is whole, and that nothing is hidden or left.
#[track_caller]
fn is_destroyed(bucket: &Bucket, installation: &Installation, id: &str, what: &str) {
    assert_eq!(state(installation, id), "deleted", "{what}");
    for key in bucket.keys() {
        let bytes = bucket.get(&key).unwrap();
        assert!(!bytes.windows(SECRET.len()).any(|some| some == SECRET), "{what} is there still: {key}");
    }
    assert_eq!(bucket.keys().iter().any(|key| key.contains("letters/")), what == FILE, "{what}: {:?}", bucket.keys());
    // What a killed one left in the workspace while no listing showed it is removed by whoever comes next.
    ingest(installation, &installation.plain_folder("other", &[("x.txt", b"other")]));
    are_the_same(bucket, installation);
    run(installation, &["fixity", "check", "--all"]).exits(0).contains("0 repairs made");
    run(installation, &["audit"]).exits(0);
}

/// Carries out what is due, and kills it before its so-many-th request to the bucket goes on.
fn kill_at(installation: &Installation, proxy: &FaultProxy, request: u64) {
    let mut command = with_key::command(installation, &["delete", "run"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let pid = rustix::process::Pid::from_child(&child);
    let die = Box::new(move || {
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    });
    *proxy.faults.before.lock().unwrap() = Some((" HTTP/1.1".to_owned(), request, die));
    assert!(!child.wait().unwrap().success(), "it ended before its request {request}");
}

mod foreign {
    use super::*;

    #[test]
    fn no_store_is_made_where_listings_are_late() {
        let (bucket, proxy) = (Bucket::new("late"), FaultProxy::before(Bucket::endpoint()));
        let installation = house(&bucket, &proxy);
        late(&proxy, LATE_MS);
        let said = run(&installation, &["ingest", sample("minutes.zip").to_str().unwrap()]).exits(2);
        said.contains("listed as soon as written");
        assert_eq!(bucket.keys(), Vec::<String>::new(), "nothing is left of the trial");
    }

    #[test]
    fn listings_that_are_late_keep_no_deposit_out_and_show_no_damage() {
        let (bucket, proxy) = (Bucket::new("late-in"), FaultProxy::before(Bucket::endpoint()));
        let installation = house(&bucket, &proxy);
        ingest(&installation, &sample("minutes.zip"));
        late(&proxy, LATE_MS);
        letters(&installation);
        run(&installation, &["fixity", "check", "--all"]).exits(0).contains("0 repairs made");
        assert_eq!(run(&installation, &["incidents", "--json"]).exits(0).json(), Vec::<serde_json::Value>::new());
        let target = installation.folder.path().join("back");
        std::fs::rename(installation.store("first"), installation.store("away")).unwrap();
        run(&installation, &["restore", LETTERS, "--to", target.to_str().unwrap()]).exits(0);
        std::fs::rename(installation.store("away"), installation.store("first")).unwrap();
        assert!(proxy.faults.lists.told.load(Ordering::SeqCst) > 20, "hardly any was late");
        are_the_same(&bucket, &installation);
        late(&proxy, 0);
        run(&installation, &["audit"]).exits(0);
    }

    #[test]
    fn what_two_people_agreed_to_destroy_goes_whatever_a_listing_shows() {
        for (number, (what, is_partial)) in
            [(LETTERS, false), (LETTERS, true), (FILE, false), (FILE, true)].into_iter().enumerate()
        {
            let (bucket, proxy) = (Bucket::new(&format!("late-out-{number}")), FaultProxy::before(Bucket::endpoint()));
            let (installation, id) = agreed(&bucket, &proxy, what);
            proxy.faults.lists.is_partial.store(is_partial, Ordering::SeqCst);
            late(&proxy, LATE_MS);
            run(&installation, &["delete", "run"]).exits(0);
            late(&proxy, 0);
            is_destroyed(&bucket, &installation, &id, what);
        }
    }

    #[test]
    fn a_deletion_that_listings_show_again_is_tried_again_until_they_do_not() {
        for (name, what) in [("late-ghosts", LETTERS), ("late-ghosts-of-one", FILE)] {
            let (bucket, proxy) = (Bucket::new(name), FaultProxy::before(Bucket::endpoint()));
            let (installation, id) = agreed(&bucket, &proxy, what);
            late(&proxy, 2_000);
            // Who asks now is told the same again in two seconds.
            run(&installation, &["fixity", "check", "--all"]).exits(0);
            std::thread::sleep(std::time::Duration::from_millis(2_200));
            run(&installation, &["delete", "run"]).exits(75);
            assert_ne!(state(&installation, &id), "deleted", "{what}: it is shown still");
            let begun = std::time::Instant::now();
            while state(&installation, &id) != "deleted" {
                assert!(begun.elapsed().as_secs() < 120, "{what}: {}", run(&installation, &["items", "list"]).out);
                run(&installation, &["delete", "run"]);
                std::thread::sleep(std::time::Duration::from_millis(500));
            }
            late(&proxy, 0);
            is_destroyed(&bucket, &installation, &id, what);
        }
    }

    #[test]
    fn a_deletion_that_is_killed_while_listings_are_late_ends_when_they_are_not() {
        for (what, kills) in [(LETTERS, 2), (FILE, 4)] {
            // First it is counted how much is asked by one that is not killed.
            let mut all = 0;
            for kill in 0..=kills {
                let name = format!("late-killed-{}-{kill}", what.len());
                let (bucket, proxy) = (Bucket::new(&name), FaultProxy::before(Bucket::endpoint()));
                let (installation, id) = agreed(&bucket, &proxy, what);
                late(&proxy, LATE_MS);
                let before = proxy.faults.connections.load(Ordering::SeqCst);
                if kill == 0 {
                    run(&installation, &["delete", "run"]).exits(0);
                    all = proxy.faults.connections.load(Ordering::SeqCst) - before;
                } else {
                    kill_at(&installation, &proxy, all * kill / (kills + 1));
                    // A second process, while listings are late still, does what it can.
                    run(&installation, &["delete", "run"]);
                }
                late(&proxy, 0);
                let begun = std::time::Instant::now();
                while state(&installation, &id) != "deleted" {
                    let items = || run(&installation, &["items", "list"]).out;
                    assert!(begun.elapsed().as_secs() < 60, "{what} {kill} of {all}: {}", items());
                    run(&installation, &["delete", "run"]);
                    std::thread::sleep(std::time::Duration::from_millis(300));
                }
                is_destroyed(&bucket, &installation, &id, what);
            }
        }
    }

    #[test]
    fn a_checksum_that_is_not_that_of_the_bytes_is_no_proof_and_no_harm() {
        let (bucket, proxy) = (Bucket::new("lying"), FaultProxy::before(Bucket::endpoint()));
        let installation = house(&bucket, &proxy);
        ingest(&installation, &sample("minutes.zip"));
        let large = installation.plain_folder("large", &[("large.bin", &vec![7; 40 << 20]), ("small.txt", b"small")]);
        for one_in in [1, 2, 3, 5] {
            let before = proxy.faults.done.load(Ordering::SeqCst);
            proxy.faults.lie_one_in.store(one_in, Ordering::SeqCst);
            std::fs::write(large.join("small.txt"), one_in.to_string()).unwrap();
            let said = run(&installation, &["ingest", large.to_str().unwrap()]);
            println!("one in {one_in}: {:?} {}{}", said.code, said.out, said.err);
            assert!(proxy.faults.done.load(Ordering::SeqCst) > before);
            proxy.faults.lie_one_in.store(0, Ordering::SeqCst);
            // What the program found to be contradictory it has not believed; the same command goes on.
            if said.code != Some(0) {
                said.exits(75);
                ingest(&installation, &large);
            }
            are_the_same(&bucket, &installation);
        }
        run(&installation, &["fixity", "check", "--all"]).exits(0).contains("0 repairs made");
        run(&installation, &["audit"]).exits(0);
    }
}
