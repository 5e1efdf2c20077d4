//! The directory of a compound file (MS-CFB §2.6): a tree of entries, each folder a tree of its own.

use super::super::inside::{Entry, Place};
use super::super::kept::Kept;
use super::super::little_endian::{u32_at, u64_at};
use super::super::{ContainerError, ContainerLimits, Flaw};
use super::chain::Chain;
use super::sectors::Sectors;
use super::{Stream, name};
use crate::Source;

const ENTRY_BYTES: usize = 128;
/// What stands where there is no entry.
const NO_ENTRY: u32 = 0xffff_ffff;
/// Kinds of entries.
const STORAGE: u8 = 1;
const STREAM: u8 = 2;
const ROOT: u8 = 5;

/// Keeps the wanted entries. Returns the root's stream, which holds the small ones, and what is wrong with the tree.
///
/// # Errors
/// When the source fails, or there is not even a root entry.
pub(super) fn read(
    sectors: &mut Sectors,
    source: &dyn Source,
    first_sector: u32,
    kept: &mut Kept<'_>,
    limits: &ContainerLimits,
) -> Result<(Stream, Option<Flaw>), ContainerError> {
    let mut bytes = Vec::new();
    let mut chain = Chain::new(first_sector);
    let limit = limits.ole2_directory_bytes_max;
    let stop = chain.append(sectors, source, 0, limit, &mut bytes, limits)?;
    let flaw = match stop {
        // The directory has no size of its own: where its chain ends, it ends.
        Some(Flaw::ShortChain) => None,
        Some(flaw) => Some(flaw),
        None => Some(Flaw::TooLarge { what: "the bytes of the directory", limit }),
    };
    let has_wide_sizes = sectors.shift == 12;
    let mut tree = Tree { bytes: &bytes, has_wide_sizes, seen: vec![false; bytes.len() / ENTRY_BYTES], flaw };
    let Some(root) = tree.record(0) else { return Err(flaw.unwrap_or(Flaw::BrokenDirectory).into()) };
    if root.kind != ROOT {
        tree.flaw = tree.flaw.or(Some(Flaw::BrokenTree));
    }
    tree.walk(root.child, kept);
    Ok((root.stream, tree.flaw))
}

struct Tree<'a> {
    bytes: &'a [u8],
    has_wide_sizes: bool,
    /// Each entry is visited once, whatever leads to it.
    seen: Vec<bool>,
    flaw: Option<Flaw>,
}

struct Record {
    kind: u8,
    left: u32,
    right: u32,
    child: u32,
    stream: Stream,
}

impl Tree<'_> {
    /// Visits the entries below the root: those of a folder only when a wanted path leads through it.
    fn walk(&mut self, child: u32, kept: &mut Kept<'_>) {
        let mut folders = vec![String::new()];
        let mut open = vec![(child, 0)];
        while let Some((id, folder)) = open.pop() {
            if id == NO_ENTRY {
                continue;
            }
            let Some(record) = self.visit(id) else {
                self.flaw = self.flaw.or(Some(Flaw::BrokenTree));
                continue;
            };
            open.push((record.right, folder));
            open.push((record.left, folder));
            let mut path = format!("{}{}", folders[folder], name::text(self.entry(id)));
            if kept.takes(&path) {
                let place = if record.kind == STREAM { Place::Stream(record.stream) } else { Place::Folder };
                kept.push(Entry { path: path.clone(), size_bytes: record.stream.size_bytes, place });
            }
            path.push('/');
            if record.kind == STORAGE && kept.leads_through(&path) {
                open.push((record.child, folders.len()));
                folders.push(path);
            }
        }
    }

    /// Returns an entry that is in use and was not visited before.
    fn visit(&mut self, id: u32) -> Option<Record> {
        let seen = self.seen.get_mut(id as usize)?;
        if std::mem::replace(seen, true) {
            return None;
        }
        self.record(id).filter(|record| matches!(record.kind, STORAGE | STREAM))
    }

    fn record(&self, id: u32) -> Option<Record> {
        let bytes = self.entry(id);
        // MS-CFB §2.6.4: in files of version 3 the upper half of the size may be anything.
        let size_bytes = if self.has_wide_sizes { u64_at(bytes, 120)? } else { u32_at(bytes, 120)?.into() };
        Some(Record {
            kind: *bytes.get(66)?,
            left: u32_at(bytes, 68)?,
            right: u32_at(bytes, 72)?,
            child: u32_at(bytes, 76)?,
            stream: Stream { start: u32_at(bytes, 116)?, size_bytes },
        })
    }

    fn entry(&self, id: u32) -> &[u8] {
        self.bytes.chunks_exact(ENTRY_BYTES).nth(id as usize).unwrap_or_default()
    }
}
