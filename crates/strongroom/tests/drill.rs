//! Drills: giving back and rebuilding, rehearsed, reported, and nothing left over.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test that breaks should panic")]

#[path = "support/installation.rs"]
mod installation;
#[path = "support/lived.rs"]
mod lived;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use installation::{Installation, files_below, sample};
use lived::{LETTERS, PHOTOGRAPHS, dump, lived};
use serde_json::Value;

fn assert_nothing_left(installation: &Installation) {
    assert_eq!(files_below(&installation.data().join("drills")), Vec::new());
}

fn drills(installation: &Installation) -> Vec<Value> {
    installation.run(["drill", "list", "--json"]).exits(0).json()
}

fn python(installation: &Installation, statement: &str) {
    let text = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()";
    let mut command = std::process::Command::new("python3");
    let database = installation.data().join("registry.sqlite");
    assert!(command.args(["-c", text]).arg(database).arg(statement).status().unwrap().success());
}

#[test]
fn an_object_of_each_institution_is_given_back_validated_and_removed() {
    let installation = lived();
    let said = installation.run(["drill", "restore", "--json"]).exits(0).json();
    let institutions: Vec<_> = said.iter().map(|drill| drill["institution"].as_str().unwrap()).collect();
    assert_eq!(institutions, ["local.archive", "other.example.org"]);
    for drill in &said {
        assert_eq!(drill["is_passed"], true);
        assert!(drill["report"].to_string().contains("strongroom bag validate --profile none: valid"), "{drill}");
        assert!(drill["files"].as_u64().unwrap() > 0);
    }
    assert_nothing_left(&installation);
    assert_eq!(drills(&installation).len(), 2);
    let object = said[0]["object"].as_str().unwrap();
    let events = ["events", "list", "--json", "--type", "validation", "--outcome", "success", "--object", object];
    let events = installation.run(events).exits(0).json();
    assert!(events.iter().any(|event| event["detail"].as_str().unwrap().contains("spot restore")), "{events:?}");
    installation.run(["drill", "restore", "--object", LETTERS]).exits(0).contains("passed: local.archive/letters");
    installation.run(["drill", "restore", "--object", "local.archive/none"]).exits(2).contains("there is no object");
    installation.run(["drill", "restore", "--institution", "no.such.place"]).exits(2).contains("no object to draw");
}

#[test]
fn a_validator_that_says_no_and_an_object_that_cannot_be_given_back_fail_and_call() {
    let installation = Installation::new();
    installation.ingest(&sample("photographs.tar"));
    installation.configure("[drills]\nvalidators = [[\"sh\", \"-c\", \"echo it is no bag; test ! -d $0\"]]\n");
    let said = installation.run(["drill", "restore"]).exits(1);
    said.contains("FAILED").contains("it is no bag");
    installation.configure("");
    for store in ["first", "second"] {
        let picture = installation.object(store, PHOTOGRAPHS).join("v1/content/data/1923/harbour.png");
        fs::write(picture, "rotten").unwrap();
    }
    installation.run(["drill", "restore"]).exits(1).contains("it could not be given back");
    assert_nothing_left(&installation);
    let alerts = installation.run(["alerts", "--json"]).exits(0).json();
    assert_eq!((alerts[0]["kind"].as_str(), alerts[0]["count"].as_u64()), (Some("drill_failed"), Some(2)));
    assert!(drills(&installation).iter().all(|drill| drill["is_passed"] == false));
}

#[test]
fn a_foreign_validator_looks_at_what_was_given_back() {
    let Ok(python) = std::env::var("STRONGROOM_TEST_PYTHON") else {
        assert!(std::env::var("CI").is_err(), "set STRONGROOM_TEST_PYTHON: see ./test");
        return;
    };
    let installation = lived();
    installation.configure(&format!(
        "institutions = [\"local.archive\", \"other.example.org\"]\n\
         [drills]\nvalidators = [[{python:?}, \"-m\", \"bagit\", \"--validate\"]]\n"
    ));
    let said = installation.run(["drill", "restore", "--object", LETTERS, "--json"]).exits(0).json();
    assert!(said[0]["report"].to_string().contains("bagit --validate: valid"), "{said:?}");
}

#[test]
fn the_registry_made_anew_from_each_store_is_that_which_is_in_use() {
    let installation = lived();
    let before = dump(&installation);
    let said = installation.run(["drill", "rebuild", "--json"]).exits(0).json();
    assert_eq!(said.iter().map(|drill| drill["store"].as_str().unwrap()).collect::<Vec<_>>(), ["first", "second"]);
    for drill in &said {
        let first = drill["report"][0].as_str().unwrap();
        assert!(first.ends_with("rows of 6 objects compared, 0 differ"), "{first}");
    }
    assert_eq!(dump(&installation), before, "the one in use was only read");
    assert_nothing_left(&installation);
    let alerts = installation.run(["alerts", "--json"]).exits(0).json();
    assert!(alerts.iter().all(|alert| alert["kind"] != "drill_failed"), "{alerts:?}");
}

