//! The end of a ZIP file: where its directory stands (APPNOTE 6.3.10 §4.3.14 to §4.3.16).

use std::io;

use findings::Finding;

use super::field::{u16_at, u32_at, u64_at};
use crate::package::source::Source;
use crate::rules;

const END_BYTES: usize = 22;
const END_MARK: &[u8] = b"PK\x05\x06";
const LOCATOR_BYTES: usize = 20;
const LOCATOR_MARK: &[u8] = b"PK\x06\x07";
const END64_BYTES: usize = 56;
const END64_MARK: &[u8] = b"PK\x06\x06";
const COMMENT_BYTES_MAX: usize = 65_535;

/// Where the directory is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Directory {
    pub offset_bytes: u64,
    pub length_bytes: u64,
    pub entries: u64,
}

/// Reads the end of the file once and keeps it, since it may reach into entries and the directory.
pub(crate) fn read_tail(source: &mut Source) -> io::Result<()> {
    let length_bytes = source.length_bytes();
    let end_start = length_bytes.saturating_sub(END_BYTES as u64);
    let end = source.read_early(end_start, END_BYTES)?;
    if !end.starts_with(END_MARK) || u16_at(end, 20) != 0 {
        // A comment may follow the record, which is then further up.
        let start = end_start.saturating_sub(COMMENT_BYTES_MAX as u64);
        let wanted = usize::try_from(end_start - start).unwrap_or(0);
        source.read_early(start, wanted)?;
    }
    Ok(())
}

/// Finds the directory.
pub(super) fn find_directory(source: &Source) -> io::Result<Result<Directory, Finding>> {
    let length_bytes = source.length_bytes();
    let Some(end_at) = find_end(source)? else {
        return Ok(Err(rules::ARCHIVE_TRUNCATED.finding().expected("the end record of a ZIP file")));
    };
    let mut end = [0; END_BYTES];
    source.fill_at(&mut end, end_at)?;
    let mut directory = Directory {
        offset_bytes: u64::from(u32_at(&end, 16)),
        length_bytes: u64::from(u32_at(&end, 12)),
        entries: u64::from(u16_at(&end, 10)),
    };
    let mut directory_end = end_at;
    let is_64 =
        directory.offset_bytes == 0xffff_ffff || directory.length_bytes == 0xffff_ffff || directory.entries == 0xffff;
    if is_64 && let Some((at, found)) = find_directory_64(source, end_at)? {
        (directory_end, directory) = (at, found);
    }
    let fits = directory.offset_bytes.checked_add(directory.length_bytes).is_some_and(|end| end <= directory_end);
    if !fits || u16_at(&end, 4) != 0 {
        let finding = rules::ARCHIVE_HEADER_DAMAGED.finding().message("the end record of the ZIP file is damaged");
        return Ok(Err(finding.seen(format!("a directory at byte {} of {length_bytes}", directory.offset_bytes))));
    }
    Ok(Ok(directory))
}

fn find_end(source: &Source) -> io::Result<Option<u64>> {
    let length_bytes = source.length_bytes();
    let Some(last) = length_bytes.checked_sub(END_BYTES as u64) else { return Ok(None) };
    let start = last.saturating_sub(COMMENT_BYTES_MAX as u64);
    let mut record = [0; END_BYTES];
    source.fill_at(&mut record, last)?;
    if record.starts_with(END_MARK) && u16_at(&record, 20) == 0 {
        return Ok(Some(last));
    }
    let mut tail = vec![0; usize::try_from(length_bytes - start).unwrap_or(0)];
    let got = source.fill_at(&mut tail, start)?;
    tail.truncate(got);
    let is_end = |at: &usize| {
        let record = &tail[*at..];
        record.starts_with(END_MARK) && usize::from(u16_at(record, 20)) == record.len() - END_BYTES
    };
    Ok((0..tail.len().saturating_sub(END_BYTES)).rev().find(is_end).map(|at| start + at as u64))
}

fn find_directory_64(source: &Source, end_at: u64) -> io::Result<Option<(u64, Directory)>> {
    let Some(locator_at) = end_at.checked_sub(LOCATOR_BYTES as u64) else { return Ok(None) };
    let mut locator = [0; LOCATOR_BYTES];
    source.fill_at(&mut locator, locator_at)?;
    let at = u64_at(&locator, 8);
    if !locator.starts_with(LOCATOR_MARK) || at > locator_at {
        return Ok(None);
    }
    let mut end = [0; END64_BYTES];
    let got = source.fill_at(&mut end, at)?;
    if got < END64_BYTES || !end.starts_with(END64_MARK) {
        return Ok(None);
    }
    let directory =
        Directory { offset_bytes: u64_at(&end, 48), length_bytes: u64_at(&end, 40), entries: u64_at(&end, 32) };
    Ok(Some((at, directory)))
}
