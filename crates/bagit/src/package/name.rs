//! The names of archive entries: what is a path within a bag, and what is an attack or a slip.

use findings::Rule;

use super::limits::{PATH_BYTES_MAX, PATH_PART_BYTES_MAX};
use crate::rules;

/// A name that is safe to use, its parts divided by single slashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EntryName {
    pub text: String,
    pub had_leading_dot: bool,
}

impl EntryName {
    /// Reads a name as an archive has it. Empty parts and parts `.` are dropped; everything else stays as it is.
    ///
    /// # Errors
    /// The rule that the name breaks.
    pub(crate) fn parse(raw: &[u8]) -> Result<Self, &'static Rule> {
        let text = std::str::from_utf8(raw).map_err(|_| &rules::ENTRY_NAME_NOT_UTF8)?;
        if is_absolute(text) {
            return Err(&rules::ENTRY_PATH_ABSOLUTE);
        }
        check_characters(text)?;
        let had_leading_dot = text.starts_with("./");
        let mut own = String::with_capacity(text.len());
        for part in text.split('/') {
            match part {
                "" | "." => continue,
                ".." => return Err(&rules::ENTRY_PATH_ESCAPES),
                _ if part.len() > PATH_PART_BYTES_MAX => return Err(&rules::ENTRY_PATH_TOO_LONG),
                _ => {}
            }
            if !own.is_empty() {
                own.push('/');
            }
            own.push_str(part);
        }
        if own.len() > PATH_BYTES_MAX {
            return Err(&rules::ENTRY_PATH_TOO_LONG);
        }
        Ok(Self { text: own, had_leading_dot })
    }
}

/// Refuses control characters, save those three that manifests can name (RFC 8493 §2.1.3 encodes CR and LF).
pub(crate) fn check_characters(text: &str) -> Result<(), &'static Rule> {
    let is_refused = |byte: u8| byte.is_ascii_control() && !matches!(byte, b'\t' | b'\n' | b'\r');
    if text.bytes().any(is_refused) { Err(&rules::ENTRY_NAME_CONTROL) } else { Ok(()) }
}

fn is_absolute(text: &str) -> bool {
    let bytes = text.as_bytes();
    let has_drive =
        bytes.len() > 2 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':' && matches!(bytes[2], b'/' | b'\\');
    has_drive || matches!(bytes.first(), Some(b'/'))
}

/// Returns a name as a finding can show it.
pub(crate) fn shown(raw: &[u8]) -> String {
    String::from_utf8_lossy(&raw[..raw.len().min(PATH_BYTES_MAX)]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_plain_or_refused() {
        let long = "x".repeat(256);
        let deep = "d/".repeat(2100);
        let cases: [(&[u8], Result<&str, &Rule>); 14] = [
            (b"bag/data/a", Ok("bag/data/a")),
            (b"./bag//data/./a/", Ok("bag/data/a")),
            ("bag/\u{202e}é".as_bytes(), Ok("bag/\u{202e}é")),
            (b"bag/a\nb\\c", Ok("bag/a\nb\\c")),
            (b"", Ok("")),
            (b"bag/..a/a..", Ok("bag/..a/a..")),
            (b"/etc/passwd", Err(&rules::ENTRY_PATH_ABSOLUTE)),
            (b"C:/bag", Err(&rules::ENTRY_PATH_ABSOLUTE)),
            (b"C:\\bag", Err(&rules::ENTRY_PATH_ABSOLUTE)),
            (b"bag/../../a", Err(&rules::ENTRY_PATH_ESCAPES)),
            (b"bag/\xff", Err(&rules::ENTRY_NAME_NOT_UTF8)),
            (b"bag/a\0b", Err(&rules::ENTRY_NAME_CONTROL)),
            (long.as_bytes(), Err(&rules::ENTRY_PATH_TOO_LONG)),
            (deep.as_bytes(), Err(&rules::ENTRY_PATH_TOO_LONG)),
        ];
        for (raw, expected) in cases {
            let seen = EntryName::parse(raw).map(|name| name.text);
            assert_eq!(seen, expected.map(str::to_owned), "{}", shown(raw));
        }
    }
}
