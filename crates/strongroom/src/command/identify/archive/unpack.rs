//! The bytes that come out of compressed ones, counted and held to their bound.

use std::io::{self, BufReader, Read};

use flate2::Crc;
use flate2::read::{DeflateDecoder, MultiGzDecoder};

use super::{ArchiveKind, Budget, Fault, Range, STORED, ZipMember};

/// Bytes of compressed input that are read at a time.
const PACKED_BYTES: usize = 32 << 10;
/// The binary logarithm of the window that Zstandard may ask for: the 8 MiB that RFC 8878 §3.1.1.1.2 recommends.
const WINDOW_LOG_MAX: u32 = 23;
const DEFLATE: u16 = 8;
const ZSTANDARD: u16 = 93;

/// Returns the bytes of the one member of a compressed file.
///
/// # Errors
/// The decompressor cannot be made.
pub fn unpacked<'a>(kind: ArchiveKind, packed: Range<'a>) -> io::Result<Box<dyn Read + 'a>> {
    let packed = BufReader::with_capacity(PACKED_BYTES, packed);
    Ok(match kind {
        ArchiveKind::Zstandard => zstandard(packed)?,
        _ => Box::new(MultiGzDecoder::new(packed)),
    })
}

/// Returns the bytes of a member of a ZIP archive, held against size and sum when they end.
///
/// # Errors
/// It is encrypted, or packed in a way that is not read here.
pub fn unpacked_member<'a>(member: &ZipMember, packed: Range<'a>) -> Result<Box<dyn Read + 'a>, Fault> {
    if member.is_encrypted {
        return Err(Fault::NotRead("it is encrypted".to_owned()));
    }
    let buffered = BufReader::with_capacity(PACKED_BYTES, packed);
    let reader: Box<dyn Read> = match member.method {
        STORED => Box::new(packed),
        DEFLATE => Box::new(DeflateDecoder::new(buffered)),
        ZSTANDARD => zstandard(buffered)?,
        other => return Err(Fault::NotRead(format!("it is packed by method {other}, which is not read here"))),
    };
    Ok(Box::new(Proven { reader, crc: Crc::new(), size_bytes: member.size_bytes, expected: member.crc, seen: 0 }))
}

fn zstandard<'a>(packed: BufReader<Range<'a>>) -> io::Result<Box<dyn Read + 'a>> {
    let mut decoder = zstd::stream::read::Decoder::with_buffer(packed)?;
    decoder.window_log_max(WINDOW_LOG_MAX)?;
    Ok(Box::new(decoder))
}

/// Returns the name of the one member of a compressed file: its own without the ending.
#[must_use]
pub fn unpacked_name(name: &[u8]) -> Vec<u8> {
    let (stem, ending) = match name.iter().rposition(|byte| *byte == b'.') {
        Some(dot) if dot > 0 => (&name[..dot], name[dot + 1..].to_ascii_lowercase()),
        _ => return name.to_vec(),
    };
    match ending.as_slice() {
        b"tgz" | b"tzst" => [stem, b".tar"].concat(),
        b"gz" | b"zst" => stem.to_vec(),
        b"svgz" => [stem, b".svg"].concat(),
        _ => name.to_vec(),
    }
}

/// A member whose size and sum are looked at when it ends.
struct Proven<R> {
    reader: R,
    crc: Crc,
    size_bytes: u64,
    expected: u32,
    seen: u64,
}

impl<R: Read> Read for Proven<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.seen += read as u64;
        self.crc.update(&buffer[..read]);
        if read == 0 && !buffer.is_empty() {
            if self.seen != self.size_bytes {
                let message = format!("it has {} bytes, and should have {}", self.seen, self.size_bytes);
                return Err(Fault::Damaged(message).hide());
            }
            if self.crc.sum() != self.expected {
                return Err(Fault::damaged("its bytes are not those that were packed: their sum differs").hide());
            }
        }
        Ok(read)
    }
}

/// A reader that takes what it gives from a budget.
pub struct Metered<'b, R> {
    reader: R,
    budget: &'b Budget,
}

impl<'b, R: Read> Metered<'b, R> {
    /// Begins.
    pub fn new(reader: R, budget: &'b Budget) -> Self {
        Self { reader, budget }
    }
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        if read > 0 {
            self.budget.take_bytes(read as u64).map_err(Fault::hide)?;
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::unpacked_name;

    #[test]
    fn a_compressed_file_holds_one_of_its_own_name() {
        for (name, expected) in [
            ("a.tar.gz", "a.tar"),
            ("a.TGZ", "a.tar"),
            ("a.tzst", "a.tar"),
            ("b", "b"),
            (".gz", ".gz"),
            ("c.bin", "c.bin"),
        ] {
            assert_eq!(unpacked_name(name.as_bytes()), expected.as_bytes(), "{name}");
        }
    }
}
