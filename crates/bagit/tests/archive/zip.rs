//! A ZIP archive, entry by entry.

use std::io::Write as _;

/// One entry, whose directory record and local header may lie.
#[derive(Clone)]
pub struct ZipEntry {
    pub name: Vec<u8>,
    pub local_name: Vec<u8>,
    pub flags: u16,
    pub method: u16,
    pub crc: u32,
    pub data: Vec<u8>,
    pub compressed_bytes: u32,
    pub size_bytes: u32,
    pub unix_mode: u32,
    /// Where the record says that the header stands; where it really stands when `None`.
    pub offset: Option<u32>,
    pub extra: Vec<u8>,
}

impl ZipEntry {
    pub fn stored(name: &str, bytes: &[u8]) -> Self {
        let mut crc = flate2::Crc::new();
        crc.update(bytes);
        Self {
            name: name.into(),
            local_name: name.into(),
            flags: 1 << 11,
            method: 0,
            crc: crc.sum(),
            data: bytes.to_vec(),
            compressed_bytes: bytes.len() as u32,
            size_bytes: bytes.len() as u32,
            unix_mode: 0o100_644,
            offset: None,
            extra: Vec::new(),
        }
    }

    pub fn deflated(name: &str, bytes: &[u8]) -> Self {
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).expect("memory takes all");
        let data = encoder.finish().expect("memory takes all");
        let compressed_bytes = data.len() as u32;
        Self { method: 8, data, compressed_bytes, ..Self::stored(name, bytes) }
    }
}

/// Grows an archive; nothing is checked.
#[derive(Clone, Default)]
pub struct ZipBuilder {
    pub bytes: Vec<u8>,
    directory: Vec<u8>,
    entries: u16,
}

impl ZipBuilder {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn entry(&mut self, entry: &ZipEntry) -> &mut Self {
        let offset = entry.offset.unwrap_or(self.bytes.len() as u32);
        let shared = |crc: u32, compressed: u32, size: u32| {
            let mut fields = Vec::new();
            fields.extend_from_slice(&entry.flags.to_le_bytes());
            fields.extend_from_slice(&entry.method.to_le_bytes());
            fields.extend_from_slice(&0x8c3d_u16.to_le_bytes());
            fields.extend_from_slice(&0x5a68_u16.to_le_bytes());
            [crc, compressed, size].iter().for_each(|field| fields.extend_from_slice(&field.to_le_bytes()));
            fields
        };
        self.bytes.extend_from_slice(b"PK\x03\x04\x14\0");
        self.bytes.extend(shared(entry.crc, entry.compressed_bytes, entry.size_bytes));
        self.bytes.extend_from_slice(&(entry.local_name.len() as u16).to_le_bytes());
        self.bytes.extend_from_slice(&0_u16.to_le_bytes());
        self.bytes.extend_from_slice(&entry.local_name);
        self.bytes.extend_from_slice(&entry.data);
        self.directory.extend_from_slice(b"PK\x01\x02\x14\x03\x14\0");
        self.directory.extend(shared(entry.crc, entry.compressed_bytes, entry.size_bytes));
        self.directory.extend_from_slice(&(entry.name.len() as u16).to_le_bytes());
        self.directory.extend_from_slice(&(entry.extra.len() as u16).to_le_bytes());
        self.directory.extend_from_slice(&[0; 6]);
        self.directory.extend_from_slice(&(entry.unix_mode << 16).to_le_bytes());
        self.directory.extend_from_slice(&offset.to_le_bytes());
        self.directory.extend_from_slice(&entry.name);
        self.directory.extend_from_slice(&entry.extra);
        self.entries += 1;
        self
    }

    pub fn finish(&self) -> Vec<u8> {
        self.finish_with(self.entries, b"")
    }

    pub fn finish_with(&self, entries: u16, comment: &[u8]) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        let start = bytes.len() as u32;
        bytes.extend_from_slice(&self.directory);
        bytes.extend_from_slice(b"PK\x05\x06\0\0\0\0");
        bytes.extend_from_slice(&entries.to_le_bytes());
        bytes.extend_from_slice(&entries.to_le_bytes());
        bytes.extend_from_slice(&(self.directory.len() as u32).to_le_bytes());
        bytes.extend_from_slice(&start.to_le_bytes());
        bytes.extend_from_slice(&(comment.len() as u16).to_le_bytes());
        bytes.extend_from_slice(comment);
        bytes
    }

    /// Ends the archive as one whose numbers are too great for the old record.
    pub fn finish_64(&self) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        let start = bytes.len() as u64;
        bytes.extend_from_slice(&self.directory);
        let end64 = bytes.len() as u64;
        bytes.extend_from_slice(b"PK\x06\x06");
        bytes.extend_from_slice(&44_u64.to_le_bytes());
        bytes.extend_from_slice(&[45, 3, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        for field in [u64::from(self.entries), u64::from(self.entries), self.directory.len() as u64, start] {
            bytes.extend_from_slice(&field.to_le_bytes());
        }
        bytes.extend_from_slice(b"PK\x06\x07\0\0\0\0");
        bytes.extend_from_slice(&end64.to_le_bytes());
        bytes.extend_from_slice(&1_u32.to_le_bytes());
        bytes.extend_from_slice(b"PK\x05\x06\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0");
        bytes
    }
}
