//! `strongroom bag validate`: what it prints, and how it ends.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

#[path = "support/bag_command.rs"]
mod bag_command;
#[path = "support/hostile.rs"]
mod hostile;

use bag_command::{Place, Ran};
use digests::Algorithm::Md5;
use hostile::bag_files::BagFiles;

/// A place with a valid bag, one with a warning, and one with two errors.
fn bags() -> Place {
    let place = Place::new();
    place.file("good/bag.tar", BagFiles::valid().tar());
    place.file("warned/bag.tar", BagFiles::plain().file("data/.DS_Store", "x").seal(&[Md5], &[]).tar());
    place.file("bad/bag.tar", BagFiles::valid().file("data/a.txt", "jello").file("data/b.txt", "x").tar());
    place
}

#[track_caller]
fn check(ran: &Ran, code: i32, lines: &[&str]) {
    assert_eq!(ran.code, Some(code), "{}{}", ran.stdout, ran.stderr);
    for line in lines {
        assert!(ran.stdout.contains(line), "no {line:?} in:\n{}", ran.stdout);
    }
}

#[test]
fn a_valid_bag_has_one_line() {
    let ran = bags().bag(["validate", "good/bag.tar"]);
    check(&ran, 0, &["good/bag.tar: valid: 1 file, 5 B, BagIt 1.0, md5\n"]);
    assert_eq!(ran.stdout.lines().count(), 1);
}

#[test]
fn every_finding_is_told_with_its_place_values_clause_and_advice() {
    let ran = bags().bag(["validate", "bad/bag.tar"]);
    check(
        &ran,
        1,
        &[
            "bad/bag.tar: not valid: 2 files, 6 B, BagIt 1.0, md5; 2 errors\n",
            "error    BAG-068 data/a.txt: a payload file has another digest than the manifest says [RFC 8493",
            "expected md5 5d41402abc4b2a76b9719d911017c592\n",
            "error    BAG-065 data/b.txt: ",
            "→ The file or the manifest was changed or damaged",
        ],
    );
}

#[test]
fn the_worst_of_all_bags_is_the_exit_code() {
    let place = bags();
    check(&place.bag(["validate", "good/bag.tar", "warned/bag.tar"]), 0, &["BAG-084"]);
    check(&place.bag(["validate", "bad/bag.tar", "good/bag.tar"]), 1, &["good/bag.tar: valid"]);
    let ran = place.bag(["validate", "missing.tar", "bad/bag.tar", "good/bag.tar"]);
    check(&ran, 2, &["missing.tar: could not be checked: ", "bad/bag.tar: not valid", "good/bag.tar: valid"]);
}

#[test]
fn what_is_no_package_could_not_be_checked() {
    let place = Place::new();
    place.file("notes.txt", "these are notes");
    check(
        &place.bag(["validate", "notes.txt"]),
        2,
        &["notes.txt: could not be checked: ", "neither a folder nor a tar"],
    );
}

#[test]
fn a_folder_of_plain_files_is_no_valid_bag() {
    let place = Place::new();
    place.file("plain/a.txt", "x");
    check(&place.bag(["validate", "plain"]), 1, &["BAG-001", "BAG-031"]);
}

#[test]
fn quiet_speaks_of_bags_that_are_not_valid_only() {
    let place = bags();
    let ran = place.bag(["validate", "--quiet", "good/bag.tar", "warned/bag.tar", "bad/bag.tar"]);
    check(&ran, 1, &["bad/bag.tar: not valid"]);
    assert!(!ran.stdout.contains("good") && !ran.stdout.contains("warned"), "{}", ran.stdout);
    let ran = place.bag(["validate", "--quiet", "--json", "good/bag.tar"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""));
}

#[test]
fn warnings_can_be_made_errors() {
    let place = bags();
    check(&place.bag(["validate", "--warnings-are-errors", "good/bag.tar"]), 0, &["valid"]);
    check(&place.bag(["validate", "--warnings-are-errors", "warned/bag.tar"]), 1, &["not valid", "1 warning"]);
}

#[test]
fn a_bag_that_names_a_built_in_profile_is_checked_against_it() {
    let place = Place::new();
    let btr = BagFiles::btr().seal(&[Md5], &[]);
    for (name, bytes) in [("bag.tar", btr.tar()), ("bag.zip", btr.zip()), ("bag.tgz", btr.tar_gz())] {
        let validated = place.validate(&place.file(name, bytes), &[]);
        validated.check(0, None, "");
        assert_eq!(validated.json["profile"], "btr");
    }
    let wanting = BagFiles::btr().edit("bag-info.txt", |text| text.replace("Bagging-Date: 2026-01-31\n", ""));
    let path = place.file("wanting/bag.tar", wanting.seal(&[Md5], &[]).tar());
    place.validate(&path, &[]).check(1, Some("BAG-216"), "Bagging-Date");
    place.validate(&path, &["--profile", "none"]).check(0, None, "");
}

#[test]
fn a_profile_that_cannot_be_had_ends_the_command() {
    let place = bags();
    place.file("broken.json", "{");
    for (profile, why) in [("nobodys", "no BagIt profile or file is called `nobodys`"), ("broken.json", "cannot read")]
    {
        let ran = place.bag(["validate", "--profile", profile, "good/bag.tar"]);
        assert_eq!(ran.code, Some(2));
        assert!(ran.stderr.contains(why), "{}", ran.stderr);
    }
}

#[test]
fn many_bags_come_out_in_the_order_in_which_they_were_named() {
    let place = Place::new();
    // Large and small in turn, so that they end in another order.
    let large = BagFiles::plain().file("data/large", vec![7; 3 << 20]).seal(&[Md5], &[]).tar();
    let small = BagFiles::valid().tar_gz();
    let paths: Vec<_> = (0..60)
        .map(|number| match number % 4 {
            0 => place.file(format!("{number}/bag.tar"), &large),
            1 => place.path(format!("{number}/missing.tar")),
            _ => place.file(format!("{number}/bag.tar.gz"), &small),
        })
        .collect();
    let arguments =
        ["validate".into(), "--json".into()].into_iter().chain(paths.iter().map(|path| path.as_os_str().to_owned()));
    let ran = place.bag(arguments);
    assert_eq!(ran.code, Some(2));
    let answers: Vec<serde_json::Value> = ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), paths.len());
    for (number, (answer, path)) in answers.iter().zip(&paths).enumerate() {
        assert_eq!(answer["path"], path.to_str().unwrap());
        assert_eq!(answer["verdict"], if number % 4 == 1 { "not_checked" } else { "valid" });
    }
}

#[test]
fn names_from_a_bag_cannot_steer_the_terminal() {
    let place = Place::new();
    let path = place.file("bag.tar", BagFiles::valid().file("data/\u{202e}\r\nx", "x").tar());
    let ran = place.bag(["validate".as_ref(), path.as_os_str()]);
    check(&ran, 1, &["data/\\u{202e}\\u{d}\\u{a}x"]);
    assert!(!ran.stdout.contains(['\u{202e}', '\r']));
}

#[test]
fn help_has_examples() {
    let place = Place::new();
    for command in ["create", "validate", "inspect"] {
        check(&place.bag([command, "--help"]), 0, &["Examples:", &format!("strongroom bag {command}")]);
    }
}
