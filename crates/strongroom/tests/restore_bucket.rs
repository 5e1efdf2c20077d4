//! Restoring into buckets: one object, there when all of it is right, and known again.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test that breaks should panic")]

#[path = "support/bucket_server.rs"]
mod bucket_server;
#[path = "support/fault_proxy.rs"]
mod fault_proxy;
#[path = "support/given_back.rs"]
mod given_back;
#[path = "support/installation.rs"]
mod installation;
#[path = "support/platform.rs"]
#[allow(dead_code)]
mod platform;

use std::fs;
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bucket_server::Bucket;
use fault_proxy::FaultProxy;
use given_back::{entries, folder_of, payload_of};
use installation::{Installation, Said};
use platform::session_for;

const LETTERS: &str = "local.archive/letters";
/// More than goes by one request.
const LARGE_BYTES: usize = (36 << 20) + 12_345;

/// An installation that gives back to a bucket.
struct House {
    installation: Installation,
    bucket: Bucket,
}

impl House {
    fn new(name: &str, endpoint: &str, more: &str) -> Self {
        let (installation, bucket) = (Installation::new(), Bucket::new(name));
        installation.configure(&format!(
            "[[restore_places]]\nurl = \"s3://{}/given\"\nendpoint = \"{endpoint}\"\n{more}\n\
             [ingest]\nretry_first_seconds = 1\nretry_longest_seconds = 1\n",
            bucket.name
        ));
        Self { installation, bucket }
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
        format!("s3://{}/given/{name}", self.bucket.name)
    }

    /// Takes a folder in and returns where it lies.
    fn ingest(&self, files: &[(&str, &[u8])]) -> std::path::PathBuf {
        let folder = self.installation.plain_folder("letters", files);
        self.run(&["ingest", folder.to_str().unwrap()]).exits(0);
        folder
    }

    fn damage(&self, store: &str, bytes: &[u8]) {
        let path = self.installation.content(store, bytes);
        let mut content = fs::read(&path).unwrap();
        content[1] ^= 1;
        fs::write(path, content).unwrap();
    }
}

fn large() -> Vec<u8> {
    (0..LARGE_BYTES as u64).map(|place| (place.wrapping_mul(0x9E37_79B9) >> 24) as u8).collect()
}

mod foreign {
    use super::*;

    #[test]
    fn an_object_becomes_one_tar_in_the_bucket_and_is_known_again() {
        let house = House::new("given-bag", Bucket::endpoint(), "institution = \"local.archive\"\n");
        let folder = house.ingest(&[("a.txt", b"the first letter"), ("c/d.txt", b"the third letter")]);
        let restore = ["restore", LETTERS, "--to", &house.url("")];
        house.run(&[&restore[..], &["--dry-run"]].concat()).exits(0).contains("Would be restored");
        assert!(house.bucket.keys().is_empty());
        house.run(&restore).exits(0).contains("Restored and proven").contains(&house.url("letters.tar"));
        let given = house.bucket.get("given/letters.tar").unwrap();
        assert_eq!(payload_of(&entries(&given)), folder_of(&folder));
        fs::write(house.installation.folder.path().join("letters.tar"), &given).unwrap();
        house.run(&["bag", "validate", "letters.tar"]).exits(0);
        // The same again, also when nothing is named: that is the institution's place.
        house.run(&restore).exits(0).contains("There already, byte for byte");
        house.run(&["restore", LETTERS]).exits(0).contains("There already, byte for byte");
        house
            .run(&["events", "list", "--type", "dissemination", "--json"])
            .exits(0)
            .contains(&house.url("letters.tar"));
        // What is something else stays, unless it is to be replaced.
        house.bucket.put("given/letters.tar", b"somebody's own");
        house.run(&restore).exits(1).contains("is there already");
        assert_eq!(house.bucket.get("given/letters.tar").unwrap(), b"somebody's own");
        house.run(&[&restore[..], &["--overwrite"]].concat()).exits(0);
        assert_eq!(payload_of(&entries(&house.bucket.get("given/letters.tar").unwrap())), folder_of(&folder));
    }

