//! One store in a folder and one in a bucket: taken in, proven, mended, given back, rebuilt, and destroyed.

#![allow(missing_docs, clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that breaks should panic")]

#[path = "support/bucket_server.rs"]
mod bucket_server;
#[path = "support/fault_proxy.rs"]
mod fault_proxy;
#[path = "support/installation.rs"]
mod installation;
#[path = "support/platform.rs"]
mod platform;
#[path = "support/two_people.rs"]
mod two_people;
#[path = "support/with_key.rs"]
mod with_key;

use std::fs;
use std::sync::atomic::Ordering;

use bucket_server::Bucket;
use fault_proxy::FaultProxy;
use installation::{Installation, sample};
use platform::{FOR_EVER, platform, session_for};
use two_people::People;
use with_key::run;

/// Which of the answers to one bag's requests are flipped.
const FLIPPED: [u64; 12] = [19, 23, 29, 34, 37, 41, 43, 47, 51, 53, 57, 61];
const PHOTOGRAPHS: &str = "local.archive/photographs";

/// An installation with a folder store and one in a bucket.
fn house(bucket: &Bucket, endpoint: &str) -> Installation {
    let installation = Installation::new();
    installation.configure(&format!(
        "institutions = [\"local.archive\", \"other.example.org\"]\n\n\
         [[stores]]\nid = \"first\"\nurl = \"stores/first\"\n\n\
         [[stores]]\nid = \"far\"\nurl = \"s3://{}/keep\"\nendpoint = \"{endpoint}\"\n\n\
         [[storage_options]]\nname = \"Standard\"\nstores = [\"first\", \"far\"]\n\n\
         [ingest]\nretry_first_seconds = 1\nretry_longest_seconds = 1\n[deletion]\ncooling_off_days = 0\n",
        bucket.name
    ));
    installation
}

fn ingest(installation: &Installation, path: &std::path::Path) -> serde_json::Value {
    run(installation, &["ingest", "--json", path.to_str().unwrap()]).exits(0).json().remove(0)
}

/// Takes a path in by as many calls as it takes; each says that the item waits for its next try.
fn ingest_in_the_end(installation: &Installation, path: &std::path::Path) -> serde_json::Value {
    for _ in 0..60 {
        let said = run(installation, &["ingest", "--json", path.to_str().unwrap()]);
        if said.code == Some(0) {
            return said.json().remove(0);
        }
        said.exits(75);
        std::thread::sleep(std::time::Duration::from_millis(300));
    }
    panic!("it does not end");
}

mod foreign {
    use super::*;

    #[test]
    fn a_container_is_given_credentials_by_its_platform_and_no_secret_is_told() {
        let (bucket, url) = (Bucket::new("container"), platform("let-me-in", || FOR_EVER.to_owned()));
        let installation = house(&bucket, Bucket::endpoint());
        let ingest = |token: &str| -> installation::Said {
            let mut command = installation.command(["ingest", sample("minutes.zip").to_str().unwrap()]);
            command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
            command.env("AWS_CONTAINER_CREDENTIALS_FULL_URI", &url).env("AWS_CONTAINER_AUTHORIZATION_TOKEN", token);
            command.output().unwrap().into()
        };
        let said = ingest("wrong-token").exits(2);
        said.contains("does not hand them out");
        assert!(!said.err.contains("hush") && !said.err.contains("wrong-token"), "{}", said.err);
        ingest("let-me-in").exits(0);
    }

    #[test]
    fn no_level_of_the_log_tells_a_secret_or_a_signature() {
        let bucket = Bucket::new("logged");
        let installation = house(&bucket, Bucket::endpoint());
        let session = session_for(3600.0);
        let mut command = with_key::command(
            &installation,
            &["--log", "trace,ureq=trace,sqlx=trace", "ingest", sample("minutes.zip").to_str().unwrap()],
        );
        let said: installation::Said = command.env("AWS_SESSION_TOKEN", &session).output().unwrap().into();
        let said = said.exits(0);
        let told = said.err.to_lowercase();
        assert!(told.contains("info"), "something is told: {told}");
        for secret in ["hush", &session.to_lowercase(), "authorization", "http/1.1"] {
            assert!(!told.contains(secret), "{secret} in {}", said.err);
        }
    }

