//! What a person must hear of is delivered to a program: again until it took it, and never in a flood.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test that breaks should panic")]

#[path = "support/installation.rs"]
mod installation;
#[path = "support/two_people.rs"]
mod two_people;

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use installation::{Installation, files_below, sample};
use serde_json::Value;
use two_people::{AT_ONCE, People};

const PHOTOGRAPHS: &str = "local.archive/photographs";
const PICTURE: &str = "v1/content/data/1923/harbour.png";

/// An installation whose alerts go to a shell script: `$1` is a folder of the test.
fn with_program(script: &str, more: &str) -> Installation {
    let installation = Installation::new();
    let folder = installation.folder.path().join("heard");
    fs::create_dir(&folder).unwrap();
    let command = format!("[\"sh\", \"-c\", {script:?}, \"sh\", {:?}]", folder.to_str().unwrap());
    installation.configure(&format!("{more}[alerts]\ncommand = {command}\ntimeout_seconds = 2\n"));
    installation.ingest(&sample("photographs.tar"));
    installation
}

/// Each run of the program keeps what it read in a file of its own.
const KEEP: &str = "cat > \"$1/$$\"";

fn heard(installation: &Installation) -> Vec<Value> {
    let files = files_below(&installation.folder.path().join("heard"));
    files.iter().map(|(_, bytes)| serde_json::from_slice(bytes).unwrap()).collect()
}

fn alerts(installation: &Installation, more: &[&str]) -> Vec<Value> {
    installation.run(["alerts", "--json"].iter().chain(more)).exits(0).json()
}

fn picture(installation: &Installation, store: &str) -> PathBuf {
    installation.object(store, PHOTOGRAPHS).join(PICTURE)
}

fn kinds(alerts: &[Value]) -> Vec<&str> {
    let mut kinds: Vec<_> = alerts.iter().map(|alert| alert["kind"].as_str().unwrap()).collect();
    kinds.sort_unstable();
    kinds
}

#[test]
fn damage_and_repair_are_told_once_each_and_done_is_done() {
    let installation = with_program(KEEP, "");
    let contents: Vec<_> = files_below(&installation.object("first", PHOTOGRAPHS).join("v1/content"));
    for (path, _) in &contents {
        fs::write(installation.object("first", PHOTOGRAPHS).join("v1/content").join(path), "rotten").unwrap();
    }
    installation.run(["fixity", "check", "--all"]).exits(0);
    let listed = alerts(&installation, &[]);
    assert_eq!(kinds(&listed), ["damage_found", "repair_done"]);
    assert!(listed.iter().all(|alert| alert["count"] == contents.len() && alert["store"] == "first"), "{listed:?}");
    installation.run(["alerts", "deliver"]).exits(0).contains("2 alerts delivered, 0 not");
    installation.run(["alerts", "deliver"]).exits(0).contains("0 alerts delivered, 0 not");
    let told = heard(&installation);
    assert_eq!(kinds(&told), ["damage_found", "repair_done"]);
    assert_eq!(told[0]["format"], "strongroom-alert/1");
    assert!(told[0]["advice"].as_str().unwrap().len() > 10 && told[0]["id"].is_i64(), "{told:?}");
    // The same again is counted on the same alerts, which are not delivered again before their hour is over.
    fs::write(picture(&installation, "first"), "rotten").unwrap();
    installation.run(["fixity", "check", "--all"]).exits(0);
    installation.run(["alerts", "deliver"]).exits(0).contains("0 alerts delivered");
    assert_eq!(alerts(&installation, &[])[0]["count"], contents.len() + 1);
    installation.run(["alerts", "done", "--all"]).exits(0).contains("2 alerts done");
    assert_eq!(alerts(&installation, &[]), Vec::<Value>::new());
    assert_eq!(alerts(&installation, &["--all"]).len(), 2);
    installation.run(["alerts", "done", "77"]).exits(1).contains("there is no alert 77");
}

