//! The doctor finds what is broken, names it, says what to do, and changes nothing.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that breaks should panic")]

#[path = "support/installation.rs"]
mod installation;

use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use installation::{Installation, Said, files_below};
use serde_json::Value;

fn stored() -> Installation {
    let installation = Installation::new();
    installation.ingest_samples();
    installation
}

fn checks(said: &Said) -> Vec<Value> {
    said.json()
}

/// Insists that a check of this name has this verdict, says this and gives advice.
#[track_caller]
fn check(installation: &Installation, code: i32, name: &str, verdict: &str, seen: &str) {
    let said = installation.run(["doctor", "--json"]).exits(code);
    let all = checks(&said);
    let found = all.iter().find(|check| {
        check["name"] == name && check["verdict"] == verdict && check["seen"].as_str().unwrap().contains(seen)
    });
    let found = found.unwrap_or_else(|| panic!("no {verdict} of {name} with {seen:?} in\n{}", said.out));
    assert!(!found["advice"].as_str().unwrap_or_default().is_empty(), "{found} says not what to do");
}

fn set_store_marker(store: &Path, text: &str) {
    fs::write(store.join("strongroom-store.json"), text).unwrap();
}

#[test]
fn a_good_installation_has_nothing_but_good_checks_and_is_not_changed() {
    let installation = stored();
    let before = files_below(&installation.data());
    let said = installation.run(["doctor", "--json"]).exits(0);
    for check in checks(&said) {
        // How full the disk of the test machine is, is not ours to say.
        let is_about_space = check["name"].as_str().unwrap().starts_with("space");
        assert!(check["verdict"] == "ok" || is_about_space, "{check}");
    }
    let names: Vec<_> = checks(&said).iter().map(|check| check["name"].as_str().unwrap().to_owned()).collect();
    for name in [
        "configuration",
        "data directory",
        "space for data",
        "database",
        "clock",
        "clock and events",
        "store first",
        "store second",
        "space in store first",
        "receiving local.archive",
        "open files",
        "leftovers",
        "stopped items",
    ] {
        assert!(names.iter().any(|own| own == name), "{name} was not checked: {names:?}");
    }
    assert_eq!(files_below(&installation.data()), before);
    installation.run(["doctor"]).exits(0).contains("0 faults");
}

#[test]
fn all_faults_of_a_configuration_are_told_at_once() {
    let installation = stored();
    installation.configure(
        "institutions = []\nstores = [{ id = \"first\", url = \"sftp://bucket\" }]\n\
         storage_options = [{ name = \"Standard\", stores = [\"first\", \"third\"] }]\n",
    );
    check(&installation, 1, "configuration", "fault", "no institution is configured");
    check(&installation, 1, "configuration", "fault", "sftp://bucket");
    check(&installation, 1, "configuration", "fault", "names the store third");
    check(&installation, 1, "stores that were", "fault", "second");
}

#[test]
fn a_configuration_that_cannot_be_understood_is_a_fault_and_the_rest_is_checked() {
    let installation = stored();
    installation.configure("institutions = [\n");
    check(&installation, 1, "configuration", "fault", "cannot understand");
    let said = installation.run(["doctor", "--json"]).exits(1);
    assert!(checks(&said).iter().any(|check| check["name"] == "database" && check["verdict"] == "ok"), "{}", said.out);
}

#[test]
fn a_store_that_is_gone_is_a_fault() {
    let installation = stored();
    fs::rename(installation.store("second"), installation.folder.path().join("elsewhere")).unwrap();
    check(&installation, 1, "store second", "fault", "gone");
    // An empty mount point is no empty store.
    fs::create_dir(installation.store("second")).unwrap();
    check(&installation, 1, "store second", "fault", "gone");
}

#[test]
fn a_store_in_the_place_of_another_is_a_fault() {
    let installation = stored();
    let (first, second) = (installation.store("first"), installation.store("second"));
    let aside = installation.folder.path().join("aside");
    fs::rename(&first, &aside).unwrap();
    fs::rename(&second, &first).unwrap();
    fs::rename(&aside, &second).unwrap();
    check(&installation, 1, "store first", "fault", "is second, not first");
    check(&installation, 1, "store second", "fault", "is first, not second");
}

#[test]
fn a_store_without_its_marker_or_workspace_is_a_fault() {
    let installation = stored();
    set_store_marker(&installation.store("first"), "{ not JSON");
    fs::remove_dir(installation.store("second").join("work")).unwrap();
    check(&installation, 1, "store first", "fault", "not a store's marker");
    check(&installation, 1, "store second", "fault", "the folder is missing");
}

