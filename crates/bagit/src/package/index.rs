//! Lists what a package holds without reading the members themselves.

use std::io;

use findings::{Finding, Findings};

use super::catalog::{Catalog, Entered, Place};
use super::limits::PackageLimits;
use super::source::Source;
use super::tar::{Blocks, Entries, Entry, EntryKind, Next};
use super::zip::ZipPlace;
use super::{Bytes, Form, Package, zip};
use crate::{BagitError, Members, rules};

/// What a package holds: members without digests.
#[derive(Debug)]
pub struct Index {
    /// The members, in the order of the package.
    pub members: Members,
    /// The one top folder of an archive, or the name of the folder.
    pub top_folder: Option<String>,
    /// What is wrong with the package itself.
    pub findings: Findings,
}

impl Package {
    /// Lists the members. Only headers are read, so that an archive of any size is listed at the cost of its number
    /// of members.
    ///
    /// # Errors
    /// A read fails, or the form gives no such access: what is compressed as a whole can only be gathered.
    pub fn index(&self, limits: &PackageLimits) -> Result<Index, BagitError> {
        let (mut catalog, _) = self.list(limits)?;
        let top_folder = self.finish_listing(&mut catalog);
        Ok(Index { members: catalog.members, top_folder, findings: catalog.findings })
    }

    /// Lists the members, and where the data of each stands in a ZIP.
    pub(super) fn list(&self, limits: &PackageLimits) -> Result<(Catalog, Vec<ZipPlace>), BagitError> {
        let mut catalog = Catalog::new(*limits);
        catalog.misnamed(self);
        let places = match (&self.bytes, self.form) {
            (Bytes::Folder(folder), _) => folder.list(&mut catalog, limits).map(|()| Vec::new()),
            (Bytes::File(source), Form::Tar) => list_tar(source, &mut catalog, limits).map(|()| Vec::new()),
            (Bytes::File(source), Form::Zip) => zip::list(source, &mut catalog, limits),
            (Bytes::File(_), _) => return Err(BagitError::NotRandomAccess { path: self.path.clone() }),
        };
        let places = places.map_err(|source| self.error(source))?;
        Ok((catalog, places))
    }

    pub(super) fn finish_listing(&self, catalog: &mut Catalog) -> Option<String> {
        match self.bytes {
            Bytes::File(_) => catalog.finish_archive(&self.name),
            Bytes::Folder(_) => {
                catalog.finish_folder();
                Some(self.name.clone())
            }
        }
    }
}

impl Catalog {
    /// Reports a name that promises another form.
    pub(super) fn misnamed(&mut self, package: &Package) {
        if let Some(promised) = package.promised {
            let finding = rules::ARCHIVE_MISNAMED.finding().expected(format!("{promised:?}"));
            self.push(finding.seen(format!("{:?}", package.form)));
        }
    }

    /// Takes an entry of a tar; all but files and folders is refused.
    pub(super) fn tar_entry(&mut self, entry: &Entry) -> Entered {
        let place = Place {
            size_bytes: entry.size_bytes,
            offset_bytes: entry.offset_bytes,
            modified_at: entry.modified_seconds,
        };
        match entry.kind {
            EntryKind::File => return self.file(&entry.name, place),
            EntryKind::Folder => self.folder(&entry.name),
            EntryKind::Link => self.refuse(&entry.name, &rules::ENTRY_LINK),
            EntryKind::Special => self.refuse(&entry.name, &rules::ENTRY_SPECIAL),
            EntryKind::Sparse => self.refuse(&entry.name, &rules::ENTRY_SPARSE),
        }
        self.other_entry()
    }
}

fn list_tar(source: &Source, catalog: &mut Catalog, limits: &PackageLimits) -> io::Result<()> {
    let mut entries = Entries::new(FileBlocks { source, at: 0 }, limits.tar_header_bytes_max);
    loop {
        let entry = match entries.next()? {
            Next::Entry(entry) => entry,
            Next::End(remark) => {
                remark.into_iter().for_each(|finding| catalog.push(finding));
                return Ok(());
            }
            Next::Broken(finding) => {
                catalog.push(finding);
                return Ok(());
            }
        };
        // A member that is not all there must not be listed: nobody could read it.
        if entry.size_bytes > source.length_bytes().saturating_sub(entry.offset_bytes) {
            catalog.push(cut_off_in(&entry, source.length_bytes()));
            return Ok(());
        }
        if catalog.tar_entry(&entry) == Entered::Full {
            return Ok(());
        }
    }
}

fn cut_off_in(entry: &Entry, length_bytes: u64) -> Finding {
    let finding = rules::ARCHIVE_TRUNCATED.finding().at(super::name::shown(&entry.name));
    let rest = length_bytes.saturating_sub(entry.offset_bytes);
    finding.expected(format!("{} bytes", entry.size_bytes)).seen(format!("{rest} bytes to the end of the archive"))
}

/// Blocks of a file. Skipping costs nothing.
struct FileBlocks<'a> {
    source: &'a Source,
    at: u64,
}

impl Blocks for FileBlocks<'_> {
    fn fill(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.source.fill_at(buffer, self.at)?;
        self.at += got as u64;
        Ok(got)
    }

    fn skip(&mut self, bytes: u64) -> io::Result<u64> {
        let skipped = bytes.min(self.source.length_bytes().saturating_sub(self.at));
        self.at += skipped;
        Ok(skipped)
    }

    fn position(&self) -> u64 {
        self.at
    }
}
