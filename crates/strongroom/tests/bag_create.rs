//! `strongroom bag create`: what it makes, what it refuses, and that it leaves no half of a bag.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

#[path = "support/bag_command.rs"]
mod bag_command;

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use bag_command::Place;
use serde_json::Value;

const FORMS: [&str; 6] = ["bag.tar", "bag.tar.gz", "bag.tgz", "bag.tar.zst", "bag.zip", "bag"];

fn letters() -> Place {
    let place = Place::new();
    place.file("letters/one.txt", "Dear reader");
    place.file("letters/more/two.txt", "Yours");
    place
}

/// The names in the place, hidden ones too.
fn names(place: &Place) -> Vec<String> {
    let entries = fs::read_dir(place.path("")).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn every_form_is_made_by_the_name_of_the_target() {
    for target in FORMS {
        let place = letters();
        let ran = place.bag(["create", "letters", target, "--tag", "Contact-Name=A. Clerk"]);
        assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
        assert_eq!(ran.stdout, format!("{target}: made: 2 files, 16 B, BagIt 1.0, sha256 sha512\n"));
        let validated = place.validate(&place.path(target), &[]);
        validated.check(0, None, "");
        let tags = validated.json["tags"].as_array().unwrap();
        assert!(tags.iter().any(|tag| tag["name"] == "Contact-Name" && tag["value"] == "A. Clerk"), "{tags:?}");
        assert!(tags.iter().any(|tag| tag["name"] == "Payload-Oxum" && tag["value"] == "16.2"), "{tags:?}");
        assert_eq!(names(&place), {
            let mut all = [target, "letters"];
            all.sort_unstable();
            all
        });
    }
}

#[test]
fn a_folder_becomes_a_bag_where_it_stands() {
    let place = letters();
    let ran = place.bag(["create", "--in-place", "letters", "--algorithm", "sha1"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    place.validate(&place.path("letters"), &[]).check(0, None, "");
    assert_eq!(fs::read_to_string(place.path("letters/data/more/two.txt")).unwrap(), "Yours");
    assert!(place.path("letters/manifest-sha1.txt").exists());
}

#[test]
fn the_same_call_with_a_date_makes_the_same_bytes() {
    let place = letters();
    for target in ["one/bag.tar", "two/bag.tar"] {
        fs::create_dir(place.path(target).parent().unwrap()).unwrap();
        let ran = place.bag(["create", "letters", target, "--date", "2026-01-31"]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    }
    assert!(fs::read(place.path("one/bag.tar")).unwrap() == fs::read(place.path("two/bag.tar")).unwrap());
    let validated = place.validate(&place.path("one/bag.tar"), &[]);
    assert!(validated.json["tags"].to_string().contains("2026-01-31"));
}

#[test]
fn what_is_there_is_never_overwritten() {
    for target in FORMS {
        let place = letters();
        place.file(target, "mine");
        let ran = place.bag(["create", "letters", target]);
        assert_eq!(ran.code, Some(2), "{}", ran.stdout);
        assert!(ran.stderr.contains(target) && ran.stderr.contains("exists already"), "{}", ran.stderr);
        assert_eq!(fs::read_to_string(place.path(target)).unwrap(), "mine");
        assert_eq!(names(&place).len(), 2);
    }
}

#[test]
fn a_bag_that_the_profile_would_refuse_is_not_written() {
    let place = letters();
    let ran = place.bag(["create", "letters", "bag.tar", "--profile", "aptrust"]);
    assert_eq!(ran.code, Some(1), "{}{}", ran.stdout, ran.stderr);
    for word in ["nothing was written", "BAG-216", "Title", "Access"] {
        assert!(ran.stdout.contains(word), "no {word} in {}", ran.stdout);
    }
    assert_eq!(names(&place), ["letters"]);
    let ran = place.bag(["create", "letters", "bag.zip", "--profile", "aptrust", "--json"]);
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert!(json["findings"]["list"].to_string().contains("BAG-203"), "{json}");
}

#[test]
fn a_bag_after_a_profile_is_valid_by_it() {
    let place = letters();
    let arguments = ["create", "letters", "bag.tar", "--profile", "aptrust", "--json"];
    let tags = ["--tag-file", "aptrust-info.txt:Title=Letters", "--tag-file", "aptrust-info.txt:Access=Institution"];
    let ran = place.bag(arguments.iter().chain(&tags));
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(json["manifests"], serde_json::json!(["md5", "sha256"]));
    let validated = place.validate(&place.path("bag.tar"), &[]);
    validated.check(0, None, "");
    assert_eq!(validated.json["profile"], "aptrust");
}

#[test]
fn what_cannot_be_in_a_bag_is_named_and_nothing_is_written() {
    let place = letters();
    std::os::unix::fs::symlink("/etc/hostname", place.path("letters/link")).unwrap();
    let ran = place.bag(["create", "letters", "bag.tar"]);
    assert_eq!(ran.code, Some(1), "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("BAG-127") && ran.stdout.contains("link"), "{}", ran.stdout);
    assert_eq!(names(&place), ["letters"]);
}

#[test]
fn a_bag_is_not_bagged_again() {
    let place = letters();
    assert_eq!(place.bag(["create", "letters", "bag"]).code, Some(0));
    for arguments in [["create", "bag", "bag.tar"], ["create", "--in-place", "bag"]] {
        let ran = place.bag(arguments);
        assert_eq!(ran.code, Some(2), "{}", ran.stdout);
        assert!(ran.stderr.contains("a bag already"), "{}", ran.stderr);
    }
}

#[test]
fn wrong_options_are_refused() {
    let place = letters();
    for more in [
        ["--algorithm", "md6"],
        ["--tag", "no value"],
        ["--tag-file", "x=y"],
        ["--date", "soon"],
        ["--tag", "Payload-Oxum=1.1"],
    ] {
        let ran = place.bag(["create", "letters", "bag.tar"].iter().chain(&more));
        assert_eq!(ran.code, Some(2), "{more:?}");
        assert_eq!(names(&place), ["letters"]);
    }
}

/// Starts the command, kills it after a while, and calls `check`, for longer and longer whiles until it ends by itself.
fn kill_again_and_again(place: &Place, arguments: &[&str], check: impl Fn(), undo: impl Fn()) {
    let step = Duration::from_millis(4);
    for number in 0.. {
        let mut child = place.command().args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let end = Instant::now() + step * number;
        while Instant::now() < end && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        let has_ended = child.try_wait().unwrap().is_some();
        child.kill().unwrap();
        child.wait().unwrap();
        check();
        if has_ended {
            return;
        }
        undo();
    }
}

#[test]
fn a_kill_leaves_no_half_of_a_bag() {
    let place = Place::new();
    for number in 0..40 {
        place.file(format!("letters/{number}"), vec![number; 300_000]);
    }
    for target in ["bag.tar", "bag"] {
        let path = place.path(target);
        let check = || {
            if path.exists() {
                place.validate(&path, &[]).check(0, None, "");
            }
        };
        kill_again_and_again(&place, &["create", "letters", target], check, || {
            if path.is_dir() {
                fs::remove_dir_all(&path).unwrap();
            } else if path.exists() {
                fs::remove_file(&path).unwrap();
            }
        });
        assert!(path.exists(), "the last call was let run to its end");
    }
}

#[test]
fn a_kill_in_place_is_mended_by_the_same_call() {
    let place = Place::new();
    for number in 0..200 {
        place.file(format!("letters/{number}"), number.to_string());
    }
    let count = || {
        let bag = place.path("letters");
        let data = bag.join("data");
        let (payload, folder) = (files(&data), files(&bag));
        let moving = files(&bag.join(".bagging/data"));
        assert!(payload == 200 || folder + moving >= 200, "{payload} in data, {folder} at the top, {moving} moving");
    };
    // Each call goes on where the last one was killed, so that all its states are met.
    kill_again_and_again(&place, &["create", "--in-place", "letters"], count, || ());
    place.validate(&place.path("letters"), &[]).check(0, None, "");
    assert_eq!(files(&place.path("letters/data")), 200);
}

fn files(folder: &std::path::Path) -> usize {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    entries.filter(|entry| entry.as_ref().unwrap().file_type().unwrap().is_file()).count()
}
