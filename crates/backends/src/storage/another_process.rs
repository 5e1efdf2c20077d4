//! Runs one test of this program again in a process of its own, that it may be killed or see other disks.

use std::process::{Command, Output};

const PART: &str = "STRONGROOM_TEST_PART";

/// Returns what the other process is to do, when this is it.
pub(super) fn part() -> Option<String> {
    std::env::var(PART).ok()
}

/// Runs the named test with its part.
pub(super) fn run(test: &str, part: &str) -> Output {
    finish(Command::new(std::env::current_exe().unwrap()), test, part)
}

/// Does the same as root of a user namespace with mounts of its own, so that it may mount without any right here.
pub(super) fn run_with_own_mounts(test: &str, part: &str) -> Output {
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--mount"]).arg(std::env::current_exe().unwrap());
    finish(command, test, part)
}

fn finish(mut command: Command, test: &str, part: &str) -> Output {
    let name = test.split_once("::").map_or(test, |(_, name)| name);
    command.args(["--exact", name, "--nocapture", "--test-threads=1"]).env(PART, part).output().unwrap()
}