#[test]
fn each_way_in_which_a_repair_is_not_made_is_told_once() {
    let installation = with_program(KEEP, "[fixity]\nrepairs_per_hour_max = 0\n");
    fs::write(picture(&installation, "first"), "rotten").unwrap();
    for _ in 0..3 {
        installation.run(["fixity", "check", "--all"]).exits(1);
    }
    assert_eq!(kinds(&alerts(&installation, &[])), ["brake_pulled", "damage_found"]);
    assert!(alerts(&installation, &[]).iter().all(|alert| alert["count"] == 1));
    fs::write(picture(&installation, "second"), "rotten too").unwrap();
    let mut command = installation.command(["fixity", "check", "--all"]);
    assert_eq!(command.env("STRONGROOM_FIXITY__REPAIRS_PER_HOUR_MAX", "9").status().unwrap().code(), Some(1));
    let all = alerts(&installation, &[]);
    let kinds = kinds(&all);
    assert_eq!(kinds.iter().filter(|kind| **kind == "no_good_replica").count(), 2, "one for each store: {kinds:?}");
}

#[test]
fn a_missed_canary_is_told_when_it_is_new() {
    let installation = with_program(KEEP, "");
    installation.run(["fixity", "check", "--all"]).exits(0);
    let canaries = installation.store("first").join("canaries");
    fs::write(canaries.join("cut"), fs::read(canaries.join("right")).unwrap()).unwrap();
    let age = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); \
               c.execute('UPDATE canaries SET caught_at = caught_at - 7200000000'); c.commit()";
    let database = installation.data().join("registry.sqlite");
    assert!(std::process::Command::new("python3").arg("-c").arg(age).arg(database).status().unwrap().success());
    for _ in 0..2 {
        installation.run(["fixity", "check", "--all"]).exits(2);
    }
    let all = alerts(&installation, &[]);
    assert_eq!(kinds(&all), ["canary_missed"]);
    assert_eq!(all[0]["count"], 1);
}

#[test]
fn a_program_that_fails_or_hangs_is_called_again_and_its_words_are_kept() {
    let installation = with_program("echo the mail server is away >&2; exit 4", "");
    fs::write(picture(&installation, "first"), "rotten").unwrap();
    installation.run(["fixity", "check", "--all"]).exits(0);
    installation.run(["alerts", "deliver"]).exits(75).contains("0 alerts delivered, 2 not");
    let listed = alerts(&installation, &[]);
    assert!(listed[0]["last_error"].as_str().unwrap().contains("the mail server is away"), "{listed:?}");
    assert_eq!(listed[0]["attempts"], 1);
    installation.run(["alerts", "deliver"]).exits(0).contains("0 alerts delivered, 0 not");
    let hanging = with_program("sleep 600", "");
    fs::write(picture(&hanging, "first"), "rotten").unwrap();
    hanging.run(["fixity", "check", "--all", "--dry-run"]).exits(1);
    let begun = Instant::now();
    hanging.run(["alerts", "deliver"]).exits(75);
    assert!(begun.elapsed() < Duration::from_secs(30));
    assert!(alerts(&hanging, &[])[0]["last_error"].as_str().unwrap().contains("did not end within 2 seconds"));
    Installation::new().run(["alerts"]).exits(2).contains("there is no installation");
}

#[test]
fn whoever_is_killed_while_it_delivers_loses_no_alert() {
    // The program has told of it, and the note that it did is never written.
    let installation = with_program("cat > \"$1/$$\"; sleep 600", "");
    fs::write(picture(&installation, "first"), "rotten").unwrap();
    installation.run(["fixity", "check", "--all", "--dry-run"]).exits(1);
    let mut child = installation.command(["alerts", "deliver"]).spawn().unwrap();
    let until = Instant::now() + Duration::from_secs(30);
    // Its file is there before the program has written all of it.
    let has_heard = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).is_ok();
    let heard_whole =
        || files_below(&installation.folder.path().join("heard")).iter().any(|(_, bytes)| has_heard(bytes));
    while !heard_whole() {
        assert!(Instant::now() < until, "the program was not called");
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // The program has outlived us, as it may. It leads a group of its own, and its number is the name of its file.
    let (name, _) = files_below(&installation.folder.path().join("heard")).remove(0);
    let group = rustix::process::Pid::from_raw(name.to_str().unwrap().parse().unwrap()).unwrap();
    rustix::process::kill_process_group(group, rustix::process::Signal::KILL).unwrap();
    assert_eq!(alerts(&installation, &[])[0]["delivered_count"], 0);
    // Its turn comes again when the limit of time and a minute are over.
    let age = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); \
               c.execute('UPDATE alerts SET due_at = due_at - 62000000'); c.commit()";
    let database = installation.data().join("registry.sqlite");
    assert!(std::process::Command::new("python3").arg("-c").arg(age).arg(database).status().unwrap().success());
    let folder = installation.folder.path().join("heard");
    let keep = format!("[alerts]\ncommand = [\"sh\", \"-c\", {KEEP:?}, \"sh\", {:?}]\n", folder.to_str().unwrap());
    installation.configure(&keep);
    installation.run(["alerts", "deliver"]).exits(0).contains("1 alert delivered");
    let told = heard(&installation);
    assert_eq!(told.len(), 2, "told twice rather than never");
    assert_eq!(told[0]["id"], told[1]["id"], "and known as the same by its number");
}

