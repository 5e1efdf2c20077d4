//! Measures an inventory: plans, writes and reads one of as many files as the first argument says.
#![allow(clippy::print_stdout, reason = "an example prints")]

use std::io::Read as _;
use std::time::Instant;

use digests::{Algorithm, Digest};
use ocfl::{Inventory, NextVersion, VersionNotes};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files: u64 = std::env::args().nth(1).map_or(Ok(50_000), |text| text.parse())?;
    let notes = VersionNotes { created: "2026-11-03T10:20:30Z".to_owned(), ..VersionNotes::default() };
    let start = Clock::start()?;
    let plan = NextVersion::plan(None, "urn:example:measured", state(files, 0), notes.clone())?;
    let planned = start.elapsed()?;
    let new = plan.new_content().len();
    let inventory = plan.inventory(ocfl::Fixity::none())?;
    let mut counted = Counted(0);
    let start = Clock::start()?;
    inventory.write_to(&mut counted)?;
    let written = start.elapsed()?;
    println!("{files} files: {new} new; planned in {planned}, {} bytes written in {written}", counted.0);
    let (held, peak) = (kilobytes("VmRSS:")? / 1000, kilobytes("VmHWM:")? / 1000);
    println!("  resident with the inventory held: {held} MB; at the peak of planning: {peak} MB");
    let bytes = inventory.to_bytes();
    let start = Clock::start()?;
    let read = Inventory::read(bytes.as_slice())?;
    println!("  read in {}; equal: {}", start.elapsed()?, read == inventory);
    drop(bytes);
    let start = Clock::start()?;
    let plan = NextVersion::plan(Some(&read), "urn:example:measured", state(files, files / 100), notes)?;
    println!("  second version of {} new contents planned in {}", plan.new_content().len(), start.elapsed()?);
    println!("  peak resident: {} MB (with the text of the inventory in memory)", kilobytes("VmHWM:")? / 1000);
    Ok(())
}

/// Files in the order of a manifest, which is none; the first of them changed.
fn state(files: u64, changed: u64) -> impl Iterator<Item = (String, Digest)> {
    (0..files).map(move |file| {
        let scattered = file * 7919 % files.max(1);
        let path =
            format!("data/folder-{:04}/subfolder-{:02}/file-{scattered:07}.tif", scattered / 500, scattered % 20);
        let mut bytes = [0; 32];
        let seed = if scattered < changed { scattered + files } else { scattered };
        for (place, chunk) in bytes.chunks_mut(8).enumerate() {
            let mixed = (seed + 1).wrapping_mul(0xbf58_476d_1ce4_e5b9 + 2 * place as u64).rotate_left(31);
            chunk.copy_from_slice(&mixed.wrapping_mul(0x94d0_49bb_1331_11eb).to_be_bytes());
        }
        (path, Digest::from_bytes(Algorithm::Sha256, &bytes).expect("it has 32 bytes"))
    })
}

/// The time on the wall and on the processor: the latter is what counts on a busy machine.
struct Clock(Instant, u64);

impl Clock {
    fn start() -> std::io::Result<Self> {
        Ok(Self(Instant::now(), processor_milliseconds()?))
    }

    fn elapsed(&self) -> std::io::Result<String> {
        let processor = processor_milliseconds()? - self.1;
        Ok(format!("{} ms ({processor} ms of processor)", self.0.elapsed().as_millis()))
    }
}

fn processor_milliseconds() -> std::io::Result<u64> {
    let mut stat = String::new();
    std::fs::File::open("/proc/self/stat")?.read_to_string(&mut stat)?;
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok());
    Ok(ticks.sum::<u64>() * 10)
}

struct Counted(u64);

impl std::io::Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn kilobytes(field: &str) -> std::io::Result<u64> {
    let mut status = String::new();
    std::fs::File::open("/proc/self/status")?.read_to_string(&mut status)?;
    let line = status.lines().find(|line| line.starts_with(field)).unwrap_or_default();
    Ok(line.split_whitespace().nth(1).and_then(|text| text.parse().ok()).unwrap_or(0))
}
