//! A deletion is killed, runs out of disk, loses a store: it ends as it was agreed, once, or nothing has gone.

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, reason = "a test that breaks should panic")]

#[path = "support/installation.rs"]
mod installation;
#[path = "support/lived.rs"]
mod lived;
#[path = "support/two_people.rs"]
mod two_people;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use installation::{Installation, Said, files_below};
use lived::{LETTERS, assert_same, dump, lose, rebuild};
use model::Action;
use serde_json::Value;
use two_people::{AT_ONCE, People, shown, state};

/// Kills of one deletion at moments that differ.
const KILLS: u32 = 12;
const SECRET: &[u8] = b"what nobody may read any more";
const FILE: &str = "local.archive/letters/data/secret.txt";

fn with_letters() -> (Installation, People) {
    let installation = Installation::new();
    installation.configure(AT_ONCE);
    let many: Vec<_> = (0..60).map(|number| (format!("{number}.txt"), format!("letter {number}"))).collect();
    let mut files: Vec<_> = many.iter().map(|(path, text)| (path.as_str(), text.as_bytes())).collect();
    files.push(("secret.txt", SECRET));
    let folder = installation.plain_folder("letters", &files);
    installation.ingest(&folder);
    fs::write(folder.join("0.txt"), "another letter").unwrap();
    installation.ingest(&folder);
    let people = People::of(&installation);
    (installation, people)
}

/// What is to be deleted: the object, and a file of it.
const BOTH: [&str; 2] = [LETTERS, FILE];

fn approved(what: &str) -> (Installation, String) {
    let (installation, _, id) = approved_by(what);
    (installation, id)
}

/// The same, and the people who have agreed.
fn approved_by(what: &str) -> (Installation, People, String) {
    let (installation, people) = with_letters();
    let id = people.request(&installation, &[what]);
    people.approve(&installation, &id);
    (installation, people, id)
}

/// A deletion that was killed as it began a stage and is in a state; another one where it was quicker than the kill.
fn killed_at(what: &str, stage: &str, expected: &str) -> (Installation, People, String) {
    for _ in 0..KILLS {
        let (installation, people, id) = approved_by(what);
        kill(&installation, |entry| entry["message"] == "stage begins" && entry["item.stage"] == stage);
        if state(&installation, &id) == expected {
            return (installation, people, id);
        }
    }
    panic!("it was never killed in time at {stage}");
}

