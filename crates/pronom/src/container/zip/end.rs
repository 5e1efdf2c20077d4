//! Where the central directory of an archive is, found from its end.

use std::io;

use memchr::memrchr_iter;

use super::super::little_endian::{u16_at, u32_at, u64_at};
use super::super::window::Window;
use super::CENTRAL_RECORD;
use crate::Source;

/// Bytes that are read from the end at first: with them most archives give their whole directory in one read.
const END_BLOCK_BYTES: usize = 8 << 10;
/// Bytes of the end record and the longest comment behind it, and of what ZIP64 puts before it.
const END_BYTES_MAX: usize = END_RECORD_BYTES + 65_535 + ZIP64_LOCATOR_BYTES as usize + ZIP64_RECORD_BYTES as usize;
/// Places that look like an end record and are tried; a comment can be full of them.
const ENDS_TRIED_MAX: usize = 16;

const END_RECORD: &[u8] = b"PK\x05\x06";
const END_RECORD_BYTES: usize = 22;
const ZIP64_LOCATOR: &[u8] = b"PK\x06\x07";
const ZIP64_LOCATOR_BYTES: u64 = 20;
const ZIP64_RECORD: &[u8] = b"PK\x06\x06";
const ZIP64_RECORD_BYTES: u64 = 56;

/// Where the central directory of an archive is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Directory {
    pub start: u64,
    /// Where the end record begins, or its ZIP64 companion.
    pub end: u64,
    /// Bytes that stand before the archive and that its offsets do not count; below zero when its start was cut off.
    pub shift_bytes: i64,
}

/// An end record, with what it says about the directory.
#[derive(Debug, Clone, Copy)]
struct EndRecord {
    offset: u64,
    directory_bytes: u64,
    directory_offset: u64,
    is_empty: bool,
    wants_zip64: bool,
    /// Whether its comment reaches exactly to the end of the file.
    is_last: bool,
}

/// Returns where the central directory is, when an end record leads to one.
pub(super) fn find(window: &mut Window, source: &dyn Source) -> io::Result<Option<Directory>> {
    let size_bytes = source.size_bytes();
    for block_bytes in [END_BLOCK_BYTES, END_BYTES_MAX] {
        for record in records(window, source, block_bytes)? {
            if let Some(directory) = locate(window, source, &record)? {
                return Ok(Some(directory));
            }
        }
        if size_bytes <= block_bytes as u64 {
            break;
        }
    }
    Ok(None)
}

/// Returns what looks like an end record, the likeliest first: one that ends the file, then the last one.
fn records(window: &mut Window, source: &dyn Source, block_bytes: usize) -> io::Result<Vec<EndRecord>> {
    let size_bytes = source.size_bytes();
    let start = size_bytes.saturating_sub(block_bytes as u64);
    let block = window.get(source, start, block_bytes, block_bytes)?;
    let mut records: Vec<_> = memrchr_iter(END_RECORD[0], block)
        .filter(|place| block[*place..].starts_with(END_RECORD))
        .filter_map(|place| record(&block[place..], start + place as u64, size_bytes))
        .collect();
    // A stable order: among equals, the later place stays before the earlier one.
    records.sort_by_key(|record| !record.is_last);
    records.truncate(ENDS_TRIED_MAX);
    Ok(records)
}

fn record(bytes: &[u8], offset: u64, size_bytes: u64) -> Option<EndRecord> {
    let entries = u16_at(bytes, 10)?;
    let directory_bytes = u32_at(bytes, 12)?;
    let directory_offset = u32_at(bytes, 16)?;
    let comment_bytes = u16_at(bytes, 20)?;
    Some(EndRecord {
        offset,
        directory_bytes: directory_bytes.into(),
        directory_offset: directory_offset.into(),
        is_empty: entries == 0 && directory_bytes == 0,
        wants_zip64: entries == u16::MAX || directory_bytes == u32::MAX || directory_offset == u32::MAX,
        is_last: offset + END_RECORD_BYTES as u64 + u64::from(comment_bytes) == size_bytes,
    })
}

/// Follows an end record to its directory.
fn locate(window: &mut Window, source: &dyn Source, record: &EndRecord) -> io::Result<Option<Directory>> {
    if record.wants_zip64
        && let Some(record) = zip64_record(window, source, record.offset)?
        && let Some(directory) = start(window, source, &record)?
    {
        return Ok(Some(directory));
    }
    start(window, source, record)
}

/// Reads the ZIP64 end record (§4.3.14), which the locator before the old end record leads to.
fn zip64_record(window: &mut Window, source: &dyn Source, end_offset: u64) -> io::Result<Option<EndRecord>> {
    let Some(locator_offset) = end_offset.checked_sub(ZIP64_LOCATOR_BYTES) else { return Ok(None) };
    let locator = window.get(source, locator_offset, ZIP64_LOCATOR_BYTES as usize, 0)?;
    let Some(stated) = u64_at(locator, 8).filter(|_| locator.starts_with(ZIP64_LOCATOR)) else { return Ok(None) };
    // Right before the locator is where the record has to be, and where it is found when the archive was shifted.
    let usual = locator_offset.checked_sub(ZIP64_RECORD_BYTES);
    for offset in [usual, Some(stated)].into_iter().flatten().filter(|offset| *offset < locator_offset) {
        let bytes = window.get(source, offset, ZIP64_RECORD_BYTES as usize, 0)?;
        let fields = (u64_at(bytes, 32), u64_at(bytes, 40), u64_at(bytes, 48));
        if let (true, (Some(entries), Some(directory_bytes), Some(directory_offset))) =
            (bytes.starts_with(ZIP64_RECORD), fields)
        {
            let is_empty = entries == 0 && directory_bytes == 0;
            let (wants_zip64, is_last) = (false, false);
            return Ok(Some(EndRecord { offset, directory_bytes, directory_offset, is_empty, wants_zip64, is_last }));
        }
    }
    Ok(None)
}

/// Returns the directory when its first record is where it should be: before the end record, or where that says.
///
/// The first holds also for an archive with other data before it, whose offsets are all too small (§4.1.9).
fn start(window: &mut Window, source: &dyn Source, record: &EndRecord) -> io::Result<Option<Directory>> {
    let end = record.offset;
    let before_end = end.checked_sub(record.directory_bytes);
    let as_stated = Some(record.directory_offset).filter(|start| *start < end);
    for start in [before_end, as_stated].into_iter().flatten() {
        let Ok(shift_bytes) = i64::try_from(i128::from(start) - i128::from(record.directory_offset)) else { continue };
        let begins = window.get(source, start, CENTRAL_RECORD.len(), 0)? == CENTRAL_RECORD;
        if begins || record.is_empty {
            return Ok(Some(Directory { start, end, shift_bytes }));
        }
    }
    Ok(None)
}
