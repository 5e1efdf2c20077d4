//! Items, objects, files and events are listed and shown as they are, to people and to scripts.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that breaks should panic")]

#[path = "support/installation.rs"]
mod installation;

use installation::{Installation, sample};
use serde_json::Value;

fn column(lines: &[Value], key: &str) -> Vec<String> {
    lines.iter().map(|line| line[key].to_string().trim_matches('"').to_owned()).collect()
}

fn with_samples() -> Installation {
    let installation = Installation::new();
    installation.ingest_samples();
    installation.run(["ingest", sample("broken/changed-byte").to_str().unwrap()]).exits(1);
    installation
}

#[test]
fn looking_at_nothing_says_so_and_leaves_no_trace() {
    let installation = Installation::new();
    for command in [
        &["items"][..],
        &["items", "show", "1"],
        &["item", "cancel", "1"],
        &["item", "retry", "1"],
        &["objects"],
        &["objects", "show", "local.archive/a"],
        &["files", "list", "local.archive/a"],
        &["files", "show", "local.archive/a/data/b"],
        &["events"],
        &["events", "show", "1"],
        &["doctor"],
    ] {
        installation.run(command).exits(2).contains("--data");
        assert!(!installation.data().exists(), "{command:?} made the data directory");
    }
}

#[test]
fn items_are_listed_newest_first_and_filtered() {
    let installation = with_samples();
    let check = |arguments: &[&str], expected: &[&str]| {
        let lines = installation.run([&["items", "list", "--json"], arguments].concat()).exits(0).json();
        assert_eq!(column(&lines, "id"), expected, "{arguments:?}");
    };
    check(&[], &["4", "3", "2", "1"]);
    check(&["--status", "rejected"], &["4"]);
    check(&["--status", "success", "--limit", "2"], &["3", "2"]);
    check(&["--before", "3"], &["2", "1"]);
    check(&["--object", "local.archive/minutes"], &["2"]);
    check(&["--institution", "other.archive"], &[]);
    installation.run(["items", "list", "--status", "asleep"]).exits(2).contains("use pending, started");
}

#[test]
fn a_page_tells_how_to_get_the_next_one_until_there_is_none() {
    let installation = with_samples();
    let mut seen = Vec::new();
    let mut arguments: Vec<String> = ["items", "list", "--json", "--limit", "1"].map(str::to_owned).to_vec();
    for _ in 0..10 {
        let said = installation.run(&arguments).exits(0);
        seen.extend(column(&said.json(), "id"));
        let Some((_, cursor)) = said.err.trim().split_once("for the next page add ") else { break };
        arguments.truncate(5);
        arguments.extend(cursor.split(' ').map(str::to_owned));
    }
    assert_eq!(seen, ["4", "3", "2", "1"]);
}

#[test]
fn an_item_shows_where_it_ended_with_all_findings_or_its_receipt() {
    let installation = with_samples();
    let rejected = &installation.run(["items", "show", "4", "--json"]).exits(0).json()[0];
    assert_eq!((&rejected["status"], &rejected["stage"]), (&"rejected".into(), &"validate".into()));
    assert_eq!(rejected["findings"]["list"][0]["code"], "BAG-068");
    assert_eq!(rejected["findings"]["list"][0]["path"], "data/b.txt");
    let done = &installation.run(["items", "show", "1", "--json"]).exits(0).json()[0];
    assert_eq!((&done["status"], &done["stage"]), (&"success".into(), &"clean_up".into()));
    assert_eq!(done["receipt"]["replicas"].as_array().unwrap().len(), 2);
    let text = installation.run(["items", "show", "4"]).exits(0);
    text.contains("BAG-068").contains("strongroom item retry 4");
    installation.run(["items", "show", "99"]).exits(1).contains("no work item 99");
}

