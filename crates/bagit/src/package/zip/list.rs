//! The entries of a ZIP file: its directory, held against the headers before the data.

use std::io::{self, BufReader};

use findings::{Finding, Rule};

use super::end::{Directory, find_directory};
use super::record::{LOCAL_BYTES, Local, Record};
use super::{Method, ZipPlace};
use crate::package::catalog::{Catalog, Entered, Place};
use crate::package::limits::PackageLimits;
use crate::package::name::shown;
use crate::package::source::Source;
use crate::{Members, rules};

const FILE_TYPE: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;
const FOLDER: u32 = 0o040_000;
const LINK: u32 = 0o120_000;

/// Goes through the directory, and returns where each member's data stands.
///
/// # Errors
/// The file cannot be read; damage is a finding in the catalog.
pub(crate) fn list(source: &Source, catalog: &mut Catalog, limits: &PackageLimits) -> io::Result<Vec<ZipPlace>> {
    let directory = match find_directory(source)? {
        Ok(directory) => directory,
        Err(finding) => {
            catalog.push(finding);
            return Ok(Vec::new());
        }
    };
    let mut listing = Listing { source, catalog, directory, places: Vec::new(), spans: Vec::new(), expanded_bytes: 0 };
    listing.read_directory()?;
    let broken = limits.broken_by(listing.expanded_bytes, source.length_bytes());
    let Listing { catalog, places, spans, .. } = listing;
    let overlap = overlap_in(spans);
    if broken.is_none() && overlap.is_none() {
        return Ok(places);
    }
    // Whoever made this archive wants us to work without end: none of it is read.
    broken.into_iter().chain(overlap).for_each(|finding| catalog.push(finding));
    catalog.members = Members::new();
    Ok(Vec::new())
}

struct Listing<'a> {
    source: &'a Source,
    catalog: &'a mut Catalog,
    directory: Directory,
    places: Vec<ZipPlace>,
    /// Where each entry begins and ends, its header included.
    spans: Vec<(u64, u64)>,
    expanded_bytes: u64,
}

impl Listing<'_> {
    fn read_directory(&mut self) -> io::Result<()> {
        let section = self.source.section(self.directory.offset_bytes, self.directory.length_bytes);
        let mut reader = BufReader::with_capacity(64 << 10, section);
        for number in 0..self.directory.entries {
            let Some(record) = Record::read(&mut reader)? else {
                let finding =
                    rules::ARCHIVE_HEADER_DAMAGED.finding().message("the directory of the ZIP file is damaged");
                let expected = format!("{} entries", self.directory.entries);
                self.catalog.push(finding.expected(expected).seen(format!("{number} entries")));
                return Ok(());
            };
            if self.entry(&record)? == Entered::Full {
                return Ok(());
            }
        }
        Ok(())
    }

    fn entry(&mut self, record: &Record) -> io::Result<Entered> {
        let method = match method_of(record) {
            Ok(method) => method,
            Err(rule) => {
                self.catalog.refuse(record.name(), rule);
                return Ok(Entered::Refused);
            }
        };
        let Some(data_offset_bytes) = self.data_offset(record)? else { return Ok(Entered::Refused) };
        if record.is_folder() {
            self.catalog.folder(record.name());
            return Ok(Entered::Refused);
        }
        let place = Place {
            size_bytes: record.size_bytes,
            offset_bytes: if method == Method::Stored { data_offset_bytes } else { 0 },
            modified_at: record.modified_seconds,
        };
        let entered = self.catalog.file(record.name(), place);
        if let Entered::Member(_) = entered {
            self.expanded_bytes = self.expanded_bytes.saturating_add(record.size_bytes);
            let compressed_bytes = record.compressed_bytes;
            self.places.push(ZipPlace { data_offset_bytes, compressed_bytes, crc: record.crc, method });
        }
        Ok(entered)
    }

    /// Reads the header before the data, and returns where the data begins.
    fn data_offset(&mut self, record: &Record) -> io::Result<Option<u64>> {
        let mut bytes = vec![0; LOCAL_BYTES + record.raw_name.len()];
        let start = record.local_offset_bytes;
        let got = if start < self.directory.offset_bytes { self.source.fill_at(&mut bytes, start)? } else { 0 };
        let Some(local) = Local::parse(&bytes[..got]) else {
            self.catalog.refuse(record.name(), &rules::ARCHIVE_HEADER_DAMAGED);
            return Ok(None);
        };
        if !local.agrees_with(record) {
            let finding = rules::ENTRY_HEADERS_DISAGREE.finding().at(shown(record.name()));
            self.catalog.push(finding.seen(shown(&local.name)));
            return Ok(None);
        }
        let data = start + local.data_offset_bytes(record.raw_name.len());
        match data.checked_add(record.compressed_bytes).filter(|end| *end <= self.directory.offset_bytes) {
            Some(end) => {
                self.spans.push((start, end));
                Ok(Some(data))
            }
            None => {
                self.catalog.refuse(record.name(), &rules::ENTRY_SIZE_WRONG);
                Ok(None)
            }
        }
    }
}

fn method_of(record: &Record) -> Result<Method, &'static Rule> {
    if record.is_encrypted() {
        return Err(&rules::ENTRY_ENCRYPTED);
    }
    match record.unix_mode & FILE_TYPE {
        0 | REGULAR | FOLDER => {}
        LINK => return Err(&rules::ENTRY_LINK),
        _ => return Err(&rules::ENTRY_SPECIAL),
    }
    match record.method {
        0 if record.compressed_bytes != record.size_bytes => Err(&rules::ENTRY_SIZE_WRONG),
        0 => Ok(Method::Stored),
        8 => Ok(Method::Deflate),
        93 => Ok(Method::Zstandard),
        _ => Err(&rules::COMPRESSION_UNSUPPORTED),
    }
}

/// Entries that share bytes are how a small ZIP file expands without end.
fn overlap_in(mut spans: Vec<(u64, u64)>) -> Option<Finding> {
    spans.sort_unstable();
    let overlapping = spans.windows(2).filter(|pair| pair[1].0 < pair[0].1).count();
    (overlapping > 0).then(|| rules::ENTRIES_OVERLAP.finding().seen(format!("{overlapping} entries")))
}
