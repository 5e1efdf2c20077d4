//! ZIP archives built record by record, so that a test can lie wherever it likes.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::DeflateEncoder;

pub const STORED: u16 = 0;
pub const DEFLATED: u16 = 8;
/// A method that nobody reads: bzip2.
pub const UNSUPPORTED: u16 = 12;
/// The flag of an encrypted entry.
pub const ENCRYPTED: u16 = 1;

/// One entry as the directory, the header before the data, and the data have it.
#[derive(Clone)]
pub struct Entry {
    pub name: Vec<u8>,
    /// The name before the data; an honest archive has the same.
    pub local_name: Vec<u8>,
    pub flags: u16,
    pub method: u16,
    pub crc: u32,
    pub data: Vec<u8>,
    pub size_bytes: u32,
    /// Unix mode, for links.
    pub mode: u32,
    /// Where the entry begins, when the directory lists it and there is no record of its own.
    pub listed_at: Option<u32>,
}

impl Entry {
    pub fn stored(name: impl AsRef<[u8]>, contents: &[u8]) -> Self {
        let name = name.as_ref().to_vec();
        let mut crc = flate2::Crc::new();
        crc.update(contents);
        Self {
            local_name: name.clone(),
            name,
            // Names are UTF-8.
            flags: 1 << 11,
            method: STORED,
            crc: crc.sum(),
            data: contents.to_vec(),
            size_bytes: contents.len() as u32,
            mode: 0o100_644,
            listed_at: None,
        }
    }

    pub fn deflated(name: impl AsRef<[u8]>, contents: &[u8]) -> Self {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(contents).expect("memory takes it");
        let data = encoder.finish().expect("memory takes it");
        Self { method: DEFLATED, data, ..Self::stored(name, contents) }
    }
}

/// Writes entries and their directory.
pub fn zip(entries: &[Entry]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        let offset = entry.listed_at.unwrap_or(bytes.len() as u32);
        if entry.listed_at.is_none() {
            bytes.extend(record(entry));
        }
        directory.extend(b"PK\x01\x02");
        // Made on Unix, so that the mode counts.
        directory.extend([20, 3, 20, 0]);
        directory.extend(common(entry, &entry.name));
        directory.extend([0; 6]);
        directory.extend((entry.mode << 16).to_le_bytes());
        directory.extend(offset.to_le_bytes());
        directory.extend(&entry.name);
    }
    let (start, count) = (bytes.len() as u32, entries.len() as u16);
    bytes.extend(&directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend(count.to_le_bytes());
    bytes.extend(count.to_le_bytes());
    bytes.extend((directory.len() as u32).to_le_bytes());
    bytes.extend(start.to_le_bytes());
    bytes.extend([0; 2]);
    bytes
}

/// Returns the header before the data, and the data.
pub fn record(entry: &Entry) -> Vec<u8> {
    let mut bytes = b"PK\x03\x04\x14\0".to_vec();
    bytes.extend(common(entry, &entry.local_name));
    bytes.extend(&entry.local_name);
    bytes.extend(&entry.data);
    bytes
}

/// The fields that both headers have: flags to the length of the extra field.
fn common(entry: &Entry, name: &[u8]) -> Vec<u8> {
    let mut fields = Vec::new();
    fields.extend(entry.flags.to_le_bytes());
    fields.extend(entry.method.to_le_bytes());
    // 1 January 2024, midnight.
    fields.extend([0, 0, 0x21, 0x58]);
    fields.extend(entry.crc.to_le_bytes());
    fields.extend((entry.data.len() as u32).to_le_bytes());
    fields.extend(entry.size_bytes.to_le_bytes());
    fields.extend((name.len() as u16).to_le_bytes());
    fields.extend([0; 2]);
    fields
}