/// Runs what is due and kills it (SIGKILL) at a line of its log. Returns whether it was killed before its end.
fn kill(installation: &Installation, mut when: impl FnMut(&Value) -> bool) -> bool {
    let mut command = installation.command(["--log", "info", "--log-format", "json", "delete", "run"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    for line in lines.map_while(Result::ok) {
        let is_it = serde_json::from_str::<Value>(&line).is_ok_and(|entry| when(&entry));
        if is_it {
            child.kill().unwrap();
            return !child.wait().unwrap().success();
        }
    }
    child.wait().unwrap();
    false
}

fn has(folder: &Path, bytes: &[u8]) -> bool {
    files_below(folder).iter().any(|(_, seen)| seen == bytes)
}

/// Insists that the deletion has ended as it was agreed, once, and that all that stays is whole.
#[track_caller]
fn is_done(installation: &Installation, id: &str, what: &str) {
    assert_eq!(state(installation, id), "deleted", "{what}");
    for store in ["first", "second"] {
        let store = installation.store(store);
        assert!(!has(&store, SECRET), "{what}: the bytes are still in {}", store.display());
        assert!(fs::read_dir(store.join("work")).unwrap().next().is_none(), "{what}");
        installation.run(["ocfl", "validate", store.join("ocfl").to_str().unwrap()]).exits(0);
        assert!(files_below(&store.join("tombstones")).iter().all(|(path, _)| !path.ends_with(".new")));
    }
    assert!(fs::read_dir(installation.data().join("staging")).unwrap().next().is_none());
    installation.run(["fixity", "check", "--all"]).exits(0).contains("0 repairs made");
    let events = installation.run(["events", "list", "--object", LETTERS, "--type", "deletion", "--json"]).exits(0);
    assert_eq!(events.json().len(), 3, "{what}: each event once");
    installation.run(["delete", "run"]).exits(0).contains("nothing is due");
    installation.run(["doctor"]).exits(0);
    let lost = dump(installation);
    lose(installation);
    rebuild(installation, "second").exits(0);
    assert_same(&lost, &dump(installation));
}

#[test]
fn a_deletion_killed_at_the_beginning_of_any_stage_ends_with_the_next_call() {
    for what in BOTH {
        for stage in Action::Delete.stages() {
            let (installation, id) = approved(what);
            let begins = |entry: &Value| entry["message"] == "stage begins" && entry["item.stage"] == stage.name();
            assert!(kill(&installation, begins), "the stage {stage} was never seen");
            installation.run(["delete", "run"]).exits(0);
            is_done(&installation, &id, &format!("{what} at {stage}"));
        }
    }
}

#[test]
fn a_deletion_killed_between_two_stores_ends_with_the_next_call() {
    for what in BOTH {
        let (installation, id) = approved(what);
        let was_killed = kill(&installation, |entry| entry["message"] == "bytes are gone from a store");
        let told = shown(&installation, &id);
        if was_killed {
            assert_ne!(told["targets"][0]["state"], "waiting");
        }
        installation.run(["delete", "run"]);
        is_done(&installation, &id, what);
    }
}

#[test]
fn a_deletion_killed_at_any_moment_ends_by_itself() {
    let whole = {
        let (installation, _) = approved(FILE);
        let began = Instant::now();
        installation.run(["delete", "run"]).exits(0);
        began.elapsed()
    };
    for what in BOTH {
        let (installation, id) = approved(what);
        for part in 1..=KILLS {
            let mut child =
                installation.command(["delete", "run"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            std::thread::sleep(whole * part / KILLS);
            child.kill().unwrap();
            child.wait().unwrap();
        }
        installation.run(["delete", "run"]);
        is_done(&installation, &id, what);
    }
}

#[test]
fn up_carries_it_out_and_a_deposit_of_the_name_waits_for_its_end() {
    let (installation, _, id) = killed_at(LETTERS, "record_deletion", "removing");
    let folder = installation.folder.path().join("letters");
    installation.run(["ingest", folder.to_str().unwrap()]).exits(2).contains("is being carried out");
    let mut up =
        installation.command(["up", "--settle", "0"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let began = Instant::now();
    let is_held = || installation.run(["objects", "show", LETTERS]).code == Some(0);
    while (state(&installation, &id) != "deleted" || !is_held()) && began.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(200));
    }
    let pid = rustix::process::Pid::from_child(&up);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert!(up.wait().unwrap().success());
    assert_eq!(state(&installation, &id), "deleted");
    let held = installation.run(["objects", "show", LETTERS, "--json"]).exits(0).json().remove(0);
    assert_eq!(held["versions"].as_array().unwrap().len(), 1, "the deposit that waited is a new object");
    installation.run(["fixity", "check", "--all"]).exits(0).contains("0 repairs made");
}

#[test]
fn a_store_that_is_away_is_waited_for_and_nothing_goes_before() {
    for what in BOTH {
        let (installation, id) = approved(what);
        fs::rename(installation.store("second"), installation.store("away")).unwrap();
        installation.run(["delete", "run"]).exits(75).contains("waits until it is back");
        assert!(has(&installation.store("first").join("ocfl"), SECRET), "nothing has gone");
        assert_eq!(state(&installation, &id), "waiting");
        assert_eq!(shown(&installation, &id)["targets"][0]["holding"].as_array().unwrap().len(), 2);
        // It is nobody's fault, and no attempt.
        let item = shown(&installation, &id)["targets"][0]["item"].to_string();
        assert_eq!(installation.run(["items", "show", &item, "--json"]).exits(0).json()[0]["attempts"], 0);
        fs::rename(installation.store("away"), installation.store("second")).unwrap();
        installation.run(["delete", "run"]).exits(0);
        is_done(&installation, &id, what);
    }
}

#[test]
fn a_store_that_the_configuration_lacks_refuses_it_and_nothing_goes() {
    for what in BOTH {
        let (installation, people) = with_letters();
        let id = people.request(&installation, &[what]);
        people.approve(&installation, &id);
        let stores = || ["first", "second"].map(|store| files_below(&installation.store(store).join("ocfl")));
        let before = stores();
        installation.configure(&format!(
            "stores = [{{ id = \"first\", url = \"stores/first\" }}]\n\
             storage_options = [{{ name = \"Standard\", stores = [\"first\"] }}]\n{AT_ONCE}"
        ));
        installation.run(["delete", "run"]).exits(1).contains("refused").contains("is not in the configuration");
        assert_eq!(state(&installation, &id), "refused");
        assert!(stores() == before, "{what}: nothing goes from one store while another cannot be asked");
        // It is added again, and asked for again.
        installation.configure(AT_ONCE);
        let id = people.delete(&installation, &[what]);
        is_done(&installation, &id, what);
    }
}

#[test]
fn a_store_that_goes_away_half_way_keeps_it_from_being_called_deleted() {
    for what in BOTH {
        let (installation, id) = approved(what);
        assert!(kill(&installation, |entry| entry["message"] == "bytes are gone from a store"), "it was too fast");
        fs::rename(installation.store("second"), installation.store("away")).unwrap();
        installation.run(["delete", "run"]).exits(75).contains("waits until it is back");
        fs::rename(installation.store("away"), installation.store("second")).unwrap();
        installation.run(["delete", "run"]).exits(0);
        is_done(&installation, &id, what);
    }
}

/// Runs what is due with the second store on a small file system of its own: first full or read-only, then not.
fn on_a_bad_disk(installation: &Installation, spoil: &str, mend: &str) -> Said {
    let script = format!(
        r#"
        cp -a "$DATA/stores/second" "$DATA/second-saved"
        mount -t tmpfs -o size=8m tmpfs "$DATA/stores/second"
        cp -a "$DATA/second-saved/." "$DATA/stores/second/"
        {spoil}
        code=0; "$STRONGROOM" --data "$DATA" --log warn delete run || code=$?
        echo "first: $code"
        "$STRONGROOM" --data "$DATA" delete list
        {mend}
        code=0; "$STRONGROOM" --data "$DATA" --log warn delete run || code=$?
        echo "second: $code"
        rm -rf "$DATA/second-saved"
        cp -a "$DATA/stores/second" "$DATA/second-after""#
    );
    let output = installation.with_own_mounts(&script).output().unwrap();
    fs::remove_dir_all(installation.store("second")).unwrap();
    fs::rename(installation.data().join("second-after"), installation.store("second")).unwrap();
    output.into()
}

#[test]
fn a_read_only_store_is_found_before_anything_goes() {
    for what in BOTH {
        let (installation, id) = approved(what);
        let said = on_a_bad_disk(
            &installation,
            r#"mount -o remount,ro "$DATA/stores/second""#,
            r#"mount -o remount,rw "$DATA/stores/second""#,
        );
        said.exits(0).contains("first: 75").contains("may not write").contains("second: 0");
        is_done(&installation, &id, what);
    }
}

#[test]
fn a_full_disk_is_found_before_anything_goes() {
    let (installation, id) = approved(FILE);
    let said = on_a_bad_disk(
        &installation,
        r#"dd if=/dev/zero of="$DATA/stores/second/ballast" bs=4k 2>/dev/null || true"#,
        r#"rm "$DATA/stores/second/ballast""#,
    );
    said.exits(0).contains("first: 75").contains("space").contains("second: 0");
    is_done(&installation, &id, FILE);
}

#[test]
fn a_deletion_called_off_while_its_rewriting_is_prepared_leaves_nothing_behind() {
    let (installation, people, id) = killed_at(FILE, "remove", "waiting");
    let before = files_below(&installation.store("first").join("ocfl"));
    let is_prepared = has(&installation.store("first").join("work"), b"letter 7");
    assert!(is_prepared, "it was prepared");
    people.call(&installation, "ben", &["delete", "cancel", &id]).exits(0);
    installation.run(["delete", "run"]).exits(0);
    assert_eq!(state(&installation, &id), "cancelled");
    installation.ingest(&installation.plain_folder("other", &[("x", b"1")]));
    assert!(!has(&installation.store("first").join("work"), b"letter 7"), "the sweeper has found what was prepared");
    let after = files_below(&installation.store("first").join("ocfl"));
    assert!(before.iter().all(|file| after.contains(file)), "the object is as it was");
    installation.run(["fixity", "check", "--all"]).exits(0).contains("0 repairs made");
}

#[test]
fn a_deposit_in_work_is_waited_for_and_its_version_is_not_destroyed() {
    let (installation, people) = with_letters();
    let id = people.request(&installation, &[LETTERS]);
    people.approve(&installation, &id);
    let folder = installation.folder.path().join("letters");
    fs::write(folder.join("late.txt"), "late").unwrap();
    let mut command =
        installation.command(["--log", "info", "--log-format", "json", "ingest", folder.to_str().unwrap()]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains("\"item.stage\":\"store\"")), "it was never stored");
    child.kill().unwrap();
    child.wait().unwrap();
    installation.run(["delete", "run"]).exits(75).contains("has not ended");
    let asked = ["delete", "request", LETTERS, "--reason", "again"];
    people.call(&installation, "ann", &asked).exits(1).contains("has work that has not ended");
    installation.ingest(&folder);
    installation.run(["delete", "run"]).exits(1).contains("has version 3 since");
    installation.run(["fixity", "check", "--all"]).exits(0).contains("0 repairs made");
}

#[test]
fn two_that_carry_it_out_at_once_do_it_once() {
    for what in BOTH {
        let (installation, id) = approved(what);
        let run =
            || installation.command(["delete", "run"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut both = [run(), run(), run()];
        for child in &mut both {
            child.wait().unwrap();
        }
        installation.run(["delete", "run"]).exits(0);
        is_done(&installation, &id, what);
    }
}