    #[test]
    fn work_waits_for_credentials_that_have_expired_and_goes_on_with_new_ones_in_their_file() {
        let bucket = Bucket::new("expired");
        let installation = house(&bucket, Bucket::endpoint());
        let config = installation.data().join("strongroom.toml");
        let text = fs::read_to_string(&config).unwrap().replace("endpoint = ", "credentials = \"far\"\nendpoint = ");
        fs::write(&config, text.replace("[ingest]", "[ingest]\nsettle_seconds = 0")).unwrap();
        let secret = |name: &str, text: &str| {
            let path = installation.folder.path().join(name);
            // As a mounted secret is replaced: whole, by a rename.
            fs::write(path.with_extension("new"), text).unwrap();
            fs::rename(path.with_extension("new"), &path).unwrap();
            path
        };
        let command = |arguments: &[&str]| {
            let mut command = installation.command(arguments);
            command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
            for (part, path) in [
                ("ACCESS_KEY_ID", secret("id", "tester\n")),
                ("SECRET_ACCESS_KEY", secret("secret", "hush\n")),
                ("SESSION_TOKEN", installation.folder.path().join("session")),
            ] {
                command.env(format!("STRONGROOM_S3_FAR_{part}_FILE"), path);
            }
            command
        };
        secret("session", &session_for(3600.0));
        let said: installation::Said =
            command(&["ingest", sample("minutes.zip").to_str().unwrap()]).output().unwrap().into();
        said.exits(0);
        secret("session", &session_for(-1.0));
        let mut up = command(&["--log", "warn", "up"]).spawn().unwrap();
        let deposit = installation.data().join("receiving/local.archive/photographs.tar");
        fs::create_dir_all(deposit.parent().unwrap()).unwrap();
        fs::copy(sample("photographs.tar"), &deposit).unwrap();
        let until = std::time::Instant::now() + std::time::Duration::from_secs(60);
        let wait = |is_so: &dyn Fn() -> bool| {
            while !is_so() {
                assert!(std::time::Instant::now() < until, "{}", run(&installation, &["items", "list", "--json"]).out);
                std::thread::sleep(std::time::Duration::from_millis(100));
            }
        };
        wait(&|| {
            let said = run(&installation, &["items", "list", "--json"]);
            said.out.contains("the credentials of key tester from") && said.out.contains("have expired: renew them")
        });
        assert!(deposit.exists());
        // The process goes on by itself.
        secret("session", &session_for(3600.0));
        wait(&|| !deposit.exists());
        let id = rustix::process::Pid::from_child(&up);
        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
        assert!(up.wait().unwrap().success());
        let said: installation::Said = command(&["fixity", "check", "--all"]).output().unwrap().into();
        said.exits(0).contains("4 replicas proven, 0 repairs made");
    }

    #[test]
    fn an_object_lives_in_a_folder_and_a_bucket() {
        let bucket = Bucket::new("living");
        let installation = house(&bucket, Bucket::endpoint());
        let receipt = ingest(&installation, &sample("photographs.tar"));
        assert_eq!(receipt["version"], 1);
        run(&installation, &["fixity", "check", "--all"]).exits(0).contains("2 replicas proven, 0 repairs made");
        run(&installation, &["audit"]).exits(0);

        // Damage behind our back: other bytes, and a file that is lost.
        let contents: Vec<_> = bucket.keys().into_iter().filter(|key| key.contains("/content/")).collect();
        let (damaged, lost) = (&contents[0], &contents[1]);
        let right = [bucket.get(damaged).unwrap(), bucket.get(lost).unwrap()];
        bucket.put(damaged, b"other bytes");
        bucket.delete(lost);
        run(&installation, &["fixity", "check", "--all"]).exits(0).contains("2 repairs made");
        assert_eq!([bucket.get(damaged).unwrap(), bucket.get(lost).unwrap()], right);
        assert_eq!(bucket.get(&bucket.key("quarantine/")).unwrap(), b"other bytes");

        // A second version, and both from the bucket alone.
        let folder = installation.plain_folder("photographs", &[("new.txt", b"new")]);
        assert_eq!(ingest(&installation, &folder)["version"], 2);
        run(&installation, &["audit"]).exits(0);
        run(&installation, &["doctor"]).exits(0);
        fs::rename(installation.store("first"), installation.folder.path().join("away")).unwrap();
        for version in ["1", "2"] {
            let name = format!("back-{version}.tar");
            run(&installation, &["restore", PHOTOGRAPHS, "--version", version, "--to", &name]);
            run(&installation, &["bag", "validate", &name]).exits(0);
        }
    }

