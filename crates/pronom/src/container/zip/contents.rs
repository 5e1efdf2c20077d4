//! The ends of one entry of an archive.

use std::io;

use super::super::little_endian::u16_at;
use super::super::piece;
use super::super::window::Window;
use super::super::{ContainerError, ContainerLimits, Flaw};
use super::inflate::{self, Compressed};
use super::{Archive, Ends, InnerBytes, LOCAL_HEADER, LOCAL_HEADER_BYTES, Member};
use crate::Source;

/// Bytes that are read with a local header at the most, so that a small entry takes one read.
const BLOCK_BYTES: usize = 16 << 10;
/// Bytes that the extra field of a local header mostly fits in.
const EXTRA_BYTES_USUAL: usize = 64;
/// Compression methods (APPNOTE §4.4.5).
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
/// WinZip's AES, which puts the true method elsewhere.
const AES: u16 = 99;
/// The flags (§4.4.4) of encryption: of the bytes, by strong means, of the directory.
const ENCRYPTED: u16 = 1 | 1 << 6 | 1 << 13;

impl Archive {
    /// Reads the ends of an entry, at the place that the directory gives; two entries may share their bytes.
    pub fn read(
        &mut self,
        source: &dyn Source,
        member: &Member,
        ends: Ends,
        limits: &ContainerLimits,
    ) -> Result<InnerBytes, ContainerError> {
        if member.flags & ENCRYPTED != 0 || member.method == AES {
            return Err(Flaw::Encrypted.into());
        }
        if !matches!(member.method, STORED | DEFLATED) {
            return Err(Flaw::Method(member.method).into());
        }
        let offset = self.data_offset(source, member, ends)?;
        let rest_bytes = source.size_bytes().saturating_sub(offset);
        let stated_bytes = member.compressed_bytes.unwrap_or(rest_bytes);
        let is_cut = stated_bytes > rest_bytes || member.compressed_bytes.is_none();
        let end = offset.saturating_add(stated_bytes.min(rest_bytes));
        if member.method == STORED {
            let flaw = is_cut.then_some(Flaw::BeyondEnd);
            return Ok(stored(&mut self.window, source, offset, end - offset, ends, flaw)?);
        }
        let compressed = Compressed { offset, end, stated_bytes: member.size_bytes, is_cut };
        Ok(inflate::ends(&mut self.window, source, &compressed, ends, &mut self.inflater, limits)?)
    }

    /// Returns where the bytes of an entry begin, behind its local header.
    ///
    /// When what stands before the archive was told from an end record that lies, the offset is true as it stands.
    fn data_offset(&mut self, source: &dyn Source, member: &Member, ends: Ends) -> Result<u64, ContainerError> {
        let shifted = member.header_offset.checked_add_signed(self.shift_bytes).unwrap_or(u64::MAX);
        match self.behind_header(source, shifted, member, ends) {
            Err(ContainerError::Unreadable(_)) if shifted != member.header_offset => {
                self.behind_header(source, member.header_offset, member, ends)
            }
            settled => settled,
        }
    }

    /// Returns where the local header at `offset` ends, whose lengths are its own.
    fn behind_header(
        &mut self,
        source: &dyn Source,
        offset: u64,
        member: &Member,
        ends: Ends,
    ) -> Result<u64, ContainerError> {
        if offset >= source.size_bytes() {
            return Err(Flaw::BeyondEnd.into());
        }
        let data_bytes = usize::try_from(member.compressed_bytes.unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
        let ahead_bytes = if member.method == DEFLATED { data_bytes } else { data_bytes.min(ends.head_bytes) };
        let ahead_bytes = ahead_bytes
            .saturating_add(LOCAL_HEADER_BYTES + usize::from(member.name_bytes) + EXTRA_BYTES_USUAL)
            .min(BLOCK_BYTES);
        let header = self.window.get(source, offset, LOCAL_HEADER_BYTES, ahead_bytes)?;
        if !header.starts_with(LOCAL_HEADER) {
            return Err(Flaw::NoLocalHeader.into());
        }
        let (Some(name_bytes), Some(extra_bytes)) = (u16_at(header, 26), u16_at(header, 28)) else {
            return Err(Flaw::BeyondEnd.into());
        };
        let header_bytes = LOCAL_HEADER_BYTES as u64 + u64::from(name_bytes) + u64::from(extra_bytes);
        let data_offset = offset.saturating_add(header_bytes);
        if data_offset > source.size_bytes() {
            return Err(Flaw::BeyondEnd.into());
        }
        Ok(data_offset)
    }
}

/// Copies the ends of what is not compressed.
fn stored(
    window: &mut Window,
    source: &dyn Source,
    offset: u64,
    size_bytes: u64,
    ends: Ends,
    flaw: Option<Flaw>,
) -> io::Result<InnerBytes> {
    let mut bytes = InnerBytes { size_bytes, flaw, ..InnerBytes::default() };
    let head_bytes = size_bytes.min(ends.head_bytes as u64);
    // What came in with the header is not read again.
    bytes.head.extend_from_slice(window.rest(offset, usize::try_from(head_bytes).unwrap_or(usize::MAX)));
    let known_bytes = bytes.head.len() as u64;
    let read_bytes = piece::append(source, offset + known_bytes, head_bytes - known_bytes, &mut bytes.head)?;
    let mut is_cut = known_bytes + read_bytes < head_bytes;
    if !is_cut && flaw.is_none() {
        let tail_bytes = size_bytes.min(ends.tail_bytes as u64);
        let tail_offset = offset + (size_bytes - tail_bytes);
        is_cut = piece::append(source, tail_offset, tail_bytes, &mut bytes.tail)? < tail_bytes;
    }
    if is_cut {
        bytes.tail.clear();
        bytes.flaw = Some(Flaw::BeyondEnd);
    }
    bytes.whole = bytes.flaw.is_none() && head_bytes == size_bytes;
    Ok(bytes)
}
