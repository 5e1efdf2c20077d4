//! The kinds of archives that are looked into, and what tells them.

use pronom::{Identification, MatchKind};

use super::is_header;

/// PRONOM has no entry for Zstandard (RFC 8878 §3.1.1), so its first bytes tell it.
const ZSTANDARD_MARK: &[u8] = &[0x28, 0xB5, 0x2F, 0xFD];
const GZIP_MARK: &[u8] = &[0x1F, 0x8B];
const OLE2_MARK: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0];
const ZIP_MARKS: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];
/// Bytes at the begin of a file in which PRONOM looks for the mark of a ZIP archive.
const ZIP_MARK_WITHIN: usize = 8;

/// A kind of archive that is looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArchiveKind {
    Zip,
    Tar,
    Gzip,
    Zstandard,
}

impl ArchiveKind {
    /// Tells whether a file is an archive. A document that happens to be a ZIP archive has a format of its own, and is
    /// a document.
    #[must_use]
    pub fn of(answer: &Identification<'_>, head: &[u8]) -> Option<Self> {
        let best = answer.best.as_ref();
        let is_told = best.is_some_and(|best| matches!(best.kind, MatchKind::Signature | MatchKind::Container));
        match best.map(|best| best.puid().as_str()) {
            Some("x-fmt/263") if is_told => Some(Self::Zip),
            Some("x-fmt/265") if is_told => Some(Self::Tar),
            Some("x-fmt/266") if is_told => Some(Self::Gzip),
            _ if is_told => None,
            _ if head.starts_with(ZSTANDARD_MARK) => Some(Self::Zstandard),
            // PRONOM's signature asks for numbers as some programs of old wrote them.
            _ => is_header(head).then_some(Self::Tar),
        }
    }

    /// Returns the first part of the addresses of its members.
    #[must_use]
    pub fn scheme(self) -> &'static str {
        match self {
            Self::Zip => "zip",
            Self::Tar => "tar",
            Self::Gzip => "gz",
            Self::Zstandard => "zst",
        }
    }
}

/// Says whether a file that begins so may have to be looked into, as an archive or as a container, and so must be kept.
#[must_use]
pub fn may_be_container(head: &[u8]) -> bool {
    let first = &head[..head.len().min(ZIP_MARK_WITHIN)];
    let is_zip = ZIP_MARKS.iter().any(|mark| first.windows(mark.len()).any(|window| window == *mark));
    is_zip || [OLE2_MARK, GZIP_MARK, ZSTANDARD_MARK].iter().any(|mark| head.starts_with(mark)) || is_header(head)
}
