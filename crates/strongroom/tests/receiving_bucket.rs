//! Deposits that arrive in buckets: taken in, passed over, changed on the way, and removed.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test that breaks should panic")]

#[path = "support/bucket_server.rs"]
mod bucket_server;
#[path = "support/fault_proxy.rs"]
mod fault_proxy;
#[path = "support/installation.rs"]
mod installation;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bucket_server::Bucket;
use fault_proxy::{FaultProxy, Passed};
use installation::{Installation, Said, sample};

/// Bytes of a member that is large enough for the server to copy it.
const LARGE_BYTES: usize = 12 << 20;

/// Two stores and a place of arrival, each in a bucket of its own.
struct House {
    installation: Installation,
    arrivals: Bucket,
    stores: [Bucket; 2],
}

impl House {
    fn new(arrivals: &str, name: &str, endpoint: &str) -> Self {
        let (installation, arrivals) = (Installation::new(), Bucket::new(arrivals));
        let stores = ["near", "far"].map(|id| Bucket::new(&format!("{name}-{id}")));
        let place = |url: String| format!("url = \"{url}\"\nendpoint = \"{endpoint}\"\n\n");
        let of_store = |id: &str, bucket: &Bucket| {
            format!("[[stores]]\nid = \"{id}\"\n{}", place(format!("s3://{}/keep", bucket.name)))
        };
        installation.configure(&format!(
            "institutions = [\"local.archive\"]\n\n{}{}\
             [[storage_options]]\nname = \"Standard\"\nstores = [\"near\", \"far\"]\n\n\
             [[receiving]]\ninstitution = \"local.archive\"\n{}\
             [ingest]\nretry_first_seconds = 1\nretry_longest_seconds = 1\n",
            of_store("near", &stores[0]),
            of_store("far", &stores[1]),
            place(format!("s3://{}/in", arrivals.name)),
        ));
        Self { installation, arrivals, stores }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.installation.command(arguments);
        Bucket::give_key_to(&mut command);
        command
    }

    fn run(&self, arguments: &[&str]) -> Said {
        self.command(arguments).output().unwrap().into()
    }

    fn url(&self, name: &str) -> String {
        format!("s3://{}/in/{name}", self.arrivals.name)
    }

    fn ingest(&self, name: &str) -> serde_json::Value {
        self.run(&["ingest", "--json", &self.url(name)]).exits(0).json().remove(0)
    }

    /// Runs `up` until something is so.
    fn up_until(&self, is_so: impl Fn() -> bool) {
        let mut command = self.command(&["--log", "error", "up", "--settle", "0"]);
        let mut up = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let began = Instant::now();
        while !is_so() && began.elapsed() < Duration::from_secs(60) {
            std::thread::sleep(Duration::from_millis(100));
        }
        rustix::process::kill_process(rustix::process::Pid::from_child(&up), rustix::process::Signal::TERM).unwrap();
        assert!(up.wait().unwrap().success());
        assert!(is_so(), "{:?} {}", self.arrivals.keys(), self.run(&["items", "list"]).out);
    }

    /// Makes a bag of files in a tar.
    fn bag(&self, name: &str, files: &[(&str, &[u8])]) -> PathBuf {
        let folder = self.installation.plain_folder(&format!("of-{name}"), files);
        let target = self.installation.folder.path().join(name);
        if target.exists() {
            fs::remove_file(&target).unwrap();
        }
        self.run(&["bag", "create", folder.to_str().unwrap(), target.to_str().unwrap()]).exits(0);
        target
    }

    fn arrives(&self, path: &Path) -> String {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        self.arrivals.put(&format!("in/{name}"), &fs::read(path).unwrap());
        name
    }

    /// Insists that all is proven, and that no draft is left.
    #[track_caller]
    fn assert_sound(&self) {
        self.run(&["fixity", "check", "--all"]).exits(0).contains(" 0 repairs made");
        self.run(&["audit"]).exits(0);
        for store in &self.stores {
            assert!(store.keys().iter().all(|key| !key.contains("keep/work/")), "{:?}", store.keys());
        }
    }

