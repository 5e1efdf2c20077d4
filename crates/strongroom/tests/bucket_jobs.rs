//! Jobs on whole stores where stores are buckets: filled, compared, emptied and left, over a network that breaks, and killed.

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, reason = "a test that breaks should panic")]

#[path = "faults/bags.rs"]
#[allow(dead_code)]
mod bags;
#[path = "support/bucket_server.rs"]
mod bucket_server;
#[path = "support/fault_proxy.rs"]
mod fault_proxy;
#[path = "support/installation.rs"]
mod installation;
#[path = "support/with_key.rs"]
mod with_key;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bags::{Random, payload, write_tar};
use bucket_server::Bucket;
use fault_proxy::FaultProxy;
use installation::{Installation, files_below};
use serde_json::Value;
use with_key::{command, run};

const BAGS: u64 = 4;
const KILLS: usize = 4;

/// One store in a folder, and two in buckets of which the second is behind the proxy.
struct Places {
    installation: Installation,
    near: Bucket,
    far: Bucket,
    proxy: FaultProxy,
}

impl Places {
    fn new(name: &str) -> Self {
        let proxy = FaultProxy::before(Bucket::endpoint());
        let (near, far) = (Bucket::new(&format!("near-{name}")), Bucket::new(&format!("far-{name}")));
        Self { installation: Installation::new(), near, far, proxy }
    }

    fn configure(&self, all: &[&str], option: &[&str]) {
        let url = |id: &str| match id {
            "near" => format!("url = \"s3://{}/keep\"\nendpoint = \"{}\"", self.near.name, Bucket::endpoint()),
            "far" => format!("url = \"s3://{}/keep\"\nendpoint = \"{}\"", self.far.name, self.proxy.url),
            folder => format!("url = \"stores/{folder}\""),
        };
        let stores: Vec<_> = all.iter().map(|id| format!("[[stores]]\nid = \"{id}\"\n{}\n", url(id))).collect();
        self.installation.configure(&format!(
            "institutions = [\"local.archive\"]\n[ingest]\nretry_first_seconds = 1\nretry_longest_seconds = 1\n{}\
             [[storage_options]]\nname = \"Standard\"\nstores = {option:?}\n",
            stores.concat()
        ));
    }

    fn fill(&self, random: &mut Random) {
        for number in 0..BAGS {
            let mut payload = payload(random.next(), 5, 4_000);
            let name = format!("bag-{number}");
            for version in 1..=1 + number % 2 {
                let bag = write_tar(self.installation.folder.path(), &name, &payload);
                let receipt = run(&self.installation, &["ingest", "--json", bag.to_str().unwrap()]).exits(0).json();
                assert_eq!(receipt[0]["version"], version);
                payload[3].1 = b"changed".to_vec();
            }
        }
    }

    fn break_network(&self, is_broken: bool) {
        let faults = &self.proxy.faults;
        for (one_in, value) in [(&faults.reset_one_in, 17), (&faults.cut_one_in, 23), (&faults.slow_down_one_in, 13)] {
            one_in.store(if is_broken { value } else { 0 }, Ordering::SeqCst);
        }
    }

    /// Kills a command after a random part of a time, again and again, then lets it come to its end.
    fn killed(&self, random: &mut Random, arguments: &[&str]) -> Value {
        for _ in 0..KILLS {
            let mut child = command(&self.installation, arguments).spawn().unwrap();
            std::thread::sleep(Duration::from_millis(random.below(1_200)));
            child.kill().unwrap();
            child.wait().unwrap();
        }
        for _ in 0..60 {
            let said = run(&self.installation, &[arguments, &["--json"]].concat());
            if said.code == Some(75) {
                // The network: it is to be tried later.
                std::thread::sleep(Duration::from_millis(200));
                continue;
            }
            return said.exits(0).json().pop().unwrap();
        }
        panic!("{arguments:?} does not end");
    }

    /// Returns the OCFL root of a store, as a stranger reads it.
    fn root(&self, id: &str) -> BTreeMap<PathBuf, Vec<u8>> {
        let bucket = match id {
            "near" => &self.near,
            "far" => &self.far,
            folder => return files_below(&self.installation.store(folder).join("ocfl")).into_iter().collect(),
        };
        let keys = bucket.keys();
        assert_eq!(keys.iter().find(|key| key.starts_with("keep/work/")), None, "{id}");
        let within = keys.iter().filter_map(|key| Some((key, key.strip_prefix("keep/ocfl/")?)));
        within.map(|(key, path)| (PathBuf::from(path), bucket.get(key).unwrap())).collect()
    }

    #[track_caller]
    fn assert_alike(&self, one: &str, other: &str) {
        let (one, other) = (self.root(one), self.root(other));
        assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
        assert!(one == other, "the same names, and other bytes");
    }
}

mod foreign {
    use super::*;

    #[test]
    fn a_folder_fills_a_bucket_that_fills_another_and_is_left() {
        let mut random = Random::announced("a_folder_fills_a_bucket_that_fills_another_and_is_left");
        let places = Places::new("jobs");
        let installation = &places.installation;
        places.configure(&["first", "second"], &["first", "second"]);
        places.fill(&mut random);
        // From folders to a bucket.
        places.configure(&["first", "second", "near"], &["first", "second", "near"]);
        assert_eq!(places.killed(&mut random, &["store", "add", "near"])["status"], "done");
        places.assert_alike("first", "near");
        // From a bucket to a bucket, over a broken network; the folders are emptied of what is promised of them.
        places.configure(&["first", "second", "near", "far"], &["near", "far", "first"]);
        run(installation, &["store", "doctor", "far"]);
        places.break_network(true);
        assert_eq!(places.killed(&mut random, &["store", "add", "far"])["status"], "done");
        assert!(places.proxy.faults.done.load(Ordering::SeqCst) > 10);
        places.break_network(false);
        places.assert_alike("first", "far");
        run(installation, &["store", "compare", "near", "far"]).exits(0);
        places.killed(&mut random, &["store", "evacuate", "second"]);
        places.killed(&mut random, &["store", "retire", "second", "--remove"]);
        // A bucket is left, and its objects are removed.
        places.configure(&["first", "near", "far"], &["first", "far"]);
        places.killed(&mut random, &["store", "evacuate", "near"]);
        places.killed(&mut random, &["store", "retire", "near", "--remove"]);
        let left = places.root("near");
        assert!(left.keys().all(|path| !path.ends_with("inventory.json")), "{:?}", left.keys());
        // A probe of the bucket that was killed leaves an upload, which the sweeper gives up when it is a week old.
        let uploads = places.near.uploads();
        assert!(uploads.iter().all(|key| key.starts_with("keep/work/.probe/")), "{uploads:?}");
        places.configure(&["first", "far"], &["first", "far"]);
        places.assert_alike("first", "far");
        run(installation, &["fixity", "check", "--all"]).exits(0).contains("0 repairs made");
        run(installation, &["audit"]).exits(0);
    }

    #[test]
    fn what_a_bucket_lacks_and_what_is_damaged_there_is_told_by_a_comparison() {
        let mut random = Random::announced("what_a_bucket_lacks_and_what_is_damaged_there_is_told_by_a_comparison");
        let places = Places::new("compare");
        places.configure(&["first", "near"], &["first", "near"]);
        places.fill(&mut random);
        run(&places.installation, &["store", "compare", "first", "near"]).exits(0);
        let inventory = places.near.keys().into_iter().find(|key| key.ends_with("bag-0/inventory.json")).unwrap();
        places.near.delete(&inventory);
        run(&places.installation, &["store", "compare", "first", "near"]).exits(1).contains("bag-0");
    }
}
