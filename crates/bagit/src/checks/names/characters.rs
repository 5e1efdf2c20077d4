//! Characters in names that control, hide or turn text.

/// Returns whether a path has a control character of Unicode (Cc) or U+00A0, as such or written out as `\u00..`.
///
/// APTrust refuses these: the written-out form is what some tools make of the character itself.
pub(super) fn has_control(path: &str) -> bool {
    if path.is_ascii() {
        path.bytes().any(|byte| byte < 0x20 || byte == 0x7f) || has_escaped_control(path)
    } else {
        path.chars().any(|character| character.is_control() || character == '\u{a0}') || has_escaped_control(path)
    }
}

/// `\u000x`, `\u001x`, `\u008x`, `\u009x` and `\u007f`, in any case.
fn has_escaped_control(path: &str) -> bool {
    let mut rest = path;
    while let Some(place) = rest.find('\\') {
        rest = &rest[place + 1..];
        let bytes = rest.as_bytes();
        if let [b'u' | b'U', b'0', b'0', high, low, ..] = bytes {
            let is_control = matches!(high, b'0' | b'1' | b'8' | b'9') && low.is_ascii_hexdigit();
            if is_control || (*high == b'7' && low.eq_ignore_ascii_case(&b'f')) {
                return true;
            }
        }
    }
    false
}

/// Returns the first character that is invisible, breaks a line or turns the direction of the text.
pub(super) fn hostile(path: &str) -> Option<char> {
    if path.is_ascii() {
        return None;
    }
    path.chars().find(|character| {
        matches!(character,
            '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_found_raw_and_escaped() {
        for path in ["a\n", "a\u{7f}", "ä\u{85}", "a\u{a0}", "a\\u0007", "a\\U009F", "a\\u007f", "\\\\u007F"] {
            assert!(has_control(path), "{path:?}");
        }
        for path in ["a b", "ä", "a\\u0041", "a\\u007e", "u007f", "a\\u00", "\\"] {
            assert!(!has_control(path), "{path:?}");
        }
    }

    #[test]
    fn characters_that_mislead_are_found() {
        for character in ['\u{202f}', '\u{2028}', '\u{202e}', '\u{2066}', '\u{200b}'] {
            assert_eq!(hostile(&format!("data/a{character}b")), Some(character));
        }
        assert_eq!(hostile("data/Núñez – 日本"), None);
    }
}
