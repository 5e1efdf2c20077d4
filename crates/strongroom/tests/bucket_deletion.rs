//! What two people agreed to destroy is destroyed in a bucket too: whole objects and single files, however it is killed, and
//! never where old versions would stay.

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, reason = "a test that breaks should panic")]

#[path = "support/bucket_server.rs"]
mod bucket_server;
#[path = "support/installation.rs"]
mod installation;
#[path = "support/two_people.rs"]
mod two_people;
#[path = "support/with_key.rs"]
mod with_key;

use std::fs;
use std::time::Duration;

use bucket_server::Bucket;
use installation::Installation;
use two_people::{AT_ONCE, People, state};
use with_key::{command, run};

const SECRET: &[u8] = b"what nobody may read any more";
const LETTERS: &str = "local.archive/letters";
const FILE: &str = "local.archive/letters/data/secret.txt";

/// Letters in three versions, in a folder and a bucket. The third keeps the secret under another name, when that is asked for.
fn with_letters(bucket: &Bucket, is_copied: bool) -> (Installation, People) {
    let installation = Installation::new();
    installation.configure(&format!(
        "{AT_ONCE}[[stores]]\nid = \"first\"\nurl = \"stores/first\"\n[[stores]]\nid = \"far\"\n\
         url = \"s3://{}/keep\"\nendpoint = \"{}\"\n[[storage_options]]\nname = \"Standard\"\nstores = [\"first\", \"far\"]\n",
        bucket.name,
        Bucket::endpoint()
    ));
    let files: [(&str, &[u8]); 4] =
        [("a.txt", b"first"), ("secret.txt", SECRET), ("b & c %25.txt", b"x"), ("d.txt", b"d")];
    let folder = installation.plain_folder("letters", &files);
    let ingest = || run(&installation, &["ingest", folder.to_str().unwrap()]).exits(0);
    ingest();
    fs::write(folder.join("a.txt"), "second").unwrap();
    ingest();
    fs::write(folder.join("new.txt"), "third").unwrap();
    if is_copied {
        fs::write(folder.join("copy.txt"), SECRET).unwrap();
    }
    ingest();
    let people = People::of(&installation);
    (installation, people)
}

fn contents(bucket: &Bucket) -> Vec<(String, Vec<u8>)> {
    bucket.keys().into_iter().map(|key| (key.clone(), bucket.get(&key).unwrap())).collect()
}

/// Insists that the file is gone from the bucket, that what stays is whole, and that both stores have the same.
fn is_gone(bucket: &Bucket, installation: &Installation, is_copied: bool) {
    let all = contents(bucket);
    assert_eq!(all.iter().any(|(_, bytes)| bytes == SECRET), is_copied);
    assert!(all.iter().all(|(key, _)| !key.contains("keep/work/")), "{:?}", bucket.keys());
    assert_eq!(bucket.uploads(), Vec::<String>::new());
    let of_bucket: Vec<_> =
        all.into_iter().filter_map(|(key, bytes)| Some((key.strip_prefix("keep/ocfl/")?.to_owned(), bytes))).collect();
    let folder = installation::files_below(&installation.store("first").join("ocfl"));
    let mut of_folder: Vec<_> =
        folder.into_iter().map(|(path, bytes)| (path.to_str().unwrap().to_owned(), bytes)).collect();
    of_folder.sort();
    assert!(of_bucket == of_folder, "the two stores differ");
    run(installation, &["ocfl", "validate", installation.store("first").join("ocfl").to_str().unwrap()]).exits(0);
    run(installation, &["fixity", "check", "--all"]).exits(0).contains("0 repairs made");
    run(installation, &["audit"]).exits(0);
    run(installation, &["delete", "run"]).exits(0).contains("nothing is due");
    assert!(bucket.keys().iter().any(|key| key.contains("tombstones/")));
}

mod foreign {
    use super::*;