/// Changes an installation that has lived, and insists on how a rebuilding from the first store sees it.
#[track_caller]
fn differs(change: impl Fn(&Installation), told: &[&str]) {
    let installation = lived();
    change(&installation);
    let said = installation.run(["drill", "rebuild", "--store", "first", "--json"]).exits(1).json();
    let report = said[0]["report"].to_string();
    for text in told {
        assert!(report.contains(text), "no {text:?} in {report}");
    }
    assert_nothing_left(&installation);
    let alerts = installation.run(["alerts", "--json"]).exits(0).json();
    assert!(alerts.iter().any(|alert| alert["kind"] == "drill_failed"), "{alerts:?}");
}

/// Deposits are long over.
fn long_ago(installation: &Installation) {
    python(installation, "UPDATE work_items SET updated_at = updated_at - 3600000000");
}

#[test]
fn each_difference_is_named_exactly() {
    let update = |statement: &'static str| {
        move |installation: &Installation| {
            python(installation, statement);
            long_ago(installation);
        }
    };
    let one = "of 6 objects compared, 1 differ";
    differs(
        update("UPDATE objects SET title = 'another' WHERE name = 'letters'"),
        &[one, "local.archive/letters: object"],
    );
    differs(
        update("UPDATE file_versions SET size_bytes = 7 WHERE path = 'data/d.txt'"),
        &[one, "file data/d.txt 2: registry"],
    );
    differs(
        update(
            "DELETE FROM documents WHERE path = 'logs/v1-files.jsonl' AND object_id = \
        (SELECT id FROM objects WHERE name = 'letters')",
        ),
        &[one, "only in the store"],
    );
    let damage = |installation: &Installation| {
        fs::write(installation.object("first", LETTERS).join("logs/v1-object.json"), "{}").unwrap();
        long_ago(installation);
    };
    differs(damage, &["REB-003", "local.archive/letters: only in the registry"]);
    let lose = |installation: &Installation| {
        fs::rename(installation.store("first"), installation.store("away")).unwrap();
    };
    differs(lose, &["it could not be made", "gone"]);
}

#[test]
fn a_format_that_was_told_after_the_deposit_is_no_difference() {
    let installation = lived();
    python(
        &installation,
        "UPDATE file_versions SET puid = 'x-fmt/18', format_note = 'later' WHERE path = 'data/a.txt'",
    );
    long_ago(&installation);
    let said = installation.run(["drill", "rebuild", "--json"]).exits(0).json();
    assert!(said[0]["report"].to_string().contains("told after the deposit, as may be"), "{said:?}");
}

#[test]
fn a_drill_that_is_killed_leaves_nothing_that_the_next_one_does_not_remove() {
    let installation = Installation::new();
    let files: Vec<_> = (0..3000).map(|number| (format!("{number}.txt"), format!("{number}").into_bytes())).collect();
    let files: Vec<_> = files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
    installation.ingest(&installation.plain_folder("many", &files));
    let mut interrupted = 0;
    for kind in ["rebuild", "restore"] {
        for milliseconds in [5_u64, 60, 120, 240, 400] {
            let mut child = installation.command(["drill", kind, "--json"]).spawn().unwrap();
            let until = Instant::now() + Duration::from_secs(20);
            let folder = installation.data().join("drills").join(kind);
            let is_begun = |folder: &Path| fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
            while !is_begun(&folder) && child.try_wait().unwrap().is_none() && Instant::now() < until {
                std::thread::yield_now();
            }
            std::thread::sleep(Duration::from_millis(milliseconds));
            child.kill().unwrap();
            child.wait().unwrap();
            interrupted += usize::from(is_begun(&folder));
        }
        installation.run(["drill", kind]).exits(0);
        assert_nothing_left(&installation);
    }
    assert!(interrupted > 0, "none was killed in its middle");
}

#[test]
fn up_holds_what_is_due_and_no_more() {
    let installation = Installation::new();
    installation.ingest(&sample("photographs.tar"));
    let up = |until_drills: usize, patience: u64| {
        let mut up = installation.command(["--log", "off", "up"]).spawn().unwrap();
        let until = Instant::now() + Duration::from_secs(patience);
        while drills(&installation).len() < until_drills && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(50));
        }
        rustix::process::kill_process(rustix::process::Pid::from_child(&up), rustix::process::Signal::TERM).unwrap();
        assert!(up.wait().unwrap().success());
        drills(&installation)
    };
    assert_eq!(up(1, 3), Vec::<Value>::new(), "nothing is due yet");
    python(&installation, "UPDATE objects SET created_at = created_at - 91 * 86400000000");
    let held = up(3, 60);
    assert_eq!(held.len(), 3, "one object, two stores: {held:?}");
    assert_eq!(held.iter().filter(|drill| drill["kind"] == "restore").count(), 1);
    assert_eq!(up(4, 3).len(), 3, "and none of them again");
    installation.configure("[drills]\nrestore_days = 0\nrebuild_days = 0\n");
    python(&installation, "UPDATE drills SET begun_at = begun_at - 400 * 86400000000");
    assert_eq!(up(4, 3).len(), 3, "0 is never");
}
