//! ZIP archives: directory, local headers and entries, with ZIP64 (APPNOTE 6.3.10).

mod end;
mod field;
mod list;
mod reader;
mod record;

pub(crate) use end::read_tail;
pub(crate) use list::list;
pub(crate) use reader::ZipReader;

/// How an entry is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Stored,
    Deflate,
    Zstandard,
}

/// Where the data of a member stands, and what it is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ZipPlace {
    data_offset_bytes: u64,
    compressed_bytes: u64,
    crc: u32,
    method: Method,
}
