//! The floor of ingest: one read with digests, two copies, one sync; no validation, no record, no reading back.
//!
//! `floor BAG.tar TARGET_FOLDER`. What the machine can do at the least; `bench/run` holds ingest against it.

use std::error::Error;
use std::io;
use std::path::Path;

use bagit::{GatherOptions, Location, Package, Spool, gather};
use digests::{Algorithm, Algorithms};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let (bag, target) = arguments.next().zip(arguments.next()).ok_or("usage: floor BAG.tar TARGET_FOLDER")?;
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
    Ok(())
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
