//! `strongroom identify --resume`: a run that was killed goes on where it was, and the output is as if it had not been.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that breaks should panic")]

#[path = "support/installation.rs"]
mod installation;
#[allow(dead_code, reason = "the bags use the rest")]
#[path = "support/bag_zip.rs"]
mod zip;

use std::fs::{self, File, OpenOptions};
use std::io::Read as _;
use std::path::Path;
use std::process::Stdio;

use installation::{Installation, Said, sample};
use zip::{Entry, zip};

/// Folders of files, of which some are archives.
fn tree(files: usize) -> Installation {
    let installation = Installation::new();
    let png = fs::read(sample("letters-folder/postcards/front.png")).unwrap();
    let archive = zip(&[Entry::stored("a.png", &png), Entry::deflated("b.txt", b"text")]);
    for number in 0..files {
        let folder = installation.folder.path().join(format!("tree/{:02}", number / 100));
        fs::create_dir_all(&folder).unwrap();
        let bytes = if number % 10 == 0 { &archive } else { &png };
        fs::write(folder.join(format!("{number:05}")), bytes).unwrap();
    }
    installation
}

const FORMS: [&str; 4] = ["--json", "--csv", "--droid-csv", "--all-candidates"];

fn arguments(form: &str) -> [&str; 7] {
    ["identify", "-r", "--archives", form, "--resume", "progress", "tree"]
}

fn append(path: &Path) -> File {
    OpenOptions::new().append(true).create(true).open(path).unwrap()
}

/// Runs a call with its output added to a file.
fn run(installation: &Installation, form: &str) -> Said {
    let output = append(&installation.folder.path().join("out"));
    installation.command(arguments(form)).stdout(output).output().unwrap().into()
}

fn read(installation: &Installation, name: &str) -> String {
    fs::read_to_string(installation.folder.path().join(name)).unwrap()
}

fn uninterrupted(installation: &Installation, form: &str) -> String {
    installation.run(["identify", "-r", "--archives", form, "tree"]).exits(0).out
}

#[test]
fn a_run_that_is_killed_again_and_again_gives_the_same_lines() {
    let installation = tree(6000);
    for form in FORMS {
        let expected = uninterrupted(&installation, form);
        let out = installation.folder.path().join("out");
        let mut kills = 0;
        loop {
            let before = fs::metadata(&out).map_or(0, |metadata| metadata.len());
            let mut command = installation.command(arguments(form));
            let mut child = command.stdout(append(&out)).stderr(Stdio::null()).spawn().unwrap();
            // Killed in the midst of writing: once there is more than before by a share of the whole.
            let enough = before + expected.len() as u64 / 5;
            let is_over = loop {
                if let Some(status) = child.try_wait().unwrap() {
                    break status.success();
                }
                if fs::metadata(&out).unwrap().len() > enough {
                    child.kill().unwrap();
                    child.wait().unwrap();
                    break false;
                }
                std::thread::yield_now();
            };
            if is_over {
                break;
            }
            kills += 1;
            assert!(kills < 200, "it comes no further: {}", read(&installation, "progress"));
        }
        assert!(kills > 0, "{form}: it was never killed");
        assert!(read(&installation, "out") == expected, "{form}: after {kills} kills the lines are not the same");
        run(&installation, form).exits(0).contains("all is done, as progress says");
        assert!(read(&installation, "out") == expected);
        fs::remove_file(out).unwrap();
        fs::remove_file(installation.folder.path().join("progress")).unwrap();
    }
}

#[test]
fn the_lines_after_any_mark_are_those_that_are_missing() {
    let installation = tree(300);
    for form in FORMS {
        let expected = uninterrupted(&installation, form);
        run(&installation, form).exits(0);
        assert!(read(&installation, "out") == expected, "{form}");
        // As if it had been killed right after its first mark, in the midst of writing the next one.
        let marks = read(&installation, "progress");
        let lines: Vec<_> = marks.lines().collect();
        assert!(lines.len() > 2, "{marks}");
        let begun = format!("{}\n{}\n{{\"reached\":", lines[0], lines[1]);
        fs::write(installation.folder.path().join("progress"), begun).unwrap();
        run(&installation, form).exits(0);
        assert!(read(&installation, "out") == expected, "{form}");
        for name in ["out", "progress"] {
            fs::remove_file(installation.folder.path().join(name)).unwrap();
        }
    }
}

#[test]
fn what_was_there_before_the_first_run_stays() {
    let installation = tree(20);
    fs::write(installation.folder.path().join("out"), "my notes\n").unwrap();
    run(&installation, "--json").exits(0);
    let out = read(&installation, "out");
    assert_eq!(out.strip_prefix("my notes\n").unwrap(), uninterrupted(&installation, "--json"));
}

#[test]
fn another_call_does_not_go_on_with_the_file_of_one() {
    let installation = tree(20);
    run(&installation, "--json").exits(0);
    run(&installation, "--csv").exits(2).contains("it is of another call").contains("--resume");
    let other = ["identify", "-r", "--archives", "--json", "--resume", "progress", "tree/00"];
    installation.run(other).exits(2).contains("another call");
    fs::write(installation.folder.path().join("progress"), "no marks").unwrap();
    run(&installation, "--json").exits(2).contains("another call");
    installation.run(["identify", "--resume", "none/progress", "tree/00/00001"]).exits(2).contains("none/progress");
}

#[test]
fn a_damaged_file_of_marks_says_what_to_do() {
    let installation = tree(20);
    run(&installation, "--json").exits(0);
    let marks = read(&installation, "progress");
    let call = marks.lines().next().unwrap();
    fs::write(installation.folder.path().join("progress"), format!("{call}\n{{\"reached\":7}}\n")).unwrap();
    run(&installation, "--json").exits(2).contains("it is damaged: remove it, and begin again");
}

#[test]
fn an_output_that_was_begun_anew_is_not_taken_for_the_old_one() {
    let installation = tree(20);
    run(&installation, "--json").exits(0);
    let marks = read(&installation, "progress");
    let mark = marks.lines().nth(1).unwrap().replace("\"size_bytes\":0", "\"size_bytes\":5");
    let begun = format!("{}\n{mark}\n", marks.lines().next().unwrap());
    fs::write(installation.folder.path().join("progress"), begun).unwrap();
    OpenOptions::new().write(true).open(installation.folder.path().join("out")).unwrap().set_len(0).unwrap();
    run(&installation, "--json").exits(2).contains("the output is shorter").contains(">>");
}

#[test]
fn two_runs_do_not_go_on_with_one_file_at_once() {
    let installation = tree(3000);
    let mut first = installation.command(arguments("--json")).stdout(Stdio::piped()).spawn().unwrap();
    // Its first row says that it has the file; it cannot end while nobody reads the others.
    let mut byte = [0];
    first.stdout.as_mut().unwrap().read_exact(&mut byte).unwrap();
    installation.run(arguments("--json")).exits(2).contains("another run goes on with progress");
    first.kill().unwrap();
    first.wait().unwrap();
}

#[test]
fn files_that_could_not_be_read_are_remembered_over_a_kill() {
    let installation = tree(20);
    let arguments = ["identify", "--json", "--resume", "progress", "tree/none", "tree/00/00001"];
    installation.run(arguments).exits(1).contains("1 could not be read");
    installation.run(arguments).exits(1).contains("all is done");
}
