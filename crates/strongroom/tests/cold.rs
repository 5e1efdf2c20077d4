//! One store in a folder and one whose content is frozen: put away, looked at, thawed, given back.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test that breaks should panic")]

#[path = "support/bucket_server.rs"]
mod bucket_server;
#[path = "support/installation.rs"]
mod installation;

use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use bucket_server::Bucket;
use installation::{Installation, sample};

const PHOTOGRAPHS: &str = "local.archive/photographs";

/// An installation with a folder store and one in a bucket, of a class.
fn house(bucket: &Bucket, endpoint: &str, class: &str) -> Installation {
    let installation = Installation::new();
    installation.configure(&format!(
        "institutions = [\"local.archive\"]\n\n\
         [[stores]]\nid = \"first\"\nurl = \"stores/first\"\n\n\
         [[stores]]\nid = \"ice\"\nurl = \"s3://{}/keep\"\nendpoint = \"{endpoint}\"\nclass = \"{class}\"\n\
         price = {{ currency = \"USD\", per_gib_out = 0.09, per_1000_thaws = 0.1 }}\n\n\
         [[storage_options]]\nname = \"Standard\"\nstores = [\"first\", \"ice\"]\n\n\
         [cold]\ntier = \"Standard\"\nlook_again_seconds = 1\n\n\
         [ingest]\nretry_first_seconds = 1\nretry_longest_seconds = 1\n",
        bucket.name
    ));
    installation
}

fn run(installation: &Installation, arguments: &[&str]) -> installation::Said {
    let mut command = installation.command(arguments);
    command.env("AWS_ACCESS_KEY_ID", "tester").env("AWS_SECRET_ACCESS_KEY", "hush").env_remove("AWS_SESSION_TOKEN");
    command.output().unwrap().into()
}

fn ingest(installation: &Installation, path: &Path) -> serde_json::Value {
    run(installation, &["ingest", "--json", path.to_str().unwrap()]).exits(0).json().remove(0)
}

fn contents(bucket: &Bucket) -> Vec<String> {
    bucket.keys().into_iter().filter(|key| key.contains("/content/")).collect()
}

mod foreign {
    use super::*;

    #[test]
    fn content_is_frozen_after_its_proof_and_documents_stay_at_hand() {
        let bucket = Bucket::new("ice-put");
        let installation = house(&bucket, Bucket::endpoint(), "GLACIER");
        let receipt = ingest(&installation, &sample("photographs.tar"));
        let grades: Vec<_> = receipt["replicas"].as_array().unwrap().iter().map(|one| &one["evidence"]).collect();
        assert_eq!(grades, ["A", "A"]);
        assert!(contents(&bucket).len() > 1);
        for key in bucket.keys() {
            let expected = if key.contains("/content/") { "GLACIER" } else { "STANDARD" };
            assert_eq!(bucket.class(&key), expected, "{key}");
        }
        // A second version, an audit and a rebuilding need no thaw.
        let folder = installation.plain_folder("photographs", &[("new.txt", b"new")]);
        assert_eq!(ingest(&installation, &folder)["version"], 2);
        assert!(contents(&bucket).iter().all(|key| bucket.class(key) == "GLACIER"));
        run(&installation, &["audit"]).exits(0);
        for name in ["registry.sqlite", "registry.sqlite-wal", "registry.sqlite-shm"] {
            std::fs::remove_file(installation.data().join(name)).ok();
        }
        run(&installation, &["rebuild", "--from", "ice"]).exits(0);
        run(&installation, &["objects", "list"]).exits(0).contains("photographs");
    }

    #[test]
    fn what_is_frozen_is_looked_at_and_never_said_to_be_read() {
        let bucket = Bucket::new("ice-fixity");
        let installation = house(&bucket, Bucket::endpoint(), "DEEP_ARCHIVE");
        ingest(&installation, &sample("photographs.tar"));
        let said = run(&installation, &["fixity", "check", "--all"]).exits(0);
        said.contains("1 replica proven").contains("1 frozen replica not read but looked at").contains("grade C");
        run(&installation, &["fixity", "status"]).exits(0).contains("not read by the last check");
        run(&installation, &["incidents", "--json"]).exits(0);
        // A file that is lost is missing, and comes back from the other store, into the class.
        let lost = contents(&bucket).remove(0);
        bucket.delete(&lost);
        run(&installation, &["fixity", "check", "--all"]).exits(0).contains("1 repair made");
        assert_eq!(bucket.class(&lost), "DEEP_ARCHIVE");
    }

