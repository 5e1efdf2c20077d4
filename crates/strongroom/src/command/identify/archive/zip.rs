//! The members of a ZIP archive, as its central directory lists them (APPNOTE 6.3.10 §4.3.12 to §4.3.16).

use std::io::{BufReader, Read};

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use pronom::Source;

use super::field::{u16_at, u32_at, u64_at};
use super::forward::fill;
use super::{Fault, Range};

const LOCAL_MARK: &[u8] = b"PK\x03\x04";
const LOCAL_BYTES: usize = 30;
const ENTRY_MARK: &[u8] = b"PK\x01\x02";
const ENTRY_BYTES: usize = 46;
const END_MARK: &[u8] = b"PK\x05\x06";
const END_BYTES: usize = 22;
const LOCATOR_MARK: &[u8] = b"PK\x06\x07";
const LOCATOR_BYTES: u64 = 20;
const END64_MARK: &[u8] = b"PK\x06\x06";
const END64_BYTES: usize = 56;
const COMMENT_BYTES_MAX: u64 = u16::MAX as u64;
/// The method of members that are not packed.
pub const STORED: u16 = 0;
/// The extra field that holds what is too large for the entry (§4.5.3).
const EXTRA_64: u16 = 1;
/// Bytes of the directory that are read at a time.
const READ_BYTES: usize = 16 << 10;

/// Goes from one entry of the directory to the next.
pub struct Zip<'a> {
    source: &'a dyn Source,
    /// Where the archive begins: programs that unpack themselves stand before it.
    begin: u64,
    directory: BufReader<Range<'a>>,
    entries_left: u64,
}

/// One member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZipMember {
    /// Its path.
    pub name: Vec<u8>,
    /// Its bytes, as the directory says.
    pub size_bytes: u64,
    /// Its bytes as they stand in the archive.
    pub packed_bytes: u64,
    /// How it is packed.
    pub method: u16,
    /// The sum of its bytes.
    pub crc: u32,
    /// When it was changed, in seconds since 1970, as if the archive knew only UTC.
    pub modified: Option<i64>,
    /// Whether it is a file, rather than a folder.
    pub is_file: bool,
    /// Whether only its owner can read it.
    pub is_encrypted: bool,
    local: u64,
}