    #[test]
    fn a_registry_is_rebuilt_from_the_bucket_alone() {
        let bucket = Bucket::new("rebuilt");
        let installation = house(&bucket, Bucket::endpoint());
        for name in ["photographs.tar", "minutes.zip"] {
            ingest(&installation, &sample(name));
        }
        let seen = |installation: &Installation| {
            let commands: [&[&str]; 2] = [&["objects", "list", "--json"], &["files", "list", "--json", PHOTOGRAPHS]];
            commands.map(|command| run(installation, command).exits(0).out)
        };
        let before = seen(&installation);
        fs::rename(installation.store("first"), installation.folder.path().join("away")).unwrap();
        for name in ["registry.sqlite", "registry.sqlite-wal", "registry.sqlite-shm"] {
            let path = installation.data().join(name);
            if path.exists() {
                fs::remove_file(path).unwrap();
            }
        }
        run(&installation, &["rebuild", "--from", "far"]).exits(0);
        assert_eq!(seen(&installation), before);
    }

    #[test]
    fn deposits_through_a_broken_network_are_stored_once() {
        let bucket = Bucket::new("broken");
        let proxy = FaultProxy::before(Bucket::endpoint());
        let installation = house(&bucket, &proxy.url);
        // The store is made while all is well.
        ingest(&installation, &sample("minutes.zip"));
        for (one_in, value) in [
            (&proxy.faults.reset_one_in, 7),
            (&proxy.faults.cut_one_in, 11),
            (&proxy.faults.slow_down_one_in, 5),
            (&proxy.faults.wait_ms, 2),
        ] {
            one_in.store(value, Ordering::SeqCst);
        }
        assert_eq!(ingest_in_the_end(&installation, &sample("photographs.tar"))["version"], 1);
        assert!(proxy.faults.done.load(Ordering::SeqCst) > 10, "the network was hardly broken");
        for one_in in [&proxy.faults.reset_one_in, &proxy.faults.cut_one_in, &proxy.faults.slow_down_one_in] {
            one_in.store(0, Ordering::SeqCst);
        }
        run(&installation, &["audit"]).exits(0);
        run(&installation, &["fixity", "check", "--all"]).exits(0).contains("4 replicas proven, 0 repairs made");
        assert!(bucket.keys().iter().all(|key| !key.contains("keep/work/")), "{:?}", bucket.keys());
    }

    #[test]
    fn a_byte_that_flips_on_its_way_back_is_no_damage_and_no_proof() {
        let bucket = Bucket::new("flipped");
        let proxy = FaultProxy::before(Bucket::endpoint());
        let installation = house(&bucket, &proxy.url);
        ingest(&installation, &sample("minutes.zip"));
        proxy.faults.flip_one_in.store(17, Ordering::SeqCst);
        let receipt = ingest_in_the_end(&installation, &sample("photographs.tar"));
        assert_eq!(receipt["version"], 1);
        // One answer of each bag, ever later in its life: what is read is also what documents are put from.
        for place in FLIPPED {
            let bag = installation.plain_folder(&format!("letters-{place}"), &[("a.txt", b"the first letter")]);
            proxy.faults.connections.store(0, Ordering::SeqCst);
            proxy.faults.flip_one_in.store(place, Ordering::SeqCst);
            ingest_in_the_end(&installation, &bag);
        }
        proxy.faults.flip_one_in.store(0, Ordering::SeqCst);
        let proven = format!("{} replicas proven, 0 repairs made", 4 + 2 * FLIPPED.len());
        run(&installation, &["fixity", "check", "--all"]).exits(0).contains(&proven);
        run(&installation, &["audit"]).exits(0);
    }

