//! `migrate` and `move-to`: the registry moved to a PostgreSQL server, and tables of another version refused.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test that breaks should panic")]

#[path = "support/installation.rs"]
mod installation;

use std::process::Command;

use installation::{Installation, sample};

/// A database of the test's own on the server that `./test` starts; empty, without tables.
struct Empty {
    server: String,
    name: String,
}

impl Empty {
    fn new(name: &str) -> Self {
        let server = std::env::var("STRONGROOM_TEST_SERVER").expect("./test starts a server and names it");
        let name = format!("empty_{}_{name}", std::process::id());
        let empty = Self { server, name };
        empty.tell("CREATE DATABASE", "");
        empty
    }

    fn url(&self) -> String {
        format!("{}/{}", self.server, self.name)
    }

    fn tell(&self, what: &str, how: &str) {
        let mut psql = Command::new("psql");
        psql.arg(format!("{}/postgres", self.server)).args(["-qX", "-c", &format!("{what} {} {how}", self.name)]);
        assert!(psql.status().unwrap().success());
    }
}

impl Drop for Empty {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.tell("DROP DATABASE", "WITH (FORCE)");
        }
    }
}

#[test]
fn postgres_takes_over_all_that_the_file_held() {
    let (installation, empty) = (Installation::new(), Empty::new("whole"));
    installation.ingest_samples();
    let objects = installation.run(["objects", "list", "--json"]).exits(0).out;
    let moved = installation.run(["move-to", &empty.url(), "--json"]).exits(0).json().remove(0);
    let rows = |table: &str| {
        let tables = moved["tables"].as_array().unwrap();
        tables.iter().find(|one| one["name"] == table).unwrap()["rows"].as_u64().unwrap()
    };
    assert_eq!((rows("objects"), rows("work_items")), (3, 3));
    installation.configure(&format!("[database]\nurl = \"{}\"\n", empty.url()));
    // The file is not asked any more.
    std::fs::rename(installation.data().join("registry.sqlite"), installation.data().join("old")).unwrap();
    assert_eq!(installation.run(["objects", "list", "--json"]).exits(0).out, objects);
    installation.run(["ingest", sample("minutes.zip").to_str().unwrap()]).exits(0).contains("was seen before");
    let folder = installation.plain_folder("next", &[("a.txt", b"a")]);
    assert_eq!(installation.ingest(&folder)["item"], 4, "numbers go on");
    installation.run(["fixity", "check", "--all"]).exits(0);
    installation.run(["doctor"]).exits(0).contains("postgres://127.0.0.1");
    installation.run(["move-to", &empty.url()]).exits(2).contains("already");
}

#[test]
fn postgres_with_rows_of_its_own_is_left_alone() {
    let (installation, other, empty) = (Installation::new(), Installation::new(), Empty::new("rows"));
    installation.ingest_samples();
    other.ingest(&sample("minutes.zip"));
    installation.run(["move-to", &empty.url()]).exits(0);
    other.run(["move-to", &empty.url()]).exits(1).contains("name an empty database");
    other.run(["move-to", "mysql://host/strongroom"]).exits(2).contains("postgres://user@host:port/database");
}

#[test]
fn postgres_without_the_tables_of_this_version_is_refused_until_they_are_migrated() {
    let (installation, empty) = (Installation::new(), Empty::new("tables"));
    installation.configure(&format!("[database]\nurl = \"{}\"\n", empty.url()));
    let bag = sample("photographs.tar");
    installation.run(["ingest", bag.to_str().unwrap()]).exits(2).contains("run `strongroom migrate`");
    installation.run(["migrate", "--dry-run"]).exits(1).contains("would be brought from version 0");
    installation.run(["migrate"]).exits(0).contains("was brought from version 0");
    installation.run(["migrate", "--json"]).exits(0).contains("\"is_done\":true");
    installation.ingest(&bag);
}
