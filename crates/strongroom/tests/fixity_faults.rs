//! Checks and repairs in whose midst something breaks: sectors that cannot be read, a disk that is full, a kill.

#![allow(missing_docs, clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that breaks should panic")]

#[path = "support/installation.rs"]
mod installation;
#[path = "support/leases.rs"]
mod leases;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use installation::{Installation, Said, files_below, sample};
use leases::end_leases;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

const PHOTOGRAPHS: &str = "local.archive/photographs";
const PICTURE: &str = "v1/content/data/1923/harbour.png";

fn installation() -> Installation {
    let installation = Installation::new();
    installation.ingest(&sample("photographs.tar"));
    installation
}

fn picture(installation: &Installation) -> PathBuf {
    installation.object("first", PHOTOGRAPHS).join(PICTURE)
}

/// Runs a script as root of a user name space with mounts of its own. `$FILE` is the picture in the first store.
fn with_own_mounts(installation: &Installation, script: &str) -> Said {
    let said: Said = installation.with_own_mounts(script).env("FILE", picture(installation)).output().unwrap().into();
    said.exits(0)
}

#[track_caller]
fn incidents(installation: &Installation, state: &str) -> Vec<Value> {
    installation.run(["incidents", "--json", "--state", state]).exits(0).json()
}

/// Memory of a process at an address where there is none: a file that opens, and answers each read with EIO.
const UNREADABLE: &str = "mount --bind /proc/$$/mem \"$FILE\"; if cat \"$FILE\"; then exit 9; fi";

#[test]
fn a_file_that_cannot_be_read_is_unreadable_and_never_called_corrupt() {
    let installation = installation();
    let number = inode(&picture(&installation));
    let script =
        format!("{UNREADABLE}\ncode=0; \"$STRONGROOM\" fixity check --all --dry-run || code=$?; test $code = 1");
    with_own_mounts(&installation, &script);
    let open = incidents(&installation, "open");
    assert_eq!(open.len(), 1, "{open:?}");
    assert_eq!((open[0]["path"].as_str(), open[0]["damage"].as_str()), (Some(PICTURE), Some("unreadable")));
    assert!(open[0]["seen"].as_str().unwrap().contains("Input/output error"), "{open:?}");
    let failed = ["events", "list", "--json", "--type", "fixity check", "--outcome", "fail"];
    let events = installation.run(failed).exits(0).json();
    assert!(events[0]["note"].as_str().unwrap().contains("cannot be read"), "{events:?}");
    // The sector can be read again: it was good all the time, and nobody writes over it.
    installation.run(["fixity", "check", "--all"]).exits(0).contains("0 repairs made");
    assert_eq!(inode(&picture(&installation)), number);
    assert_eq!(incidents(&installation, "passed").len(), 1);
}

fn inode(file: &Path) -> u64 {
    std::os::unix::fs::MetadataExt::ino(&fs::metadata(file).unwrap())
}

#[test]
fn a_disk_that_is_full_in_the_middle_of_a_repair_leaves_nothing_half_and_is_told() {
    let installation = Installation::new();
    let large: Vec<u8> = (0..3_000_000_u32).map(|place| (place.wrapping_mul(0x9E37_79B9) >> 24) as u8).collect();
    let folder = installation.plain_folder("letters", &[("large.bin", &large), ("small.txt", b"small")]);
    installation.ingest(&folder);
    let object = installation.object("first", "local.archive/letters");
    fs::remove_file(object.join("v1/content/data/large.bin")).unwrap();
    fs::write(object.join("v1/content/data/small.txt"), "smart").unwrap();
    let script = r#"first="$STRONGROOM_DATA/stores/first"
        cp -a "$first" saved
        mount -t tmpfs -o size=2m tmpfs "$first"
        cp -a saved/. "$first/"; rm -rf saved
        code=0; "$STRONGROOM" fixity check --all || code=$?; echo "full: $code"
        find "$first/work" -mindepth 1 | sed 's/^/left behind: /'
        "$STRONGROOM" incidents --json --state open
        "$STRONGROOM" alerts --json
        mount -o remount,size=64m "$first"
        code=0; "$STRONGROOM" fixity check --all || code=$?; echo "room: $code"
        find "$first/work" -mindepth 1 | sed 's/^/left behind: /'
        cmp "$first"/ocfl/*/*/*/*/v1/content/data/large.bin letters/large.bin
        cmp "$first"/ocfl/*/*/*/*/v1/content/data/small.txt letters/small.txt"#;
    let said = Said::from(installation.with_own_mounts(script).output().unwrap()).exits(0);
    said.contains("full: 1").contains("no space left").contains("room: 0").contains("repair_refused");
    assert!(!said.out.contains("left behind: "), "something half-written takes the room: {}", said.out);
    let open = said.out.lines().filter(|line| line.contains("\"state\":\"open\"")).count();
    assert_eq!(open, 1, "what there was room for is repaired: {}", said.out);
    assert_eq!(incidents(&installation, "open"), Vec::<Value>::new());
    assert_eq!(incidents(&installation, "repaired").len(), 2);
}