    #[test]
    fn what_a_life_cycle_rule_has_frozen_is_neither_missing_nor_corrupt() {
        let bucket = Bucket::new("ice-rule");
        let installation = house(&bucket, Bucket::endpoint(), "STANDARD");
        ingest(&installation, &sample("photographs.tar"));
        let moved = contents(&bucket).remove(0);
        bucket.put_in_class(&moved, "GLACIER");
        let said = run(&installation, &["fixity", "check", "--all"]).exits(0);
        said.contains("1 frozen replica not read but looked at");
        assert!(run(&installation, &["incidents", "--json"]).out.is_empty());
        // The warm store is asked first.
        run(&installation, &["restore", PHOTOGRAPHS, "--to", "back.tar"]).exits(0);
    }

    #[test]
    fn the_doctor_tries_the_class() {
        let bucket = Bucket::new("ice-doctor");
        let installation = house(&bucket, Bucket::endpoint(), "GLACIER");
        ingest(&installation, &sample("minutes.zip"));
        let lines = run(&installation, &["store", "doctor", "ice", "--json"]).exits(0).json();
        for what in ["kept in the store's class", "thawed when asked for"] {
            assert!(lines.iter().any(|line| line["what"] == what && line["is_proven"] == true), "{what}: {lines:?}");
        }
    }

    /// The warm store is gone.
    fn lose_the_folder(installation: &Installation) {
        std::fs::rename(installation.store("first"), installation.folder.path().join("away")).unwrap();
    }

    fn thaws_of(bucket: &Bucket) -> Vec<u64> {
        Bucket::thaws().into_iter().filter(|(key, _)| key.contains(&bucket.name)).map(|(_, count)| count).collect()
    }

    /// Begins to wait for a restoration and is killed after some time.
    fn killed(installation: &Installation, arguments: &[&str], after_ms: u64) {
        let mut command = installation.command(arguments);
        command.env("AWS_ACCESS_KEY_ID", "tester").env("AWS_SECRET_ACCESS_KEY", "hush");
        let mut child =
            command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(after_ms));
        child.kill().unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn an_object_comes_back_from_the_frozen_store_alone_and_each_file_is_asked_for_once() {
        let bucket = Bucket::new("ice-back");
        let installation = house(&bucket, Bucket::endpoint(), "DEEP_ARCHIVE");
        ingest(&installation, &sample("photographs.tar"));
        lose_the_folder(&installation);
        Bucket::thaw_takes(2);
        let restore = ["restore", PHOTOGRAPHS, "--to", "back.tar"];
        let said = run(&installation, &restore).exits(75);
        said.contains("must thaw first").contains("up to 12 hours").contains("USD").contains("Work item 2 asks");
        assert!(Bucket::thaws().is_empty(), "nothing is asked for before the work item is worked on");
        // The same is asked for again: it is the same work.
        run(&installation, &restore).exits(75).contains("Work item 2 asks");
        let waiting = ["restore", PHOTOGRAPHS, "--to", "back.tar", "--wait"];
        run(&installation, &waiting)
            .exits(0)
            .contains("restored and proven")
            .contains("files of the store ice are thawed");
        run(&installation, &["bag", "validate", "back.tar"]).exits(0);
        let files = contents(&bucket).len();
        assert_eq!(thaws_of(&bucket), vec![1; files]);
        run(&installation, &["items", "show", "2"]).exits(0).contains("restored and proven");
        // Thawed, it is read at once.
        run(&installation, &["restore", PHOTOGRAPHS, "--to", "again.tar"]).exits(0);
        assert_eq!(thaws_of(&bucket), vec![1; files]);
    }

    #[test]
    fn one_file_is_thawed_alone() {
        let bucket = Bucket::new("ice-file");
        let installation = house(&bucket, Bucket::endpoint(), "GLACIER");
        ingest(&installation, &sample("photographs.tar"));
        lose_the_folder(&installation);
        Bucket::thaw_takes(1);
        let file = format!("{PHOTOGRAPHS}/data/1923/harbour.png");
        run(&installation, &["restore", &file, "--to", "harbour.png", "--wait"]).exits(0).contains("1 file");
        assert_eq!(thaws_of(&bucket), [1]);
    }