    #[test]
    fn a_single_file_goes_from_every_version_in_a_bucket() {
        for (name, is_copied) in [("one-file", false), ("one-file-copied", true)] {
            let bucket = Bucket::new(name);
            let (installation, people) = with_letters(&bucket, is_copied);
            let id = people.request(&installation, &[FILE]);
            people.approve(&installation, &id);
            run(&installation, &["delete", "run"]).exits(0);
            assert_eq!(state(&installation, &id), "deleted");
            is_gone(&bucket, &installation, is_copied);
            // The next version goes onto the rewritten object.
            let folder = installation.plain_folder("letters", &[("later.txt", b"later")]);
            fs::remove_file(folder.join("secret.txt")).unwrap();
            run(&installation, &["ingest", folder.to_str().unwrap()]).exits(0);
            run(&installation, &["audit"]).exits(0);
        }
    }

    #[test]
    fn a_deletion_from_a_bucket_that_is_killed_again_and_again_ends_once() {
        for (name, what) in [("killed-file", FILE), ("killed-object", LETTERS)] {
            let bucket = Bucket::new(name);
            let (installation, people) = with_letters(&bucket, false);
            let id = people.request(&installation, &[what]);
            people.approve(&installation, &id);
            for part in 1..14 {
                let mut child = command(&installation, &["delete", "run"]).spawn().unwrap();
                std::thread::sleep(Duration::from_millis(part * 45));
                child.kill().unwrap();
                child.wait().unwrap();
            }
            run(&installation, &["delete", "run"]).exits(0);
            assert_eq!(state(&installation, &id), "deleted", "{what}");
            if what == FILE {
                is_gone(&bucket, &installation, false);
            } else {
                let left = bucket.keys();
                assert!(left.iter().all(|key| !key.contains("letters") || key.contains("tombstones/")), "{left:?}");
                assert!(left.iter().all(|key| !key.contains("keep/work/")), "{left:?}");
            }
        }
    }

    #[test]
    fn old_versions_go_where_a_bucket_keeps_them() {
        for (name, what) in [("versioned-file", FILE), ("versioned-object", LETTERS)] {
            let bucket = Bucket::new(name);
            bucket.keep_versions();
            let (installation, people) = with_letters(&bucket, false);
            // Wrong bytes that somebody has put over the right ones: as a version they are there still.
            let key = bucket.keys().into_iter().find(|key| key.ends_with("v1/content/data/secret.txt")).unwrap();
            bucket.put(&key, b"nearly what nobody may read");
            run(&installation, &["fixity", "check", "--all"]).exits(0).contains("1 repair");
            let id = people.request(&installation, &[what]);
            people.approve(&installation, &id);
            run(&installation, &["delete", "run"]).exits(0);
            assert_eq!(state(&installation, &id), "deleted", "{what}");
            if what == FILE {
                is_gone(&bucket, &installation, false);
            }
            let left = bucket.versions();
            assert!(left.iter().all(|key| !key.contains("secret.txt") && !key.contains("quarantine/")), "{left:?}");
            assert!(
                what == FILE || left.iter().all(|key| !key.contains("ocfl/") || !key.contains("letters")),
                "{left:?}"
            );
        }
    }

    #[test]
    fn nothing_is_deleted_where_old_versions_would_stay() {
        // The judge lets no version go from such a bucket, as one with a lock does.
        let bucket = Bucket::new("locked");
        bucket.keep_versions();
        let (installation, people) = with_letters(&bucket, false);
        let before = contents(&bucket);
        for what in [FILE, LETTERS] {
            let id = people.request(&installation, &[what]);
            people.approve(&installation, &id);
            assert_ne!(run(&installation, &["delete", "run"]).code, Some(0));
            run(&installation, &["items", "list", "--json"]).contains("the bucket keeps old versions");
            people.call(&installation, "ann", &["delete", "cancel", &id]).exits(0);
        }
        assert!(contents(&bucket) == before, "something has changed");
        run(&installation, &["fixity", "check", "--all"]).exits(0).contains("0 repairs made");
    }
}
