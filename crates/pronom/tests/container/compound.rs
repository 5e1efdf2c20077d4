//! A compound file, sector by sector, as wrong as a test wants it.

use std::io::{Cursor, Write as _};

pub const END: u32 = 0xffff_fffe;
pub const FREE: u32 = 0xffff_ffff;
pub const FAT: u32 = 0xffff_fffd;

/// Grows a compound file of version 3 or 4; nothing is checked.
///
/// Sector 0 is the FAT, sector 1 the directory; more are added behind.
#[derive(Clone)]
pub struct CompoundBuilder {
    pub shift: u16,
    pub header: Vec<u8>,
    pub sectors: Vec<Vec<u8>>,
    pub fat: Vec<u32>,
    pub entries: Vec<Vec<u8>>,
}

/// One entry of the directory.
pub struct Entry<'a> {
    pub name: &'a str,
    pub kind: u8,
    pub left: u32,
    pub right: u32,
    pub child: u32,
    pub start: u32,
    pub size_bytes: u64,
}

impl Entry<'_> {
    fn bytes(&self) -> Vec<u8> {
        let mut bytes: Vec<u8> = self.name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let name_bytes = bytes.len() as u16 + 2;
        bytes.resize(64, 0);
        bytes.extend(name_bytes.to_le_bytes());
        bytes.extend([self.kind, 1]);
        [self.left, self.right, self.child].iter().for_each(|id| bytes.extend(id.to_le_bytes()));
        bytes.resize(116, 0);
        bytes.extend(self.start.to_le_bytes());
        bytes.extend(self.size_bytes.to_le_bytes());
        bytes
    }
}

impl CompoundBuilder {
    pub fn new(shift: u16) -> Self {
        let mut header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
        header.resize(24, 0);
        let version = if shift == 12 { 4_u16 } else { 3 };
        [0x3e, version, 0xfffe, shift, 6].iter().for_each(|field| header.extend(field.to_le_bytes()));
        header.resize(44, 0);
        // FAT sectors, first of the directory, transaction, mini cutoff, mini FAT, its sectors, DIFAT, its sectors.
        [1, 1, 0, 4096, END, 0, END, 0].iter().for_each(|field: &u32| header.extend(field.to_le_bytes()));
        (0..109).for_each(|place| header.extend(if place == 0 { 0_u32 } else { FREE }.to_le_bytes()));
        let sector = vec![0; 1 << shift];
        let mut builder =
            Self { shift, header, sectors: vec![sector.clone(), sector], fat: vec![FAT, END], entries: Vec::new() };
        builder.entry(&Entry {
            name: "Root Entry",
            kind: 5,
            left: FREE,
            right: FREE,
            child: 1,
            start: END,
            size_bytes: 0,
        });
        builder
    }

    pub fn entry(&mut self, entry: &Entry<'_>) {
        self.entries.push(entry.bytes());
    }

    /// Adds a stream to the root, its sectors one behind the other. Each entry leads to the next one at its right.
    pub fn stream(&mut self, name: &str, bytes: &[u8]) -> u32 {
        let start = self.add_chain(bytes);
        self.entry_of(name, start, bytes.len() as u64);
        start
    }

    pub fn entry_of(&mut self, name: &str, start: u32, size_bytes: u64) {
        let right = self.entries.len() as u32 + 1;
        self.entry(&Entry { name, kind: 2, left: FREE, right, child: FREE, start, size_bytes });
    }

    pub fn add_chain(&mut self, bytes: &[u8]) -> u32 {
        let start = self.sectors.len() as u32;
        for chunk in bytes.chunks(1 << self.shift) {
            let mut sector = chunk.to_vec();
            sector.resize(1 << self.shift, 0);
            self.sectors.push(sector);
            self.fat.push(self.sectors.len() as u32);
        }
        *self.fat.last_mut().expect("there are two at the start") = END;
        start
    }

    /// Adds streams in mini sectors of a table that the test gives; all lie in one stream of the root.
    pub fn mini(&mut self, bytes: &[u8], mini_fat: &[u32]) {
        let start = self.add_chain(bytes);
        self.entries[0][116..120].copy_from_slice(&start.to_le_bytes());
        self.entries[0][120..128].copy_from_slice(&(bytes.len() as u64).to_le_bytes());
        let mut table: Vec<u8> = mini_fat.iter().flat_map(|number| number.to_le_bytes()).collect();
        table.resize(table.len().next_multiple_of(1 << self.shift), 0xff);
        let start = self.add_chain(&table);
        self.header[60..64].copy_from_slice(&start.to_le_bytes());
    }

    /// Puts the parts together. The last entry leads nowhere at its right.
    pub fn finish(&self) -> Vec<u8> {
        let mut built = self.clone();
        if let Some(last) =
            built.entries.last_mut().filter(|entry| entry[72..76] == (self.entries.len() as u32).to_le_bytes())
        {
            last[72..76].fill(0xff);
        }
        built.finish_as_it_is()
    }

    pub fn finish_as_it_is(mut self) -> Vec<u8> {
        let sector_bytes = 1 << self.shift;
        let mut directory = self.entries.concat();
        let rest = directory.split_off(directory.len().min(sector_bytes));
        directory.resize(sector_bytes, 0);
        self.sectors[1] = directory;
        if !rest.is_empty() {
            self.fat[1] = self.add_chain(&rest);
        }
        let mut fat: Vec<u8> = self.fat.iter().flat_map(|number| number.to_le_bytes()).collect();
        assert!(fat.len() <= sector_bytes, "the builder has one sector of FAT");
        fat.resize(sector_bytes, 0xff);
        self.sectors[0] = fat;
        let mut bytes = self.header;
        bytes.resize(sector_bytes, 0);
        bytes.extend(self.sectors.concat());
        bytes
    }
}

/// Writes a compound file with the cfb crate; a path may have folders before the name.
pub fn compound_with_cfb(version: cfb::Version, streams: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut file = cfb::CompoundFile::create_with_version(version, Cursor::new(Vec::new())).expect("memory takes all");
    for (path, bytes) in streams {
        let path = std::path::Path::new(path);
        file.create_storage_all(path.parent().expect("it is below the root")).expect("memory takes all");
        file.create_stream(path).expect("memory takes all").write_all(bytes).expect("memory takes all");
    }
    file.flush().expect("memory takes all");
    file.into_inner().into_inner()
}
