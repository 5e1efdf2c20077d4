//! The floor of ingest: one read with digests, two copies, one sync; no validation, no record, no reading back.
//!
//! `floor BAG.tar TARGET_FOLDER [--read-back]`. What the machine can do at the least; `bench/run` holds ingest against
//! it. With `--read-back` also what it costs at the least to prove both copies from the disk.

use std::error::Error;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use backends::storage::ReadBackAhead;
use bagit::{GatherOptions, Location, MemberIndex, Members, Package, Spool, gather};
use digests::{Algorithm, Algorithms, Control, Digests, Job, Limits, Watch, hash_many};
use rustix::fs::Advice;

/// Files that the disk is asked for ahead.
const FILES_AHEAD: usize = 64;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let (bag, target) =
        arguments.next().zip(arguments.next()).ok_or("usage: floor BAG.tar TARGET_FOLDER [--read-back]")?;
    let reads_back = arguments.next().is_some_and(|argument| argument == "--read-back");
    let package = Package::open(Path::new(&bag))?;
    let algorithms = Algorithms::NONE.with(Algorithm::Md5).with(Algorithm::Sha256);
    let gathered = gather(&package, &GatherOptions { algorithms, ..GatherOptions::default() }, &Spool::new())?;
    std::thread::scope(|scope| {
        let copies = ["one", "two"].map(|name| Path::new(&target).join(name));
        let threads = copies.map(|copy| scope.spawn(|| copy_all(&package, &gathered.members, copy)));
        threads
            .into_iter()
            .try_for_each(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })?;
    let folder = std::fs::File::open(&target)?;
    rustix::fs::syncfs(&folder)?;
    if reads_back {
        for name in ["one", "two"] {
            read_back(&gathered.members, &Path::new(&target).join(name))?;
        }
    }
    Ok(())
}

/// Reads a copy back from the disk, many files at once, and compares what it gives.
fn read_back(members: &Members, copy: &Path) -> io::Result<()> {
    let jobs = members.iter().map(|(index, member)| {
        let file = open_back(&copy.join(member.path)).expect("the copy was just made");
        Job { key: index, reader: file, size_hint: member.size_bytes }
    });
    let prover = Prover { members, is_wrong: AtomicBool::new(false) };
    let sha256 = Algorithms::NONE.with(Algorithm::Sha256);
    hash_many(sha256, ReadBackAhead::new(jobs, FILES_AHEAD), Limits::default(), &prover);
    if prover.is_wrong.into_inner() { Err(io::Error::other("a copy is wrong")) } else { Ok(()) }
}

/// Opens a file of which the page cache knows nothing, and asks the disk for it.
fn open_back(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    rustix::fs::fadvise(&file, 0, None, Advice::DontNeed)?;
    rustix::fs::fadvise(&file, 0, None, Advice::WillNeed)?;
    Ok(file)
}

struct Prover<'a> {
    members: &'a Members,
    is_wrong: AtomicBool,
}

impl Watch<MemberIndex> for Prover<'_> {
    fn ended(&self, index: MemberIndex, result: io::Result<(Digests, u64)>) -> Control {
        let digest = result.ok().and_then(|(digests, _)| digests.get(Algorithm::Sha256));
        if digest != self.members.digest(index, Algorithm::Sha256) {
            self.is_wrong.store(true, Ordering::Relaxed);
        }
        Control::Continue
    }
}

fn copy_all(package: &Package, members: &bagit::Members, copy: std::path::PathBuf) -> io::Result<()> {
    let mut made = std::collections::HashSet::new();
    for (_, member) in members.iter() {
        let target = copy.join(member.path);
        if let Some(folder) = target.parent().filter(|folder| !made.contains(*folder)) {
            std::fs::create_dir_all(folder)?;
            made.insert(folder.to_owned());
        }
        let Some(Location::Stretch { file, offset_bytes, size_bytes }) = package.location(&member) else {
            return Err(io::Error::other("the floor is measured on a plain tar"));
        };
        let out = std::fs::File::create(target)?;
        let (mut from, mut left) = (offset_bytes, usize::try_from(size_bytes).map_err(io::Error::other)?);
        while left > 0 {
            match rustix::fs::copy_file_range(file, Some(&mut from), &out, None, left)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                got => left -= got,
            }
        }
    }
    Ok(())
}
