//! A tar archive, entry by entry.

/// Grows an archive; nothing is checked.
#[derive(Clone, Default)]
pub struct TarBuilder {
    pub bytes: Vec<u8>,
}

/// The fields of a header that a test may want to set.
pub struct Fields<'a> {
    pub name: &'a [u8],
    pub size: Vec<u8>,
    pub flag: u8,
    pub magic: &'a [u8; 8],
    pub prefix: &'a [u8],
    pub modified: Vec<u8>,
}

impl Default for Fields<'_> {
    fn default() -> Self {
        Self {
            name: b"",
            size: octal(0),
            flag: b'0',
            magic: b"ustar\x0000",
            prefix: b"",
            modified: octal(1_700_000_000),
        }
    }
}

pub fn octal(value: u64) -> Vec<u8> {
    format!("{value:011o}\0").into_bytes()
}

pub fn base_256(value: u64) -> Vec<u8> {
    let mut field = vec![0x80, 0, 0, 0];
    field.extend_from_slice(&value.to_be_bytes());
    field
}

impl TarBuilder {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn header(&mut self, fields: &Fields<'_>) -> &mut Self {
        let mut block = [0_u8; 512];
        block[..fields.name.len()].copy_from_slice(fields.name);
        block[100..108].copy_from_slice(b"0000644\0");
        block[124..136].copy_from_slice(&fields.size);
        block[136..148].copy_from_slice(&fields.modified);
        block[148..156].fill(b' ');
        block[156] = fields.flag;
        block[257..265].copy_from_slice(fields.magic);
        block[345..345 + fields.prefix.len()].copy_from_slice(fields.prefix);
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        self.bytes.extend_from_slice(&block);
        self
    }

    pub fn data(&mut self, bytes: &[u8]) -> &mut Self {
        self.bytes.extend_from_slice(bytes);
        self.bytes.resize(self.bytes.len().next_multiple_of(512), 0);
        self
    }

    pub fn entry(&mut self, name: &[u8], flag: u8, bytes: &[u8]) -> &mut Self {
        self.header(&Fields { name, flag, size: octal(bytes.len() as u64), ..Fields::default() });
        self.data(bytes)
    }

    pub fn file(&mut self, name: &str, bytes: &[u8]) -> &mut Self {
        self.entry(name.as_bytes(), b'0', bytes)
    }

    pub fn folder(&mut self, name: &str) -> &mut Self {
        self.entry(name.as_bytes(), b'5', b"")
    }

    pub fn pax(&mut self, flag: u8, records: &[(&str, &str)]) -> &mut Self {
        let mut bytes = Vec::new();
        for (key, value) in records {
            let rest = key.len() + value.len() + 3;
            let length = (1..6).map(|digits| rest + digits).find(|length| rest + length.to_string().len() == *length);
            bytes.extend_from_slice(format!("{} {key}={value}\n", length.expect("it is short")).as_bytes());
        }
        self.entry(b"PaxHeader", flag, &bytes)
    }

    /// Returns the archive with its end mark.
    pub fn finish(&self) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        bytes.resize(bytes.len() + 1024, 0);
        bytes
    }
}