/// Lays out what a repair has done when it is killed after one of its steps, and insists that the next check ends well.
#[track_caller]
fn killed_after(steps: impl Fn(&Path, &Path, &[u8]), repaired: usize) {
    let installation = installation();
    let file = picture(&installation);
    let right = fs::read(&file).unwrap();
    fs::write(&file, "rotten").unwrap();
    installation.run(["fixity", "check", "--all", "--dry-run"]).exits(1);
    steps(&installation.store("first"), &file, &right);
    let before = inode(&file);
    installation.run(["fixity", "check", "--all"]).exits(0);
    assert_eq!(fs::read(&file).unwrap(), right);
    assert_eq!(incidents(&installation, "repaired").len(), repaired);
    assert_eq!(incidents(&installation, "passed").len(), 1 - repaired);
    assert_eq!(inode(&file) != before, repaired == 1, "what was right is not written again");
    assert_eq!(files_below(&installation.store("first").join("work")), Vec::new(), "nothing is left behind");
    let kept = installation.store("first").join("quarantine/incident-1");
    assert_eq!(fs::read(kept).unwrap(), b"rotten", "the wrong bytes are kept");
    let root = installation.store("first").join("ocfl");
    installation.run(["ocfl", "validate", root.to_str().unwrap()]).exits(0);
}

#[test]
fn a_repair_that_was_killed_after_any_of_its_steps_ends_well() {
    let half = |store: &Path, _: &Path, right: &[u8]| {
        fs::write(store.join("work/.mend-incident-1"), &right[..right.len() / 2]).unwrap();
    };
    let whole = |store: &Path, _: &Path, right: &[u8]| {
        fs::write(store.join("work/.mend-incident-1"), right).unwrap();
    };
    let put_aside = move |store: &Path, file: &Path, right: &[u8]| {
        whole(store, file, right);
        fs::create_dir(store.join("quarantine")).unwrap();
        fs::hard_link(file, store.join("quarantine/incident-1")).unwrap();
    };
    let in_place = move |store: &Path, file: &Path, right: &[u8]| {
        put_aside(store, file, right);
        fs::rename(store.join("work/.mend-incident-1"), file).unwrap();
    };
    killed_after(|_, _, _| {}, 1);
    killed_after(half, 1);
    killed_after(whole, 1);
    killed_after(put_aside, 1);
    killed_after(in_place, 0);
}

/// What a repair asks of the kernel.
const CALLS: [&str; 8] = ["openat", "write", "fsync", "openat2", "mkdirat", "linkat", "renameat", "unlinkat"];

/// Repairs the picture and kills the program (SIGKILL) as it begins the nth call of a kind that has to do with the
/// repaired file, what is kept of the wrong one, or their folders. Returns whether there was such a call.
fn foreign_strace_killed_at(installation: &Installation, call: &str, number: usize) -> bool {
    let store = installation.store("first").canonicalize().unwrap();
    let file = picture(installation).canonicalize().unwrap();
    let target = file.strip_prefix(&store).unwrap();
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-o"]).arg(installation.folder.path().join("trace"));
    for path in
        [Path::new("work/.mend-incident-1-1"), Path::new("quarantine"), Path::new("quarantine/incident-1"), target]
            .into_iter()
            .chain(target.parent())
    {
        strace.arg("-P").arg(path).arg("-P").arg(store.join(path));
    }
    strace.args(["-e", &format!("trace={call}"), "-e", &format!("inject={call}:signal=KILL:when={number}"), "--"]);
    let check = installation.command(["fixity", "check", "--all"]);
    strace.arg(check.get_program()).args(check.get_args()).current_dir(installation.folder.path());
    strace.env("STRONGROOM_DATA", installation.data()).stdin(std::process::Stdio::null());
    let status = strace.output().unwrap().status;
    match std::os::unix::process::ExitStatusExt::signal(&status) {
        Some(signal) => assert_eq!(signal, 9),
        None => assert!(status.success(), "{status}"),
    }
    !status.success()
}

