//! An S3 server for tests: moto, a program of its own, started for this process and ended with it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// Serves until its input ends, which it does when we do, however we end; believes no signature that is not right.
const SCRIPT: &str = include_str!("judge.py");

/// A server that runs.
pub struct Moto {
    _process: Child,
    /// Its address.
    pub url: String,
}

/// Returns the server of this process, started when it is first asked for.
pub fn moto() -> &'static Moto {
    static MOTO: OnceLock<Moto> = OnceLock::new();
    MOTO.get_or_init(start)
}

fn python() -> PathBuf {
    let own = || Path::new(WORKSPACE).join("target/venv/bin/python");
    std::env::var_os("STRONGROOM_TEST_PYTHON").map_or_else(own, PathBuf::from)
}

fn start() -> Moto {
    let mut command = Command::new(python());
    command.args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let process = command.spawn();
    let mut process =
        process.unwrap_or_else(|error| panic!("cannot run {}: {error}; ./test installs it", python().display()));
    let mut url = String::new();
    let output = process.stdout.take().expect("it was asked for");
    BufReader::new(output).read_line(&mut url).expect("what it says can be read");
    assert!(url.starts_with("http://"), "moto does not run; ./test installs it (tools/python-requirements.txt)");
    Moto { _process: process, url: url.trim().to_owned() }
}
