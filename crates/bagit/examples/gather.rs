//! Reads packages once and prints what came of it: `gather PATH...`.
#![allow(clippy::print_stdout, reason = "an example that prints")]

use std::path::Path;
use std::time::Instant;

use bagit::{GatherOptions, Package, Spool, gather};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let began = Instant::now();
    let (mut members, mut bytes, mut packages) = (0, 0, 0_u32);
    for path in std::env::args_os().skip(1) {
        let package = Package::open(Path::new(&path))?;
        let spool = Spool::new();
        let gathered = gather(&package, &GatherOptions::default(), &spool)?;
        for finding in gathered.findings.list.iter().take(10) {
            println!("{}: {finding}", package.name());
        }
        (members, bytes, packages) = (members + gathered.members.len(), bytes + gathered.bytes_read, packages + 1);
    }
    let seconds = began.elapsed().as_secs_f64();
    println!("{packages} packages, {members} members, {bytes} bytes read in {seconds:.3} s");
    Ok(())
}