    #[test]
    fn a_file_is_given_as_it_is_and_an_older_version_below_its_number() {
        let house = House::new("given-file", Bucket::endpoint(), "institution = \"local.archive\"\n");
        house.ingest(&[("a.txt", b"the first letter"), ("empty", b"")]);
        house.ingest(&[("a.txt", b"written again")]);
        let file = format!("{LETTERS}/data/a.txt");
        house.run(&["restore", &file, "--to", &house.url("one.txt")]).exits(0);
        assert_eq!(house.bucket.get("given/one.txt").unwrap(), b"written again");
        house.run(&["restore", &file, "--version", "1"]).exits(0);
        assert_eq!(house.bucket.get("given/v1/letters.files/data/a.txt").unwrap(), b"the first letter");
        house.run(&["restore", &format!("{LETTERS}/data/empty"), "--to", &house.url("")]).exits(0);
        assert_eq!(house.bucket.get("given/empty").unwrap(), b"");
    }

    #[test]
    fn what_cannot_be_a_place_is_refused_with_advice_and_nothing_is_written() {
        let house = House::new("given-not", Bucket::endpoint(), "");
        house.ingest(&[("a.txt", b"the first letter")]);
        for (to, wanted) in [
            ("s3://elsewhere/x.tar".to_owned(), "[[restore_places]]"),
            (format!("s3://{}/beside.tar", house.bucket.name), "[[restore_places]]"),
            (house.url("/x"), "cannot be a key"),
        ] {
            house.run(&["restore", LETTERS, "--to", &to]).exits(2).contains(wanted);
        }
        house.run(&["restore", LETTERS, "--to", &house.url(""), "--unpacked"]).exits(2).contains("leave it out");
        assert!(house.bucket.keys().is_empty());
        assert!(!house.installation.folder.path().join("s3:").exists());
        house.run(&["doctor"]).exits(0).contains(&format!("restore place s3://{}/given", house.bucket.name));
        assert!(house.bucket.keys().is_empty());
        let configure = |more: &str| {
            house.installation.configure(&format!(
                "[[restore_places]]\nurl = \"s3://no-such-bucket/given\"\nendpoint = \"{0}\"\n{more}\nendpoint = \"{0}\"\n",
                Bucket::endpoint(),
            ));
        };
        configure("[[restore_places]]\nurl = \"s3://another/given\"");
        let to = ["restore", LETTERS, "--to", "s3://no-such-bucket/given/"];
        house.run(&to).exits(2).contains("no such bucket");
        house.run(&["doctor"]).exits(1).contains("no such bucket");
        configure("[[receiving]]\ninstitution = \"local.archive\"\nurl = \"s3://no-such-bucket/given/in\"");
        house.run(&["config", "check"]).exits(1).contains("where deposits arrive too");
    }

    #[test]
    fn damage_is_passed_over_and_what_is_good_nowhere_leaves_nothing() {
        let house = House::new("given-damage", Bucket::endpoint(), "");
        let bytes = large();
        let folder = house.ingest(&[("a.txt", b"the first letter"), ("large.bin", &bytes), ("z.txt", b"the last")]);
        house.damage("first", &bytes);
        house.run(&["restore", LETTERS, "--to", &house.url("")]).exits(0).contains("store first");
        assert_eq!(payload_of(&entries(&house.bucket.get("given/letters.tar").unwrap())), folder_of(&folder));
        house.damage("second", &bytes);
        house.run(&["restore", LETTERS, "--to", &house.url("other.tar")]).exits(2).contains("no replica of");
        assert_eq!(house.bucket.keys(), ["given/letters.tar"]);
        assert!(house.bucket.uploads().is_empty());
    }

    #[test]
    fn a_server_that_breaks_off_is_asked_again_and_one_that_is_away_is_waited_for() {
        let proxy = FaultProxy::before(Bucket::endpoint());
        let house = House::new("given-faults", &proxy.url, "");
        let folder = house.ingest(&[("large.bin", &large()), ("z.txt", b"the last")]);
        proxy.faults.is_down.store(true, Ordering::SeqCst);
        let place = house.url("");
        let restore = ["restore", LETTERS, "--to", &place];
        house.run(&restore).exits(75).contains("call the same again later");
        proxy.faults.is_down.store(false, Ordering::SeqCst);
        proxy.faults.reset_one_in.store(3, Ordering::SeqCst);
        proxy.faults.slow_down_one_in.store(5, Ordering::SeqCst);
        house.run(&restore).exits(0);
        assert!(proxy.faults.done.load(Ordering::SeqCst) > 2);
        assert_eq!(payload_of(&entries(&house.bucket.get("given/letters.tar").unwrap())), folder_of(&folder));
        assert!(house.bucket.uploads().is_empty());
    }