#[test]
fn objects_are_listed_by_name_and_shown_with_versions_and_replicas() {
    let installation = with_samples();
    let check = |arguments: &[&str], expected: &[&str]| {
        let lines = installation.run([&["objects", "list", "--json"], arguments].concat()).exits(0).json();
        assert_eq!(column(&lines, "identifier"), expected, "{arguments:?}");
    };
    check(&[], &["local.archive/letters-folder", "local.archive/minutes", "local.archive/photographs"]);
    check(&["--starts-with", "ph"], &["local.archive/photographs"]);
    check(&["--after", "local.archive/minutes"], &["local.archive/photographs"]);
    check(&["--storage-option", "None"], &[]);
    let said = installation.run(["objects", "list", "--limit", "1"]).exits(0);
    assert!(said.err.contains("--after local.archive/letters-folder"), "{}", said.err);
    let shown = &installation.run(["objects", "show", "local.archive/minutes", "--json"]).exits(0).json()[0];
    assert_eq!(shown["versions"][0]["item"], 2);
    assert_eq!(column(shown["replicas"].as_array().unwrap(), "store"), ["first", "second"]);
    assert_eq!(column(shown["replicas"].as_array().unwrap(), "evidence"), ["A", "A"]);
    installation.run(["objects", "show", "local.archive/none"]).exits(1).contains("local.archive/none");
}

#[test]
fn files_are_listed_as_a_version_has_them_and_shown_with_their_history() {
    let installation = Installation::new();
    let folder = installation.plain_folder("letters", &[("a.txt", b"one"), ("b.csv", b"1,2")]);
    installation.ingest(&folder);
    std::fs::write(folder.join("a.txt"), "two, and longer").unwrap();
    std::fs::write(folder.join("c.png"), "new").unwrap();
    installation.ingest(&folder);
    let check = |arguments: &[&str], expected: &[&str]| {
        let all = [&["files", "list", "local.archive/letters", "--json"], arguments].concat();
        assert_eq!(column(&installation.run(all).exits(0).json(), "path"), expected, "{arguments:?}");
    };
    check(&["--starts-with", "data/"], &["data/a.txt", "data/b.csv", "data/c.png"]);
    check(&["--version", "1", "--starts-with", "data/"], &["data/a.txt", "data/b.csv"]);
    check(&["--format", "text/csv"], &["data/b.csv"]);
    check(&["--after", "data/b.csv"], &["data/c.png"]);
    installation.run(["files", "list", "local.archive/letters", "--version", "3"]).exits(1).contains("no version 3");
    let shown = &installation.run(["files", "show", "local.archive/letters/data/a.txt", "--json"]).exits(0).json()[0];
    let history = shown["history"].as_array().unwrap();
    assert_eq!(column(history, "version"), ["1", "2"]);
    assert_eq!(column(history, "size_bytes"), ["3", "15"]);
    assert_eq!((&history[0]["ended_by"], &shown["is_current"]), (&2.into(), &true.into()));
    let format = &history[1]["format"];
    assert_eq!((&format["media_type"], &format["basis"]), (&"text/plain".into(), &"extension".into()), "{format}");
    let sha256 = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed";
    assert!(history[0]["digests"].to_string().contains(sha256), "{history:?}");
    installation.run(["files", "show", "local.archive/letters/data/none"]).exits(1).contains("data/none");
    installation.run(["files", "show", "local.archive/letters"]).exits(2).contains("<path in the bag>");
}

#[test]
fn events_are_filtered_and_shown_by_number_and_by_uuid() {
    let installation = with_samples();
    let list =
        |arguments: &[&str]| installation.run([&["events", "list", "--json"], arguments].concat()).exits(0).json();
    let all = list(&[]);
    let numbers: Vec<_> = all.iter().map(|event| event["number"].as_i64().unwrap()).collect();
    assert!(numbers.is_sorted_by(|one, two| one > two), "newest first: {numbers:?}");
    assert!(list(&["--item", "2"]).iter().all(|event| event["item"] == 2));
    assert_eq!(list(&["--object", "local.archive/minutes"]).len(), list(&["--item", "2"]).len());
    let failed = list(&["--outcome", "fail"]);
    assert_eq!(column(&failed, "item"), ["4"]);
    assert!(list(&["--type", "fixity check"]).iter().all(|event| event["event_type"] == "fixity check"));
    assert_eq!(list(&["--type", "fixity check", "--item", "1"]).len(), 2, "one for each store");
    let before = numbers[2].to_string();
    assert_eq!(list(&["--before", &before, "--limit", "1"])[0]["number"], numbers[3]);
    let by_number = installation.run(["events", "show", "--json", &before]).exits(0).json();
    let by_id = installation.run(["events", "show", "--json", by_number[0]["id"].as_str().unwrap()]).exits(0).json();
    assert_eq!(by_number, by_id);
    installation.run(["events", "show", "123456"]).exits(1);
    installation.run(["events", "show", "neither"]).exits(2).contains("UUID");
}

