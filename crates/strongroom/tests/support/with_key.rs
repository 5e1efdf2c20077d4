//! The program with the key of the test's S3 server.

#![allow(dead_code, reason = "each test file uses a part of this")]

use std::process::Command;

use super::bucket_server::Bucket;
use super::installation::{Installation, Said};

/// Returns a command that has the key.
pub fn command(installation: &Installation, arguments: &[&str]) -> Command {
    let mut command = installation.command(arguments);
    Bucket::give_key_to(&mut command);
    command
}

/// Runs it.
pub fn run(installation: &Installation, arguments: &[&str]) -> Said {
    command(installation, arguments).output().unwrap().into()
}
