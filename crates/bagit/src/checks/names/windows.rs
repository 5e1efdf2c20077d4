//! Names that Windows cannot write: RFC 8493 §6.1.2.

/// Returns what Windows would not accept in a path, when there is something.
pub(super) fn fault(path: &str) -> Option<String> {
    if let Some(character) =
        path.bytes().find(|byte| matches!(byte, b'<' | b'>' | b':' | b'"' | b'|' | b'?' | b'*' | b'\\'))
    {
        return Some(format!("the character {}", char::from(character)));
    }
    path.split('/').find_map(|part| {
        let stem = part.split('.').next().unwrap_or(part).trim_end();
        if is_device(stem.as_bytes()) {
            return Some(format!("the name {stem}"));
        }
        part.ends_with(['.', ' ']).then(|| "a full stop or space at the end of a name".to_owned())
    })
}

/// `CON`, `PRN`, `AUX`, `NUL`, `COM1` to `COM9`, `LPT1` to `LPT9`, in any case.
fn is_device(stem: &[u8]) -> bool {
    match stem {
        [_, _, _] => [b"con", b"prn", b"aux", b"nul"].iter().any(|device| stem.eq_ignore_ascii_case(*device)),
        [port @ .., b'1'..=b'9'] => port.eq_ignore_ascii_case(b"com") || port.eq_ignore_ascii_case(b"lpt"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_windows_reserves_are_found() {
        for path in ["data/CON", "data/aux.txt", "data/com1.tar.gz", "data/a:b", "data/a?", "data/a.", "data/b /c"] {
            assert!(fault(path).is_some(), "{path}");
        }
        for path in ["data/CONTENT", "data/com10", "data/a.b", "data/.hidden", "data/COM"] {
            assert_eq!(fault(path), None, "{path}");
        }
    }
}
