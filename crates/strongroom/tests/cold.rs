//! One store in a folder and one whose content is frozen: put away, looked at, thawed, given back.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test that breaks should panic")]

#[path = "support/bucket_server.rs"]
mod bucket_server;
#[path = "support/installation.rs"]
mod installation;

use std::path::Path;

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
         price = {{ currency = \"USD\", per_gib_out = 0.09 }}\n\n\
         [[storage_options]]\nname = \"Standard\"\nstores = [\"first\", \"ice\"]\n\n\
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
}
