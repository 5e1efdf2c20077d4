//! The Docker Engine of a test: how it is called, and an image of the program under test.

#![allow(clippy::print_stdout, reason = "what is passed over is said aloud")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

pub const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// Returns how Compose is called here; `None`, said aloud, when nothing of the kind is here and need not be.
pub fn compose_command() -> Option<Vec<&'static str>> {
    let answers = |words: &[&str]| {
        let said = Command::new(words[0]).args(&words[1..]).output();
        said.is_ok_and(|said| said.status.success())
    };
    let has_engine = answers(&["docker", "version"]);
    let compose = [vec!["docker", "compose"], vec!["docker-compose"]];
    let compose = compose.into_iter().find(|words| answers(&[&words[..], &["version"]].concat()));
    if has_engine && compose.is_some() {
        return compose;
    }
    let because = if has_engine { "there is no Compose here" } else { "no Docker Engine answers" };
    let is_required = std::env::var("STRONGROOM_TEST_DOCKER").is_ok_and(|value| value == "1");
    assert!(!is_required, "{because}, and $STRONGROOM_TEST_DOCKER asks for it");
    println!("{because}: the fleet was not tested");
    None
}

/// Makes an image of the program under test; with `$STRONGROOM_TEST_IMAGE`, another name of that one.
pub fn build_image(tag: &str) {
    let label = format!("test={tag}");
    if let Ok(given) = std::env::var("STRONGROOM_TEST_IMAGE") {
        let mut build = Command::new("docker");
        build.args(["build", "--quiet", "--tag", tag, "--label", &label, "-"]).env("DOCKER_BUILDKIT", "0");
        let mut build = build.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        writeln!(build.stdin.take().unwrap(), "FROM {given}").unwrap();
        assert!(build.wait().unwrap().success(), "there is no image {given}");
        return;
    }
    let mut tool = Command::new(Path::new(ROOT).join("tools/build-image"));
    // A label of its own makes another image of the same program.
    tool.args(["--tag", tag, "--label", &label, env!("CARGO_BIN_EXE_strongroom")]);
    insist(tool.output().unwrap());
}

/// Insists that a command did what it was told, and returns what it said.
#[track_caller]
pub fn insist(said: Output) -> String {
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    String::from_utf8(said.stdout).unwrap()
}