    #[test]
    fn credentials_that_are_refused_have_expired_or_are_none_leave_nothing_and_say_what_to_do() {
        let house = House::new("given-denied", Bucket::endpoint(), "credentials = \"readers\"\n");
        let folder = house.ingest(&[("a.txt", b"the first letter")]);
        let restore = |variables: &[(&str, &str)]| -> Said {
            let mut command = house.command(&["restore", LETTERS, "--to", &house.url("")]);
            command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
            for (name, value) in variables {
                command.env(format!("STRONGROOM_S3_READERS_{name}"), value);
            }
            command.output().unwrap().into()
        };
        let denied = |variables: &[(&str, &str)], because: &str| {
            let said = restore(variables).exits(75);
            said.contains(because).contains("call the same again when that is set right");
            assert!(!said.err.contains("hush") && house.bucket.keys().is_empty(), "{}", said.err);
        };
        let (id, secret) = (("ACCESS_KEY_ID", "tester"), ("SECRET_ACCESS_KEY", "hush"));
        denied(&[], "STRONGROOM_S3_READERS_ACCESS_KEY_ID");
        denied(&[id, secret, ("SESSION_TOKEN", &session_for(-1.0))], "have expired: renew them");
        denied(&[("ACCESS_KEY_ID", "stranger"), secret], "key stranger");
        assert!(house.bucket.uploads().is_empty());
        restore(&[id, secret, ("SESSION_TOKEN", &session_for(3600.0))]).exits(0).contains("Restored and proven");
        assert_eq!(payload_of(&entries(&house.bucket.get("given/letters.tar").unwrap())), folder_of(&folder));
    }

