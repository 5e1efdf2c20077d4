//! A new bag in a tar archive: ustar, with PAX headers where ustar cannot say it (POSIX.1-2001, pax).

use std::fs::File;
use std::io::{self, BufWriter, Write};

use flate2::write::GzEncoder;

use super::sink::BagSink;

const BLOCK_BYTES: usize = 512;
/// Tar files are padded to records of this length, by old custom.
const RECORD_BYTES: u64 = 10_240;
const NAME_BYTES_MAX: usize = 100;
const PREFIX_BYTES_MAX: usize = 155;
/// The greatest number in a field of eleven octal digits.
const OCTAL_MAX: u64 = 0o77_777_777_777;
const BUFFER_BYTES: usize = 1 << 20;
/// What zlib's and zstd's own programs take when nobody asks for more.
const GZIP_LEVEL: u32 = 6;
const ZSTANDARD_LEVEL: i32 = 3;

/// Compresses, or does not.
pub(super) enum Output {
    Plain(BufWriter<File>),
    Gzip(GzEncoder<BufWriter<File>>),
    Zstandard(zstd::Encoder<'static, BufWriter<File>>),
}

impl Output {
    pub(super) fn plain(file: File) -> Self {
        Output::Plain(BufWriter::with_capacity(BUFFER_BYTES, file))
    }

    /// The header bears neither name nor time, so that the same bag gives the same bytes.
    pub(super) fn gzip(file: File) -> Self {
        Output::Gzip(GzEncoder::new(BufWriter::new(file), flate2::Compression::new(GZIP_LEVEL)))
    }

    pub(super) fn zstandard(file: File) -> io::Result<Self> {
        let mut encoder = zstd::Encoder::new(BufWriter::new(file), ZSTANDARD_LEVEL)?;
        encoder.include_checksum(true)?;
        Ok(Output::Zstandard(encoder))
    }

