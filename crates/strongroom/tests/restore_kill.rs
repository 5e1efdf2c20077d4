//! A restoration killed (SIGKILL) or stopped (SIGTERM) in the middle publishes nothing, and the next one is whole.

#![allow(clippy::unwrap_used, reason = "a test that breaks should panic")]

#[path = "support/given_back.rs"]
mod given_back;
#[path = "support/installation.rs"]
mod installation;

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use given_back::{assert_no_leftover, files_of, folder_of, payload_of};
use installation::Installation;

const LETTERS: &str = "local.archive/letters";
/// Large enough that writing takes a while.
const LARGE_BYTES: usize = 200 << 20;

struct Stored {
    installation: Installation,
    folder: PathBuf,
}

fn stored() -> Stored {
    let installation = Installation::new();
    let bytes: Vec<u8> = (0..LARGE_BYTES as u64).map(|place| (place.wrapping_mul(0x9E37_79B9) >> 24) as u8).collect();
    let folder = installation.plain_folder("letters", &[("a.txt", b"one"), ("large.bin", &bytes)]);
    installation.ingest(&folder);
    Stored { installation, folder }
}

impl Stored {
    fn out(&self) -> PathBuf {
        let out = self.installation.folder.path().join("out");
        fs::create_dir_all(&out).unwrap();
        out
    }

    /// Returns what is under way in the folder of the target.
    fn hidden(&self) -> Option<PathBuf> {
        fs::read_dir(self.out()).unwrap().map(|entry| entry.unwrap().path()).next()
    }

    /// Begins a restoration and waits until a good part of it is written.
    fn half_way(&self) -> Child {
        let mut child = self
            .installation
            .command(["restore", LETTERS, "--to", "out/letters.tar"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let until = Instant::now() + Duration::from_secs(60);
        let is_half = |path: PathBuf| fs::metadata(path).is_ok_and(|there| there.len() > LARGE_BYTES as u64 / 10);
        while !self.hidden().is_some_and(is_half) {
            assert!(Instant::now() < until && child.try_wait().unwrap().is_none(), "it was never seen half-way");
            std::thread::yield_now();
        }
        child
    }

    #[track_caller]
    fn assert_next_is_whole(&self) {
        let target = self.out().join("letters.tar");
        assert!(!target.exists(), "nothing was published");
        self.installation.restore(&[LETTERS, "--to", "out/letters.tar"]);
        assert_eq!(payload_of(&files_of(&target)), folder_of(&self.folder));
        assert_no_leftover(&self.out());
        assert_eq!(fs::read_dir(self.installation.data().join("staging")).unwrap().count(), 0);
    }
}

#[test]
fn after_a_kill_nothing_is_published_and_the_next_restoration_is_whole() {
    let stored = stored();
    for _ in 0..2 {
        let mut child = stored.half_way();
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(stored.hidden().is_some(), "it could not clean up");
    }
    stored.assert_next_is_whole();
}

#[test]
fn a_second_restoration_to_the_same_place_is_told_to_come_later_and_a_stop_is_no_kill() {
    let stored = stored();
    let mut child = stored.half_way();
    let id = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(id, rustix::process::Signal::STOP).unwrap();
    stored.installation.run(["restore", LETTERS, "--to", "out/letters.tar"]).exits(75).contains("another process");
    rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::CONT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(75));
    assert_eq!(stored.hidden(), None, "it cleaned up");
    stored.assert_next_is_whole();
}

#[test]
fn a_stream_whose_reader_has_stopped_reading_ends_when_asked_to() {
    let stored = stored();
    let mut child =
        stored.installation.command(["restore", LETTERS, "--to", "-"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut byte = [0];
    std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut byte).unwrap();
    let id = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(75));
}