#[test]
fn a_database_that_is_missing_is_a_fault_and_not_made() {
    let installation = stored();
    fs::remove_file(installation.data().join("registry.sqlite")).unwrap();
    check(&installation, 1, "database", "fault", "there is none");
    assert!(!installation.data().join("registry.sqlite").exists());
}

#[test]
fn a_damaged_database_is_a_fault() {
    let installation = stored();
    let path = installation.data().join("registry.sqlite");
    let mut file = fs::File::options().write(true).open(&path).unwrap();
    let pages = file.metadata().unwrap().len() / 4096;
    // All but the first pages, which say what kind of file it is and which migrations it had.
    file.seek(SeekFrom::Start(8 * 4096)).unwrap();
    file.write_all(&vec![0xa5; usize::try_from(pages - 8).unwrap() * 4096]).unwrap();
    check(&installation, 1, "database", "fault", "");
    fs::write(&path, "this is no database at all, whatever its name says").unwrap();
    check(&installation, 1, "database", "fault", "");
}

#[test]
fn a_receiving_folder_that_is_missing_is_a_warning_and_a_file_in_its_place_a_fault() {
    let installation = stored();
    let folder = installation.data().join("receiving/local.archive");
    fs::remove_dir(&folder).unwrap();
    check(&installation, 0, "receiving local.archive", "warning", "is not there");
    fs::write(&folder, "no folder").unwrap();
    check(&installation, 1, "receiving local.archive", "fault", "is no folder");
}

#[test]
fn leftovers_in_staging_and_in_a_store_are_a_warning() {
    let installation = stored();
    fs::create_dir_all(installation.data().join("staging/item-1")).unwrap();
    fs::create_dir_all(installation.store("first").join("work/item-77")).unwrap();
    check(&installation, 0, "leftovers", "warning", "staging/item-1");
    check(&installation, 0, "leftovers", "warning", "store first: item-77");
}

#[test]
fn a_limit_of_open_files_that_is_too_low_is_a_fault() {
    let check = |limit: &str, verdict: &str| {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("ulimit -n {limit} && exec \"$0\" doctor --json")]);
        shell.arg(env!("CARGO_BIN_EXE_strongroom")).env("STRONGROOM_DATA", "/nowhere").stdin(Stdio::null());
        let said = Said::from(shell.output().unwrap());
        let found = said.json().into_iter().find(|check| check["name"] == "open files").unwrap();
        assert_eq!(found["verdict"], verdict, "{found}");
    };
    check("200", "fault");
    check("512", "warning");
    check("1024", "ok");
}

#[test]
fn no_installation_at_all_could_not_be_checked() {
    let installation = Installation::new();
    check(&installation, 2, "data directory", "unchecked", "there is none");
    assert!(!installation.data().exists());
}

/// These change rows behind the program's back, by the SQLite of Python.
mod foreign {
    use super::*;

    fn sql(installation: &Installation, statement: &str) {
        let script = "import sqlite3, sys\nwith sqlite3.connect(sys.argv[1]) as c: c.execute(sys.argv[2])";
        let path = installation.data().join("registry.sqlite");
        let status = Command::new("python3").arg("-c").arg(script).arg(path).arg(statement).status();
        assert!(status.expect("python3 is not installed: run `./test`, which installs it").success());
    }

    #[test]
    fn an_event_of_the_future_says_that_the_clock_is_wrong() {
        let installation = stored();
        sql(
            &installation,
            "INSERT INTO events (id, event_type, at, outcome, detail, note, agent) \
             VALUES (randomblob(16), 'ingestion', 4102444800000000, 'success', '', '', '')",
        );
        check(&installation, 1, "clock and events", "fault", "2100-01-01");
    }

    #[test]
    fn tables_of_another_version_are_a_fault_and_stay_as_they_are() {
        let installation = stored();
        let newer = "INSERT INTO _sqlx_migrations VALUES (999, 'of the future', 0, 1, x'00', 1)";
        sql(&installation, newer);
        check(&installation, 1, "database", "fault", "use a newer strongroom");
        installation.run(["items"]).exits(2).contains("use a newer strongroom");
    }

    #[test]
    fn a_stopped_item_is_a_warning_that_names_it() {
        let installation = stored();
        sql(&installation, "UPDATE work_items SET status = 'stopped', last_error = 'a test' WHERE id = 2");
        check(&installation, 0, "stopped items", "warning", "1 item: 2");
        installation.run(["items", "show", "2"]).exits(0).contains("strongroom item retry 2");
    }
}