    fn finish(self) -> io::Result<()> {
        let buffer = match self {
            Output::Plain(buffer) => buffer,
            Output::Gzip(encoder) => encoder.finish()?,
            Output::Zstandard(encoder) => encoder.finish()?,
        };
        buffer.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Output::Plain(writer) => writer.write(bytes),
            Output::Gzip(writer) => writer.write(bytes),
            Output::Zstandard(writer) => writer.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes entries below one top folder.
pub(super) struct TarSink {
    output: Output,
    top_folder: String,
    written_bytes: u64,
    rest_bytes: u64,
}

impl TarSink {
    pub(super) fn create(output: Output, top_folder: &str, created_at: i64) -> io::Result<Self> {
        let mut sink = Self { output, top_folder: top_folder.to_owned(), written_bytes: 0, rest_bytes: 0 };
        // A bag without payload still has its payload folder: RFC 8493 §2.1.2.
        for folder in [format!("{top_folder}/"), format!("{top_folder}/data/")] {
            sink.header(&Entry { path: &folder, flag: b'5', size_bytes: 0, modified_at: created_at })?;
        }
        Ok(sink)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.written_bytes += bytes.len() as u64;
        self.output.write_all(bytes)
    }

    fn header(&mut self, entry: &Entry<'_>) -> io::Result<()> {
        let records = entry.pax_records();
        if !records.is_empty() {
            let pax = Entry { path: "PaxHeader", flag: b'x', size_bytes: records.len() as u64, modified_at: 0 };
            self.put(&pax.block())?;
            self.put(&records)?;
            self.pad(BLOCK_BYTES as u64)?;
        }
        self.put(&entry.block())
    }

    fn pad(&mut self, unit_bytes: u64) -> io::Result<()> {
        let missing = self.written_bytes.next_multiple_of(unit_bytes) - self.written_bytes;
        self.put(&vec![0; usize::try_from(missing).unwrap_or(0)])
    }
}

impl Write for TarSink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.rest_bytes = self
            .rest_bytes
            .checked_sub(bytes.len() as u64)
            .ok_or_else(|| io::Error::other("the file has become longer since it was listed"))?;
        self.put(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl BagSink for TarSink {
    fn begin(&mut self, path: &str, size_bytes: u64, modified_at: i64) -> io::Result<()> {
        let path = format!("{}/{path}", self.top_folder);
        self.header(&Entry { path: &path, flag: b'0', size_bytes, modified_at })?;
        self.rest_bytes = size_bytes;
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        if self.rest_bytes > 0 {
            return Err(io::Error::other("the file has become shorter since it was listed"));
        }
        self.pad(BLOCK_BYTES as u64)
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.put(&[0; 2 * BLOCK_BYTES])?;
        self.pad(RECORD_BYTES)?;
        self.output.finish()
    }
}

/// One entry.
struct Entry<'a> {
    path: &'a str,
    flag: u8,
    size_bytes: u64,
    modified_at: i64,
}

impl Entry<'_> {
    /// Returns what the block cannot say.
    fn pax_records(&self) -> Vec<u8> {
        let mut records = Vec::new();
        if split(self.path).is_none() {
            push_record(&mut records, "path", self.path);
        }
        if self.size_bytes > OCTAL_MAX {
            push_record(&mut records, "size", &self.size_bytes.to_string());
        }
        if !is_octal(self.modified_at) {
            push_record(&mut records, "mtime", &self.modified_at.to_string());
        }
        records
    }

    /// Returns the header block. Owner, mode and device are the same for all, so that the same bag gives the same bytes.
    fn block(&self) -> [u8; BLOCK_BYTES] {
        let mut block = [0; BLOCK_BYTES];
        let (prefix, name) = split(self.path).unwrap_or_else(|| ("", shortened(self.path)));
        block[..name.len()].copy_from_slice(name.as_bytes());
        let mode: u64 = if self.flag == b'5' { 0o755 } else { 0o644 };
        put_octal(&mut block[100..108], mode);
        put_octal(&mut block[108..116], 0);
        put_octal(&mut block[116..124], 0);
        put_octal(&mut block[124..136], self.size_bytes.min(OCTAL_MAX));
        put_octal(&mut block[136..148], if is_octal(self.modified_at) { self.modified_at.unsigned_abs() } else { 0 });
        block[148..156].fill(b' ');
        block[156] = self.flag;
        block[257..265].copy_from_slice(b"ustar\x0000");
        put_octal(&mut block[329..337], 0);
        put_octal(&mut block[337..345], 0);
        block[345..345 + prefix.len()].copy_from_slice(prefix.as_bytes());
        let sum: u64 = block.iter().map(|byte| u64::from(*byte)).sum();
        put_octal(&mut block[148..155], sum);
        block
    }
}

fn is_octal(seconds: i64) -> bool {
    u64::try_from(seconds).is_ok_and(|seconds| seconds <= OCTAL_MAX)
}

/// Divides a path between the prefix and the name of ustar; `None` when it needs a PAX record. ustar knows ASCII only.
fn split(path: &str) -> Option<(&str, &str)> {
    if !path.is_ascii() {
        return None;
    }
    if path.len() <= NAME_BYTES_MAX {
        return Some(("", path));
    }
    // The last slash of a folder's name ends it and divides nothing.
    let slashes = path.trim_end_matches('/').match_indices('/');
    slashes
        .map(|(at, _)| (&path[..at], &path[at + 1..]))
        .find(|(prefix, name)| (1..=PREFIX_BYTES_MAX).contains(&prefix.len()) && name.len() <= NAME_BYTES_MAX)
}

/// What readers without PAX see.
fn shortened(path: &str) -> &str {
    let mut end = path.len().min(NAME_BYTES_MAX);
    while !path.is_char_boundary(end) {
        end -= 1;
    }
    &path[..end]
}

/// Writes octal digits and a NUL; the value fits, or is one for which a PAX record stands.
fn put_octal(field: &mut [u8], value: u64) {
    let digits = field.len() - 1;
    field[..digits].copy_from_slice(format!("{value:0digits$o}").as_bytes());
    field[digits] = 0;
}

/// The length of a record counts itself.
fn push_record(records: &mut Vec<u8>, key: &str, value: &str) {
    let rest = key.len() + value.len() + 3;
    let mut length = rest;
    while length != rest + length.to_string().len() {
        length = rest + length.to_string().len();
    }
    records.extend_from_slice(format!("{length} {key}={value}\n").as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_of_a_record_counts_itself() {
        for length in [1, 88, 89, 90, 91, 92, 988, 990, 991, 5000] {
            let mut records = Vec::new();
            push_record(&mut records, "path", &"x".repeat(length));
            let text = String::from_utf8(records).unwrap();
            assert_eq!(text.split(' ').next().unwrap().parse::<usize>().unwrap(), text.len());
        }
    }

    #[test]
    fn long_paths_are_divided_where_ustar_can() {
        let long = format!("{}/{}", "a".repeat(120), "b".repeat(90));
        assert_eq!(split(&long), Some((&*"a".repeat(120), &*"b".repeat(90))));
        assert_eq!(split(&"a".repeat(101)), None);
        assert_eq!(split("bag/é"), None);
        assert_eq!(split(&format!("{}/{}", "a".repeat(156), "b")), None);
    }
}
