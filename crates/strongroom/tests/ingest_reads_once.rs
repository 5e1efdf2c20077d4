//! How often the source of an ingest is read: strace counts the bytes that the program asks of it.

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, reason = "a test that breaks should panic")]

#[path = "faults/bags.rs"]
#[allow(dead_code)]
mod bags;
#[path = "faults/house.rs"]
#[allow(dead_code)]
mod house;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use bags::{Payload, Random, write_tar};
use house::{House, text};

/// What is read besides: a block to tell the form of the package, each time that it is opened.
const RECOGNITION_BYTES_MAX: u64 = 64 * 512;

/// Files that are long enough to be copied from file to file.
fn large_payload() -> Payload {
    let mut random = Random::new(41);
    (0..6)
        .map(|number| (format!("film-{number}.bin"), (0..3_000_000 + number).map(|_| random.next() as u8).collect()))
        .collect()
}

/// Returns the bytes that each system call took from the source.
fn bytes_by_call(trace: &Path) -> BTreeMap<String, u64> {
    let mut bytes = BTreeMap::new();
    for line in fs::read_to_string(trace).unwrap().lines() {
        // `16126 pread64(16, ""..., 512, 0) = 512`, or `16126 <... pread64 resumed>""..., 512, 0) = 512`.
        let Some((call, result)) = line.rsplit_once(" = ") else { continue };
        let call = call.split_once(' ').unwrap().1.trim_start().trim_start_matches("<... ");
        let name = call.split(['(', ' ']).next().unwrap();
        if matches!(name, "read" | "pread64" | "readv" | "preadv" | "preadv2" | "copy_file_range" | "sendfile") {
            *bytes.entry(name.to_owned()).or_default() += result.split(' ').next().unwrap().parse::<u64>().unwrap_or(0);
        }
    }
    bytes
}

#[test]
fn foreign_strace_counts_one_reading_of_the_source_and_one_copy_a_store() {
    let house = House::new();
    let payload = large_payload();
    let bag = write_tar(house.folder.path(), "bag", &payload);
    let trace = house.folder.path().join("trace");
    let ingest = house.command(&["ingest", bag.to_str().unwrap()]);
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-s", "0", "-e", "trace=%desc", "-P"]).arg(&bag).arg("-o").arg(&trace).arg("--");
    let output = strace.arg(ingest.get_program()).args(ingest.get_args()).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));

    let bytes = bytes_by_call(&trace);
    let (copied, read): (Vec<_>, Vec<_>) =
        bytes.iter().partition(|(call, _)| matches!(call.as_str(), "copy_file_range" | "sendfile"));
    let sum = |calls: Vec<(&String, &u64)>| calls.into_iter().map(|(_, bytes)| *bytes).sum::<u64>();
    let (copied, read) = (sum(copied), sum(read));
    let in_payload: u64 = payload.iter().map(|(_, bytes)| bytes.len() as u64).sum();
    let in_package = fs::metadata(&bag).unwrap().len();
    assert!((in_payload..=in_package + RECOGNITION_BYTES_MAX).contains(&read), "{bytes:?} of {in_package}");
    // The tag files are so short that they are read and written; every other byte goes from file to file.
    assert_eq!(copied, 2 * in_payload, "{bytes:?}");
}
