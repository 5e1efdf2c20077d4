//! The rules about names.

mod bag;

use bag::{BagBuilder, accepted, refused};
use bagit::rules::*;

fn named(path: &str) -> BagBuilder {
    BagBuilder::valid().file(path, "x")
}

const STRICT: &str =
    r#"{"BagIt-Profile-Info": {}, "Accept-BagIt-Version": ["1.0"], "Control-Characters-Allowed": false}"#;

#[test]
fn control_characters_are_an_error_where_the_profile_forbids_them() {
    for (path, rules) in [
        ("data/a\u{7}b", vec![&NAME_CONTROL]),
        ("data/a\u{a0}b", vec![&NAME_CONTROL]),
        ("data/a\u{85}b", vec![&NAME_CONTROL]),
        ("data/a\\u007fb", vec![&NAME_CONTROL, &NAME_WINDOWS]),
    ] {
        accepted(named(path), &rules);
        refused(named(path).profile(STRICT), &rules);
    }
}

#[test]
fn names_that_differ_in_normal_form_only_are_warned_of() {
    accepted(named("data/\u{e4}").file("data/a\u{308}", "x"), &[&NAME_TWINS_NORMAL_FORM]);
}

#[test]
fn names_that_differ_in_case_only_are_warned_of() {
    accepted(named("data/Hello.txt").file("data/hello.TXT", "x"), &[&NAME_TWINS_CASE]);
    accepted(named("data/\u{c4}").file("data/\u{e4}", "x"), &[&NAME_TWINS_CASE]);
}

#[test]
fn files_that_systems_leave_behind_are_warned_of() {
    for path in ["data/.DS_Store", "data/x/Thumbs.db", "data/desktop.ini", "data/._a.txt"] {
        accepted(named(path), &[&NAME_SYSTEM_FILE]);
    }
    accepted(named("tags/.DS_Store"), &[]);
}

#[test]
fn names_that_windows_cannot_write_are_warned_of() {
    for path in ["data/con.txt", "data/a:b", "data/a?b", "data/end."] {
        accepted(named(path), &[&NAME_WINDOWS]);
    }
}

#[test]
fn names_that_mislead_the_eye_are_warned_of() {
    for character in ['\u{202f}', '\u{2028}', '\u{202e}'] {
        accepted(named(&format!("data/a{character}b")), &[&NAME_HOSTILE]);
    }
}

#[test]
fn long_and_deep_names_are_no_matter_of_the_bag() {
    let path = format!("data/{}", vec!["x".repeat(200); 15].join("/"));
    accepted(named(&path), &[]);
}
