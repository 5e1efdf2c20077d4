//! Walks the entries of a tar file, from a seekable file or from a stream.

use std::io;

use findings::Finding;

use super::header::{BLOCK_BYTES, Damage, Header, is_zero};
use super::pax::Extras;
use crate::package::refusal::{finding_in, refuse};
use crate::rules;

/// Bytes after the end mark that are looked at; honest padding is at most a few records of 10 KiB.
const TRAILER_BYTES_MAX: u64 = 1 << 20;

/// Where blocks come from.
pub(crate) trait Blocks {
    /// Fills as much of the buffer as the source still has, and returns how much that is.
    fn fill(&mut self, buffer: &mut [u8]) -> io::Result<usize>;

    /// Goes forward, and returns by how many bytes: fewer when the source ends before.
    fn skip(&mut self, bytes: u64) -> io::Result<u64>;

    /// Returns the place of the next byte.
    fn position(&self) -> u64;
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EntryKind {
    File,
    Folder,
    Link,
    Special,
    Sparse,
}

/// One entry; its data stands at the walker's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub name: Vec<u8>,
    pub kind: EntryKind,
    pub size_bytes: u64,
    pub modified_seconds: i64,
    pub offset_bytes: u64,
}

/// What comes next in a tar file.
#[derive(Debug)]
pub(crate) enum Next {
    Entry(Entry),
    /// The end mark, with a remark if something is odd about it.
    End(Option<Finding>),
    /// Nothing after this place can be trusted.
    Broken(Finding),
}

/// The walker.
pub(crate) struct Entries<B> {
    blocks: B,
    global: Extras,
    data_bytes: u64,
    padding_bytes: u64,
    header_bytes_max: u64,
}

/// Headers that speak of the entry after them.
#[derive(Default)]
struct Pending {
    extras: Option<Extras>,
    long_name: Option<Vec<u8>>,
}

/// An inner result: `Err` holds what ends the walk.
type Walk<T> = io::Result<Result<T, Finding>>;

/// Passes on the finding of a [`Walk`].
macro_rules! settle {
    ($walk:expr) => {
        match $walk? {
            Ok(value) => value,
            Err(finding) => return Ok(Err(finding)),
        }
    };
}

impl<B: Blocks> Entries<B> {
    /// Begins at the source's first block; a long name or PAX header may have `header_bytes_max` bytes.
    pub(crate) fn new(blocks: B, header_bytes_max: u64) -> Self {
        Self { blocks, global: Extras::default(), data_bytes: 0, padding_bytes: 0, header_bytes_max }
    }

    /// Returns the source, so that what follows the archive can be read.
    pub(crate) fn blocks_mut(&mut self) -> &mut B {
        &mut self.blocks
    }

    /// Goes past what is left of the current entry and reads the headers of the next.
    ///
    /// # Errors
    /// The source cannot be read; damage to the archive is no error but [`Next::Broken`].
    pub(crate) fn next(&mut self) -> io::Result<Next> {
        match self.walk() {
            Ok(walked) => Ok(walked.unwrap_or_else(Next::Broken)),
            Err(error) => finding_in(error).map(Next::Broken),
        }
    }

    /// Reads data of the current entry; 0 at its end.
    ///
    /// # Errors
    /// The source cannot be read, or ends within the entry, which is an error that holds a finding.
    pub(crate) fn read_data(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = buffer.len().min(usize::try_from(self.data_bytes).unwrap_or(usize::MAX));
        let got = self.blocks.fill(&mut buffer[..wanted])?;
        if got < wanted {
            return Err(refuse(cut_off(self.blocks.position(), "the data of an entry")));
        }
        self.data_bytes -= got as u64;
        Ok(got)
    }

    fn walk(&mut self) -> Walk<Next> {
        let mut pending = Pending::default();
        loop {
            settle!(self.skip_rest());
            let at = self.blocks.position();
            let Some(block) = settle!(self.block()) else { return self.end(&pending).map(Ok) };
            let header = match Header::parse(&block) {
                Ok(header) => header,
                Err(damage) => return Ok(Err(damaged(at, damage))),
            };
            match header.flag {
                b'L' => pending.long_name = Some(until_nul(settle!(self.small_data(&header)))),
                b'x' | b'X' => pending.extras = Some(settle!(self.extras(&header, at))),
                b'g' => {
                    let extras = settle!(self.extras(&header, at));
                    self.global = self.global.overlaid(extras);
                }
                // A long link target, a volume's label: neither says anything about a bag.
                b'K' | b'V' => self.expect_data(header.size_bytes),
                _ => return self.entry(header, pending, &block),
            }
        }
    }

