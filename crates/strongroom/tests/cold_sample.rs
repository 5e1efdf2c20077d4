//! Files of a frozen store that are drawn within a budget, thawed once, read, and repaired where they are wrong.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test that breaks should panic")]

#[path = "support/bucket_server.rs"]
mod bucket_server;
#[path = "support/installation.rs"]
mod installation;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bucket_server::Bucket;
use installation::{Installation, sample};
use serde_json::Value;

/// An installation with a folder store and a frozen one, which has settings of its own.
fn house(bucket: &Bucket, settings: &str) -> Installation {
    let installation = Installation::new();
    installation.configure(&format!(
        "institutions = [\"local.archive\"]\n\n\
         [[stores]]\nid = \"first\"\nurl = \"stores/first\"\n\n\
         [[stores]]\nid = \"ice\"\nurl = \"s3://{}/keep\"\nendpoint = \"{}\"\nclass = \"GLACIER\"\n\
         price = {{ currency = \"USD\", per_1000_thaws = 100.0 }}\n{settings}\n\n\
         [[storage_options]]\nname = \"Standard\"\nstores = [\"first\", \"ice\"]\n\n\
         [cold]\nlook_again_seconds = 1\n",
        bucket.name,
        Bucket::endpoint()
    ));
    installation
}

fn command(installation: &Installation, arguments: &[&str]) -> Command {
    let mut command = installation.command(arguments);
    command.env("AWS_ACCESS_KEY_ID", "tester").env("AWS_SECRET_ACCESS_KEY", "hush").env_remove("AWS_SESSION_TOKEN");
    command
}

fn run(installation: &Installation, arguments: &[&str]) -> installation::Said {
    command(installation, arguments).output().unwrap().into()
}

fn ingest(installation: &Installation) {
    run(installation, &["ingest", sample("photographs.tar").to_str().unwrap()]).exits(0);
}

fn contents(bucket: &Bucket) -> Vec<String> {
    bucket.keys().into_iter().filter(|key| key.contains("/content/")).collect()
}

fn thaws_of(bucket: &Bucket) -> Vec<u64> {
    Bucket::thaws().into_iter().filter(|(key, _)| key.contains(&bucket.name)).map(|(_, count)| count).collect()
}

/// How the samples of the frozen store stand.
fn cold(installation: &Installation) -> Value {
    let lines = run(installation, &["fixity", "status", "--json"]).json();
    lines.into_iter().find(|line| line["store"] == "ice").unwrap()["cold"].clone()
}

mod foreign {
    use super::*;

    #[test]
    fn what_fits_the_budget_is_thawed_once_and_read() {
        let bucket = Bucket::new("sample-read");
        let installation = house(&bucket, "");
        ingest(&installation);
        let before = cold(&installation);
        run(&installation, &["fixity", "sample", "ice"]).exits(2).contains("has no budget");
        run(&installation, &["fixity", "sample", "first", "--budget", "5GB"]).exits(2).contains("is a folder");
        let quote = ["fixity", "sample", "ice", "--budget", "2KB"];
        let said = run(&installation, &[&quote[..], &["--dry-run"]].concat()).exits(0);
        said.contains("up to 12 hours").contains("USD").contains("Bulk");
        assert_eq!(cold(&installation)["spent"]["files"], 0, "it was only said");
        Bucket::thaw_takes(2);
        let said = run(&installation, &[&quote[..], &["--wait"]].concat()).exits(0);
        said.contains("read and right (grade A), 0 damaged, 0 given up");
        let thaws = thaws_of(&bucket);
        assert!(
            thaws.len() > 1 && thaws.len() < contents(&bucket).len() && thaws.iter().all(|one| *one == 1),
            "{thaws:?}"
        );
        let after = cold(&installation);
        assert_eq!(after["spent"]["files"], thaws.len());
        assert!(after["spent"]["size_bytes"].as_u64().unwrap() <= 2_000);
        assert_eq!(after["under_way"], 0);
        assert_eq!(after["oldest_reading"], before["oldest_reading"], "not all was read");
        // The same budget is used up: asked for again, it asks for nothing.
        run(&installation, &[&quote[..], &["--wait"]].concat()).exits(0);
        assert_eq!(thaws_of(&bucket), thaws);
        // The rest, with a larger one: then all of it was read later than its deposit.
        run(&installation, &["fixity", "sample", "ice", "--budget", "1GB", "--wait"]).exits(0);
        assert_eq!(thaws_of(&bucket), vec![1; contents(&bucket).len()]);
        assert_ne!(cold(&installation)["oldest_reading"], before["oldest_reading"]);
    }

