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
        for what in [LETTERS, FILE] {
            let (bucket, proxy) = (Bucket::new("late-out"), FaultProxy::before(Bucket::endpoint()));
            let installation = house(&bucket, &proxy);
            letters(&installation);
            let people = People::of(&installation);
            let id = people.request(&installation, &[what]);
            people.approve(&installation, &id);
            late(&proxy, LATE_MS);
            run(&installation, &["delete", "run"]).exits(0);
            assert_eq!(state(&installation, &id), "deleted", "{what}");
            for key in bucket.keys() {
                assert_ne!(bucket.get(&key).unwrap(), SECRET, "{what} is there still: {key}");
            }
            are_the_same(&bucket, &installation);
            late(&proxy, 0);
            run(&installation, &["fixity", "check", "--all"]).exits(0).contains("0 repairs made");
            run(&installation, &["audit"]).exits(0);
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