    fn entry(&mut self, header: Header, pending: Pending, block: &[u8; BLOCK_BYTES]) -> Walk<Next> {
        let extras = self.global.overlaid(pending.extras.unwrap_or_default());
        let name = extras.path.or(pending.long_name).unwrap_or(header.name);
        let size_bytes = extras.size_bytes.unwrap_or(header.size_bytes);
        let kind = match header.flag {
            _ if extras.is_sparse => EntryKind::Sparse,
            // In v7 a folder is a file whose name ends in a slash.
            b'\0' | b'0' | b'7' if name.ends_with(b"/") => EntryKind::Folder,
            b'\0' | b'0' | b'7' => EntryKind::File,
            b'1' | b'2' => EntryKind::Link,
            b'5' => EntryKind::Folder,
            b'S' => EntryKind::Sparse,
            _ => EntryKind::Special,
        };
        if header.flag == b'S' {
            settle!(self.skip_sparse_map(block));
        }
        // Links, devices, folders and pipes have no data whatever their size field says.
        let has_data = !matches!(header.flag, b'1'..=b'6');
        let size_bytes = if has_data { size_bytes } else { 0 };
        let modified_seconds = extras.modified_seconds.unwrap_or(header.modified_seconds);
        self.expect_data(size_bytes);
        Ok(Ok(Next::Entry(Entry { name, kind, size_bytes, modified_seconds, offset_bytes: self.blocks.position() })))
    }

    fn expect_data(&mut self, bytes: u64) {
        self.data_bytes = bytes;
        // The greatest size is 2^63 - 1, so that its padding cannot overflow.
        self.padding_bytes = bytes.next_multiple_of(BLOCK_BYTES as u64) - bytes;
    }

    fn skip_rest(&mut self) -> Walk<()> {
        let bytes = self.data_bytes + self.padding_bytes;
        (self.data_bytes, self.padding_bytes) = (0, 0);
        if bytes > 0 && self.blocks.skip(bytes)? < bytes {
            return Ok(Err(cut_off(self.blocks.position(), "the data of an entry")));
        }
        Ok(Ok(()))
    }

    /// Reads one block; `None` when it is of the end mark.
    fn block(&mut self) -> Walk<Option<[u8; BLOCK_BYTES]>> {
        let mut block = [0; BLOCK_BYTES];
        if self.blocks.fill(&mut block)? < BLOCK_BYTES {
            return Ok(Err(cut_off(self.blocks.position(), "a header or the end mark")));
        }
        Ok(Ok((!is_zero(&block)).then_some(block)))
    }

    /// Reads the data of a long name or PAX header.
    fn small_data(&mut self, header: &Header) -> Walk<Vec<u8>> {
        if header.size_bytes > self.header_bytes_max {
            let finding = rules::ARCHIVE_HEADER_DAMAGED.finding().message("an extended header is too long");
            let limit = format!("at most {} bytes", self.header_bytes_max);
            return Ok(Err(finding.expected(limit).seen(format!("{} bytes", header.size_bytes))));
        }
        self.expect_data(header.size_bytes);
        let mut bytes = vec![0; usize::try_from(header.size_bytes).unwrap_or(0)];
        self.read_data(&mut bytes)?;
        Ok(Ok(bytes))
    }

    fn extras(&mut self, header: &Header, at: u64) -> Walk<Extras> {
        let bytes = settle!(self.small_data(header));
        Ok(Extras::parse(&bytes).map_err(|_| damaged_at(at).seen("records of a PAX header that cannot be read")))
    }

    /// GNU's old sparse format continues its map in blocks between header and data.
    fn skip_sparse_map(&mut self, block: &[u8; BLOCK_BYTES]) -> Walk<()> {
        let mut has_more = block[482] != 0;
        while has_more {
            let mut map = [0; BLOCK_BYTES];
            if self.blocks.fill(&mut map)? < BLOCK_BYTES {
                return Ok(Err(cut_off(self.blocks.position(), "the map of a sparse file")));
            }
            has_more = map[504] != 0;
        }
        Ok(Ok(()))
    }

    /// Looks at what follows the first zero block.
    fn end(&mut self, pending: &Pending) -> io::Result<Next> {
        if pending.extras.is_some() || pending.long_name.is_some() {
            return Ok(Next::Broken(damaged_at(self.blocks.position()).seen("an extended header without an entry")));
        }
        let mut rest = [0; 16 * BLOCK_BYTES];
        let (mut seen_bytes, mut is_clean) = (0, true);
        while seen_bytes < TRAILER_BYTES_MAX {
            let got = self.blocks.fill(&mut rest)?;
            is_clean &= is_zero(&rest[..got]);
            seen_bytes += got as u64;
            if got < rest.len() {
                break;
            }
        }
        let remark = if !is_clean {
            Some(rules::TRAILING_DATA.finding())
        } else if seen_bytes < BLOCK_BYTES as u64 {
            let finding = rules::ARCHIVE_TRUNCATED.finding().severity(findings::Severity::Warning);
            Some(finding.message("the end mark of the archive is incomplete"))
        } else {
            None
        };
        Ok(Next::End(remark))
    }
}

fn until_nul(mut name: Vec<u8>) -> Vec<u8> {
    let end = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
    name.truncate(end);
    name
}

fn cut_off(at: u64, wanted: &str) -> Finding {
    rules::ARCHIVE_TRUNCATED.finding().expected(wanted).seen(format!("the end of the archive, at byte {at}"))
}

fn damaged_at(at: u64) -> Finding {
    rules::ARCHIVE_HEADER_DAMAGED
        .finding()
        .message(format!("the archive entry whose header stands at byte {at} is damaged"))
}

fn damaged(at: u64, damage: Damage) -> Finding {
    damaged_at(at).seen(match damage {
        Damage::Checksum => "a wrong checksum",
        Damage::Size => "a size that is no number",
    })
}
