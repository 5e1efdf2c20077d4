//! Reads one entry of a ZIP file, and holds it against what the directory says of it.

use std::io::{self, BufReader, Read};

use flate2::Crc;
use flate2::bufread::DeflateDecoder;

use super::{Method, ZipPlace};
use crate::package::refusal::{damaged_unless_io, refuse};
use crate::package::source::{Section, Source};
use crate::rules;

/// Compressed bytes read at once.
const BUFFER_BYTES: usize = 64 << 10;
/// 2 to this power is how much an entry's Zstandard window may take, in bytes.
const WINDOW_LOG_MAX: u32 = 27;

/// Reads one entry. The decompressor is made at the first read, so that waiting jobs cost nothing.
pub(crate) struct ZipReader<'a> {
    source: &'a Source,
    place: ZipPlace,
    size_bytes: u64,
    body: Option<Body<'a>>,
    crc: Crc,
    read_bytes: u64,
}

enum Body<'a> {
    Stored(Section<'a>),
    Deflate(Box<DeflateDecoder<BufReader<Section<'a>>>>),
    Zstandard(Box<zstd::Decoder<'static, BufReader<Section<'a>>>>),
}

impl<'a> ZipReader<'a> {
    pub(crate) fn new(source: &'a Source, place: ZipPlace, size_bytes: u64) -> Self {
        Self { source, place, size_bytes, body: None, crc: Crc::new(), read_bytes: 0 }
    }

    fn open(&self) -> io::Result<Body<'a>> {
        let section = self.source.section(self.place.data_offset_bytes, self.place.compressed_bytes);
        let capacity = usize::try_from(self.place.compressed_bytes).unwrap_or(BUFFER_BYTES).clamp(1, BUFFER_BYTES);
        Ok(match self.place.method {
            Method::Stored => Body::Stored(section),
            Method::Deflate => {
                Body::Deflate(Box::new(DeflateDecoder::new(BufReader::with_capacity(capacity, section))))
            }
            Method::Zstandard => {
                let mut decoder = zstd::Decoder::with_buffer(BufReader::with_capacity(capacity, section))?;
                decoder.window_log_max(WINDOW_LOG_MAX)?;
                Body::Zstandard(Box::new(decoder))
            }
        })
    }

    /// Holds the end against length and checksum of the directory.
    fn check_end(&self) -> io::Result<()> {
        if self.read_bytes != self.size_bytes {
            return Err(refuse(self.wrong_size()));
        }
        if self.crc.sum() != self.place.crc {
            let finding = rules::COMPRESSED_DATA_DAMAGED.finding().expected(format!("CRC-32 {:08x}", self.place.crc));
            return Err(refuse(finding.seen(format!("CRC-32 {:08x}", self.crc.sum()))));
        }
        Ok(())
    }

    fn wrong_size(&self) -> findings::Finding {
        let finding = rules::ENTRY_SIZE_WRONG.finding().expected(format!("{} bytes", self.size_bytes));
        finding.seen(format!("{} bytes or more", self.read_bytes))
    }
}

impl Read for ZipReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let body = match &mut self.body {
            Some(body) => body,
            None => {
                let body = self.open()?;
                self.body.insert(body)
            }
        };
        let got = match body {
            Body::Stored(reader) => reader.read(buffer),
            Body::Deflate(reader) => reader.read(buffer),
            Body::Zstandard(reader) => reader.read(buffer),
        };
        let got = got.map_err(|error| damaged_unless_io(error, &rules::COMPRESSED_DATA_DAMAGED))?;
        self.crc.update(&buffer[..got]);
        self.read_bytes += got as u64;
        if self.read_bytes > self.size_bytes {
            return Err(refuse(self.wrong_size()));
        }
        if got == 0 {
            self.check_end()?;
        }
        Ok(got)
    }
}
