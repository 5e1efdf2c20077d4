//! Manifests and tag manifests, one line after the other: RFC 8493 §2.1.3 and §2.2.1.

use std::io::{self, Read};

use crate::encoding::TextEncoding;
use crate::lines::{Line, Lines};

/// Bytes of one line of a manifest; a longer one is reported and passed over.
pub const MANIFEST_LINE_BYTES_MAX: usize = 64 << 10;

/// What one line of a manifest says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ManifestLine<'a> {
    /// A digest and a path, both as written.
    Entry {
        /// Hexadecimal digits, one would think.
        digest: &'a str,
        /// The path with its marks and escapes.
        path: &'a str,
    },
    /// Blank, or a comment after `#`: no entry, and strictly speaking no line of a manifest.
    Empty,
    /// One word only.
    Malformed(&'a str),
    /// Longer than [`MANIFEST_LINE_BYTES_MAX`].
    TooLong,
    /// Not text in the encoding of the tag files.
    NotText,
}

/// Reads a manifest of any length in bounded memory.
pub struct ManifestReader<R> {
    lines: Lines<R>,
}

impl<R: Read> ManifestReader<R> {
    /// Begins to read.
    pub fn new(reader: R, encoding: TextEncoding) -> Self {
        Self { lines: Lines::new(reader, encoding, MANIFEST_LINE_BYTES_MAX) }
    }

    /// Returns the number of the last line, counted from 1.
    pub fn line_number(&self) -> u64 {
        self.lines.number()
    }

    /// Returns whether the text began with a UTF-8 byte-order mark; known after the first line.
    pub fn has_byte_order_mark(&self) -> bool {
        self.lines.has_byte_order_mark()
    }

    /// Returns whether bytes were met that are not text of the encoding.
    pub fn is_damaged(&self) -> bool {
        self.lines.is_damaged()
    }

    /// Reads the next line; `None` at the end.
    ///
    /// # Errors
    /// The reader fails.
    pub fn next_line(&mut self) -> io::Result<Option<ManifestLine<'_>>> {
        Ok(self.lines.next_line()?.map(|line| match line {
            Line::Text(text) => parse(text),
            Line::TooLong => ManifestLine::TooLong,
            Line::NotText => ManifestLine::NotText,
        }))
    }
}

/// Spaces and tabs only are "linear whitespace": a path may begin with any other space of Unicode.
fn parse(text: &str) -> ManifestLine<'_> {
    const BLANK: [char; 2] = [' ', '\t'];
    let text = text.trim_start_matches(BLANK);
    if text.is_empty() || text.starts_with('#') {
        return ManifestLine::Empty;
    }
    let Some((digest, path)) = text.split_once(BLANK) else { return ManifestLine::Malformed(text) };
    let path = path.trim_start_matches(BLANK);
    if path.is_empty() { ManifestLine::Malformed(text) } else { ManifestLine::Entry { digest, path } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digest_and_path_are_divided_by_spaces_and_tabs() {
        let entry = |digest, path| ManifestLine::Entry { digest, path };
        for (text, expected) in [
            ("ab  data/x", entry("ab", "data/x")),
            ("ab data/x y", entry("ab", "data/x y")),
            ("ab\t \tdata/x ", entry("ab", "data/x ")),
            ("  AB *data/x", entry("AB", "*data/x")),
            ("ab \u{a0}x", entry("ab", "\u{a0}x")),
            ("ab", ManifestLine::Malformed("ab")),
            ("ab   ", ManifestLine::Malformed("ab   ")),
            ("", ManifestLine::Empty),
            (" \t", ManifestLine::Empty),
            ("# made by hand", ManifestLine::Empty),
        ] {
            assert_eq!(parse(text), expected, "{text:?}");
        }
    }
}
