//! `migrate` and `move-to`: the registry moved to a PostgreSQL server, and tables of another version refused.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test that breaks should panic")]

#[path = "support/bucket_server.rs"]
mod bucket_server;
#[path = "support/installation.rs"]
mod installation;

use std::fs;
use std::io::{BufRead as _, BufReader, Lines};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::Instant;

use bucket_server::Bucket;
use installation::{Installation, Said, files_below, sample};
use rustix::process::{Pid, Signal, kill_process};

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

    /// Says something to the database itself.
    fn ask(&self, what: &str) {
        assert!(Command::new("psql").arg(self.url()).args(["-qXAt", "-c", what]).status().unwrap().success());
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
    for url in ["postgres://ada:hush@127.0.0.1:1/strongroom", "postgres://ada@127.0.0.1:1/strongroom?password=hush"] {
        let said = other.run(["move-to", url]).exits(2);
        said.contains("bears a password").contains("--password-file");
        assert!(!said.out.contains("hush") && !said.err.contains("hush"), "{}{}", said.out, said.err);
    }
}

#[test]
fn whoever_waits_for_a_server_is_told_soon_for_which_and_why() {
    let installation = Installation::new();
    installation.configure("[database]\nurl = \"postgres://ada@127.0.0.1:1/registry\"\n");
    let mut waiting = installation.command(["objects", "list"]).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    BufReader::new(waiting.stderr.take().unwrap()).read_line(&mut said).unwrap();
    waiting.kill().unwrap();
    waiting.wait().unwrap();
    assert!(said.contains("postgres://127.0.0.1:1/registry") && said.contains("refused"), "{said}");
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

/// A process of one role, once it is at work, with the rest of what it says.
fn at_work(installation: &Installation) -> (Child, Lines<BufReader<ChildStderr>>) {
    let mut child = installation.command(["run", "sweeper"]).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(lines.by_ref().any(|line| line.unwrap().contains("roles are running")));
    (child, lines)
}

#[test]
fn postgres_tables_are_not_changed_under_those_who_work_who_end_when_they_find_others() {
    let (installation, empty) = (Installation::new(), Empty::new("age"));
    installation.configure(&format!("[database]\nurl = \"{}\"\n", empty.url()));
    installation.run(["migrate"]).exits(0);
    let newest = "FROM _sqlx_migrations WHERE version = (SELECT max(version) FROM _sqlx_migrations)";
    let (mut working, _rest) = at_work(&installation);
    // As if the program that comes now were newer than the one at work.
    empty.ask(&format!("CREATE TABLE kept AS SELECT * {newest}"));
    empty.ask(&format!("DELETE {newest}"));
    let refused = installation.run(["migrate"]).exits(2);
    refused.contains("docker compose down");
    refused.contains(&format!("strongroom {} with tables ", env!("CARGO_PKG_VERSION")));
    empty.ask("INSERT INTO _sqlx_migrations SELECT * FROM kept");
    installation.run(["objects", "list"]).exits(0);
    kill_process(Pid::from_child(&working), Signal::TERM).unwrap();
    assert!(working.wait().unwrap().success());

    let (mut working, rest) = at_work(&installation);
    // Nobody can change the tables while it is connected; a server that went and came may have others.
    empty.ask("INSERT INTO _sqlx_migrations SELECT 999, 'of a later time', now(), true, ''::bytea, 0");
    empty.ask(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    assert_eq!(working.wait().unwrap().code(), Some(2));
    let said: Vec<_> = rest.map(Result::unwrap).collect();
    assert!(said.last().is_some_and(|last| last.contains("version 999")), "{said:?}");
    installation.run(["run", "sweeper"]).exits(2).contains("use a newer strongroom");
    installation.run(["up"]).exits(2).contains("use a newer strongroom");
    installation.run(["migrate"]).exits(1).contains("use a newer strongroom");
}

/// A move of registry and objects into a bucket, by the one command.
fn grow(installation: &Installation, empty: &Empty, bucket: &Bucket, more: &[&str]) -> Command {
    let (url, store) = (empty.url(), format!("far=s3://{}/archive", bucket.name));
    let move_to = ["move-to", &url, "--store", &store, "--endpoint", Bucket::endpoint(), "--credentials", "far"];
    let mut command = installation.command([&move_to[..], more].concat());
    command.env("STRONGROOM_SECRETS", installation.folder.path().join("secrets"));
    command
}

/// The three samples on a laptop, and the key of a bucket in two files.
fn laptop() -> Installation {
    let installation = Installation::new();
    installation.ingest_samples();
    let secrets = installation.folder.path().join("secrets");
    fs::create_dir(&secrets).unwrap();
    fs::write(secrets.join("strongroom-s3-far-access-key-id"), "tester\n").unwrap();
    fs::write(secrets.join("strongroom-s3-far-secret-access-key"), "hush\n").unwrap();
    installation
}

fn run(installation: &Installation, arguments: &[&str]) -> Said {
    let secrets = installation.folder.path().join("secrets");
    installation.command(arguments).env("STRONGROOM_SECRETS", secrets).output().unwrap().into()
}

#[test]
fn postgres_and_a_bucket_foreign_to_us_take_over_all_that_a_laptop_held() {
    let (installation, empty, bucket) = (laptop(), Empty::new("grow"), Bucket::new("grow"));
    let objects = run(&installation, &["objects", "list", "--json"]).exits(0).out;
    let old = files_below(&installation.store("first").join("ocfl"));
    let grow = |more: &[&str]| -> Said { grow(&installation, &empty, &bucket, more).output().unwrap().into() };
    let dry = grow(&["--dry-run"]).exits(0);
    dry.contains("backfill would deal with 3 objects").contains("every row of the registry would be moved");
    assert!(bucket.keys().is_empty() && !installation.data().join("strongroom.toml").exists());

    let said = grow(&[]).exits(0);
    said.contains("the store far lacks nothing").contains("every row was read back").contains("strongroom.toml");
    said.contains("files copied ");
    assert!(!said.out.contains("hush") && !said.err.contains("hush"));
    fs::rename(installation.data().join("registry.sqlite"), installation.data().join("old")).unwrap();
    assert_eq!(run(&installation, &["objects", "list", "--json"]).exits(0).out, objects);
    run(&installation, &["fixity", "check", "--all"]).exits(0).contains("9 replicas proven, 0 repairs made");
    run(&installation, &["audit"]).exits(0);
    assert_eq!(files_below(&installation.store("first").join("ocfl")), old, "the old store was changed");
    assert!(bucket.keys().iter().any(|key| key.contains("photographs") && key.ends_with("inventory.json")));
    grow(&[]).exits(2).contains("already");
    // Deposits go there from now on.
    let folder = installation.plain_folder("next", &[("a.txt", b"a")]);
    run(&installation, &["ingest", folder.to_str().unwrap()]).exits(0).contains("replica     far");
}

#[test]
fn postgres_and_a_bucket_foreign_to_us_take_over_though_the_move_is_killed_again_and_again() {
    let (installation, empty, bucket) = (laptop(), Empty::new("killed"), Bucket::new("growkilled"));
    let objects = run(&installation, &["objects", "list", "--json"]).exits(0).out;
    let mut said = None;
    for part in 1..=14 {
        let began = Instant::now();
        let mut child = grow(&installation, &empty, &bucket, &["--evacuate", "--json"]).spawn().unwrap();
        while said.is_none() && began.elapsed().as_millis() < part * 150 {
            said = child.try_wait().unwrap();
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        if said.is_some() {
            break;
        }
        // Whatever it was killed at, the installation is whole.
        assert_eq!(run(&installation, &["objects", "list", "--json"]).exits(0).out, objects);
    }
    if said.is_none_or(|status| !status.success()) {
        let last: Said = grow(&installation, &empty, &bucket, &["--evacuate"]).output().unwrap().into();
        assert!(last.code == Some(0) || last.err.contains("already"), "{}\n{}", last.out, last.err);
    }
    assert_eq!(run(&installation, &["objects", "list", "--json"]).exits(0).out, objects);
    // No object depends on the old stores, and their bytes are there.
    run(&installation, &["fixity", "check", "--all"]).exits(0).contains("3 replicas proven, 0 repairs made");
    assert!(!files_below(&installation.store("first").join("ocfl")).is_empty());
    assert!(bucket.keys().iter().all(|key| !key.contains("archive/work/")), "{:?}", bucket.keys());
}

#[test]
fn postgres_that_holds_every_row_when_a_move_foreign_to_us_was_killed_is_put_in_force() {
    let (installation, empty, bucket) = (laptop(), Empty::new("forced"), Bucket::new("growforced"));
    let file = installation.data().join("registry.sqlite");
    let grow = || -> Said { grow(&installation, &empty, &bucket, &["--evacuate"]).output().unwrap().into() };
    grow().exits(0);
    // As it was between the last row and the change of the configuration.
    let config = installation.data().join("strongroom.toml");
    let changed = fs::read_to_string(&config).unwrap();
    let before: Vec<_> = changed.lines().take_while(|line| *line != "[database]").collect();
    assert!(before.len() + 1 < changed.lines().count(), "{changed}");
    fs::write(&config, before.join("\n")).unwrap();
    grow().exits(0).contains("holds every row already");
    assert!(fs::read_to_string(&config).unwrap().contains(&empty.name));
    assert!(file.exists());
}

#[test]
fn postgres_is_not_asked_when_a_bucket_foreign_to_us_cannot_be_made_a_store() {
    let (installation, empty) = (laptop(), Empty::new("unmade"));
    let nowhere = Bucket { name: "not-there".to_owned() };
    let grow = |more: &[&str]| -> Said { grow(&installation, &empty, &nowhere, more).output().unwrap().into() };
    grow(&[]).exits(2).contains("nothing was changed").contains("there is no such bucket");
    assert!(!installation.data().join("strongroom.toml").exists());
    run(&installation, &["move-to", &empty.url(), "--store", "far"]).exits(2).contains("not in the configuration");
    run(&installation, &["move-to", &empty.url(), "--store", "first=s3://a-b/c"])
        .exits(2)
        .contains("a name is for ever");
}
