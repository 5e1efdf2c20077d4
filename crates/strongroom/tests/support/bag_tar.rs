//! Tar archives built header by header, so that a test can lie wherever it likes.

/// Bytes of a block of a tar archive.
pub const BLOCK: usize = 512;
/// Type flags of entries.
pub const FILE: u8 = b'0';
pub const HARD_LINK: u8 = b'1';
pub const SYMBOLIC_LINK: u8 = b'2';
pub const CHARACTER_DEVICE: u8 = b'3';
pub const BLOCK_DEVICE: u8 = b'4';
pub const FOLDER: u8 = b'5';
pub const PIPE: u8 = b'6';
const GNU_LONG_NAME: u8 = b'L';
pub const GNU_SPARSE: u8 = b'S';
const PAX: u8 = b'x';

/// One header before it becomes bytes.
#[derive(Clone)]
pub struct Header {
    pub name: Vec<u8>,
    pub kind: u8,
    pub size_bytes: u64,
    pub link: Vec<u8>,
}

impl Header {
    pub fn new(name: impl AsRef<[u8]>, kind: u8, size_bytes: u64) -> Self {
        Self { name: name.as_ref().to_vec(), kind, size_bytes, link: Vec::new() }
    }

    pub fn to(mut self, target: &str) -> Self {
        self.link = target.into();
        self
    }

    pub fn block(&self) -> [u8; BLOCK] {
        let mut block = [0; BLOCK];
        put(&mut block, 0, &self.name[..self.name.len().min(100)]);
        put(&mut block, 100, b"0000644\0");
        put(&mut block, 108, b"0000000\0");
        put(&mut block, 116, b"0000000\0");
        put(&mut block, 124, &size_field(self.size_bytes));
        put(&mut block, 136, b"14000000000\0");
        block[156] = self.kind;
        put(&mut block, 157, &self.link[..self.link.len().min(100)]);
        put(&mut block, 257, b"ustar\x0000");
        sign(&mut block);
        block
    }
}

fn put(block: &mut [u8], at: usize, bytes: &[u8]) {
    block[at..at + bytes.len()].copy_from_slice(bytes);
}

/// Octal as long as eleven digits hold it, base-256 beyond.
fn size_field(size_bytes: u64) -> Vec<u8> {
    if size_bytes < 1 << 33 {
        return format!("{size_bytes:011o}\0").into_bytes();
    }
    let mut field = vec![0x80, 0, 0, 0];
    field.extend(size_bytes.to_be_bytes());
    field
}

/// Puts the checksum into a header.
pub fn sign(block: &mut [u8; BLOCK]) {
    put(block, 148, b"        ");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    put(block, 148, format!("{sum:06o}\0 ").as_bytes());
}

/// An archive under way.
#[derive(Clone, Default)]
pub struct Tar(Vec<u8>);

impl Tar {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file; a name that is too long for its header goes before it in a PAX header.
    pub fn file(self, name: impl AsRef<[u8]>, contents: impl AsRef<[u8]>) -> Self {
        let (name, contents) = (name.as_ref(), contents.as_ref());
        let own = if name.len() > 100 { self.pax(&[("path", name)]) } else { self };
        own.entry(&Header::new(name, FILE, contents.len() as u64), contents)
    }

    /// Adds a file with its name in the manner of GNU tar.
    pub fn gnu_long_file(self, name: &str, contents: impl AsRef<[u8]>) -> Self {
        let long = [name.as_bytes(), b"\0"].concat();
        self.entry(&Header::new("././@LongLink", GNU_LONG_NAME, long.len() as u64), &long)
            .entry(&Header::new(name, FILE, contents.as_ref().len() as u64), contents.as_ref())
    }

    pub fn folder(self, name: &str) -> Self {
        self.entry(&Header::new(name, FOLDER, 0), &[])
    }

    /// Adds a PAX header for the next entry.
    pub fn pax(self, records: &[(&str, &[u8])]) -> Self {
        let body: Vec<u8> = records.iter().flat_map(|(key, value)| pax_record(key, value)).collect();
        self.entry(&Header::new("PaxHeaders/x", PAX, body.len() as u64), &body)
    }

    /// Adds a header and what follows it, filled up to whole blocks.
    pub fn entry(mut self, header: &Header, contents: &[u8]) -> Self {
        self.0.extend(header.block());
        self.0.extend(contents);
        self.0.resize(self.0.len().next_multiple_of(BLOCK), 0);
        self
    }

    /// Adds bytes as they are.
    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend(bytes);
        self
    }

    /// Ends the archive by its two empty blocks.
    pub fn end(mut self) -> Vec<u8> {
        self.0.extend([0; 2 * BLOCK]);
        self.0
    }

    /// Ends the archive without any end.
    pub fn cut(self) -> Vec<u8> {
        self.0
    }
}

/// The length of a record counts its own digits.
fn pax_record(key: &str, value: &[u8]) -> Vec<u8> {
    let rest = key.len() + value.len() + 3;
    let mut length = rest;
    while rest + length.to_string().len() != length {
        length = rest + length.to_string().len();
    }
    [format!("{length} {key}=").as_bytes(), value, b"\n"].concat()
}
