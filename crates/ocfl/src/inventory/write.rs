//! An inventory as text: canonical, so that equal inventories are equal bytes, and a line for each entry.

use std::io::{self, Write};

use super::{Content, DigestTable, Inventory, Place, Version};
use crate::Error;

/// How many bytes are gathered before the receiver is troubled.
const BUFFER_BYTES: usize = 1 << 16;

impl Inventory {
    /// Writes the inventory as JSON: keys in one fixed order, digests by the first path that they are listed
    /// with, paths in order of bytes, digests in lower case.
    ///
    /// # Errors
    /// The receiver fails.
    pub fn write_to(&self, out: &mut impl Write) -> Result<(), Error> {
        let mut out = io::BufWriter::with_capacity(BUFFER_BYTES, out);
        self.write_json(&mut out).and_then(|()| out.flush()).map_err(Error::Write)
    }

    /// Returns the bytes that [`write_to`](Self::write_to) writes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.write_json(&mut bytes).expect("memory takes all bytes");
        bytes
    }

    fn write_json(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(b"{\n  \"id\": ")?;
        text(out, &self.id)?;
        write!(out, ",\n  \"type\": \"{}\"", self.specification.inventory_type())?;
        write!(out, ",\n  \"digestAlgorithm\": \"{}\"", self.algorithm.ocfl_name())?;
        write!(out, ",\n  \"head\": \"{}\"", self.head)?;
        if let Some(directory) = &self.content_directory {
            out.write_all(b",\n  \"contentDirectory\": ")?;
            text(out, directory)?;
        }
        out.write_all(b",\n  \"manifest\": ")?;
        self.write_contents(out, &self.manifest, &self.digests, "    ")?;
        out.write_all(b",\n  \"versions\": {")?;
        for (version, number) in self.versions.iter().zip(self.version_numbers()) {
            out.write_all(if number.number() == 1 { b"\n" } else { b",\n" })?;
            write!(out, "    \"{number}\": ")?;
            self.write_version(out, version)?;
        }
        out.write_all(b"\n  }")?;
        self.write_fixity(out)?;
        out.write_all(b"\n}\n")
    }

    fn write_fixity(&self, out: &mut impl Write) -> io::Result<()> {
        for (place, block) in self.fixity.iter().enumerate() {
            out.write_all(if place == 0 { b",\n  \"fixity\": {\n" } else { b",\n" })?;
            write!(out, "    \"{}\": ", block.algorithm.ocfl_name())?;
            self.write_contents(out, &block.entries, &block.digests, "      ")?;
        }
        if self.fixity.is_empty() { Ok(()) } else { out.write_all(b"\n  }") }
    }

    fn write_contents(
        &self,
        out: &mut impl Write,
        contents: &[Content],
        digests: &DigestTable,
        indent: &str,
    ) -> io::Result<()> {
        let groups = Groups::new(contents.iter().map(|content| content.digest), digests.len());
        groups.write(out, digests, indent, |out, entry| self.write_place(out, contents[entry].place))
    }

    fn write_version(&self, out: &mut impl Write, version: &Version) -> io::Result<()> {
        out.write_all(b"{\n      \"created\": ")?;
        text(out, &version.notes.created)?;
        if let Some(message) = &version.notes.message {
            out.write_all(b",\n      \"message\": ")?;
            text(out, message)?;
        }
        if let Some(user) = &version.notes.user {
            out.write_all(b",\n      \"user\": { \"name\": ")?;
            text(out, &user.name)?;
            if let Some(address) = &user.address {
                out.write_all(b", \"address\": ")?;
                text(out, address)?;
            }
            out.write_all(b" }")?;
        }
        out.write_all(b",\n      \"state\": ")?;
        let groups = Groups::new(version.state.iter().map(|entry| entry.digest), self.digests.len());
        groups
            .write(out, &self.digests, "        ", |out, entry| text(out, self.names.get(version.state[entry].path)))?;
        out.write_all(b"\n    }")
    }

    fn write_place(&self, out: &mut impl Write, place: Place) -> io::Result<()> {
        let name = self.names.get(place.name);
        match place.version() {
            Some(version) if is_plain(name) && is_plain(self.content_directory()) => {
                write!(out, "\"{version}/{}/", self.content_directory())?;
                out.write_all(name.as_bytes())?;
                out.write_all(b"\"")
            }
            _ => text(out, &self.path_of(place)),
        }
    }
}

/// The entries of a block by digest: the first of each, and the next one of the same digest.
struct Groups {
    first: Vec<u32>,
    next: Vec<u32>,
}

const END: u32 = u32::MAX;

impl Groups {
    fn new(entries: impl DoubleEndedIterator<Item = u32> + ExactSizeIterator, digests: usize) -> Self {
        let (mut first, mut next) = (vec![END; digests], vec![END; entries.len()]);
        for (place, digest) in entries.enumerate().rev() {
            next[place] = first[digest as usize];
            first[digest as usize] = place as u32;
        }
        Self { first, next }
    }

    fn write<W: Write>(
        &self,
        out: &mut W,
        digests: &DigestTable,
        indent: &str,
        mut path: impl FnMut(&mut W, usize) -> io::Result<()>,
    ) -> io::Result<()> {
        // The digest that an entry is the first of; the others are written behind the first.
        let mut digest_of = vec![END; self.next.len()];
        for (digest, first) in self.first.iter().enumerate().filter(|(_, first)| **first != END) {
            digest_of[*first as usize] = digest as u32;
        }
        let mut separator: &[u8] = b"{\n";
        for entry in (0..self.next.len()).filter(|entry| digest_of[*entry] != END) {
            out.write_all(separator)?;
            separator = b",\n";
            out.write_all(indent.as_bytes())?;
            hexadecimal(out, digests.get(digest_of[entry]))?;
            self.write_paths(out, entry, indent, &mut path)?;
        }
        if separator == b"{\n" {
            return out.write_all(b"{}");
        }
        out.write_all(b"\n")?;
        out.write_all(&indent.as_bytes()[2..])?;
        out.write_all(b"}")
    }

    fn write_paths<W: Write>(
        &self,
        out: &mut W,
        first: usize,
        indent: &str,
        path: &mut impl FnMut(&mut W, usize) -> io::Result<()>,
    ) -> io::Result<()> {
        out.write_all(b": [")?;
        if self.next[first] == END {
            path(out, first)?;
            return out.write_all(b"]");
        }
        let mut entry = first;
        loop {
            write!(out, "\n{indent}  ")?;
            path(out, entry)?;
            if self.next[entry] == END {
                return write!(out, "\n{indent}]");
            }
            out.write_all(b",")?;
            entry = self.next[entry] as usize;
        }
    }
}

fn hexadecimal(out: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [b'"'; 130];
    for (pair, byte) in text[1..129].chunks_exact_mut(2).zip(bytes) {
        (pair[0], pair[1]) = (DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]);
    }
    text[1 + bytes.len() * 2] = b'"';
    out.write_all(&text[..bytes.len() * 2 + 2])
}

/// Says whether a text stands in JSON as it is.
fn is_plain(value: &str) -> bool {
    value.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\')
}

fn text(out: &mut impl Write, value: &str) -> io::Result<()> {
    if is_plain(value) {
        out.write_all(b"\"")?;
        out.write_all(value.as_bytes())?;
        return out.write_all(b"\"");
    }
    serde_json::to_writer(out, value).map_err(io::Error::from)
}
