//! Runs the real program, `strongroom bag`, in a folder of its own.

#![allow(dead_code, reason = "each test file uses a part of this")]

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// How the program ended, and what it said.
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// A folder of its own; dropped, it is removed.
pub struct Place(tempfile::TempDir);

impl Place {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder can be made"))
    }

    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file and returns its path.
    pub fn file(&self, name: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("it is in the folder")).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// The command, ready for arguments.
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_strongroom"));
        command.current_dir(self.0.path()).env("STRONGROOM_DATA", self.path("no-data")).arg("bag");
        command
    }

    /// Runs `strongroom bag` to its end. It must not have made a data directory.
    pub fn bag<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Ran {
        let output = self.command().args(arguments).output().expect("the program can be started");
        assert!(!self.path("no-data").exists(), "a data directory was made");
        Ran {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("the output is UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("the output is UTF-8"),
        }
    }

    /// Validates one package, for its JSON.
    pub fn validate(&self, path: &Path, more: &[&str]) -> Validated {
        let arguments = ["validate", "--json"].iter().chain(more).map(OsStr::new).chain([path.as_os_str()]);
        let ran = self.bag(arguments);
        assert_eq!(ran.stderr, "", "nothing is said on standard error");
        let json = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {:?}", ran.stdout));
        Validated { code: ran.code, json }
    }
}

/// What `bag validate` said of one package.
pub struct Validated {
    pub code: Option<i32>,
    pub json: Value,
}

impl Validated {
    pub fn findings(&self) -> &[Value] {
        self.json["findings"]["list"].as_array().map_or(&[], Vec::as_slice)
    }

    pub fn codes(&self) -> Vec<&str> {
        self.findings().iter().filter_map(|finding| finding["code"].as_str()).collect()
    }

    /// Returns what is wrong with the answer, held against an exit code and a finding that names a place.
    pub fn fault(&self, exit: i32, code: Option<&str>, place: &str) -> Option<String> {
        if self.code != Some(exit) {
            return Some(format!("exit {:?} and not {exit}: {}", self.code, self.json));
        }
        let Some(code) = code else {
            return (!self.findings().is_empty()).then(|| format!("found {:#?}", self.findings()));
        };
        let Some(finding) = self.findings().iter().find(|finding| finding["code"] == code && names(finding, place))
        else {
            return Some(format!("no {code} that names {place:?} in {:#?}", self.findings()));
        };
        let is_empty = |key: &&str| finding[*key].as_str().is_none_or(str::is_empty);
        let empty = ["severity", "clause", "message", "advice"].into_iter().find(|key| is_empty(key));
        empty.map(|key| format!("{code} has no {key}"))
    }

    #[track_caller]
    pub fn check(&self, exit: i32, code: Option<&str>, place: &str) {
        if let Some(fault) = self.fault(exit, code, place) {
            panic!("{fault}");
        }
    }
}

fn names(finding: &Value, place: &str) -> bool {
    ["path", "message", "expected", "seen"]
        .iter()
        .any(|key| finding[*key].as_str().is_some_and(|text| text.contains(place)))
        || place.is_empty()
}
