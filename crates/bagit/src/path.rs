//! Paths as manifests and fetch files write them: escapes, marks, and what must not be followed.

use std::borrow::Cow;

/// Takes the escapes of RFC 8493 §2.1.3 off a path: `%0A`, `%0D` and `%25`, and only those.
#[must_use]
pub fn decode(path: &str) -> Cow<'_, str> {
    if !path.contains('%') {
        return Cow::Borrowed(path);
    }
    let mut decoded = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(place) = rest.find('%') {
        decoded.push_str(&rest[..place]);
        let (character, length) = match rest.as_bytes().get(place + 1..place + 3) {
            Some([b'0', b'a' | b'A']) => ('\n', 3),
            Some([b'0', b'd' | b'D']) => ('\r', 3),
            Some(b"25") => ('%', 3),
            _ => ('%', 1),
        };
        decoded.push(character);
        rest = &rest[place + length..];
    }
    decoded.push_str(rest);
    Cow::Owned(decoded)
}

/// Puts the escapes of RFC 8493 §2.1.3 on a path; [`decode`] takes them off again.
#[must_use]
pub fn encode(path: &str) -> Cow<'_, str> {
    if !path.contains(['%', '\n', '\r']) {
        return Cow::Borrowed(path);
    }
    Cow::Owned(path.replace('%', "%25").replace('\n', "%0A").replace('\r', "%0D"))
}

/// Returns whether a path could lead out of the bag, on any system: RFC 8493 §5.1.
#[must_use]
pub fn is_unsafe(path: &str) -> bool {
    let bytes = path.as_bytes();
    let has_drive = bytes.len() > 1 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':';
    path.starts_with(['/', '\\', '~'])
        || has_drive
        || (path.starts_with('%') && path[1..].contains("%\\"))
        || path.split(['/', '\\']).any(|part| part == "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_three_escapes_are_taken_off() {
        for (written, meant) in [
            ("data/a", "data/a"),
            ("data/a%0Ab%0dc%25", "data/a\nb\rc%"),
            ("data/100%", "data/100%"),
            ("data/%20%2", "data/%20%2"),
            ("data/%250A", "data/%0A"),
            ("data/%ä", "data/%ä"),
        ] {
            assert_eq!(decode(written), meant);
        }
    }

    #[test]
    fn what_is_put_on_is_taken_off() {
        for path in ["data/a", "data/%0A", "data/\r\n%", "%%25%"] {
            assert_eq!(decode(&encode(path)), path);
        }
    }

    #[test]
    fn paths_that_lead_out_are_known() {
        for path in [
            "/etc/passwd",
            "../x",
            "data/../../x",
            "data/..",
            "~/x",
            "~root/x",
            "C:\\x",
            "c:x",
            "\\\\server\\x",
            "data\\..\\x",
            "%HomeDrive%\\x",
        ] {
            assert!(is_unsafe(path), "{path}");
        }
        for path in ["data/x", "data/...", "data/..x", "data/a~", "data/C:x", "data/x\\y", "bag-info.txt"] {
            assert!(!is_unsafe(path), "{path}");
        }
    }
}
