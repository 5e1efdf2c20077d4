//! The blocks of a tar archive as they come out of a decompressor, within the limits.

use std::io::{self, BufReader, Read};

use flate2::bufread::MultiGzDecoder;

use crate::package::Form;
use crate::package::limits::PackageLimits;
use crate::package::refusal::{damaged_unless_io, refuse};
use crate::package::source::{Section, Source};
use crate::package::tar::Blocks;
use crate::rules;

/// Compressed bytes that are read at once.
const BUFFER_BYTES: usize = 256 << 10;
/// 2 to this power is how much the window of a Zstandard stream may take, in bytes.
const WINDOW_LOG_MAX: u32 = 27;

/// The decompressed stream.
pub(crate) struct StreamBlocks<'a> {
    decoder: Box<dyn Read + Send + 'a>,
    source: &'a Source,
    read_before: u64,
    limits: PackageLimits,
    at: u64,
}

impl<'a> StreamBlocks<'a> {
    pub(crate) fn new(source: &'a Source, form: Form, limits: PackageLimits) -> io::Result<Self> {
        let section = source.section(0, source.length_bytes());
        let reader: BufReader<Section<'a>> = BufReader::with_capacity(BUFFER_BYTES, section);
        let decoder: Box<dyn Read + Send + 'a> = match form {
            Form::Tar => Box::new(reader),
            Form::TarZstandard => {
                let mut decoder = zstd::Decoder::with_buffer(reader)?;
                decoder.window_log_max(WINDOW_LOG_MAX)?;
                Box::new(decoder)
            }
            _ => Box::new(MultiGzDecoder::new(reader)),
        };
        Ok(Self { decoder, source, read_before: source.read_bytes(), limits, at: 0 })
    }

    /// Reads to the end of the compressed stream, so that its own checksum is checked.
    pub(crate) fn drain(&mut self) -> io::Result<()> {
        self.skip(u64::MAX).map(drop)
    }

    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.decoder.read(buffer) {
                Ok(got) => {
                    self.at += got as u64;
                    let compressed_bytes = self.source.read_bytes() - self.read_before;
                    return match self.limits.broken_by(self.at, compressed_bytes) {
                        Some(finding) => Err(refuse(finding)),
                        None => Ok(got),
                    };
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let is_short = error.kind() == io::ErrorKind::UnexpectedEof;
                    let rule = if is_short { &rules::ARCHIVE_TRUNCATED } else { &rules::COMPRESSED_DATA_DAMAGED };
                    return Err(damaged_unless_io(error, rule));
                }
            }
        }
    }
}

impl Blocks for StreamBlocks<'_> {
    fn fill(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.read(&mut buffer[filled..])? {
                0 => break,
                got => filled += got,
            }
        }
        Ok(filled)
    }

    fn skip(&mut self, bytes: u64) -> io::Result<u64> {
        let mut scratch = [0; 32 << 10];
        let mut skipped = 0;
        while skipped < bytes {
            let wanted = scratch.len().min(usize::try_from(bytes - skipped).unwrap_or(usize::MAX));
            match self.read(&mut scratch[..wanted])? {
                0 => break,
                got => skipped += got as u64,
            }
        }
        Ok(skipped)
    }

    fn position(&self) -> u64 {
        self.at
    }
}
