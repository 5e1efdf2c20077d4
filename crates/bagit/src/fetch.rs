//! `fetch.txt`, one line after the other: RFC 8493 §2.2.3. Nothing is ever fetched.

use std::io::{self, Read};

use crate::encoding::TextEncoding;
use crate::lines::{Line, Lines};

/// The path of the fetch file.
pub const FETCH_TXT: &str = "fetch.txt";
/// Bytes of one line of `fetch.txt`.
pub const FETCH_LINE_BYTES_MAX: usize = 64 << 10;

/// What one line of `fetch.txt` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FetchLine<'a> {
    /// A file that should be fetched.
    Entry {
        /// Where it should come from, as written.
        address: &'a str,
        /// How many bytes it has, when that is said.
        size_bytes: Option<u64>,
        /// Where it belongs, as written.
        path: &'a str,
    },
    /// A blank line.
    Empty,
    /// Anything else.
    Malformed,
}

/// Reads a fetch file of any length in bounded memory.
pub struct FetchReader<R> {
    lines: Lines<R>,
}

impl<R: Read> FetchReader<R> {
    /// Begins to read.
    pub fn new(reader: R, encoding: TextEncoding) -> Self {
        Self { lines: Lines::new(reader, encoding, FETCH_LINE_BYTES_MAX) }
    }

    /// Returns the number of the last line, counted from 1.
    pub fn line_number(&self) -> u64 {
        self.lines.number()
    }

    /// Reads the next line; `None` at the end.
    ///
    /// # Errors
    /// The reader fails.
    pub fn next_line(&mut self) -> io::Result<Option<FetchLine<'_>>> {
        Ok(self.lines.next_line()?.map(|line| match line {
            Line::Text(text) => parse(text),
            Line::TooLong | Line::NotText => FetchLine::Malformed,
        }))
    }
}

/// Returns whether an address is absolute, as RFC 3986 §4.3 has it: a scheme, a colon and more.
#[must_use]
pub fn is_absolute(address: &str) -> bool {
    let Some((scheme, rest)) = address.split_once(':') else { return false };
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.chars().all(|next| next.is_ascii_alphanumeric() || matches!(next, '+' | '-' | '.'));
    let names_host =
        rest.strip_prefix("//").is_none_or(|host| !host.is_empty() && (scheme == "file" || !host.starts_with('/')));
    is_scheme && !rest.is_empty() && names_host
}

fn parse(text: &str) -> FetchLine<'_> {
    const BLANK: [char; 2] = [' ', '\t'];
    let text = text.trim_start_matches(BLANK);
    if text.trim().is_empty() {
        return FetchLine::Empty;
    }
    let parts = text.split_once(BLANK).and_then(|(address, rest)| {
        let (length, path) = rest.trim_start_matches(BLANK).split_once(BLANK)?;
        Some((address, length, path.trim_start_matches(BLANK)))
    });
    match parts {
        Some((address, "-", path)) if !path.is_empty() => FetchLine::Entry { address, size_bytes: None, path },
        Some((address, length, path)) if !path.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit()) => length
            .parse()
            .map_or(FetchLine::Malformed, |size| FetchLine::Entry { address, size_bytes: Some(size), path }),
        _ => FetchLine::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_address_length_and_path() {
        let entry = |address, size_bytes, path| FetchLine::Entry { address, size_bytes, path };
        for (text, expected) in [
            ("http://x/a 12 data/a b", entry("http://x/a", Some(12), "data/a b")),
            ("http://x/a\t-\tdata/a", entry("http://x/a", None, "data/a")),
            ("http://x/a data/a", FetchLine::Malformed),
            ("http://x/a many data/a", FetchLine::Malformed),
            ("http://x/a 99999999999999999999999 data/a", FetchLine::Malformed),
            ("http://x/a 12 ", FetchLine::Malformed),
            (" ", FetchLine::Empty),
        ] {
            assert_eq!(parse(text), expected, "{text:?}");
        }
    }

    #[test]
    fn an_absolute_address_has_a_scheme_and_a_place() {
        for address in ["https://example.org/a", "file:///tmp/a", "ark:/1/2", "s3://bucket/key"] {
            assert!(is_absolute(address), "{address}");
        }
        for address in ["example.org/a", "/a", "http://", "http:", ":x", "1a:x", "http:///x"] {
            assert!(!is_absolute(address), "{address}");
        }
    }
}
