//! The members of a tar archive: ustar, with the long names of GNU and the records of PAX.

use std::io;

use super::forward::fill;
use super::{Fault, Forward};

const BLOCK_BYTES: usize = 512;
/// Bytes of one GNU long name or of one set of PAX records.
const EXTENSION_BYTES_MAX: u64 = 1 << 20;

/// Goes from one member to the next.
pub struct Tar<R> {
    reader: R,
    /// How far the archive was read.
    position: u64,
    /// Where the next header begins.
    next: u64,
}

/// One member.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TarMember {
    /// Its path.
    pub name: Vec<u8>,
    /// Where its bytes begin in the archive.
    pub start: u64,
    /// Its bytes.
    pub size_bytes: u64,
    /// When it was changed, in seconds since 1970.
    pub modified: Option<i64>,
    /// Whether it is a file, rather than a folder, a link or the like.
    pub is_file: bool,
    /// Whether its zeros are left out, so that its bytes do not stand in the archive as they are.
    pub is_sparse: bool,
}

/// What headers said of the member that follows them.
#[derive(Debug, Default)]
struct Said {
    name: Option<Vec<u8>>,
    size_bytes: Option<u64>,
    is_sparse: bool,
}

impl<R: Forward> Tar<R> {
    /// Begins with the first member.
    pub fn new(reader: R) -> Self {
        Self { reader, position: 0, next: 0 }
    }

    /// Returns the next member, past whatever was not read of the one before; none at the end.
    ///
    /// # Errors
    /// The archive is damaged or cannot be read.
    pub fn next(&mut self) -> Result<Option<TarMember>, Fault> {
        let mut said = Said::default();
        loop {
            let Some(block) = self.header()? else { return Ok(None) };
            let size_bytes = said.size_bytes.or_else(|| number(&block[124..136]));
            let size_bytes = size_bytes.ok_or_else(|| Fault::damaged("the size of a member is no number"))?;
            let start = self.position;
            let padded = size_bytes.checked_next_multiple_of(BLOCK_BYTES as u64);
            let next = padded.and_then(|padded| start.checked_add(padded));
            self.next = next.ok_or_else(|| Fault::damaged("a member is larger than any file"))?;
            match block[156] {
                b'L' => said.name = Some(until_zero(&self.extension(size_bytes)?).to_vec()),
                b'x' => pax(&self.extension(size_bytes)?, &mut said),
                b'K' | b'g' => {}
                kind => {
                    if kind == b'S' && block[482] != 0 {
                        self.pass_sparse_map()?;
                    }
                    let is_file = matches!(kind, 0 | b'0' | b'7' | b'S');
                    let name = said.name.take().unwrap_or_else(|| name_of(&block));
                    let is_file = is_file && !name.ends_with(b"/");
                    let modified = number(&block[136..148]).and_then(|seconds| i64::try_from(seconds).ok());
                    let (start, is_sparse) = (self.position, kind == b'S' || said.is_sparse);
                    return Ok(Some(TarMember { name, start, size_bytes, modified, is_file, is_sparse }));
                }
            }
        }
    }

    /// Reads from the member that was returned last.
    pub fn read(&mut self, member: &TarMember, buffer: &mut [u8]) -> io::Result<usize> {
        let left = (member.start + member.size_bytes).saturating_sub(self.position);
        let wanted = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        // Decompressors do not agree on what it means to ask them for nothing.
        if wanted == 0 {
            return Ok(0);
        }
        let read = self.reader.read(&mut buffer[..wanted])?;
        self.position += read as u64;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(read)
    }

    /// Goes through the rest, for what is wrong with it, and then to the last byte of the reader.
    ///
    /// # Errors
    /// The archive is damaged or cannot be read.
    pub fn survey(&mut self) -> Result<(), Fault> {
        while self.next()?.is_some() {}
        self.reader.skip(u64::MAX)?;
        Ok(())
    }

    fn header(&mut self) -> Result<Option<[u8; BLOCK_BYTES]>, Fault> {
        let gap = self.next - self.position;
        let skipped = self.reader.skip(gap)?;
        self.position += skipped;
        let mut block = [0; BLOCK_BYTES];
        let read = if skipped < gap { 0 } else { fill(&mut self.reader, &mut block)? };
        self.position += read as u64;
        self.next = self.position;
        // Two empty blocks end an archive; that they are missing is harmless where a member has just ended.
        let is_end = skipped == gap && (read == 0 || read == BLOCK_BYTES && block.iter().all(|byte| *byte == 0));
        if is_end {
            return Ok(None);
        }
        if read < BLOCK_BYTES {
            return Err(Fault::damaged("the archive breaks off"));
        }
        if !is_header(&block) {
            return Err(Fault::damaged(format!("there is no header at byte {}", self.position - BLOCK_BYTES as u64)));
        }
        Ok(Some(block))
    }

