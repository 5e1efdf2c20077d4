//! A part of a replica is checked, and no more is read than a budget allows.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test that breaks should panic")]

#[path = "support/installation.rs"]
mod installation;

use std::fs;
use std::time::{Duration, Instant};

use installation::{Installation, Said};
use serde_json::Value;

const LETTERS: &str = "local.archive/letters";

/// Two versions: `a.txt` has other bytes in each, `b.txt` the same.
fn letters() -> Installation {
    let installation = Installation::new();
    let folder = installation.plain_folder("letters", &[("a.txt", b"first"), ("b.txt", b"stays")]);
    installation.ingest(&folder);
    fs::write(folder.join("a.txt"), "second").unwrap();
    installation.ingest(&folder);
    installation
}

fn status(installation: &Installation) -> Vec<Value> {
    installation.run(["fixity", "status", "--json"]).json()
}

fn age(installation: &Installation, days: u32) {
    let text = format!(
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); \
         c.execute('UPDATE fixity SET proven_at = proven_at - {days} * 86400000000, tried_at = NULL'); c.commit()"
    );
    let database = installation.data().join("registry.sqlite");
    assert!(std::process::Command::new("python3").arg("-c").arg(text).arg(database).status().unwrap().success());
}

#[test]
fn a_file_is_checked_in_every_version_and_store_and_nothing_else_is() {
    let installation = letters();
    let before: Vec<_> = status(&installation).iter().map(|store| store["oldest"]["proven_at"].clone()).collect();
    let file = format!("{LETTERS}/data/a.txt");
    installation.run(["fixity", "check", &file]).exits(0).contains("2 replicas proven, 0 repairs made");
    let after: Vec<_> = status(&installation).iter().map(|store| store["oldest"]["proven_at"].clone()).collect();
    assert_eq!(before, after, "a part proves nothing of the rest");
    let object = installation.object("second", LETTERS);
    fs::write(object.join("v1/content/data/b.txt"), "rotten").unwrap();
    installation.run(["fixity", "check", &file]).exits(0).contains("0 repairs made");
    fs::write(object.join("v1/content/data/a.txt"), "fir5t").unwrap();
    installation.run(["fixity", "check", &file, "--store", "first"]).exits(0).contains("1 replica proven, 0 repairs");
    installation.run(["fixity", "check", &file, "--dry-run"]).exits(1).contains("DAMAGED");
    installation.run(["fixity", "check", &file]).exits(0).contains("2 replicas proven, 1 repair made");
    assert_eq!(fs::read(object.join("v1/content/data/a.txt")).unwrap(), b"first");
    assert_eq!(fs::read(object.join("v1/content/data/b.txt")).unwrap(), b"rotten", "that was not asked for");
    installation.run(["fixity", "check", LETTERS]).exits(0).contains("1 repair made");
    let none = format!("{LETTERS}/data/none.txt");
    installation.run(["fixity", "check", &none]).exits(2).contains("no version of local.archive/letters has a file");
}

#[test]
fn a_budget_of_one_store_ends_its_day_and_not_that_of_another() {
    let installation = letters();
    let folder = installation.plain_folder("more", &[("c.txt", b"third")]);
    installation.ingest(&folder);
    installation.configure(
        "stores = [{ id = \"first\", url = \"stores/first\", files_per_day_max = 1 }, \
         { id = \"second\", url = \"stores/second\", bytes_per_day_max = 1000000 }]\n",
    );
    age(&installation, 100);
    let mut up = installation.command(["--log", "off", "up"]).spawn().unwrap();
    let until = Instant::now() + Duration::from_secs(60);
    let overdue = |store: usize| status(&installation)[store]["overdue"].as_u64().unwrap();
    while (overdue(0), overdue(1)) != (1, 0) {
        assert!(Instant::now() < until, "{:?}", status(&installation));
        std::thread::sleep(Duration::from_millis(50));
    }
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!((overdue(0), overdue(1)), (1, 0), "the day of the first store is over");
    rustix::process::kill_process(rustix::process::Pid::from_child(&up), rustix::process::Signal::TERM).unwrap();
    assert!(up.wait().unwrap().success());
    let said: Said = installation.run(["fixity", "status"]);
    said.contains("files read today").contains("checks go on tomorrow").contains("of 976.56 KiB read today");
    // What a person asks for is done, and counted.
    let read = |store: usize| status(&installation)[store]["read_today"]["files"].as_u64().unwrap();
    let before = read(0);
    installation.run(["fixity", "check", "--all"]).exits(0).contains("4 replicas proven");
    assert!(read(0) > before);
}
