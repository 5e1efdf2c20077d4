//! Inspection of one file after the other: what it is and, of an archive, what its members are.

use std::io::{self, Read};
use std::path::PathBuf;

use pronom::{Identifier, Limits, Recognizer, Scope, Signatures, Source};

use super::archive::{ArchiveKind, Budget, Fault, NESTING_MAX, Range, Tar, Zip};
use super::location::Location;
use super::opened::Opened;
use super::row::{Remark, Row, RowKind};
use super::rows::Rows;
use super::subject::{Site, Subject};

/// Bytes that tell whether a file is an archive that PRONOM does not know.
const MARK_BYTES: usize = 512;
/// Bytes that the inner files of a container within an archive may expand to: less than outside, as there may be many.
const INNER_BYTES_MAX: u64 = 8 << 20;

/// What is asked about each file.
#[derive(Debug, Clone, Copy)]
pub struct Depth {
    /// How much of each file is looked at.
    pub scope: Scope,
    /// Whether archives are looked into.
    pub has_archives: bool,
}

/// Inspects files with memory that serves all of them.
pub struct Inspector<'s> {
    pub(super) depth: Depth,
    identifier: Identifier<'s>,
    pub(super) inner: Identifier<'s>,
    pub(super) recognizer: Recognizer<'s>,
    pub(super) block: Vec<u8>,
}

/// Begins to unpack a file.
pub type Open<'o> = dyn Fn() -> Result<Box<dyn Read + 'o>, Fault> + 'o;

/// Where the bytes of a file are when its row is about to be written.
pub enum Bytes<'b, 'o> {
    /// Here, to be read anywhere.
    Here(&'b dyn Source),
    /// Gone by; they can be unpacked once more.
    Again(&'b Open<'o>),
    /// Gone by.
    Gone,
}

impl<'s> Inspector<'s> {
    /// Makes an inspector.
    #[must_use]
    pub fn new(signatures: &'s Signatures, depth: Depth) -> Self {
        let limits = Limits::default();
        let mut inner = limits;
        inner.container.inflated_bytes_max = INNER_BYTES_MAX;
        inner.container.inflated_total_bytes_max = INNER_BYTES_MAX;
        inner.container.deflated_total_bytes_max = INNER_BYTES_MAX;
        Self {
            depth,
            identifier: Identifier::new(signatures, limits),
            inner: Identifier::new(signatures, inner),
            recognizer: Recognizer::new(signatures, limits),
            block: Vec::new(),
        }
    }

    /// Inspects a file of the file system, and returns its size.
    pub fn file(&mut self, path: PathBuf, level: usize, rows: &mut Rows<'_>) -> u64 {
        let location = Location { file: path, inner: Vec::new() };
        let asked = Opened::open(&location.file).and_then(|opened| {
            let name = String::from_utf8_lossy(location.name());
            let answer = self.identifier.identify(&opened, Some(&name), self.depth.scope)?;
            Ok((opened, answer))
        });
        let (opened, answer) = match asked {
            Ok(asked) => asked,
            Err(error) => {
                unread(&location, level, &error, rows);
                return 0;
            }
        };
        let size_bytes = opened.size_bytes();
        let mut subject = Subject::new(Some(opened.modified));
        (subject.answer, subject.size_bytes) = (answer, Some(size_bytes));
        let budget = Budget::of(size_bytes);
        let mut site = Site { location, level, budget: &budget, rows };
        self.tell_kind(&mut subject, &opened);
        self.deliver(subject, &Bytes::Here(&opened), &mut site);
        size_bytes
    }

    /// Finds out whether a file is an archive. One that cannot be read has said so before.
    pub(super) fn tell_kind(&self, subject: &mut Subject<'_>, source: &dyn Source) {
        if self.depth.has_archives {
            let mut mark = [0; MARK_BYTES];
            let read = source.read_full_at(0, &mut mark).unwrap_or(0);
            subject.kind = ArchiveKind::of(&subject.answer, &mark[..read]);
        }
    }

    /// Writes the row of a file and, of an archive, those of its members.
    pub(super) fn deliver(&mut self, mut subject: Subject<'s>, bytes: &Bytes<'_, '_>, site: &mut Site<'_, '_>) {
        let mut kind = subject.kind.filter(|_| self.depth.has_archives && !matches!(bytes, Bytes::Gone));
        if kind.is_some() && site.location.inner.len() >= NESTING_MAX {
            let message = format!("it is the {}th archive within archives, and was not looked into", NESTING_MAX + 1);
            subject.remark(Remark::LIMIT, message);
            kind = None;
        }
        let Some(kind) = kind else { return site.row(&subject, RowKind::File) };
        // Its damage is known before its members are, so that its row can say so.
        if let Bytes::Here(source) = bytes
            && let Err(fault) = survey(kind, *source)
        {
            subject.fault(&fault);
        }
        site.row(&subject, RowKind::Archive);
        site.level += 1;
        let listed = match bytes {
            Bytes::Here(source) => self.members(kind, *source, site),
            Bytes::Again(open) => open().and_then(|reader| self.stream_members(reader, site)),
            Bytes::Gone => Ok(()),
        };
        site.level -= 1;
        // That the list ends too early must not go unsaid, even if it did not when the row was written.
        if let Err(fault) = listed
            && !subject.has_fault()
        {
            let message = format!("its members could not all be listed: {fault}");
            unread(&site.location, site.level, &io::Error::other(message), site.rows);
        }
    }
}

/// Says what is wrong with the list of members of an archive. What is compressed as a whole has one member, whose row
/// says what is wrong with it.
fn survey(kind: ArchiveKind, source: &dyn Source) -> Result<(), Fault> {
    match kind {
        ArchiveKind::Zip => Zip::open(source)?.survey(),
        ArchiveKind::Tar => Tar::new(Range::all(source)).survey(),
        ArchiveKind::Gzip | ArchiveKind::Zstandard => Ok(()),
    }
}

/// Writes the row of what cannot be read.
pub fn unread(location: &Location, level: usize, error: &io::Error, rows: &mut Rows<'_>) {
    let message = error.to_string();
    let answer = Err(message.as_str());
    rows.row(&Row { location, level, kind: RowKind::File, size_bytes: None, modified: None, answer, remarks: &[] });
}
