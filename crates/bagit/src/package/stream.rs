//! Tar archives that are compressed as a whole: read from beginning to end, decompressing beside hashing.

mod blocks;
mod hashing;

use std::io;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use digests::Algorithms;

use super::catalog::{Catalog, Entered};
use super::gather::Wanted;
use super::hash::{Listener, Passing};
use super::limits::{GatherOptions, PackageLimits};
use super::observer::Observer;
use super::refusal::finding_in;
use super::source::Source;
use super::tar::{Entries, Entry, Next};
use super::{Bytes, Package};
use crate::BagitError;
pub(super) use blocks::StreamBlocks;
use hashing::{Piece, hash_pieces};

/// Members up to this size are hashed side by side, in batches; greater ones each under all algorithms at once.
const SMALL_BYTES_MAX: u64 = 4 << 20;
/// Bytes of one batch; three are under way at most.
const BATCH_BYTES_MAX: usize = 16 << 20;
/// Members of one batch.
const BATCH_MEMBERS_MAX: usize = 4096;
/// Bytes of a great member that are handed on at once.
const CHUNK_BYTES: usize = 1 << 20;

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
    let walked = thread::scope(|scope| {
        let (sender, receiver) = sync_channel(1);
        let hashing = scope.spawn(|| hash_pieces(algorithms, receiver, options.hashing, &listener));
        let walked = open(package, &options.limits)
            .and_then(|mut entries| Walk { sender, listener: &listener, batch: Vec::new(), batch_bytes: 0 }.run(&mut entries));
        // A hasher that died takes its panic with it, as it would without a thread.
        hashing.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        walked
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
    sender: SyncSender<Piece>,
    listener: &'a Listener<'b>,
    batch: Vec<(Passing, Vec<u8>)>,
    batch_bytes: usize,
}

/// The hashers want no more; they have said why themselves.
struct Unwanted;

impl Walk<'_, '_> {
    /// Walks to the end. Fails with a finding when the archive is damaged; what came before it is still hashed.
    fn run(mut self, entries: &mut Entries<StreamBlocks<'_>>) -> io::Result<()> {
        let walked = self.walk(entries);
        let flushed = self.flush();
        match (walked, flushed) {
            (Ok(Err(Unwanted)), _) | (_, Err(Unwanted)) => Ok(()),
            (walked, Ok(())) => walked.map(drop),
        }
    }

    fn walk(&mut self, entries: &mut Entries<StreamBlocks<'_>>) -> io::Result<Result<(), Unwanted>> {
        loop {
            let entry = match entries.next()? {
                // The bytes do not stand as they are anywhere in the package.
                Next::Entry(entry) => Entry { offset_bytes: 0, ..entry },
                Next::End(remark) => {
                    remark.into_iter().for_each(|finding| self.listener.catalog().push(finding));
                    // The checksum of the compressed stream stands at its very end.
                    return entries.blocks_mut().drain().map(Ok);
                }
                Next::Broken(finding) => return Err(super::refusal::refuse(finding)),
            };
            let entered = self.listener.catalog().tar_entry(&entry);
            let passing = match entered {
                Entered::Member(index) => Passing::new(index, &self.listener.catalog().members.get(index)),
                Entered::Refused => continue,
                Entered::Full => return Ok(Ok(())),
            };
            let handed_on = if entry.size_bytes <= SMALL_BYTES_MAX {
                self.small(entries, &entry, passing)?
            } else {
                self.large(entries, passing)?
            };
            if handed_on.is_err() {
                return Ok(handed_on);
            }
        }
    }

    fn small(
        &mut self,
        entries: &mut Entries<StreamBlocks<'_>>,
        entry: &Entry,
        passing: Passing,
    ) -> io::Result<Result<(), Unwanted>> {
        let mut bytes = vec![0; usize::try_from(entry.size_bytes).unwrap_or(0)];
        entries.read_data(&mut bytes)?;
        self.batch_bytes += bytes.len();
        self.batch.push((passing, bytes));
        let is_full = self.batch_bytes >= BATCH_BYTES_MAX || self.batch.len() >= BATCH_MEMBERS_MAX;
        Ok(if is_full { self.flush() } else { Ok(()) })
    }

    fn large(
        &mut self,
        entries: &mut Entries<StreamBlocks<'_>>,
        passing: Passing,
    ) -> io::Result<Result<(), Unwanted>> {
        if self.flush().is_err() || self.send(Piece::Start(passing)).is_err() {
            return Ok(Err(Unwanted));
        }
        loop {
            let mut chunk = vec![0; CHUNK_BYTES];
            let got = entries.read_data(&mut chunk)?;
            chunk.truncate(got);
            let piece = if got == 0 { Piece::End } else { Piece::Chunk(chunk) };
            let is_end = matches!(piece, Piece::End);
            let sent = self.send(piece);
            if is_end || sent.is_err() {
                return Ok(sent);
            }
        }
    }

    fn flush(&mut self) -> Result<(), Unwanted> {
        self.batch_bytes = 0;
        let batch = std::mem::take(&mut self.batch);
        if batch.is_empty() { Ok(()) } else { self.send(Piece::Batch(batch)) }
    }

    fn send(&self, piece: Piece) -> Result<(), Unwanted> {
        self.sender.send(piece).map_err(|_| Unwanted)
    }
}
