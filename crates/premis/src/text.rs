//! Any text in XML 1.0 without loss: marks, percent-encoding, escapes.

use std::borrow::Cow;

/// What a percent-encoded text begins with.
const MARK: &str = "percent-encoded:";

/// What the type of a percent-encoded identifier ends with.
const TYPE_MARK: &str = " (percent-encoded)";

/// Returns whether XML 1.0 §2.2 lets a document hold the character.
fn is_allowed(char: char) -> bool {
    matches!(char, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..)
}

pub(crate) fn is_clean(text: &str) -> bool {
    text.chars().all(is_allowed)
}

/// Returns the text as it stands in a document: itself, or marked and percent-encoded.
pub(crate) fn encode(text: &str) -> Cow<'_, str> {
    if is_clean(text) && !text.starts_with(MARK) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("{MARK}{}", percent_encode(text)))
}

/// Undoes [`encode`]; `None` when what follows the mark is not percent-encoded UTF-8.
pub(crate) fn decode(text: String) -> Option<String> {
    match text.strip_prefix(MARK) {
        Some(encoded) => percent_decode(encoded),
        None => Some(text),
    }
}

/// Returns type and value of an identifier as they stand in a document.
pub(crate) fn encode_identifier<'a>(kind: &'a str, value: &'a str) -> (Cow<'a, str>, Cow<'a, str>) {
    if is_clean(value) && !kind.ends_with(TYPE_MARK) {
        return (encode(kind), Cow::Borrowed(value));
    }
    (Cow::Owned(format!("{}{TYPE_MARK}", encode(kind))), Cow::Owned(percent_encode(value)))
}

/// Undoes [`encode_identifier`]; `None` when the type says percent-encoded and the value is not.
pub(crate) fn decode_identifier(kind: String, value: String) -> Option<(String, String)> {
    match kind.strip_suffix(TYPE_MARK) {
        Some(kind) => Some((decode(kind.to_owned())?, percent_decode(&value)?)),
        None => Some((decode(kind)?, value)),
    }
}

fn percent_encode(text: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut encoded = String::with_capacity(text.len() + 16);
    for char in text.chars() {
        if is_allowed(char) && char != '%' {
            encoded.push(char);
            continue;
        }
        for byte in char.encode_utf8(&mut [0; 4]).bytes() {
            encoded.push('%');
            encoded.push(char::from(DIGITS[usize::from(byte >> 4)]));
            encoded.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
    encoded
}

fn percent_decode(encoded: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let high = char::from(rest.next()?).to_digit(16)?;
        let low = char::from(rest.next()?).to_digit(16)?;
        bytes.push(u8::try_from(high << 4 | low).ok()?);
    }
    String::from_utf8(bytes).ok()
}

/// Returns a clean text with all that is markup, and the carriage return, as references.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '\r']) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 32);
    for char in text.chars() {
        match char {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\r' => escaped.push_str("&#13;"),
            _ => escaped.push(char),
        }
    }
    Cow::Owned(escaped)
}

/// Does the same for an attribute between quotes.
pub(crate) fn escape_in_quotes(text: &str) -> Cow<'_, str> {
    let escaped = escape(text);
    if escaped.contains('"') { Cow::Owned(escaped.replace('"', "&quot;")) } else { escaped }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, encoded: &str) {
        assert_eq!(encode(text), encoded);
        assert_eq!(decode(encoded.to_owned()).as_deref(), Some(text));
    }

    #[test]
    fn ordinary_text_is_left_alone() {
        check("100 % Grüße\tund\nmehr 🗄", "100 % Grüße\tund\nmehr 🗄");
        check("", "");
    }

    #[test]
    fn forbidden_characters_are_percent_encoded_behind_the_mark() {
        check("a\u{1}b%", "percent-encoded:a%01b%25");
        check("\u{0}", "percent-encoded:%00");
        check("\u{FFFE}\u{FFFF}", "percent-encoded:%EF%BF%BE%EF%BF%BF");
    }

    #[test]
    fn a_text_that_begins_with_the_mark_is_marked_again() {
        check("percent-encoded:a", "percent-encoded:percent-encoded:a");
    }

    #[test]
    fn an_identifier_says_in_its_type_that_it_is_encoded() {
        let (kind, value) = encode_identifier("local", "a\u{7}%");
        assert_eq!((&*kind, &*value), ("local (percent-encoded)", "a%07%25"));
        assert_eq!(
            decode_identifier(kind.into_owned(), value.into_owned()),
            Some(("local".to_owned(), "a\u{7}%".to_owned()))
        );
    }

    #[test]
    fn an_identifier_whose_type_looks_encoded_survives() {
        let (kind, value) = encode_identifier("x (percent-encoded)", "%");
        assert_eq!((&*kind, &*value), ("x (percent-encoded) (percent-encoded)", "%25"));
        assert_eq!(
            decode_identifier(kind.into_owned(), value.into_owned()),
            Some(("x (percent-encoded)".to_owned(), "%".to_owned()))
        );
    }

    #[test]
    fn a_mark_with_a_broken_encoding_is_no_text() {
        for text in ["percent-encoded:%", "percent-encoded:%0", "percent-encoded:%zz", "percent-encoded:%FF"] {
            assert_eq!(decode(text.to_owned()), None, "{text}");
        }
    }

    #[test]
    fn markup_and_carriage_returns_become_references() {
        assert_eq!(escape("a<b>&]]>\r\n"), "a&lt;b&gt;&amp;]]&gt;&#13;\n");
    }
}