    #[test]
    fn a_byte_that_flips_on_its_way_there_is_sent_again() {
        let bucket = Bucket::new("flipped-there");
        let proxy = FaultProxy::before(Bucket::endpoint());
        let installation = house(&bucket, &proxy.url);
        ingest(&installation, &sample("minutes.zip"));
        let lines = run(&installation, &["store", "doctor", "far", "--json"]).exits(0).json();
        let proves = lines.iter().any(|line| line["what"] == "sha256 proven on arrival" && line["is_proven"] == true);
        // moto takes whatever comes: there it is found when it is read back, and the next call goes on.
        let (one_in, ingest): (_, fn(&_, &_) -> _) = if proves { (5, ingest) } else { (23, ingest_in_the_end) };
        proxy.faults.flip_sent_one_in.store(one_in, Ordering::SeqCst);
        assert_eq!(ingest(&installation, &sample("photographs.tar"))["version"], 1);
        proxy.faults.flip_sent_one_in.store(0, Ordering::SeqCst);
        run(&installation, &["fixity", "check", "--all"]).exits(0).contains("4 replicas proven, 0 repairs made");
        run(&installation, &["audit"]).exits(0);
    }

    #[test]
    fn a_bucket_that_is_away_is_waited_for_and_nothing_is_called_damaged() {
        let bucket = Bucket::new("away");
        let proxy = FaultProxy::before(Bucket::endpoint());
        let installation = house(&bucket, &proxy.url);
        ingest(&installation, &sample("minutes.zip"));
        proxy.faults.slow_down_one_in.store(1, Ordering::SeqCst);
        let said = run(&installation, &["fixity", "check", "--all"]);
        assert_ne!(said.code, Some(0));
        let incidents = run(&installation, &["incidents", "--json"]);
        assert!(incidents.out.is_empty(), "{}", incidents.out);
        proxy.faults.slow_down_one_in.store(0, Ordering::SeqCst);
        run(&installation, &["fixity", "check", "--all"]).exits(0).contains("2 replicas proven, 0 repairs made");
    }

    #[test]
    fn an_ingest_killed_anywhere_ends_with_the_next_call() {
        let bucket = Bucket::new("killed");
        let installation = house(&bucket, Bucket::endpoint());
        ingest(&installation, &sample("minutes.zip"));
        let began = std::time::Instant::now();
        ingest(&installation, &sample("letters-folder"));
        let whole = began.elapsed();
        let bag = sample("photographs.tar");
        for part in 1..12 {
            let mut child = with_key::command(&installation, &["ingest", bag.to_str().unwrap()]).spawn().unwrap();
            std::thread::sleep(whole * part / 12);
            child.kill().unwrap();
            child.wait().unwrap();
        }
        assert_eq!(ingest(&installation, &bag)["version"], 1);
        run(&installation, &["audit"]).exits(0);
        run(&installation, &["fixity", "check", "--all"]).exits(0).contains("6 replicas proven, 0 repairs made");
        assert!(bucket.keys().iter().all(|key| !key.contains("keep/work/")), "{:?}", bucket.keys());
    }

    #[test]
    fn what_two_people_agree_to_is_destroyed_in_the_bucket_too() {
        let bucket = Bucket::new("destroyed");
        let installation = house(&bucket, Bucket::endpoint());
        ingest(&installation, &sample("photographs.tar"));
        ingest(&installation, &sample("minutes.zip"));
        let people = People::of(&installation);
        let id = people.request(&installation, &["local.archive/minutes"]);
        people.approve(&installation, &id);
        run(&installation, &["delete", "run"]).contains("deleted: local.archive/minutes");
        let left = bucket.keys();
        assert!(left.iter().all(|key| !key.contains("ocfl/") || !key.contains("minutes")), "{left:?}");
        assert!(left.iter().any(|key| key.contains("tombstones/")), "{left:?}");
        assert!(left.iter().all(|key| !key.contains("keep/work/")), "{left:?}");
    }