    #[test]
    fn of_two_at_once_to_one_key_both_find_the_same_tar_and_of_two_others_one_goes_first() {
        let house = House::new("given-twice", Bucket::endpoint(), "");
        let letters = house.ingest(&[("large.bin", &large()), ("z.txt", b"the last")]);
        let begin = |object: &str| {
            let to = house.url("one.tar");
            let mut command = house.command(&["restore", object, "--to", &to]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        };
        let ends = |child: std::process::Child| -> Said { child.wait_with_output().unwrap().into() };
        let both = [begin(LETTERS), begin(LETTERS)].map(ends);
        let told: Vec<_> = both.iter().map(|said| (said.code, said.err.clone())).collect();
        assert!(both.iter().any(|said| said.code == Some(0)), "{told:?}");
        // Who comes second meets what is there: the same tar, or one of another second, which is not its own. A server that
        // looks at a condition a moment before it writes lets both write; then the first finds another's in its place.
        let gives_way = |said: &&Said| {
            ["is there already", "was replaced while it was read"].iter().any(|text| said.err.contains(text))
        };
        assert!(both.iter().all(|said| said.code == Some(0) || gives_way(&said)), "{told:?}");
        let given = house.bucket.get("given/one.tar").unwrap();
        assert_eq!(payload_of(&entries(&given)), folder_of(&letters));
        assert_eq!(house.bucket.keys(), ["given/one.tar"]);
        assert!(house.bucket.uploads().is_empty());
    }

    #[test]
    fn what_is_nearly_an_address_of_a_bucket_is_no_path() {
        let house = House::new("given-nearly", Bucket::endpoint(), "");
        house.ingest(&[("a.txt", b"the first letter")]);
        for to in [format!("s3:/{}/given/x.tar", house.bucket.name), house.url("x.tar").replace("s3", "S3")] {
            let right = house.url("x.tar");
            house.run(&["restore", LETTERS, "--to", &to]).exits(2).contains(&format!("write {right}"));
            house.run(&["ingest", &to]).exits(2).contains(&format!("write {right}"));
        }
        assert!(house.bucket.keys().is_empty());
    }

    #[test]
    fn killed_in_the_middle_it_is_done_anew_and_no_upload_is_left() {
        let proxy = FaultProxy::before(Bucket::endpoint());
        let house = House::new("given-killed", &proxy.url, "");
        let folder = house.ingest(&[("large.bin", &large()), ("z.txt", b"the last")]);
        let place = house.url("");
        let restore = ["restore", LETTERS, "--to", &place];
        proxy.faults.wait_ms.store(200, Ordering::SeqCst);
        let mut child = house.command(&restore).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let began = Instant::now();
        while house.bucket.uploads().is_empty() && began.elapsed() < Duration::from_secs(30) {
            std::thread::sleep(Duration::from_millis(20));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(house.bucket.keys().is_empty());
        assert_eq!(house.bucket.uploads().len(), 1);
        house.bucket.put("given/letters.tar.other", b"another's");
        proxy.faults.wait_ms.store(0, Ordering::SeqCst);
        house.run(&restore).exits(0).contains("Restored and proven");
        assert!(house.bucket.uploads().is_empty());
        assert_eq!(payload_of(&entries(&house.bucket.get("given/letters.tar").unwrap())), folder_of(&folder));
    }

    #[test]
    fn killed_while_it_is_read_back_it_is_known_by_what_it_would_be() {
        let proxy = FaultProxy::before(Bucket::endpoint());
        let house = House::new("given-window", &proxy.url, "");
        let folder = house.ingest(&[("a.txt", b"the first letter"), ("z.txt", b"the last")]);
        let (bag, file) = (house.url("letters.tar"), house.url("a.txt"));
        for restore in
            [["restore", LETTERS, "--to", &bag], ["restore", &format!("{LETTERS}/data/a.txt"), "--to", &file]]
        {
            let line = format!("GET /{}/given/{}", house.bucket.name, restore[3].rsplit('/').next().unwrap());
            let (sender, killed) = std::sync::mpsc::channel::<u32>();
            let kill = move || {
                let pid = killed.recv().unwrap();
                let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
                rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
            };
            *proxy.faults.before.lock().unwrap() = Some((line, 1, Box::new(kill)));
            let mut child = house.command(&restore).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            sender.send(child.id()).unwrap();
            assert!(!child.wait().unwrap().success());
            house.run(&restore).exits(0).contains("Restored and proven");
            house.run(&restore).exits(0).contains("There already");
        }
        assert_eq!(payload_of(&entries(&house.bucket.get("given/letters.tar").unwrap())), folder_of(&folder));
        assert_eq!(house.bucket.get("given/a.txt").unwrap(), b"the first letter");
        assert_eq!(house.run(&["events", "list", "--type", "dissemination", "--json"]).json().len(), 2);
        // The same length and another's.
        house.bucket.put("given/a.txt", b"THE FIRST LETTER");
        house.run(&["restore", &format!("{LETTERS}/data/a.txt"), "--to", &file]).exits(1).contains("is there already");
    }

    #[test]
    fn an_answer_that_is_lost_is_no_other_result() {
        let proxy = FaultProxy::before(Bucket::endpoint());
        let house = House::new("given-unheard", &proxy.url, "");
        house.ingest(&[("a.txt", b"the first letter")]);
        for one_in in 2..6 {
            proxy.faults.connections.store(0, Ordering::SeqCst);
            proxy.faults.reset_one_in.store(one_in, Ordering::SeqCst);
            house
                .run(&["restore", LETTERS, "--to", &house.url(&format!("{one_in}.tar"))])
                .exits(0)
                .contains("Restored");
        }
    }

    #[test]
    fn what_has_thawed_is_given_to_the_bucket() {
        let (ice, endpoint) = (Bucket::new("given-ice"), Bucket::endpoint());
        let more = format!(
            "[[stores]]\nid = \"ice\"\nurl = \"s3://{}/keep\"\nendpoint = \"{endpoint}\"\nclass = \"GLACIER\"\n\
             [[storage_options]]\nname = \"Standard\"\nstores = [\"ice\"]\n\n[cold]\nlook_again_seconds = 1\n",
            ice.name
        );
        let house = House::new("given-thawed", endpoint, &more);
        let folder = house.ingest(&[("a.txt", b"the first letter"), ("c/d.txt", b"the third letter")]);
        assert!(ice.keys().iter().any(|key| key.contains("/content/")));
        Bucket::thaw_takes(1);
        let place = house.url("");
        let restore = ["restore", LETTERS, "--to", &place];
        house.run(&restore).exits(75).contains("must thaw first");
        house.run(&[&restore[..], &["--wait"]].concat()).exits(0).contains(&house.url("letters.tar"));
        assert_eq!(payload_of(&entries(&house.bucket.get("given/letters.tar").unwrap())), folder_of(&folder));
        house.run(&restore).exits(0).contains("There already");
    }
}
