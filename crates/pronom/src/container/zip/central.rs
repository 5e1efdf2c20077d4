//! The central directory, record by record.

use super::super::kept::Kept;
use super::super::little_endian::{u16_at, u32_at};
use super::super::window::Window;
use super::super::{ContainerError, ContainerLimits, Flaw};
use super::end::Directory;
use super::{CENTRAL_RECORD, Member, entry, name, zip64};
use crate::Source;

/// Bytes of the directory that are read at a time.
const BLOCK_BYTES: usize = 32 << 10;
/// Bytes of a record before the name (APPNOTE §4.3.12).
const RECORD_BYTES: usize = 46;
/// Begins the signature that may end the directory (§4.3.13), of which nothing is asked here.
const DIGITAL_SIGNATURE: &[u8] = b"PK\x05\x05";

/// One record, without its texts.
struct Record {
    member: Member,
    extra_bytes: u16,
    comment_bytes: u16,
}

impl Record {
    fn parse(bytes: &[u8]) -> Option<Self> {
        Some(Self {
            member: Member {
                header_offset: u32_at(bytes, 42)?.into(),
                compressed_bytes: Some(u32_at(bytes, 20)?.into()),
                size_bytes: u32_at(bytes, 24)?.into(),
                name_bytes: u16_at(bytes, 28)?,
                flags: u16_at(bytes, 8)?,
                method: u16_at(bytes, 10)?,
            },
            extra_bytes: u16_at(bytes, 30)?,
            comment_bytes: u16_at(bytes, 32)?,
        })
    }

    fn length_bytes(&self) -> u64 {
        [self.member.name_bytes, self.extra_bytes, self.comment_bytes].into_iter().map(u64::from).sum::<u64>()
            + RECORD_BYTES as u64
    }
}

/// Keeps the wanted entries and returns what stopped the reading before the end of the directory.
///
/// What the end record says about the number of entries is not looked at: the records are there or they are not.
pub(super) fn read(
    window: &mut Window,
    source: &dyn Source,
    directory: &Directory,
    kept: &mut Kept<'_>,
    limits: &ContainerLimits,
) -> Result<Option<Flaw>, ContainerError> {
    let mut offset = directory.start;
    for _ in 0..limits.entries_max {
        if offset >= directory.end {
            return Ok((offset > directory.end).then_some(Flaw::BrokenDirectory));
        }
        if offset - directory.start >= limits.central_directory_bytes_max {
            let limit = limits.central_directory_bytes_max;
            return Ok(Some(Flaw::TooLarge { what: "the bytes of the central directory", limit }));
        }
        // Each round goes on by 46 bytes at least, so that the rounds are bounded by the bytes of the file too.
        let Some(length_bytes) = step(window, source, offset, kept, limits)? else {
            let bytes = window.get(source, offset, DIGITAL_SIGNATURE.len(), 0)?;
            return Ok((bytes != DIGITAL_SIGNATURE).then_some(Flaw::BrokenDirectory));
        };
        offset = offset.saturating_add(length_bytes);
    }
    let is_over = offset < directory.end;
    Ok(is_over.then_some(Flaw::TooLarge { what: "the entries", limit: limits.entries_max }))
}

/// Looks at the record at `offset` and returns its length; `None` when there is no record.
fn step(
    window: &mut Window,
    source: &dyn Source,
    offset: u64,
    kept: &mut Kept<'_>,
    limits: &ContainerLimits,
) -> Result<Option<u64>, ContainerError> {
    let bytes = window.get(source, offset, RECORD_BYTES + limits.name_bytes_max, BLOCK_BYTES)?;
    let Some(mut record) = Record::parse(bytes).filter(|_| bytes.starts_with(CENTRAL_RECORD)) else { return Ok(None) };
    let length_bytes = record.length_bytes();
    let name_bytes = usize::from(record.member.name_bytes);
    let Some(raw) = bytes.get(RECORD_BYTES..RECORD_BYTES + name_bytes) else { return Ok(Some(length_bytes)) };
    let path = name::text(raw);
    if !kept.takes(&path) {
        return Ok(Some(length_bytes));
    }
    let path = path.into_owned();
    let extra_offset = offset.saturating_add((RECORD_BYTES + name_bytes) as u64);
    let extra = window.get(source, extra_offset, record.extra_bytes.into(), BLOCK_BYTES)?;
    let Member { header_offset, compressed_bytes, size_bytes, .. } = &mut record.member;
    zip64::replace([size_bytes, compressed_bytes.get_or_insert(0), header_offset], extra);
    kept.push(entry(path, record.member));
    Ok(Some(length_bytes))
}
