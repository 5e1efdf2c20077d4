//! A safe name in storage for any logical path, however hostile.

use std::fmt::Write;

use digests::{Algorithm, Hasher};

/// Bytes of one element of a content path, at the most: every file system takes 255, and some tools add to a name.
pub const ELEMENT_BYTES_MAX: usize = 240;
/// Bytes of a content path without version and content directory, at the most.
///
/// An S3 key has 1,024: this leaves 224 for the prefix of the store, the object's path and the version.
pub const CONTENT_PATH_BYTES_MAX: usize = 800;

/// Bytes of what stands for a cut-off rest: `~` and sixteen hexadecimal digits.
const MARK_BYTES: usize = 17;

/// Returns the name that the content of a logical path is stored under, relative to the content directory.
///
/// ASCII letters and digits, `.`, `_` and `-` stay; every other byte of the UTF-8 text is written `%41`, and so are
/// the last dot of an element, its leading dash, and the first letter of names that Windows reserves (`con`, `lpt1.txt`).
/// An empty element becomes `~`. An element above [`ELEMENT_BYTES_MAX`] and a path above [`CONTENT_PATH_BYTES_MAX`]
/// are cut and end in `~` with sixteen digits of the sha256 of the original. Hence different paths get different
/// names, unless 64 bits of sha256 collide; names that differ in case only are for [`ContentNames`](crate::ContentNames).
#[must_use]
pub fn content_path(logical: &str) -> String {
    let mut path = String::with_capacity(logical.len() + 8);
    for (place, element) in logical.split('/').enumerate() {
        if place > 0 {
            path.push('/');
        }
        push_element(&mut path, element);
    }
    if path.len() > CONTENT_PATH_BYTES_MAX { with_mark(&path, logical) } else { path }
}

/// Returns what stands for a text that had to be cut or told apart: `~` and sixteen digits of its sha256.
pub(crate) fn mark(original: &str) -> String {
    let mut hasher = Hasher::new(Algorithm::Sha256.into());
    hasher.update(original.as_bytes());
    let digest = hasher.finish().get(Algorithm::Sha256).map(|digest| digest.to_hex()).unwrap_or_default();
    format!("~{}", &digest[..MARK_BYTES - 1])
}

/// Adds a mark to a path's last element, cutting off what would make element or path too long.
pub(crate) fn with_mark(path: &str, original: &str) -> String {
    let path = &path[..path.len().min(CONTENT_PATH_BYTES_MAX - MARK_BYTES)];
    let start = path.rfind('/').map_or(0, |slash| slash + 1);
    let end = path.len().min(start + ELEMENT_BYTES_MAX - MARK_BYTES);
    format!("{}{}", &path[..end], mark(original))
}

fn push_element(path: &mut String, element: &str) {
    let start = path.len();
    if element.is_empty() {
        path.push('~');
    } else if is_plain(element) {
        path.push_str(element);
    } else {
        push_encoded(path, element);
    }
    if path.len() - start > ELEMENT_BYTES_MAX {
        path.truncate(start + ELEMENT_BYTES_MAX - MARK_BYTES);
        path.push_str(&mark(element));
    }
}

fn is_plain(element: &str) -> bool {
    element.bytes().all(is_safe) && !element.ends_with('.') && !element.starts_with('-') && !is_reserved(element)
}

fn is_safe(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

fn push_encoded(path: &mut String, element: &str) {
    let last = element.len() - 1;
    let reserved = is_reserved(element);
    for (place, byte) in element.bytes().enumerate() {
        let hidden = match place {
            0 => byte == b'-' || reserved || (last == 0 && byte == b'.'),
            place => place == last && byte == b'.',
        };
        if is_safe(byte) && !hidden {
            path.push(char::from(byte));
        } else {
            write!(path, "%{byte:02X}").expect("a String takes all text");
        }
    }
}

/// Says whether Windows reserves the name, with any ending.
fn is_reserved(element: &str) -> bool {
    let stem = element.split('.').next().unwrap_or(element);
    let is = |name: &str| stem.eq_ignore_ascii_case(name);
    match stem.len() {
        3 => is("con") || is("prn") || is("aux") || is("nul"),
        4 => {
            let (name, digit) = stem.as_bytes().split_at(3);
            digit[0].is_ascii_digit() && (name.eq_ignore_ascii_case(b"com") || name.eq_ignore_ascii_case(b"lpt"))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(logical: &str, expected: &str) {
        assert_eq!(content_path(logical), expected, "{logical:?}");
    }

    #[test]
    fn harmless_names_stay_as_they_are() {
        for name in ["data/a.txt", "data/.hidden", "a/b-c_d/E.F", "...a", "console", "com", "com10", "xcon", "a..b"] {
            check(name, name);
        }
    }

    #[test]
    fn hostile_names_are_written_in_safe_letters() {
        check("data/a b.txt", "data/a%20b.txt");
        check("a%41", "a%2541");
        check("grün", "gr%C3%BCn");
        check("..", ".%2E");
        check(".", "%2E");
        check("a/../b", "a/.%2E/b");
        check("a.", "a%2E");
        check("a ", "a%20");
        check("-rf", "%2Drf");
        check("-", "%2D");
        check("~", "%7E");
        check("CON", "%43ON");
        check("lpt1.tar.gz", "%6Cpt1.tar.gz");
        check("nul.", "%6Eul%2E");
        check("/etc//passwd/", "~/etc/~/passwd/~");
        check("", "~");
        check("a\\b\0\n", "a%5Cb%00%0A");
        check("\u{202e}x", "%E2%80%AEx");
    }

    #[test]
    fn long_elements_and_long_paths_are_cut_and_marked() {
        let long = "ü".repeat(200);
        let path = content_path(&format!("data/{long}"));
        assert_eq!(path.len(), 5 + ELEMENT_BYTES_MAX);
        assert!(path.ends_with(&mark(&long)));
        let deep = "folder/".repeat(300) + "file";
        let path = content_path(&deep);
        assert_eq!(path.len(), CONTENT_PATH_BYTES_MAX);
        assert!(path.ends_with(&mark(&deep)));
        check(&"x".repeat(ELEMENT_BYTES_MAX), &"x".repeat(ELEMENT_BYTES_MAX));
    }

    #[test]
    fn a_mark_fits_into_the_limits_of_element_and_path() {
        assert_eq!(with_mark("a/b.txt", "a/B.txt"), format!("a/b.txt{}", mark("a/B.txt")));
        let long = format!("a/{}", "b".repeat(ELEMENT_BYTES_MAX));
        assert_eq!(with_mark(&long, "x").len(), 2 + ELEMENT_BYTES_MAX);
        let deep = content_path(&("folder/".repeat(120)));
        assert!(with_mark(&deep, "x").len() <= CONTENT_PATH_BYTES_MAX);
    }
}
