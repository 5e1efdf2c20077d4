//! A document of a million files: written and read at the same time, in constant memory.

use std::io::{BufReader, pipe};
use std::thread;

use premis::{Event, EventReader, EventType, Object, Outcome, Writer};
use uuid::Uuid;

use crate::documents::{entity, event, file};

const FILES: u64 = 1_000_000;
const EVENTS: u128 = 10_000;
const RESIDENT_KIB_MAX: u64 = 64 << 10;

/// Returns the most memory that this process has ever held.
fn resident_kib_most() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn a_million_files_are_written_and_passed_over_in_constant_memory() {
    let (source, target) = pipe().unwrap();
    let reader = thread::spawn(move || {
        EventReader::new(BufReader::with_capacity(1 << 16, source)).map(Result::unwrap).count() as u128
    });
    let mut writer = Writer::new(target).unwrap();
    writer.object(&entity("example.edu/photographs")).unwrap();
    (0..FILES).for_each(|number| writer.object(&Object::File(file(number))).unwrap());
    let one = event(EventType::MessageDigestCalculation, Outcome::Success);
    (0..EVENTS).for_each(|id| writer.event(&Event { id: Uuid::from_u128(id), ..one.clone() }).unwrap());
    drop(writer.finish().unwrap());
    assert_eq!(reader.join().unwrap(), EVENTS);
    let resident_kib = resident_kib_most();
    assert!(resident_kib < RESIDENT_KIB_MAX, "{resident_kib} KiB resident");
}
