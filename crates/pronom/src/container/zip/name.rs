//! The names of entries as signatures spell them.

use std::borrow::Cow;

/// The upper half of IBM code page 437, which names are in unless they say otherwise (APPNOTE §D.1).
const CP437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// Returns a name as text, its parts separated by `/`, without `./` before it.
///
/// Bytes that are UTF-8 are read as such, whether or not the entry's flag says so: many writers forget the flag, and
/// text of code page 437 hardly ever happens to be valid UTF-8. All else is read as code page 437.
pub(super) fn text(bytes: &[u8]) -> Cow<'_, str> {
    let text = match str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().map(|byte| cp437(*byte)).collect()),
    };
    // APPNOTE §4.4.17.1 asks for `/`; some old writers for Windows give `\`.
    let text = if text.contains('\\') { Cow::Owned(text.replace('\\', "/")) } else { text };
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(without_dots(text)),
        Cow::Owned(text) => Cow::Owned(without_dots(&text).to_owned()),
    }
}

fn without_dots(mut text: &str) -> &str {
    while let Some(rest) = text.strip_prefix("./") {
        text = rest;
    }
    text
}

fn cp437(byte: u8) -> char {
    match byte.checked_sub(128) {
        None => char::from(byte),
        Some(place) => CP437.chars().nth(place.into()).unwrap_or(char::REPLACEMENT_CHARACTER),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], expected: &str) {
        assert_eq!(text(bytes), expected, "{bytes:?}");
    }

    #[test]
    fn names_are_utf_8_or_code_page_437() {
        assert_eq!(CP437.chars().count(), 128);
        check(b"META-INF/manifest.xml", "META-INF/manifest.xml");
        check("Übung.xml".as_bytes(), "Übung.xml");
        check(b"\x9abung.xml", "Übung.xml");
        check(b"\xff\x80", "\u{a0}Ç");
        check(b"", "");
    }

    #[test]
    fn backslashes_become_slashes_and_leading_dots_go() {
        check(b"word\\document.xml", "word/document.xml");
        check(b"./mimetype", "mimetype");
        check(b".\\.\\mimetype", "mimetype");
        check(b".hidden", ".hidden");
        check(b"a/./b", "a/./b");
    }
}