    /// Returns a file of an object as it is given back.
    #[track_caller]
    fn file(&self, path: &str) -> Vec<u8> {
        let target = self.installation.folder.path().join("given-back");
        self.run(&["restore", path, "--to", target.to_str().unwrap(), "--overwrite"]).exits(0);
        fs::read(target).unwrap()
    }
}

fn large() -> Vec<u8> {
    (0..LARGE_BYTES as u64).map(|place| (place.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

fn bytes(log: &[Passed], is_it: impl Fn(&Passed) -> bool, count: impl Fn(&Passed) -> u64) -> u64 {
    log.iter().filter(|passed| is_it(passed)).map(count).sum()
}

mod foreign {
    use super::*;

    #[test]
    fn a_deposit_arrives_in_a_bucket_and_its_large_members_never_pass_through_us() {
        let proxy = FaultProxy::before(Bucket::endpoint());
        let house = House::new("arrive-a", "within", &proxy.url);
        // The stores are made, and what they can do is tried.
        house.run(&["ingest", sample("minutes.zip").to_str().unwrap()]).exits(0);
        let large = large();
        let bag = house.bag("bag.tar", &[("large.bin", &large), ("small.txt", b"small")]);
        proxy.faults.log.lock().unwrap().clear();
        house.arrives(&bag);
        house.up_until(|| house.arrivals.keys().is_empty());
        let log = proxy.faults.log.lock().unwrap().clone();
        let copies = log.iter().filter(|passed| passed.head.contains("x-amz-copy-source-range")).count();
        assert_eq!(copies, 2, "one for each store");
        let sent = bytes(&log, |passed| passed.is("PUT", ""), |passed| passed.sent_bytes);
        assert!(sent < 1 << 20, "{sent} bytes were sent");
        let read = bytes(&log, |passed| passed.is("GET", "/arrive-a/in/"), |passed| passed.answered_bytes);
        let length = fs::metadata(&bag).unwrap().len();
        assert!(read < length + (3 << 20), "the tar of {length} bytes is read once, and {read} were read");
        house.assert_sound();
        assert_eq!(house.file("local.archive/bag/data/large.bin"), large);
        assert!(!house.installation.data().join("receiving/local.archive").exists(), "there is no folder beside it");
        house.run(&["doctor"]).contains("ok        receiving local.archive: s3://arrive-a/in");
    }

    #[test]
    fn where_the_server_refuses_to_copy_the_bytes_go_through_us() {
        let proxy = FaultProxy::before(Bucket::endpoint());
        let house = House::new("no-copies", "through", &proxy.url);
        let large = large();
        let bag = house.bag("bag.tar", &[("one.bin", &large), ("two.bin", &large[1..])]);
        house.run(&["ingest", sample("minutes.zip").to_str().unwrap()]).exits(0);
        proxy.faults.log.lock().unwrap().clear();
        house.ingest(&house.arrives(&bag));
        let log = proxy.faults.log.lock().unwrap().clone();
        let sent = bytes(&log, |passed| passed.is("PUT", ""), |passed| passed.sent_bytes);
        assert!(sent > 4 * LARGE_BYTES as u64 - 10, "{sent} bytes were sent");
        house.assert_sound();
        assert_eq!(house.file("local.archive/bag/data/two.bin"), &large[1..]);
    }

    #[test]
    fn every_form_of_package_is_taken_from_a_bucket_by_hand_and_stays_there() {
        let house = House::new("arrive-b", "forms", Bucket::endpoint());
        let tar = house.bag("packed.tar", &[("a.txt", b"a"), ("b/c.bin", &[7; 70_000])]);
        assert!(Command::new("gzip").arg(&tar).status().unwrap().success());
        for path in [sample("photographs.tar"), sample("minutes.zip"), tar.with_extension("tar.gz")] {
            let name = house.arrives(&path);
            assert_eq!(house.ingest(&name)["version"], 1, "{name}");
            house.run(&["ingest", &house.url(&name)]).exits(0).contains("This very deposit was seen before");
        }
        assert_eq!(house.arrivals.keys().len(), 3);
        house.assert_sound();
        assert_eq!(house.file("local.archive/packed/data/b/c.bin"), [7; 70_000]);
        let staging = installation::files_below(&house.installation.data().join("staging"));
        assert!(staging.is_empty(), "{staging:?}");
    }

    #[test]
    fn a_deposit_that_changes_at_any_request_is_never_taken_as_half_of_each() {
        let proxy = FaultProxy::before(Bucket::endpoint());
        let house = House::new("arrive-c", "changes", &proxy.url);
        house.run(&["ingest", sample("minutes.zip").to_str().unwrap()]).exits(0);
        let mut cancelled = 0;
        for number in [1, 3, 5, 6, 8] {
            let name = format!("bag-{number}.tar");
            let new = fs::read(house.bag(&name, &[("a.txt", b"new"), ("b.bin", &[2; 400_000])])).unwrap();
            house.arrives(&house.bag(&name, &[("a.txt", b"old"), ("b.bin", &[1; 400_000])]));
            let (arrivals, key) = (Bucket { name: house.arrivals.name.clone() }, format!("in/{name}"));
            let put = {
                let key = key.clone();
                Box::new(move || arrivals.put(&key, &new))
            };
            *proxy.faults.before.lock().unwrap() = Some((key, number, put));
            let said = house.run(&["ingest", &house.url(&name)]);
            if said.code != Some(0) {
                said.contains("changed after it arrived");
                cancelled += 1;
            }
            house.ingest(&name);
            assert_eq!(house.file(&format!("local.archive/bag-{number}/data/a.txt")), b"new", "{number}");
            assert_eq!(house.file(&format!("local.archive/bag-{number}/data/b.bin")), [2; 400_000], "{number}");
        }
        assert!(cancelled >= 4, "only {cancelled} were seen to change");
        house.assert_sound();
    }

    #[test]
    fn deposits_come_whole_through_a_broken_network() {
        let proxy = FaultProxy::before(Bucket::endpoint());
        let house = House::new("arrive-d", "broken-two", &proxy.url);
        house.run(&["ingest", sample("minutes.zip").to_str().unwrap()]).exits(0);
        let large = large();
        let name = house.arrives(&house.bag("bag.tar", &[("large.bin", &large), ("small.txt", b"small")]));
        let faults = &proxy.faults;
        for (one_in, value) in [(&faults.reset_one_in, 7), (&faults.cut_one_in, 5), (&faults.slow_down_one_in, 9)] {
            one_in.store(value, Ordering::SeqCst);
        }
        let began = Instant::now();
        while house.run(&["ingest", &house.url(&name)]).code != Some(0) {
            assert!(began.elapsed() < Duration::from_secs(60), "it does not end");
            std::thread::sleep(Duration::from_millis(300));
        }
        assert!(faults.done.load(Ordering::SeqCst) > 5, "the network was hardly broken");
        for one_in in [&faults.reset_one_in, &faults.cut_one_in, &faults.slow_down_one_in] {
            one_in.store(0, Ordering::SeqCst);
        }
        assert_eq!(house.file("local.archive/bag/data/large.bin"), large);
        house.assert_sound();
    }

    #[test]
    fn an_ingest_killed_anywhere_ends_with_the_next_call() {
        let house = House::new("arrive-e", "killed-two", Bucket::endpoint());
        house.run(&["ingest", sample("minutes.zip").to_str().unwrap()]).exits(0);
        let large = large();
        let files: Vec<_> = (0..30).map(|number| format!("{number}.txt")).collect();
        let mut all: Vec<(&str, &[u8])> = files.iter().map(|name| (name.as_str(), name.as_bytes())).collect();
        all.push(("large.bin", &large));
        let first = house.arrives(&house.bag("first.tar", &all));
        let began = Instant::now();
        house.ingest(&first);
        let whole = began.elapsed();
        let name = house.arrives(&house.bag("bag.tar", &all));
        for part in 1..12 {
            let mut command = house.command(&["ingest", &house.url(&name)]);
            let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            std::thread::sleep(whole * part / 12);
            child.kill().unwrap();
            child.wait().unwrap();
        }
        assert_eq!(house.ingest(&name)["version"], 1);
        assert_eq!(house.file("local.archive/bag/data/large.bin"), large);
        house.assert_sound();
    }

    #[test]
    fn a_zip_that_finds_no_room_in_staging_waits_and_is_taken_in_when_there_is() {
        let house = House::new("arrive-full", "full", Bucket::endpoint());
        let url = house.url(&house.arrives(&sample("minutes.zip")));
        // A small file system of its own in place of staging, in a mount name space of its own.
        let script = format!(
            "mkdir -p \"$DATA/staging\"; mount -t tmpfs -o size=4k tmpfs \"$DATA/staging\"\n\
             code=0; \"$STRONGROOM\" --log warn ingest '{url}' || code=$?\n\
             echo \"first: $code\"; find \"$DATA/staging\" -type f -size +0 | wc -l\n\
             \"$STRONGROOM\" items show 1\n\
             mount -o remount,size=64m \"$DATA/staging\"; sleep 1.1\n\
             code=0; \"$STRONGROOM\" --log warn ingest '{url}' || code=$?\n\
             echo \"second: $code\"; echo \"left: $(find \"$DATA/staging\" -type f | wc -l)\""
        );
        let mut command = house.installation.with_own_mounts(&script);
        Bucket::give_key_to(&mut command);
        let said = Said::from(command.output().unwrap()).exits(0);
        said.contains("first: 75").contains("second: 0").contains("left: 0");
        assert!(said.out.to_lowercase().contains("no space left"), "{}{}", said.out, said.err);
        assert_eq!(house.arrivals.keys().len(), 1, "what was taken in by hand stays");
        house.assert_sound();
    }

    #[test]
    fn hostile_keys_and_unfinished_uploads_are_passed_over_and_stay() {
        let house = House::new("arrive-f", "hostile", Bucket::endpoint());
        let bag = house.bag("a b+c.tar", &[("a.txt", b"a")]);
        let bytes = fs::read(&bag).unwrap();
        let long = format!("in/{}.tar", "a".repeat(300));
        let odd = ["in//x.tar", "in/deep/x.tar", "in/folder/", "in/.x.tar", "in/x.tar.part", long.as_str()];
        for key in odd {
            house.arrivals.put_encoded(key, &bytes);
        }
        house.arrivals.put_encoded("in/a%20b%2Bc.tar", &bytes);
        let before = house.arrivals.keys().len();
        assert_eq!(before, odd.len() + 1);
        house.up_until(|| house.arrivals.keys().len() < before);
        assert_eq!(house.arrivals.keys().len(), odd.len());
        let held = house.run(&["objects", "list", "--json"]).exits(0).json();
        assert_eq!(held.len(), 1, "{held:?}");
        for url in ["s3://arrive-f/in/../in/x.tar", "s3://arrive-f/in//x.tar", "s3://arrive-f/in/folder/"] {
            house.run(&["ingest", url]).exits(2).contains("cannot use the name");
        }
    }

    #[test]
    fn what_cannot_be_reached_is_said_with_advice() {
        let house = House::new("arrive-g", "advice", Bucket::endpoint());
        house.run(&["ingest", &house.url("none.tar")]).exits(2).contains("look at bucket and key");
        house.run(&["ingest", "s3://elsewhere/none.tar"]).exits(2).contains("the configuration names no bucket");
        let denied = House::new("denied-arrivals", "advice-two", Bucket::endpoint());
        denied.run(&["ingest", &denied.url("none.tar")]).exits(2).contains("may not use").contains("rights");
        denied.run(&["doctor"]).contains("fault     receiving local.archive");
        let mut keyless = house.command(&["config", "check"]);
        keyless.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_CONTAINER_CREDENTIALS_FULL_URI");
        let said: Said = keyless.output().unwrap().into();
        said.contains("the receiving place s3://arrive-g/in has no credentials");
    }
}
