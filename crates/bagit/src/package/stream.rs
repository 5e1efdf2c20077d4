//! Tar archives that are compressed as a whole, or elsewhere: read from beginning to end, decompressing beside hashing.

mod blocks;
mod feed;
mod hashing;

use std::io;

use digests::Algorithms;

use super::catalog::{Catalog, Entered};
use super::gather::Wanted;
use super::hash::{Listener, Passing};
use super::limits::{GatherOptions, PackageLimits};
use super::observer::Observer;
use super::refusal::{finding_in, refuse};
use super::source::Source;
use super::tar::{Entries, Entry, Next};
use super::{Bytes, Form, Package};
use crate::BagitError;
pub(super) use blocks::StreamBlocks;
pub(crate) use feed::{CHUNK_BYTES, Feed, SMALL_BYTES_MAX, Unwanted, with_feed};

/// Reads the stream, and again if a manifest turned up whose algorithm nobody could expect.
pub(super) fn gather(
    package: &Package,
    options: &GatherOptions,
    observer: &dyn Observer,
) -> Result<(Catalog, Option<String>), BagitError> {
    let computed = Algorithms::COMMON.union(options.algorithms);
    let (mut catalog, top_folder) = pass(package, computed, options, observer)?;
    let wanted = Wanted::by(&catalog.members, Algorithms::NONE).tag_files;
    let lacking: Algorithms = wanted.iter().filter(|algorithm| !computed.contains(*algorithm)).collect();
    if !lacking.is_empty() && catalog.findings.is_acceptable() {
        let (second, _) = pass(package, lacking, options, &Deaf)?;
        for index in catalog.members.indexes().take(second.members.len()) {
            if second.members.get(index) == catalog.members.get(index) {
                catalog.members.set_digests(index, &second.members.digests(index));
            }
        }
    }
    Ok((catalog, top_folder))
}

/// Hears nothing: the first pass told the caller everything.
struct Deaf;

impl Observer for Deaf {
    fn keep(&self, _path: &str) -> io::Result<Option<Box<dyn io::Write + Send + '_>>> {
        Ok(None)
    }
}

fn pass(
    package: &Package,
    algorithms: Algorithms,
    options: &GatherOptions,
    observer: &dyn Observer,
) -> Result<(Catalog, Option<String>), BagitError> {
    let mut catalog = Catalog::new(options.limits);
    catalog.misnamed(package);
    let listener = Listener::new(&package.path, observer, catalog);
    let walked = with_feed(algorithms, options.hashing, &listener, |feed| {
        let mut entries = open(package, &options.limits)?;
        Walk { feed, listener: &listener, has_places: package.form == Form::Tar }.run(&mut entries)
    });
    let mut catalog = listener.finish()?;
    if let Err(error) = walked {
        catalog.push(finding_in(error).map_err(|source| package.error(source))?);
    }
    let top_folder = package.finish_listing(&mut catalog);
    Ok((catalog, top_folder))
}

/// Begins to decompress.
pub(super) fn open<'a>(package: &'a Package, limits: &PackageLimits) -> io::Result<Entries<StreamBlocks<'a>>> {
    let source: &Source = match &package.bytes {
        Bytes::File(source) => source,
        Bytes::Folder(_) => return Err(io::ErrorKind::Unsupported.into()),
    };
    Ok(Entries::new(StreamBlocks::new(source, package.form, *limits)?, limits.tar_header_bytes_max))
}

/// Goes from entry to entry and hands the members' bytes on.
struct Walk<'a, 'b> {
    feed: &'a mut Feed,
    listener: &'a Listener<'b>,
    /// Whether the bytes of members stand as they are in the package.
    has_places: bool,
}

impl Walk<'_, '_> {
    /// Walks to the end. Fails with a finding when the archive is damaged; what came before it is still hashed.
    fn run(mut self, entries: &mut Entries<StreamBlocks<'_>>) -> io::Result<()> {
        loop {
            let entry = match entries.next()? {
                Next::Entry(entry) if self.has_places => entry,
                Next::Entry(entry) => Entry { offset_bytes: 0, ..entry },
                Next::End(remark) => {
                    remark.into_iter().for_each(|finding| self.listener.catalog().push(finding));
                    // The checksum of the compressed stream stands at its very end.
                    return entries.blocks_mut().drain();
                }
                Next::Broken(finding) => return Err(refuse(finding)),
            };
            let entered = self.listener.catalog().tar_entry(&entry);
            let passing = match entered {
                Entered::Member(index) => Passing::new(index, &self.listener.catalog().members.get(index)),
                Entered::Refused => continue,
                Entered::Full => return Ok(()),
            };
            if self.hand_on(entries, entry.size_bytes, passing)?.is_err() {
                return Ok(());
            }
        }
    }

    fn hand_on(
        &mut self,
        entries: &mut Entries<StreamBlocks<'_>>,
        size_bytes: u64,
        passing: Passing,
    ) -> io::Result<Result<(), Unwanted>> {
        if size_bytes <= SMALL_BYTES_MAX {
            let mut bytes = vec![0; usize::try_from(size_bytes).unwrap_or(0)];
            entries.read_data(&mut bytes)?;
            return Ok(self.feed.whole(passing, bytes));
        }
        let mut handed_on = self.feed.start(passing);
        while handed_on.is_ok() {
            let mut chunk = vec![0; CHUNK_BYTES];
            let got = entries.read_data(&mut chunk)?;
            if got == 0 {
                return Ok(self.feed.end());
            }
            chunk.truncate(got);
            handed_on = self.feed.chunk(chunk);
        }
        Ok(handed_on)
    }
}