/// Kills a repair at a call, and insists that the next check ends well. Returns whether there was such a call.
#[track_caller]
fn foreign_strace_kill_ends_well(call: &str, number: usize) -> bool {
    let installation = installation();
    let file = picture(&installation);
    let right = fs::read(&file).unwrap();
    fs::write(&file, "rotten").unwrap();
    if !foreign_strace_killed_at(&installation, call, number) {
        return false;
    }
    let seen = fs::read(&file).expect("the path is never without a file");
    assert!(seen == b"rotten" || seen == right, "at {call} {number}: the file is half-written");
    installation.run(["fixity", "check", "--all"]).exits(0);
    assert_eq!(fs::read(&file).unwrap(), right, "at {call} {number}");
    let told = installation.run(["incidents", "--json"]).exits(0).json();
    let expected = if seen == right { "passed" } else { "repaired" };
    assert_eq!((told.len(), &told[0]["state"]), (1, &Value::from(expected)), "at {call} {number}");
    let store = installation.store("first");
    assert_eq!(files_below(&store.join("work")), Vec::new(), "at {call} {number}");
    assert_eq!(fs::read(store.join("quarantine/incident-1")).unwrap(), b"rotten", "at {call} {number}");
    installation.run(["ocfl", "validate", store.join("ocfl").to_str().unwrap()]).exits(0);
    installation.run(["fixity", "check", "--all"]).exits(0).contains("0 repairs made");
    true
}

#[test]
fn foreign_strace_kills_a_repair_at_each_of_its_calls_and_the_next_check_ends_it() {
    let kills = CALLS.map(|call| (1..).take_while(|number| foreign_strace_kill_ends_well(call, *number)).count());
    // Opened, written, synchronised, read back; a folder, a second name, a rename; two folders synchronised.
    assert!(kills[..7].iter().all(|kills| *kills > 0), "{CALLS:?} {kills:?}");
    assert!(kills[2] >= 3, "{kills:?}: the file and the folders are synchronised");
}

#[test]
fn foreign_strace_a_repair_that_was_paused_beyond_its_lease_changes_nothing() {
    let installation = installation();
    let file = picture(&installation);
    let right = fs::read(&file).unwrap();
    fs::write(&file, "rotten").unwrap();
    let (store, trace) = (installation.store("first"), installation.folder.path().join("trace"));
    let check = installation.command(["fixity", "check", "--all"]);
    let mut strace = Command::new("strace");
    strace.args(["-f", "-o"]).arg(&trace).arg("-P").arg("work/.mend-incident-1-1");
    strace.arg("-P").arg(store.canonicalize().unwrap().join("work/.mend-incident-1-1"));
    // The right bytes are written, and wait for their place.
    strace.args(["-e", "trace=fsync", "-e", "inject=fsync:signal=STOP:when=1", "--"]);
    strace.arg(check.get_program()).args(check.get_args()).env("STRONGROOM_DATA", installation.data());
    let mut paused = strace.current_dir(installation.folder.path()).spawn().unwrap();
    let until = Instant::now() + Duration::from_secs(30);
    while !fs::read_to_string(&trace).is_ok_and(|text| text.contains("stopped by SIGSTOP")) {
        assert!(Instant::now() < until && paused.try_wait().unwrap().is_none(), "it was not paused");
        std::thread::sleep(Duration::from_millis(5));
    }
    end_leases(&installation, &["fixity"]);
    installation.run(["fixity", "check", "--all"]).exits(0).contains("1 repair made");
    let number = inode(&file);
    let children = fs::read_to_string(format!("/proc/{0}/task/{0}/children", paused.id())).unwrap();
    let late = Pid::from_raw(children.trim().parse().unwrap()).unwrap();
    kill_process(late, Signal::CONT).unwrap();
    paused.wait().unwrap();
    assert_eq!((inode(&file), fs::read(&file).unwrap()), (number, right), "it was not written once more");
    assert_eq!(incidents(&installation, "repaired").len(), 1);
    assert_eq!(
        files_below(&store.join("work")),
        Vec::new(),
        "the later claim removed what the earlier one had written"
    );
    assert_eq!(fs::read(store.join("quarantine/incident-1")).unwrap(), b"rotten");
    installation.run(["fixity", "check", "--all"]).exits(0).contains("0 repairs made");
}
