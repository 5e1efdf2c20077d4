//! A restoration killed (SIGKILL) or stopped (SIGTERM) in the middle publishes nothing, and the next one goes on with it.

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, reason = "a test that breaks should panic")]

#[path = "faults/bags.rs"]
#[allow(dead_code)]
mod bags;
#[path = "support/given_back.rs"]
mod given_back;
#[path = "support/installation.rs"]
mod installation;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use bags::Random;
use given_back::{assert_no_leftover, files_of, folder_of, payload_of};
use installation::{Installation, files_below};
use serde_json::Value;

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
    assert!(stored.hidden().is_some(), "what was begun is there for the next");
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

/// Files of the object that is killed again and again, and the bytes of each at the most.
const FILES: usize = 1_500;
const FILE_BYTES: u64 = 60_000;
const KILLS: usize = 6;

/// An object of many files, being given back to a tar or a folder.
struct Many {
    stored: Stored,
    arguments: &'static [&'static str],
    target: PathBuf,
}

impl Many {
    fn new(random: &mut Random, is_unpacked: bool) -> Self {
        let installation = Installation::new();
        let folder = installation.folder.path().join("letters");
        for number in 0..FILES {
            let length = random.below(FILE_BYTES) as usize;
            let seed = random.next();
            let bytes: Vec<_> = (0..length as u64).map(|at| (at.wrapping_mul(seed | 1) >> 16) as u8).collect();
            let path = folder.join(format!("{}/{number:04}.bin", number % 9));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        installation.ingest(&folder);
        let stored = Stored { installation, folder };
        let (arguments, name): (&[_], _) = match is_unpacked {
            true => (&[LETTERS, "--unpacked", "--to", "out/letters"], "letters"),
            false => (&[LETTERS, "--to", "out/letters.tar"], "letters.tar"),
        };
        let target = stored.out().join(name);
        Self { stored, arguments, target }
    }

    fn command(&self) -> std::process::Command {
        let mut command = self.stored.installation.command([&["restore", "--json"], self.arguments].concat());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// Returns how much there is of what is under way: bytes of a tar, or files of a folder.
    fn begun(&self) -> u64 {
        match self.stored.hidden() {
            Some(folder) if folder.is_dir() => files_below(&folder).len() as u64,
            Some(file) => fs::metadata(file).unwrap().len(),
            None => 0,
        }
    }

    /// Kills a restoration when there is so much of it.
    fn kill_at(&self, enough: u64) {
        let mut child = self.command().spawn().unwrap();
        let until = Instant::now() + Duration::from_secs(60);
        while self.begun() < enough {
            assert!(Instant::now() < until && child.try_wait().unwrap().is_none(), "it was never seen half-way");
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!self.target.exists(), "nothing was published");
    }

    fn enough(&self) -> u64 {
        if self.target.extension().is_some() { FILES as u64 * FILE_BYTES / 4 } else { FILES as u64 / 2 }
    }

    /// Lets it come to its end, insists that all is right, and returns how many files were not asked for again.
    #[track_caller]
    fn end(&self) -> u64 {
        let report = self.stored.installation.restore(self.arguments);
        let out = &self.target;
        let files = if out.is_dir() { folder_of(out) } else { files_of(out) };
        assert!(payload_of(&files) == folder_of(&self.stored.folder), "the payload is as it was deposited");
        self.stored.installation.assert_valid(out);
        assert_no_leftover(&self.stored.out());
        let resumed = report["resumed_files"].as_u64().unwrap_or(0);
        let given = report["replicas"].as_array().unwrap().iter().map(|given| given["files"].as_u64().unwrap());
        let given: u64 = given.sum();
        // `bag-info.txt` is read each time, to be amended. What was begun anew is asked for anew.
        let needed = report["files"].as_u64().unwrap() + 1;
        assert!(given + resumed == needed || (resumed == 0 && given > needed), "{report}");
        assert_eq!(report["outcome"], Value::from("restored"));
        resumed
    }
}

/// Kills a restoration at random moments and once half-way, and has it come to its end.
fn killed_again_and_again(test: &str, is_unpacked: bool) {
    let mut random = Random::announced(test);
    let many = Many::new(&mut random, is_unpacked);
    for _ in 0..KILLS {
        let mut child = many.command().spawn().unwrap();
        std::thread::sleep(Duration::from_millis(random.below(500)));
        // On a machine that is fast enough it may have come to its end.
        child.kill().unwrap();
        child.wait().unwrap();
        if many.target.is_dir() {
            fs::remove_dir_all(&many.target).unwrap();
        } else if many.target.exists() {
            fs::remove_file(&many.target).unwrap();
        }
    }
    many.kill_at(many.enough());
    assert!(many.end() > 0, "what was there was gone on with");
}

#[test]
fn a_tar_that_is_killed_again_and_again_goes_on_where_it_was() {
    killed_again_and_again("a_tar_that_is_killed_again_and_again_goes_on_where_it_was", false);
}

#[test]
fn a_folder_that_is_killed_again_and_again_goes_on_where_it_was() {
    killed_again_and_again("a_folder_that_is_killed_again_and_again_goes_on_where_it_was", true);
}

#[test]
fn what_was_damaged_after_a_kill_is_not_gone_on_with() {
    let mut random = Random::announced("what_was_damaged_after_a_kill_is_not_gone_on_with");
    for is_unpacked in [false, true] {
        let many = Many::new(&mut random, is_unpacked);
        many.kill_at(many.enough());
        let hidden = many.stored.hidden().unwrap();
        let spoil = |path: &Path, place: usize| {
            let mut bytes = fs::read(path).unwrap();
            bytes[place] ^= 1;
            fs::write(path, bytes).unwrap();
        };
        if is_unpacked {
            // A bit, an end, a name that is no bag's, and a folder in the place of a file.
            let all = files_below(&hidden.join("data"));
            let count = all.len() as u64;
            let data: Vec<_> = all.into_iter().filter(|(_, bytes)| !bytes.is_empty()).collect();
            spoil(&hidden.join("data").join(&data[0].0), data[0].1.len() / 2);
            fs::write(hidden.join("data").join(&data[1].0), &data[1].1[..data[1].1.len() - 1]).unwrap();
            fs::remove_file(hidden.join("data").join(&data[2].0)).unwrap();
            fs::create_dir(hidden.join("data").join(&data[2].0)).unwrap();
            fs::create_dir_all(hidden.join("empty/er")).unwrap();
            let resumed = many.end();
            assert!(resumed > 0 && resumed <= count - 3, "{resumed} of {count}");
        } else {
            let length = fs::metadata(&hidden).unwrap().len() as usize;
            spoil(&hidden, length / 2);
            let resumed = many.end();
            assert!(resumed > 0 && resumed < FILES as u64 / 2, "{resumed} files were before the damage");
        }
    }
}

#[test]
fn what_another_bag_or_another_user_has_left_after_a_kill_is_not_published() {
    let mut random = Random::announced("what_another_bag_or_another_user_has_left_after_a_kill_is_not_published");
    let many = Many::new(&mut random, true);
    many.kill_at(many.enough());
    fs::write(many.stored.hidden().unwrap().join("data/stranger"), "of another bag").unwrap();
    assert_eq!(many.end(), 0, "it begins anew");
    assert!(!many.target.join("data/stranger").exists());
    for is_unpacked in [false, true] {
        let many = Many::new(&mut random, is_unpacked);
        many.kill_at(many.enough());
        fs::set_permissions(many.stored.hidden().unwrap(), fs::Permissions::from_mode(0o777)).unwrap();
        assert_eq!(many.end(), 0, "whoever may write there may have laid a trap");
    }
}