    fn extension(&mut self, size_bytes: u64) -> Result<Vec<u8>, Fault> {
        if size_bytes > EXTENSION_BYTES_MAX {
            return Err(Fault::Limit(format!("a name or record is longer than {EXTENSION_BYTES_MAX} bytes")));
        }
        let mut bytes = vec![0; usize::try_from(size_bytes).unwrap_or(0)];
        let read = fill(&mut self.reader, &mut bytes)?;
        self.position += read as u64;
        if read < bytes.len() {
            return Err(Fault::damaged("the archive breaks off"));
        }
        Ok(bytes)
    }

    /// A sparse file of GNU may have more blocks of its map behind the header, which its size does not count.
    fn pass_sparse_map(&mut self) -> Result<(), Fault> {
        let mut block = [0; BLOCK_BYTES];
        loop {
            let read = fill(&mut self.reader, &mut block)?;
            self.position += read as u64;
            self.next = self.next.saturating_add(BLOCK_BYTES as u64);
            if read < BLOCK_BYTES {
                return Err(Fault::damaged("the archive breaks off"));
            }
            if block[504] == 0 {
                return Ok(());
            }
        }
    }
}

/// Says whether bytes begin with a tar header: its own sum of them says so.
#[must_use]
pub fn is_header(head: &[u8]) -> bool {
    let Some(block) = head.get(..BLOCK_BYTES) else { return false };
    let in_place_of_sum = |(place, byte): (usize, &u8)| if (148..156).contains(&place) { b' ' } else { *byte };
    let sum: u64 = block.iter().enumerate().map(in_place_of_sum).map(u64::from).sum();
    block[0] != 0 && number(&block[148..156]) == Some(sum)
}

/// Reads a number: octal digits, or, where the highest bit is set, bytes.
fn number(field: &[u8]) -> Option<u64> {
    if let [first, rest @ ..] = field
        && first & 0x80 != 0
    {
        let (high, low) = rest.split_at(rest.len().saturating_sub(8));
        let is_small = *first == 0x80 && high.iter().all(|byte| *byte == 0);
        return is_small.then(|| low.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)));
    }
    let text = std::str::from_utf8(until_zero(field)).ok()?.trim_matches(' ');
    if text.is_empty() { Some(0) } else { u64::from_str_radix(text, 8).ok() }
}

fn until_zero(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == 0).next().unwrap_or_default()
}

fn name_of(block: &[u8; BLOCK_BYTES]) -> Vec<u8> {
    let (name, prefix) = (until_zero(&block[..100]), until_zero(&block[345..500]));
    // Before POSIX, and for GNU, other things stand where POSIX has the begin of a long path.
    if prefix.is_empty() || &block[257..263] != b"ustar\0" {
        return name.to_vec();
    }
    [prefix, b"/", name].concat()
}

/// Takes path and size from PAX records: `length key=value\n`.
fn pax(mut records: &[u8], said: &mut Said) {
    while let Some(blank) = records.iter().position(|byte| *byte == b' ') {
        let length = std::str::from_utf8(&records[..blank]).ok().and_then(|digits| digits.parse::<usize>().ok());
        let Some(record) = length.and_then(|length| records.get(blank + 1..length)) else { return };
        records = &records[blank + 1 + record.len()..];
        let record = record.strip_suffix(b"\n").unwrap_or(record);
        said.is_sparse |= record.starts_with(b"GNU.sparse.");
        if let Some(path) = record.strip_prefix(b"GNU.sparse.name=") {
            // The path of such a member is a made-up one, whichever of the two records comes first.
            said.name = Some(path.to_vec());
        } else if let Some(path) = record.strip_prefix(b"path=") {
            said.name.get_or_insert_with(|| path.to_vec());
        } else if let Some(size) = record.strip_prefix(b"size=") {
            said.size_bytes = std::str::from_utf8(size).ok().and_then(|digits| digits.parse().ok());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_octal_or_bytes() {
        assert_eq!(number(b"0000644\0"), Some(0o644));
        assert_eq!(number(b"   644 \0"), Some(0o644));
        assert_eq!(number(b"\0\0\0"), Some(0));
        assert_eq!(number(b"\x80\0\0\0\0\0\0\0\0\0\x01\x00"), Some(256));
        assert_eq!(number(b"\x80\x01\0\0\0\0\0\0\0\0\x01\x00"), None);
        assert_eq!(number(b"99"), None);
    }

    #[test]
    fn records_that_lie_about_their_length_are_left_alone() {
        let check = |records: &[u8], name: Option<&[u8]>, size_bytes| {
            let mut said = Said::default();
            pax(records, &mut said);
            assert_eq!((said.name.as_deref(), said.size_bytes), (name, size_bytes));
        };
        check(b"11 path=ab\n13 size=1234\n", Some(b"ab"), Some(1234));
        check(b"10 path=ab13 size=1234\n", Some(b"ab"), Some(1234));
        check(b"99 path=ab\n", None, None);
        check(b"1 path=ab\n", None, None);
        check(b"0 ", None, None);
        check(b"no record", None, None);
    }
}
