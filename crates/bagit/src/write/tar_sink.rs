//! A new bag in a tar archive.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use flate2::write::GzEncoder;

use super::sink::BagSink;
use super::tar_entry::{TarEntry, tar_end, tar_padding};

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
    /// Of the file that was begun: all its bytes, and those that are still to come.
    size_bytes: u64,
    rest_bytes: u64,
}

impl TarSink {
    pub(super) fn create(output: Output, top_folder: &str, created_at: i64) -> io::Result<Self> {
        let top_folder_owned = top_folder.to_owned();
        let mut sink = Self { output, top_folder: top_folder_owned, written_bytes: 0, size_bytes: 0, rest_bytes: 0 };
        // A bag without payload still has its payload folder: RFC 8493 §2.1.2.
        for folder in [format!("{top_folder}/"), format!("{top_folder}/data/")] {
            sink.put(&TarEntry::folder(&folder, created_at).header())?;
        }
        Ok(sink)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.written_bytes += bytes.len() as u64;
        self.output.write_all(bytes)
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
        self.put(&TarEntry::file(&path, size_bytes, modified_at).header())?;
        (self.size_bytes, self.rest_bytes) = (size_bytes, size_bytes);
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        if self.rest_bytes > 0 {
            return Err(io::Error::other("the file has become shorter since it was listed"));
        }
        self.put(tar_padding(self.size_bytes))
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.put(&tar_end(self.written_bytes))?;
        self.output.finish()
    }
}