#[test]
fn columns_are_aligned_and_the_widest_decides() {
    let installation = with_samples();
    let said = installation.run(["objects", "list"]).exits(0);
    let starts: Vec<_> = said.out.lines().map(|line| line.find("local.archive").or(line.find("object"))).collect();
    assert_eq!(starts.len(), 4);
    assert!(starts.iter().all(|start| start.is_some() && *start == starts[0]), "{}", said.out);
}

fn is_unsafe(letter: char) -> bool {
    (letter.is_control() && letter != '\n') || letter == '\u{202e}'
}

#[track_caller]
fn assert_safe(installation: &Installation, arguments: &[&str]) {
    let said = installation.run(arguments);
    assert!(!said.out.contains(is_unsafe), "{arguments:?}: {:?}", said.out);
    assert!(!said.err.contains(is_unsafe), "{arguments:?}: {:?}", said.err);
}

#[test]
fn a_hostile_name_that_is_held_reaches_no_terminal_and_json_keeps_it() {
    let installation = Installation::new();
    let hostile = "exe\u{202e}gpj; rm -rf 'x'";
    let folder = installation.plain_folder("letters", &[(hostile, b"one"), ("plain.txt", b"two")]);
    installation.ingest(&folder);
    let path = format!("local.archive/letters/data/{hostile}");
    for arguments in [
        &["files", "list", "local.archive/letters"][..],
        &["files", "list", "local.archive/letters", "--json"],
        &["files", "list", "local.archive/letters", "--limit", "2"],
        &["files", "show", &path],
        &["files", "show", &path, "--json"],
        &["files", "show", "local.archive/letters/data/none\u{1b}[2J"],
        &["items", "show", "1"],
        &["items", "show", "1", "--json"],
    ] {
        assert_safe(&installation, arguments);
    }
    let said = installation.run(["files", "list", "local.archive/letters", "--json"]).exits(0);
    assert!(said.json().iter().any(|line| line["path"] == format!("data/{hostile}").as_str()), "{}", said.out);
    installation.run(["files", "show", &path]).exits(0).contains("exe\\u{202e}gpj");
}

#[test]
fn a_hostile_name_that_was_refused_reaches_no_terminal_either() {
    let installation = Installation::new();
    let folder = installation.plain_folder("letters", &[("a\u{1b}[2J\u{7f}\nb.txt", b"one")]);
    for json in [&[][..], &["--json"]] {
        assert_safe(&installation, &[&["ingest", folder.to_str().unwrap()], json].concat());
        assert_safe(&installation, &[&["items", "show", "1"], json].concat());
        assert_safe(&installation, &[&["events", "list"], json].concat());
    }
    let shown = &installation.run(["items", "show", "1", "--json"]).exits(0).json()[0];
    assert_eq!(shown["findings"]["list"][0]["path"], "data/a\u{1b}[2J\u{7f}\nb.txt");
}

#[test]
fn the_cursor_of_a_hostile_name_can_be_pasted_into_a_shell() {
    let installation = Installation::new();
    let files: &[(&str, &[u8])] = &[("a 'quoted' $(name)", b"one"), ("b.txt", b"two")];
    installation.ingest(&installation.plain_folder("letters", files));
    let first = ["files", "list", "local.archive/letters", "--starts-with", "data/", "--limit", "1"];
    let said = installation.run(first).exits(0);
    let cursor = said.err.trim().split_once("for the next page add ").expect("there is a next page").1;
    let command = format!("\"$0\" {} {cursor}", first.join(" "));
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", &command, env!("CARGO_BIN_EXE_strongroom")]).env("STRONGROOM_DATA", installation.data());
    let next = installation::Said::from(shell.output().unwrap()).exits(0);
    assert!(next.out.contains("data/b.txt") && !next.out.contains("quoted"), "{}", next.out);
}
