//! The last directory of extension 0003: an identifier in letters that every file system takes.

use std::fmt::Write;

/// Characters of an encoded identifier before it is cut.
const ENCODED_CHARACTERS_MAX: usize = 100;

/// Returns the directory's name: ASCII letters, digits, `-` and `_` stay, other bytes become `%` and two small
/// hexadecimal digits; what is longer than 100 characters is cut and the digest added.
pub(super) fn directory_of(id: &str, digest: &str) -> String {
    let mut name = String::with_capacity(id.len());
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_' {
            name.push(char::from(byte));
        } else {
            write!(name, "%{byte:02x}").expect("a String takes all text");
        }
    }
    if name.len() > ENCODED_CHARACTERS_MAX {
        name.truncate(ENCODED_CHARACTERS_MAX);
        name.push('-');
        name.push_str(digest);
    }
    name
}