    #[test]
    fn a_sampler_that_is_killed_asks_and_spends_once() {
        let bucket = Bucket::new("sample-killed");
        let installation = house(&bucket, "");
        let files: Vec<_> = (0..300).map(|number| (format!("{number}.txt"), number.to_string())).collect();
        let named: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
        run(&installation, &["ingest", installation.plain_folder("many", &named).to_str().unwrap()]).exits(0);
        Bucket::thaw_takes(3);
        let arguments = ["fixity", "sample", "ice", "--budget", "1GB", "--wait"];
        for after_ms in [150, 250, 350, 500, 700] {
            let mut child = command(&installation, &arguments);
            let mut child = child.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            std::thread::sleep(Duration::from_millis(after_ms));
            child.kill().unwrap();
            child.wait().unwrap();
        }
        run(&installation, &arguments).exits(0);
        let thaws = thaws_of(&bucket);
        assert!(
            thaws.len() >= 300 && thaws.iter().all(|count| *count == 1),
            "{} {:?}",
            thaws.len(),
            thaws.iter().max()
        );
        let after = cold(&installation);
        assert_eq!((&after["spent"]["files"], &after["files"]), (&thaws.len().into(), &thaws.len().into()));
    }

    #[test]
    fn damage_that_no_head_tells_is_found_and_repaired() {
        let bucket = Bucket::new("sample-damage");
        let installation = house(&bucket, "");
        ingest(&installation);
        let damaged = bucket.key("harbour.png");
        let held = installation::files_below(&installation.store("first"));
        let right = held.into_iter().find(|(path, _)| path.ends_with("harbour.png")).unwrap().1;
        // The server knows no sha256 of it: the look tells that something of the right name is there.
        bucket.put(&damaged, &vec![7; right.len()]);
        bucket.put_in_class(&damaged, "GLACIER");
        run(&installation, &["fixity", "check", "--all"]).exits(0).contains("1 frozen replica not read but looked at");
        Bucket::thaw_takes(1);
        run(&installation, &["fixity", "sample", "ice", "--budget", "1GB", "--wait"]).exits(0).contains("0 damaged");
        let incidents = run(&installation, &["incidents", "--state", "repaired", "--json"]).json();
        assert!(incidents.iter().any(|one| one["store"] == "ice"), "{incidents:?}");
        assert_eq!(bucket.class(&damaged), "GLACIER");
        bucket.thaw(&damaged);
        std::thread::sleep(Duration::from_secs(2));
        assert_eq!(bucket.get(&damaged), Some(right));
    }

    #[test]
    fn what_has_frozen_again_is_charged_again_or_given_up() {
        let bucket = Bucket::new("sample-expired");
        let installation = house(&bucket, "");
        ingest(&installation);
        Bucket::thaw_takes(2);
        let bytes = cold(&installation)["size_bytes"].as_u64().unwrap();
        let budget = format!("{bytes}B");
        let arguments = ["fixity", "sample", "ice", "--budget", &budget, "--wait"];
        let mut child = command(&installation, &arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let until = Instant::now() + Duration::from_secs(20);
        while thaws_of(&bucket).len() < contents(&bucket).len() {
            assert!(Instant::now() < until, "not all are asked for");
            std::thread::sleep(Duration::from_millis(50));
        }
        // Some time for the last to be noted; what is not noted is asked for without being charged again.
        std::thread::sleep(Duration::from_millis(300));
        child.kill().unwrap();
        child.wait().unwrap();
        std::thread::sleep(Duration::from_secs(2));
        let expired = bucket.key("harbour.png");
        bucket.put_in_class(&expired, "GLACIER");
        run(&installation, &arguments).exits(0).contains("1 given up");
        assert!(thaws_of(&bucket).iter().all(|count| *count == 1), "the budget was used up");
        assert_eq!(cold(&installation)["spent"]["size_bytes"], bytes);
    }

    #[test]
    fn a_process_that_runs_samples_by_itself_within_what_a_month_may_cost() {
        let bucket = Bucket::new("sample-up");
        // A thaw costs a tenth of a dollar.
        let installation = house(&bucket, "sample_cost_per_month = 0.45");
        ingest(&installation);
        Bucket::thaw_takes(1);
        let mut up = command(&installation, &["--log", "error", "up"]).spawn().unwrap();
        let until = Instant::now() + Duration::from_secs(60);
        while cold(&installation)["spent"]["files"] != 4 || cold(&installation)["under_way"] != 0 {
            assert!(Instant::now() < until, "{}", cold(&installation));
            std::thread::sleep(Duration::from_millis(200));
        }
        rustix::process::kill_process(rustix::process::Pid::from_child(&up), rustix::process::Signal::TERM).unwrap();
        assert!(up.wait().unwrap().success());
        assert_eq!(thaws_of(&bucket), [1; 4]);
        run(&installation, &["fixity", "status"]).exits(0).contains("budget 0.45 USD").contains("0.4000 USD");
    }
}