impl<'a> Zip<'a> {
    /// Finds the directory.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub fn open(source: &'a dyn Source) -> Result<Self, Fault> {
        let tail_start = source.size_bytes().saturating_sub(END_BYTES as u64 + COMMENT_BYTES_MAX);
        let mut tail = vec![0; usize::try_from(source.size_bytes() - tail_start).unwrap_or(0)];
        let read = source.read_full_at(tail_start, &mut tail)?;
        tail.truncate(read);
        let is_end = |place: &usize| tail[*place..].starts_with(END_MARK) && tail.len() - place >= END_BYTES;
        let place = (0..tail.len()).rev().find(is_end);
        let place = place.ok_or_else(|| Fault::damaged("the archive has no central directory: it breaks off"))?;
        let end = &tail[place..];
        let mut end_place = tail_start + place as u64;
        let (mut entries, mut length, mut offset) =
            (u64::from(u16_at(end, 10)), u64::from(u32_at(end, 12)), u64::from(u32_at(end, 16)));
        if let Some((end64_place, end64)) = end64(source, end_place)? {
            end_place = end64_place;
            (entries, length, offset) = (u64_at(&end64, 32), u64_at(&end64, 40), u64_at(&end64, 48));
        }
        let begin = end_place.checked_sub(length).and_then(|start| start.checked_sub(offset));
        let begin = begin.ok_or_else(|| Fault::damaged("the central directory is not where the archive says"))?;
        let directory = Range::new(source, begin + offset, length);
        Ok(Self { source, begin, directory: BufReader::with_capacity(READ_BYTES, directory), entries_left: entries })
    }

    /// Returns the next member; none at the end.
    ///
    /// # Errors
    /// The directory is damaged or cannot be read.
    pub fn next(&mut self) -> Result<Option<ZipMember>, Fault> {
        let mut entry = [0; ENTRY_BYTES];
        let read = fill(&mut self.directory, &mut entry)?;
        if read == 0 && self.entries_left == 0 {
            return Ok(None);
        }
        if read < ENTRY_BYTES || !entry.starts_with(ENTRY_MARK) {
            return Err(Fault::damaged("the central directory is damaged, or ends too early"));
        }
        self.entries_left = self.entries_left.saturating_sub(1);
        let name = self.bytes(u16_at(&entry, 28))?;
        let extra = self.bytes(u16_at(&entry, 30))?;
        self.bytes(u16_at(&entry, 32))?;
        let mut large = extra_64(&extra);
        let mut wide = |place| match u32_at(&entry, place) {
            u32::MAX => large.next().unwrap_or(u64::from(u32::MAX)),
            number => u64::from(number),
        };
        let (size_bytes, packed_bytes, local) = (wide(24), wide(20), wide(42));
        Ok(Some(ZipMember {
            is_file: !name.ends_with(b"/"),
            name,
            size_bytes,
            packed_bytes,
            method: u16_at(&entry, 10),
            crc: u32_at(&entry, 16),
            modified: time(u16_at(&entry, 14), u16_at(&entry, 12)),
            is_encrypted: u16_at(&entry, 8) & 1 != 0,
            local,
        }))
    }

    /// Goes through the directory, for what is wrong with it.
    ///
    /// # Errors
    /// It is damaged or cannot be read.
    pub fn survey(&mut self) -> Result<(), Fault> {
        while self.next()?.is_some() {}
        Ok(())
    }

    /// Returns the bytes of a member as they stand in the archive.
    ///
    /// # Errors
    /// They are not where the directory says.
    pub fn packed(&self, member: &ZipMember) -> Result<Range<'a>, Fault> {
        let mut header = [0; LOCAL_BYTES];
        let place = self.begin.checked_add(member.local).ok_or_else(|| Fault::damaged("it lies beyond any file"))?;
        let read = self.source.read_full_at(place, &mut header)?;
        if read < LOCAL_BYTES || !header.starts_with(LOCAL_MARK) {
            return Err(Fault::damaged("it is not where the central directory says"));
        }
        let names = u64::from(u16_at(&header, 26)) + u64::from(u16_at(&header, 28));
        let start = place + LOCAL_BYTES as u64 + names;
        let range = Range::new(self.source, start, member.packed_bytes);
        if range.size_bytes() < member.packed_bytes {
            return Err(Fault::damaged("it reaches beyond the end of the archive"));
        }
        Ok(range)
    }

    fn bytes(&mut self, length: u16) -> Result<Vec<u8>, Fault> {
        let mut bytes = vec![0; usize::from(length)];
        self.directory.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

/// Returns the end of a large archive, and where it stands.
fn end64(source: &dyn Source, end_place: u64) -> Result<Option<(u64, [u8; END64_BYTES])>, Fault> {
    let Some(locator_place) = end_place.checked_sub(LOCATOR_BYTES) else { return Ok(None) };
    let mut locator = [0; LOCATOR_BYTES as usize];
    source.read_full_at(locator_place, &mut locator)?;
    if !locator.starts_with(LOCATOR_MARK) {
        return Ok(None);
    }
    let mut end = [0; END64_BYTES];
    // Where something stands before the archive the locator's place is not that in the file; without its fields for
    // extensions, which nobody writes, the end stands right before the locator.
    for place in [u64_at(&locator, 8), locator_place.saturating_sub(END64_BYTES as u64)] {
        source.read_full_at(place, &mut end)?;
        if end.starts_with(END64_MARK) {
            return Ok(Some((place, end)));
        }
    }
    Err(Fault::damaged("the end of the central directory is not where the archive says"))
}

/// Returns the numbers that were too large for their fields.
fn extra_64(mut extra: &[u8]) -> impl Iterator<Item = u64> + use<> {
    let mut numbers = Vec::new();
    while extra.len() >= 4 {
        let length = usize::from(u16_at(extra, 2));
        let Some(field) = extra.get(4..4 + length) else { break };
        if u16_at(extra, 0) == EXTRA_64 {
            numbers = field.chunks_exact(8).map(|number| u64_at(number, 0)).collect();
        }
        extra = &extra[4 + length..];
    }
    numbers.into_iter()
}

/// Reads a time of DOS.
fn time(date: u16, time: u16) -> Option<i64> {
    let part = |bits: u16| i8::try_from(bits).ok();
    let year = i16::try_from(1980 + (date >> 9)).ok()?;
    let (month, day) = (part(date >> 5 & 15)?, part(date & 31)?);
    let (hour, minute, second) = (part(time >> 11)?, part(time >> 5 & 63)?, part((time & 31) * 2)?);
    let at = DateTime::new(year, month, day, hour, minute, second, 0).ok()?;
    Some(at.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
}