    #[test]
    fn the_doctor_tells_what_a_bucket_does_and_notes_it() {
        let bucket = Bucket::new("doctor");
        let installation = house(&bucket, Bucket::endpoint());
        let url = format!("s3://{}/other", bucket.name);
        let said = run(&installation, &["store", "doctor", &url, "--endpoint", Bucket::endpoint()]).exits(0);
        said.contains("nothing was noted").contains("put if nothing is there");
        assert!(bucket.keys().is_empty());
        ingest(&installation, &sample("minutes.zip"));
        let lines = run(&installation, &["store", "doctor", "far", "--json"]).exits(0).json();
        assert!(lines.iter().any(|line| line["what"] == "put in parts" && line["is_proven"] == true), "{lines:?}");
        assert!(bucket.get("keep/strongroom-abilities.json").is_some());
        run(&installation, &["store", "doctor", "first"]).exits(2).contains("is a folder");
    }

    #[test]
    fn a_long_path_is_stored_or_refused_for_good_as_the_doctor_said() {
        let bucket = Bucket::new("long-paths");
        let installation = house(&bucket, Bucket::endpoint());
        let url = format!("s3://{}/other", bucket.name);
        let lines = run(&installation, &["store", "doctor", &url, "--endpoint", Bucket::endpoint(), "--json"]).json();
        let takes_long = lines.iter().any(|line| line["what"] == "names of 1024 bytes" && line["is_proven"] == true);
        assert!(bucket.keys().is_empty());
        let path = format!("{0}/{0}/a.txt", "n".repeat(210));
        let folder = installation.plain_folder("long", &[(&path, b"far down")]);
        let said = run(&installation, &["ingest", folder.to_str().unwrap()]);
        if takes_long {
            said.exits(0);
            assert_eq!(bucket.get(&bucket.key(&path)).as_deref(), Some(b"far down".as_slice()));
        } else {
            said.exits(2).contains("longer than its server takes as a key of S3, as");
        }
    }

    #[test]
    fn a_server_that_lists_no_uploads_keeps_a_store_and_the_doctor_tells_what_to_set() {
        let bucket = Bucket::new("begun");
        let proxy = FaultProxy::before(Bucket::endpoint());
        proxy.faults.lists_no_uploads.store(true, Ordering::SeqCst);
        let installation = house(&bucket, &proxy.url);
        ingest(&installation, &sample("photographs.tar"));
        let said = run(&installation, &["store", "doctor", "far"]).exits(0);
        said.contains("list what was begun").contains("set a life-cycle rule that aborts unfinished uploads");
        run(&installation, &["fixity", "check", "--all"]).exits(0).contains("2 replicas proven, 0 repairs made");
        let people = People::of(&installation);
        let id = people.request(&installation, &[PHOTOGRAPHS]);
        people.approve(&installation, &id);
        run(&installation, &["delete", "run"]).exits(0);
        assert!(bucket.keys().iter().all(|key| !key.contains("/content/")), "{:?}", bucket.keys());
        assert_eq!(bucket.uploads(), Vec::<String>::new(), "the doctor gives up what it has begun");
    }

    #[test]
    fn without_credentials_nothing_is_touched_and_the_way_is_told() {
        let bucket = Bucket::new("keyless");
        let installation = house(&bucket, Bucket::endpoint());
        let mut command = installation.command(["ingest", sample("minutes.zip").to_str().unwrap()]);
        for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_CONTAINER_CREDENTIALS_FULL_URI"] {
            command.env_remove(name);
        }
        let said: installation::Said = command.output().unwrap().into();
        said.exits(2).contains("$AWS_ACCESS_KEY_ID");
        assert!(bucket.keys().is_empty());
    }
}
