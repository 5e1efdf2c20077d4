//! A server of TLS in front of another, whose certificate an authority of its own has signed.

#![allow(dead_code, reason = "each test file uses a part of this")]

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::installation::WORKSPACE;

const SCRIPT: &str = include_str!("tls_front.py");

/// A front that runs.
pub struct TlsFront {
    _process: Child,
    folder: tempfile::TempDir,
    /// Its address: the name that its certificate is for.
    pub url: String,
}

impl TlsFront {
    /// Starts one that shows the certificate of a server.
    pub fn before(server: &str) -> Self {
        Self::start(server, "server")
    }

    /// Starts one that shows the authority's own certificate.
    pub fn with_the_authority_s_own(server: &str) -> Self {
        Self::start(server, "authority")
    }

    /// Starts one whose certificate is no authority's, and signed by itself; so it is its own authority.
    pub fn that_signed_itself(server: &str) -> Self {
        Self::start(server, "alone")
    }

    fn start(server: &str, shown: &str) -> Self {
        let own = || Path::new(WORKSPACE).join("target/venv/bin/python");
        let python = std::env::var_os("STRONGROOM_TEST_PYTHON").map_or_else(own, PathBuf::from);
        let folder = tempfile::tempdir().unwrap();
        let (_, address) = server.split_once("://").expect("it is an address");
        let mut command = Command::new(python);
        command.args(["-c", SCRIPT, address]).arg(folder.path()).arg(shown);
        let process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut process = process.expect("Python is there: ./test installs it");
        let mut url = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut url).unwrap();
        assert!(url.starts_with("https://"), "it runs: ./test installs tools/python-requirements.txt");
        Self { _process: process, folder, url: url.trim().to_owned() }
    }

    /// Returns the file with the certificate of its authority.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// Returns the same server by a name that its certificate is not for.
    pub fn by_another_name(&self) -> String {
        self.url.replace("localhost", "127.0.0.1")
    }
}