    #[test]
    fn thousands_of_files_are_asked_for_once_however_often_it_is_killed() {
        let bucket = Bucket::new("ice-many");
        let installation = house(&bucket, Bucket::endpoint(), "GLACIER");
        let files: Vec<_> = (0..2_000).map(|number| (format!("{number}.txt"), number.to_string())).collect();
        let named: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
        ingest(&installation, &installation.plain_folder("many", &named));
        lose_the_folder(&installation);
        Bucket::thaw_takes(3);
        // Some were thawed before, by somebody else.
        let keys = contents_paged(&installation);
        for key in &keys[..5] {
            bucket.thaw(key);
        }
        let restore = ["restore", "local.archive/many", "--to", "many.tar", "--wait"];
        for after_ms in [400, 700, 900, 1_200, 1_500] {
            killed(&installation, &restore, after_ms);
        }
        run(&installation, &restore).exits(0).contains("restored and proven");
        run(&installation, &["bag", "validate", "many.tar"]).exits(0);
        let thaws = thaws_of(&bucket);
        assert!(
            thaws.len() >= 2_000 && thaws.iter().all(|count| *count == 1),
            "{} {:?}",
            thaws.len(),
            thaws.iter().max()
        );
    }

    /// The keys of files, from the store that was moved away: the bucket has more than a page of them.
    fn contents_paged(installation: &Installation) -> Vec<String> {
        let root = installation.folder.path().join("away/ocfl");
        let mut folders = vec![root.clone()];
        let mut keys = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().flatten() {
                match entry.file_type().unwrap().is_dir() {
                    true => folders.push(entry.path()),
                    false => keys.push(format!("keep/ocfl/{}", entry.path().strip_prefix(&root).unwrap().display())),
                }
            }
        }
        keys.retain(|key| key.contains("/content/data/"));
        keys.sort();
        keys
    }

    #[test]
    fn what_has_frozen_again_before_its_use_is_asked_for_again() {
        let bucket = Bucket::new("ice-expired");
        let installation = house(&bucket, Bucket::endpoint(), "GLACIER");
        ingest(&installation, &sample("photographs.tar"));
        lose_the_folder(&installation);
        Bucket::thaw_takes(3);
        let restore = ["restore", PHOTOGRAPHS, "--to", "back.tar", "--wait"];
        killed(&installation, &restore, 1_500);
        std::thread::sleep(std::time::Duration::from_secs(3));
        let expired = contents(&bucket).remove(0);
        bucket.put_in_class(&expired, "GLACIER");
        run(&installation, &restore).exits(0).contains("restored and proven");
        let mut thaws = thaws_of(&bucket);
        thaws.sort_unstable();
        assert_eq!(thaws.pop(), Some(2));
        assert!(thaws.iter().all(|count| *count == 1), "{thaws:?}");
    }

    #[test]
    fn what_is_thawed_waits_for_room_and_is_given_back_when_there_is() {
        let bucket = Bucket::new("ice-full");
        let installation = house(&bucket, Bucket::endpoint(), "GLACIER");
        ingest(&installation, &sample("photographs.tar"));
        lose_the_folder(&installation);
        Bucket::thaw_takes(1);
        // A small file system of its own in the place of the result, in a mount name space of its own.
        let script = "mkdir out; mount -t tmpfs -o size=8k tmpfs out\n\
                      \"$STRONGROOM\" --log warn restore local.archive/photographs --to out/back --unpacked --wait & pid=$!\n\
                      for look in $(seq 200); do \"$STRONGROOM\" items show 2 2>&1 | grep -q 'bytes free' && break; sleep 0.1; done\n\
                      \"$STRONGROOM\" items show 2; test ! -e out/back\n\
                      mount -o remount,size=64m out; code=0; wait $pid || code=$?\n\
                      echo \"restored: $code\"; \"$STRONGROOM\" bag validate --profile none out/back; echo \"there: $(ls -A out)\"";
        let mut command = installation.with_own_mounts(script);
        command.env("AWS_ACCESS_KEY_ID", "tester").env("AWS_SECRET_ACCESS_KEY", "hush").env_remove("AWS_SESSION_TOKEN");
        let said = installation::Said::from(command.output().unwrap()).exits(0);
        assert!(
            said.contains("bytes free").contains("restored: 0").out.ends_with("there: back\n"),
            "nothing else is left: {}",
            said.out
        );
        assert_eq!(thaws_of(&bucket), vec![1; contents(&bucket).len()]);
    }

    #[test]
    fn a_restoration_that_waits_is_cancelled() {
        let bucket = Bucket::new("ice-cancelled");
        let installation = house(&bucket, Bucket::endpoint(), "GLACIER");
        ingest(&installation, &sample("photographs.tar"));
        lose_the_folder(&installation);
        Bucket::thaw_takes(600);
        run(&installation, &["restore", PHOTOGRAPHS, "--to", "back.tar"]).exits(75);
        run(&installation, &["item", "cancel", "2"]).exits(0);
        run(&installation, &["items", "show", "2"]).exits(0).contains("cancelled");
        assert!(Bucket::thaws().is_empty());
        run(&installation, &["restore", PHOTOGRAPHS, "--to", "back.tar"]).exits(75).contains("Work item 3");
    }

    /// Ends when it goes.
    struct Roles(Child);

    impl Roles {
        fn run(installation: &Installation, arguments: &[&str]) -> Self {
            let mut command = installation.command([&["run"], arguments].concat());
            command.env("AWS_ACCESS_KEY_ID", "tester").env("AWS_SECRET_ACCESS_KEY", "hush");
            Self(command.env_remove("AWS_SESSION_TOKEN").stderr(Stdio::null()).spawn().unwrap())
        }
    }

    impl Drop for Roles {
        fn drop(&mut self) {
            self.0.kill().unwrap();
            self.0.wait().unwrap();
        }
    }

    #[test]
    fn roles_hand_thaws_on_and_wait_for_none() {
        let bucket = Bucket::new("ice-roles");
        let installation = house(&bucket, Bucket::endpoint(), "GLACIER");
        ingest(&installation, &sample("photographs.tar"));
        ingest(&installation, &sample("minutes.zip"));
        lose_the_folder(&installation);
        Bucket::thaw_takes(12);
        run(&installation, &["restore", PHOTOGRAPHS, "--to", "photographs.tar"]).exits(75);
        run(&installation, &["restore", "local.archive/minutes", "--to", "minutes.tar"]).exits(75);
        let results = ["photographs.tar", "minutes.tar"].map(|name| installation.folder.path().join(name));
        let given_back = || results.iter().filter(|result| result.exists()).count();
        let until = |what: &str, is_so: &dyn Fn() -> bool| {
            let begun = Instant::now();
            while !is_so() {
                assert!(begun.elapsed() < Duration::from_secs(60), "{what}");
                std::thread::sleep(Duration::from_millis(100));
            }
        };
        // One at once: what waits for the first would keep the second from being asked for.
        let _asking = Roles::run(&installation, &["restore-thaw", "--at-once", "1"]);
        until("both are asked for", &|| thaws_of(&bucket) == vec![1; contents(&bucket).len()]);
        assert_eq!(given_back(), 0);
        let items = || run(&installation, &["items", "list", "--json"]).exits(0).json();
        let of_stage = |stage: &str| items().iter().filter(|item| item["stage"] == stage).count();
        until("both wait, and are held by nobody", &|| {
            items().iter().filter(|item| item["stage"] == "thaw" && item["status"] == "pending").count() == 2
        });
        until("both have thawed", &|| of_stage("thaw") == 0);
        assert_eq!(given_back(), 0, "it is for others to give back");
        let _giving = Roles::run(&installation, &["restore-object", "restore-file"]);
        until("both are given back", &|| given_back() == 2);
        until("both are done", &|| items().iter().filter(|item| item["status"] == "success").count() == 4);
        assert_eq!(thaws_of(&bucket), vec![1; contents(&bucket).len()]);
        let terms = Bucket::terms_of_thaws();
        let of_ours: std::collections::BTreeSet<_> =
            terms.iter().filter(|(key, _)| key.contains(&bucket.name)).map(|(_, terms)| terms.as_str()).collect();
        assert_eq!(of_ours, ["Standard 7"].into(), "the tier and the days of [cold]");
    }
}
