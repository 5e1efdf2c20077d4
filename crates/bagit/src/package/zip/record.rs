//! One record of a ZIP directory (APPNOTE 6.3.10 §4.3.12), and the header before its data (§4.3.7).

use std::borrow::Cow;
use std::io::{self, Read};

use super::field::{u16_at, u32_at, u64_at};

const RECORD_BYTES: usize = 46;
const RECORD_MARK: &[u8] = b"PK\x01\x02";
/// Length of a local header without name and extra fields.
pub(super) const LOCAL_BYTES: usize = 30;
const LOCAL_MARK: &[u8] = b"PK\x03\x04";

const EXTRA_ZIP64: u16 = 0x0001;
const EXTRA_TIME: u16 = 0x5455;
const EXTRA_UNICODE_PATH: u16 = 0x7075;

/// What the directory says of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    /// The name as it stands in the record.
    pub raw_name: Vec<u8>,
    /// The name in UTF-8 beside it, which some writers add to one of another encoding.
    unicode_name: Option<Vec<u8>>,
    pub flags: u16,
    pub method: u16,
    pub crc: u32,
    pub compressed_bytes: u64,
    pub size_bytes: u64,
    pub local_offset_bytes: u64,
    pub modified_seconds: i64,
    /// The mode bits of a Unix writer; 0 of others.
    pub unix_mode: u32,
}

impl Record {
    /// Reads the next record; `None` when what stands there is none, or is cut off.
    pub(super) fn read(directory: &mut impl Read) -> io::Result<Option<Self>> {
        let mut fixed = [0; RECORD_BYTES];
        if !fill(directory, &mut fixed)? || !fixed.starts_with(RECORD_MARK) {
            return Ok(None);
        }
        let lengths = [28, 30, 32].map(|at| usize::from(u16_at(&fixed, at)));
        let mut rest = vec![0; lengths.iter().sum()];
        if !fill(directory, &mut rest)? {
            return Ok(None);
        }
        let (name, rest) = rest.split_at(lengths[0]);
        let extra = &rest[..lengths[1]];
        let host = fixed[5];
        let mut record = Self {
            raw_name: name.to_vec(),
            unicode_name: None,
            flags: u16_at(&fixed, 8),
            method: u16_at(&fixed, 10),
            crc: u32_at(&fixed, 16),
            compressed_bytes: u64::from(u32_at(&fixed, 20)),
            size_bytes: u64::from(u32_at(&fixed, 24)),
            local_offset_bytes: u64::from(u32_at(&fixed, 42)),
            modified_seconds: dos_time(u16_at(&fixed, 14), u16_at(&fixed, 12)),
            unix_mode: if host == 3 { u32_at(&fixed, 38) >> 16 } else { 0 },
        };
        record.take_extra(extra);
        Ok(Some(record))
    }

    fn take_extra(&mut self, mut extra: &[u8]) {
        while extra.len() >= 4 {
            let (id, length) = (u16_at(extra, 0), usize::from(u16_at(extra, 2)));
            let Some(body) = extra.get(4..4 + length) else { return };
            match id {
                EXTRA_ZIP64 => self.take_zip64(body),
                EXTRA_TIME if body.first().is_some_and(|flags| flags & 1 != 0) && body.len() >= 5 => {
                    self.modified_seconds = i64::from(u32_at(body, 1).cast_signed());
                }
                EXTRA_UNICODE_PATH if body.len() > 5 && !self.has_utf8_name() => {
                    self.unicode_name = Some(body[5..].to_vec())
                }
                _ => {}
            }
            extra = &extra[4 + length..];
        }
    }

    /// Only the fields that are full in the record stand in the extra field, in this order.
    fn take_zip64(&mut self, mut body: &[u8]) {
        for field in [&mut self.size_bytes, &mut self.compressed_bytes, &mut self.local_offset_bytes] {
            if *field == 0xffff_ffff && body.len() >= 8 {
                *field = u64_at(body, 0);
                body = &body[8..];
            }
        }
    }

    fn has_utf8_name(&self) -> bool {
        self.flags & (1 << 11) != 0
    }

    pub(super) fn is_encrypted(&self) -> bool {
        self.flags & (1 | 1 << 6 | 1 << 13) != 0
    }

    /// Returns the name to go by.
    pub(super) fn name(&self) -> &[u8] {
        self.unicode_name.as_deref().unwrap_or(&self.raw_name)
    }

    pub(super) fn is_folder(&self) -> bool {
        self.name().ends_with(b"/")
    }
}

/// The name and lengths of a local header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Local<'a> {
    pub name: Cow<'a, [u8]>,
    pub method: u16,
    pub crc: u32,
    pub compressed_bytes: u32,
    pub size_bytes: u32,
    has_later_sizes: bool,
    extra_bytes: usize,
}

impl<'a> Local<'a> {
    /// Reads a local header; `bytes` holds its fixed part and its name.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let name_bytes = usize::from(u16_at(bytes, 26));
        let name = bytes.get(LOCAL_BYTES..)?;
        // The name is read as long as the directory says; another length is another name.
        let name = if name.len() == name_bytes { Cow::Borrowed(name) } else { Cow::Owned(Vec::new()) };
        bytes.starts_with(LOCAL_MARK).then(|| Self {
            name,
            method: u16_at(bytes, 8),
            crc: u32_at(bytes, 14),
            compressed_bytes: u32_at(bytes, 18),
            size_bytes: u32_at(bytes, 22),
            has_later_sizes: u16_at(bytes, 6) & (1 << 3) != 0,
            extra_bytes: usize::from(u16_at(bytes, 28)),
        })
    }

    /// Returns where the data begins, counted from the header.
    pub(super) fn data_offset_bytes(&self, name_bytes: usize) -> u64 {
        (LOCAL_BYTES + name_bytes + self.extra_bytes) as u64
    }

    /// Returns whether header and directory tell the same story.
    pub(super) fn agrees_with(&self, record: &Record) -> bool {
        let same = |local: u32, directory: u64| local == 0xffff_ffff || u64::from(local) == directory;
        let sizes_agree = self.has_later_sizes
            || (same(self.compressed_bytes, record.compressed_bytes)
                && same(self.size_bytes, record.size_bytes)
                && self.crc == record.crc);
        self.name == record.raw_name && self.method == record.method && sizes_agree
    }
}

fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match reader.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// MS-DOS has local time and says not where; it is taken for UTC.
fn dos_time(date: u16, time: u16) -> i64 {
    let (year, month, day) = (1980 + i64::from(date >> 9), i64::from(date >> 5 & 15), i64::from(date & 31));
    let seconds = i64::from(time >> 11) * 3600 + i64::from(time >> 5 & 63) * 60 + i64::from(time & 31) * 2;
    days_since_1970(year, month.clamp(1, 12), day.max(1)) * 86_400 + seconds
}

/// The civil calendar in days, for years after 1970; March is the first month, so that leap days come last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let leap_days = year / 4 - year / 100 + year / 400;
    year * 365 + leap_days + (month * 153 + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dos_times_are_read_as_utc() {
        assert_eq!(dos_time(0x5a68, 0x8c3d), 1741455238);
        assert_eq!(days_since_1970(1970, 1, 1), 0);
        assert_eq!(days_since_1970(2000, 2, 29), 11_016);
        assert_eq!(days_since_1970(2026, 11, 20), 20_777);
    }
}
