//! A ZIP archive, entry by entry, as wrong as a test wants it.

use std::io::{Cursor, Write as _};

use zip::write::SimpleFileOptions;

/// One entry, whose record and local header may lie.
#[derive(Clone)]
pub struct ZipEntry {
    pub name: Vec<u8>,
    pub flags: u16,
    pub method: u16,
    pub data: Vec<u8>,
    pub compressed_bytes: u32,
    pub size_bytes: u32,
    /// What stands in the local header instead of the sizes.
    pub local_sizes: Option<(u32, u32)>,
    /// Where the record says that the header stands; where it really stands when `None`.
    pub offset: Option<u32>,
    pub extra: Vec<u8>,
    pub local_extra: Vec<u8>,
    /// Bytes behind the data, for a data descriptor.
    pub behind: Vec<u8>,
}

impl ZipEntry {
    pub fn stored(name: &str, bytes: &[u8]) -> Self {
        Self {
            name: name.into(),
            flags: 0,
            method: 0,
            data: bytes.to_vec(),
            compressed_bytes: bytes.len() as u32,
            size_bytes: bytes.len() as u32,
            local_sizes: None,
            offset: None,
            extra: Vec::new(),
            local_extra: Vec::new(),
            behind: Vec::new(),
        }
    }

    pub fn deflated(name: &str, bytes: &[u8]) -> Self {
        let data = deflate(bytes);
        Self { method: 8, compressed_bytes: data.len() as u32, data, ..Self::stored(name, bytes) }
    }

    /// Puts the sizes behind the data.
    pub fn streamed(mut self, has_signature: bool) -> Self {
        self.flags |= 1 << 3;
        self.local_sizes = Some((0, 0));
        self.behind = if has_signature { b"PK\x07\x08".to_vec() } else { Vec::new() };
        self.behind.extend([0; 4]);
        self.behind.extend(self.compressed_bytes.to_le_bytes());
        self.behind.extend(self.size_bytes.to_le_bytes());
        self
    }
}

pub fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).expect("memory takes all");
    encoder.finish().expect("memory takes all")
}

/// Grows an archive; nothing is checked.
#[derive(Clone, Default)]
pub struct ZipBuilder {
    pub bytes: Vec<u8>,
    pub directory: Vec<u8>,
    pub entries: u16,
}

impl ZipBuilder {
    pub fn of(entries: &[ZipEntry]) -> Self {
        let mut builder = Self::default();
        entries.iter().for_each(|entry| builder.entry(entry));
        builder
    }

    pub fn entry(&mut self, entry: &ZipEntry) {
        let offset = entry.offset.unwrap_or(self.bytes.len() as u32);
        let fields = |(compressed, size): (u32, u32), extra: &[u8]| {
            let mut fields = [entry.flags.to_le_bytes(), entry.method.to_le_bytes()].concat();
            fields.extend([0; 8]);
            fields.extend([compressed.to_le_bytes(), size.to_le_bytes()].concat());
            fields.extend([(entry.name.len() as u16).to_le_bytes(), (extra.len() as u16).to_le_bytes()].concat());
            fields
        };
        let sizes = (entry.compressed_bytes, entry.size_bytes);
        self.bytes.extend_from_slice(b"PK\x03\x04\x14\0");
        self.bytes.extend(fields(entry.local_sizes.unwrap_or(sizes), &entry.local_extra));
        for part in [&entry.name, &entry.local_extra, &entry.data, &entry.behind] {
            self.bytes.extend_from_slice(part);
        }
        self.directory.extend_from_slice(b"PK\x01\x02\x14\x03\x14\0");
        self.directory.extend(fields(sizes, &entry.extra));
        self.directory.extend_from_slice(&[0; 10]);
        self.directory.extend_from_slice(&offset.to_le_bytes());
        self.directory.extend_from_slice(&entry.name);
        self.directory.extend_from_slice(&entry.extra);
        self.entries += 1;
    }

    pub fn finish(&self) -> Vec<u8> {
        self.finish_with(self.directory.len() as u32, self.bytes.len() as u32, b"")
    }

    /// Ends the archive with what the end record is to say.
    pub fn finish_with(&self, directory_bytes: u32, directory_offset: u32, comment: &[u8]) -> Vec<u8> {
        let mut bytes = [&self.bytes[..], &self.directory, b"PK\x05\x06\0\0\0\0"].concat();
        bytes.extend([self.entries.to_le_bytes(), self.entries.to_le_bytes()].concat());
        bytes.extend([directory_bytes.to_le_bytes(), directory_offset.to_le_bytes()].concat());
        bytes.extend((comment.len() as u16).to_le_bytes());
        bytes.extend_from_slice(comment);
        bytes
    }

    /// Ends the archive as one whose numbers are too great for the old record.
    pub fn finish_64(&self) -> Vec<u8> {
        let (start, end) = (self.bytes.len() as u64, (self.bytes.len() + self.directory.len()) as u64);
        self.finish_64_with(self.directory.len() as u64, start, end)
    }

    pub fn finish_64_with(&self, directory_bytes: u64, directory_offset: u64, end_offset: u64) -> Vec<u8> {
        let mut bytes = [&self.bytes[..], &self.directory, b"PK\x06\x06"].concat();
        bytes.extend(44_u64.to_le_bytes());
        bytes.extend([45, 3, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        for field in [self.entries.into(), self.entries.into(), directory_bytes, directory_offset] {
            bytes.extend(u64::to_le_bytes(field));
        }
        bytes.extend_from_slice(b"PK\x06\x07\0\0\0\0");
        bytes.extend(end_offset.to_le_bytes());
        bytes.extend(1_u32.to_le_bytes());
        bytes.extend_from_slice(b"PK\x05\x06\0\0\0\0");
        bytes.extend([0xff; 12]);
        bytes.extend([0; 2]);
        bytes
    }
}

/// Returns an extra field with the numbers of ZIP64.
pub fn zip64_extra(numbers: &[u64]) -> Vec<u8> {
    let mut extra = [1_u16.to_le_bytes(), (8 * numbers.len() as u16).to_le_bytes()].concat();
    numbers.iter().for_each(|number| extra.extend(number.to_le_bytes()));
    extra
}

/// Writes an archive with the zip crate: stored, deflated, in the form of ZIP64, and as a stream.
pub fn zip_with_crate(files: &[(&str, Vec<u8>)], is_large: bool, is_streamed: bool) -> Vec<u8> {
    let methods = [zip::CompressionMethod::Stored, zip::CompressionMethod::Deflated];
    let options =
        |place: usize| SimpleFileOptions::default().compression_method(methods[place % 2]).large_file(is_large);
    let mut cursor = Cursor::new(Vec::new());
    if is_streamed {
        let mut writer = zip::ZipWriter::new_stream(Vec::new());
        for (place, (name, bytes)) in files.iter().enumerate() {
            writer.start_file(*name, options(place)).expect("memory takes all");
            writer.write_all(bytes).expect("memory takes all");
        }
        return writer.finish().expect("memory takes all").into_inner();
    }
    let mut writer = zip::ZipWriter::new(&mut cursor);
    for (place, (name, bytes)) in files.iter().enumerate() {
        writer.start_file(*name, options(place)).expect("memory takes all");
        writer.write_all(bytes).expect("memory takes all");
    }
    writer.finish().expect("memory takes all");
    cursor.into_inner()
}
