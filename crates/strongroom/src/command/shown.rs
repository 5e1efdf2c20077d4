//! Names of others made safe to show: nothing in them moves a cursor, paints, or pretends to be another line.

use std::borrow::Cow;

/// Returns a name with its control characters, and those that turn the direction of writing, as `\u{…}`.
///
/// A backslash stays as it is: what is shown is for eyes, and `--json` gives the name itself.
#[must_use]
pub fn shown(name: &str) -> Cow<'_, str> {
    replaced(name, is_unsafe)
}

/// Returns a text of ours with what may have come into it from elsewhere made safe; its line breaks stay.
#[must_use]
pub fn shown_lines(text: &str) -> Cow<'_, str> {
    replaced(text, |letter| letter != '\n' && is_unsafe(letter))
}

/// Returns JSON without the characters that it may hold and that terminals obey all the same: they become `\u009b`.
#[must_use]
pub fn shown_json(text: &str) -> Cow<'_, str> {
    // They can only stand within its strings, where this way of writing means the same.
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if is_unsafe(letter) {
            safe.push_str(&format!("\\u{:04x}", u32::from(letter)));
        } else {
            safe.push(letter);
        }
    }
    Cow::Owned(safe)
}

fn replaced(text: &str, is_unsafe: fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if is_unsafe(letter) { safe.extend(letter.escape_unicode()) } else { safe.push(letter) }
    }
    Cow::Owned(safe)
}

/// Returns whether a terminal would obey a character instead of showing it. U+009B begins a command as ESC [ does.
#[must_use]
pub fn is_unsafe(letter: char) -> bool {
    letter.is_control() || is_invisible_order(letter)
}

/// Line separators, and the marks by which `gpj.exe` is made to look like `exe.jpg`.
fn is_invisible_order(letter: char) -> bool {
    matches!(letter, '\u{2028}' | '\u{2029}' | '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_written_out() {
        assert_eq!(shown("a\u{1b}[2Jb\nc\u{9b}1m\u{7f}"), "a\\u{1b}[2Jb\\u{a}c\\u{9b}1m\\u{7f}");
        assert_eq!(shown("exe\u{202e}gpj"), "exe\\u{202e}gpj");
        assert_eq!(shown("Tromsø 議事録 \\"), "Tromsø 議事録 \\");
        assert_eq!(shown_lines("one\ntwo\r"), "one\ntwo\\u{d}");
    }

    #[test]
    fn json_means_the_same_afterwards() {
        let name = "a\u{1b}\u{9b}31m\u{7f}\u{202e}ø\n";
        let safe = shown_json(&serde_json::to_string(name).unwrap()).into_owned();
        assert!(!safe.contains(|letter: char| letter.is_control()), "{safe:?}");
        assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), name);
    }
}
