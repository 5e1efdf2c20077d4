//! bagit.py, the Library of Congress's own library, as a second opinion.

#![allow(dead_code, reason = "each test file uses a part of this")]

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/bag_foreign.py");

fn run<'a>(arguments: impl IntoIterator<Item = &'a OsStr>) -> String {
    let own = || Path::new(WORKSPACE).join("target/venv/bin/python").into();
    let python = std::env::var_os("STRONGROOM_TEST_PYTHON").unwrap_or_else(own);
    // Names of files are bytes there as here.
    let output = Command::new(&python).arg("-X").arg("utf8").arg(SCRIPT).args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("cannot run {}: {error}; ./test installs it", python.display()));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{} failed; ./test installs what it needs: {stderr}", python.display());
    String::from_utf8(output.stdout).expect("JSON is UTF-8")
}

/// Makes a bag of a folder where it stands.
pub fn make(algorithms: &str, folder: &Path) {
    run([OsStr::new("make"), OsStr::new(algorithms), folder.as_os_str()]);
}

/// Validates folders; returns of each whether it is valid and why not.
pub fn validate(folders: &[PathBuf]) -> Vec<(bool, String)> {
    let text = run([OsStr::new("validate")].into_iter().chain(folders.iter().map(|folder| folder.as_os_str())));
    let verdict = |line: &str| {
        let json: serde_json::Value = serde_json::from_str(line).expect("each line is JSON");
        (json["valid"] == true, json["why"].as_str().unwrap_or_default().to_owned())
    };
    let verdicts: Vec<_> = text.lines().map(verdict).collect();
    assert_eq!(verdicts.len(), folders.len(), "one verdict a folder");
    verdicts
}