#[test]
fn up_delivers_by_itself_and_calls_when_replicas_are_overdue() {
    let installation = with_program(KEEP, "[fixity]\nfiles_per_day_max = 1\n");
    let age = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); \
               c.execute('UPDATE fixity SET proven_at = proven_at - 100 * 86400000000'); c.commit()";
    let database = installation.data().join("registry.sqlite");
    assert!(std::process::Command::new("python3").arg("-c").arg(age).arg(database).status().unwrap().success());
    let mut up = installation.command(["--log", "off", "up"]).spawn().unwrap();
    let until = Instant::now() + Duration::from_secs(60);
    while files_below(&installation.folder.path().join("heard")).len() < 2 {
        assert!(Instant::now() < until, "up delivers nothing");
        std::thread::sleep(Duration::from_millis(50));
    }
    rustix::process::kill_process(rustix::process::Pid::from_child(&up), rustix::process::Signal::TERM).unwrap();
    assert!(up.wait().unwrap().success());
    assert_eq!(kinds(&heard(&installation)), ["replicas_overdue", "replicas_overdue"], "one for each store");
}

#[test]
fn a_request_for_a_deletion_calls_those_who_may_approve_it_until_it_is_answered() {
    let installation = with_program(KEEP, AT_ONCE);
    let people = People::of(&installation);
    let mut asked = Vec::new();
    for end in ["approve", "cancel"] {
        let id = people.request(&installation, &[PHOTOGRAPHS]);
        let listed = alerts(&installation, &[]);
        assert_eq!(kinds(&listed), ["deletion_requested"], "each request is told by itself: {listed:?}");
        assert_eq!(listed[0]["subject"], format!("deletion {id}"));
        let message = listed[0]["message"].as_str().unwrap();
        assert!(message.contains("ann asks for a deletion in local.archive, local.archive/photographs"), "{message}");
        assert!(message.contains("it waits for the approval of ben. The reason: the donor asked"), "{message}");
        installation.run(["alerts", "deliver"]).exits(0).contains("1 alert delivered, 0 not");
        installation.run(["alerts", "deliver"]).exits(0).contains("0 alerts delivered");
        // Whoever may not decide ends no alert either.
        people.call(&installation, "ann", &["delete", "approve", &id]).exits(1);
        assert_eq!(alerts(&installation, &[]).len(), 1);
        people.call(&installation, "ben", &["delete", end, &id]).exits(0);
        assert_eq!(alerts(&installation, &[]), Vec::<Value>::new(), "it is done by {end}");
        people.call(&installation, "ben", &["delete", "cancel", &id]);
        asked.push(id);
    }
    let told = heard(&installation);
    assert_eq!(kinds(&told), ["deletion_requested"; 2], "{asked:?}");
    assert!(
        told.iter().all(|alert| alert["advice"].as_str().unwrap().contains("strongroom delete approve")),
        "{told:?}"
    );
    assert_eq!(alerts(&installation, &["--all"]).len(), 2);
    // A rehearsal calls nobody, and a request that nobody else can approve says so.
    let dry = ["delete", "request", PHOTOGRAPHS, "--reason", "the donor asked", "--dry-run"];
    people.call(&installation, "ann", &dry).exits(0);
    assert_eq!(alerts(&installation, &[]), Vec::<Value>::new());
    people.call(&installation, "root", &["user", "deactivate", "ben"]).exits(0);
    people.request(&installation, &[PHOTOGRAPHS]);
    let message = alerts(&installation, &[])[0]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("nobody else may approve it now"), "{message}");
}
