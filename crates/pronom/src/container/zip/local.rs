//! The local headers from the start on, for an archive without a central directory.

use std::io;

use memchr::memchr_iter;

use super::super::kept::Kept;
use super::super::little_endian::{u16_at, u32_at};
use super::super::window::Window;
use super::super::{ContainerError, ContainerLimits, Flaw};
use super::{CENTRAL_RECORD, LOCAL_HEADER, LOCAL_HEADER_BYTES, Member, entry, name, zip64};
use crate::Source;

/// Bytes that are read for a header, which has its content behind it and the next header far away.
const HEADER_BLOCK_BYTES: usize = 4 << 10;
/// Bytes that are searched at a time.
const SEARCH_BLOCK_BYTES: usize = 32 << 10;
/// Begins a data descriptor (APPNOTE §4.3.9.3).
const DESCRIPTOR: &[u8] = b"PK\x07\x08";
/// Bytes of a data descriptor that does not begin with its signature.
const BARE_DESCRIPTOR_BYTES: u64 = 12;
/// The flag that sizes stand behind the bytes (§4.4.4, bit 3).
const HAS_DESCRIPTOR: u16 = 1 << 3;

/// A local header: what it describes, and where its bytes begin.
struct Header {
    path: Option<String>,
    member: Member,
    data_offset: u64,
}

/// Keeps the wanted entries of a cut archive and returns the flaw that goes with that.
///
/// # Errors
/// [`Flaw::OtherKind`] when there is no local header either.
pub(super) fn walk(
    window: &mut Window,
    source: &dyn Source,
    kept: &mut Kept<'_>,
    limits: &ContainerLimits,
) -> Result<Flaw, ContainerError> {
    let mut search = Search { left_bytes: limits.searched_bytes_max };
    let mut next = search.signature(window, source, 0, &[LOCAL_HEADER])?;
    if next.is_none() {
        return Err(Flaw::OtherKind.into());
    }
    for _ in 0..limits.local_headers_max {
        let Some(offset) = next else { break };
        let Some(mut header) = read(window, source, offset, kept, limits)? else {
            if is_central(window, source, offset)? {
                break;
            }
            next = search.signature(window, source, offset, &[LOCAL_HEADER])?;
            continue;
        };
        let end_offset = match header.member.compressed_bytes {
            Some(bytes) => Some(header.data_offset.saturating_add(bytes)),
            None => search.end(window, source, &mut header)?,
        };
        if let Some(path) = header.path {
            kept.push(entry(path, header.member));
        }
        next = end_offset.filter(|offset| *offset < source.size_bytes());
    }
    Ok(Flaw::NoCentralDirectory)
}

/// Reads the header at `offset`, with its path when it is wanted; `None` when there is no header.
fn read(
    window: &mut Window,
    source: &dyn Source,
    offset: u64,
    kept: &mut Kept<'_>,
    limits: &ContainerLimits,
) -> Result<Option<Header>, ContainerError> {
    let bytes = window.get(source, offset, LOCAL_HEADER_BYTES + limits.name_bytes_max, HEADER_BLOCK_BYTES)?;
    let Some((mut member, extra_bytes)) = parse(bytes, offset).filter(|_| bytes.starts_with(LOCAL_HEADER)) else {
        return Ok(None);
    };
    let name_bytes = usize::from(member.name_bytes);
    let raw = bytes.get(LOCAL_HEADER_BYTES..LOCAL_HEADER_BYTES + name_bytes);
    let path = raw.map(name::text).filter(|path| kept.takes(path)).map(|path| path.into_owned());
    let extra_offset = offset.saturating_add((LOCAL_HEADER_BYTES + name_bytes) as u64);
    let extra = window.get(source, extra_offset, extra_bytes.into(), HEADER_BLOCK_BYTES)?;
    let mut compressed_bytes = member.compressed_bytes.unwrap_or(0);
    zip64::replace([&mut member.size_bytes, &mut compressed_bytes, &mut 0], extra);
    let is_known = compressed_bytes > 0 || member.flags & HAS_DESCRIPTOR == 0;
    member.compressed_bytes = is_known.then_some(compressed_bytes);
    Ok(Some(Header { path, member, data_offset: extra_offset.saturating_add(extra_bytes.into()) }))
}

fn parse(bytes: &[u8], offset: u64) -> Option<(Member, u16)> {
    let member = Member {
        header_offset: offset,
        compressed_bytes: Some(u32_at(bytes, 18)?.into()),
        size_bytes: u32_at(bytes, 22)?.into(),
        name_bytes: u16_at(bytes, 26)?,
        flags: u16_at(bytes, 6)?,
        method: u16_at(bytes, 8)?,
    };
    Some((member, u16_at(bytes, 28)?))
}

fn is_central(window: &mut Window, source: &dyn Source, offset: u64) -> io::Result<bool> {
    Ok(window.get(source, offset, CENTRAL_RECORD.len(), HEADER_BLOCK_BYTES)? == CENTRAL_RECORD)
}

/// A search for signatures, which ends when it has gone through as many bytes as it may.
struct Search {
    left_bytes: u64,
}

impl Search {
    /// Finds where the bytes of an entry end whose size is not known, and returns where the next header may be.
    ///
    /// An archive stored within the archive ends it too early; its owner lost the directory that knew better.
    fn end(&mut self, window: &mut Window, source: &dyn Source, header: &mut Header) -> io::Result<Option<u64>> {
        let signatures = [DESCRIPTOR, LOCAL_HEADER, CENTRAL_RECORD];
        let Some(found) = self.signature(window, source, header.data_offset, &signatures)? else { return Ok(None) };
        let is_descriptor = window.get(source, found, DESCRIPTOR.len(), 0)? == DESCRIPTOR;
        let end_offset = if is_descriptor { found } else { found.saturating_sub(BARE_DESCRIPTOR_BYTES) };
        header.member.compressed_bytes = Some(end_offset.saturating_sub(header.data_offset));
        if !is_descriptor {
            return Ok(Some(found));
        }
        self.signature(window, source, found, &[LOCAL_HEADER])
    }

    /// Returns the first place from `offset` on where one of the signatures stands.
    fn signature(
        &mut self,
        window: &mut Window,
        source: &dyn Source,
        mut offset: u64,
        signatures: &[&[u8]],
    ) -> io::Result<Option<u64>> {
        while self.left_bytes > 0 {
            // What is in the window already comes first, unless it is too short for a signature.
            let is_short = window.rest(offset, LOCAL_HEADER.len()).len() < LOCAL_HEADER.len();
            let block = match is_short {
                true => window.get(source, offset, SEARCH_BLOCK_BYTES, SEARCH_BLOCK_BYTES)?,
                false => window.rest(offset, SEARCH_BLOCK_BYTES),
            };
            let found = memchr_iter(b'P', block)
                .find(|place| signatures.iter().any(|signature| block[*place..].starts_with(signature)));
            if let Some(place) = found {
                self.left_bytes = self.left_bytes.saturating_sub(place as u64 + 1);
                return Ok(Some(offset + place as u64));
            }
            // Three bytes of a signature may stand at the end of this block and its last one in the next.
            let searched = block.len().saturating_sub(LOCAL_HEADER.len() - 1) as u64;
            if searched == 0 {
                break;
            }
            self.left_bytes = self.left_bytes.saturating_sub(searched);
            offset = offset.saturating_add(searched);
        }
        Ok(None)
    }
}
