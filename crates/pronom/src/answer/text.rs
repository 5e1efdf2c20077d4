//! The encoding of text, told from its first bytes.

/// The encoding of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextEncoding {
    /// ASCII alone.
    Ascii,
    /// UTF-8 without a byte order mark.
    Utf8,
    /// UTF-8 with a byte order mark.
    Utf8WithMark,
    /// UTF-16, the low byte first.
    Utf16LittleEndian,
    /// UTF-16, the high byte first.
    Utf16BigEndian,
    /// Probably text in one of the encodings of eight bits, such as ISO 8859-1.
    EightBit,
}

/// In a hundred bytes of text of eight bits, those above ASCII at most: in Greek or Russian it is nearly every one.
const HIGH_PERCENT_MAX: usize = 95;
/// In a hundred units of UTF-16 without a mark, those of ASCII at least: other scripts are not told from binary data.
const WIDE_PERCENT_MIN: usize = 70;

/// Bytes that are looked at before the first is judged.
const CHUNK_BYTES: usize = 512;

impl TextEncoding {
    /// Returns the encoding, if the bytes are text. `is_whole` says whether they are the whole file; else a letter
    /// that breaks off at their end is no flaw.
    #[must_use]
    pub fn of(bytes: &[u8], is_whole: bool) -> Option<Self> {
        match bytes {
            [] => None,
            [0xEF, 0xBB, 0xBF, rest @ ..] => is_utf8(rest, is_whole).then_some(Self::Utf8WithMark),
            [0xFF, 0xFE, rest @ ..] => is_utf16(rest, u16::from_le_bytes).then_some(Self::Utf16LittleEndian),
            [0xFE, 0xFF, rest @ ..] => is_utf16(rest, u16::from_be_bytes).then_some(Self::Utf16BigEndian),
            _ if bytes.contains(&0) => without_mark(bytes, is_whole),
            _ if has_control(bytes) => None,
            _ if bytes.is_ascii() => Some(Self::Ascii),
            _ if is_utf8(bytes, is_whole) => Some(Self::Utf8),
            _ => is_eight_bit(bytes).then_some(Self::EightBit),
        }
    }
}

/// Says whether text has no such byte: a control character other than tabs, line and page ends, escape and DOS's end.
const fn is_control(byte: u8) -> bool {
    let is_kept = (byte.wrapping_sub(0x08) <= 5) | (byte.wrapping_sub(0x1A) <= 1);
    (byte == 0x7F) | (byte < 0x20) & !is_kept
}

/// Says whether one of the bytes is such a control character, many bytes at a time.
fn has_control(bytes: &[u8]) -> bool {
    bytes.chunks(CHUNK_BYTES).any(|chunk| chunk.iter().fold(false, |any, byte| any | is_control(*byte)))
}

fn is_utf8(bytes: &[u8], is_whole: bool) -> bool {
    if has_control(bytes) {
        return false;
    }
    match std::str::from_utf8(bytes) {
        Ok(_) => true,
        Err(error) => !is_whole && error.error_len().is_none(),
    }
}

/// Says whether ASCII is not rare, and there is space between words or lines.
fn is_eight_bit(bytes: &[u8]) -> bool {
    let high = bytes.iter().filter(|byte| **byte >= 0x80).count();
    high * 100 <= bytes.len() * HIGH_PERCENT_MAX
        && bytes.iter().any(|byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t'))
}

fn units(bytes: &[u8], read: fn([u8; 2]) -> u16) -> impl Iterator<Item = u16> {
    bytes.chunks_exact(2).map(move |pair| read([pair[0], pair[1]]))
}

/// Says whether the units are letters, surrogates in pairs; a pair that breaks off at the end is no flaw.
fn is_utf16(bytes: &[u8], read: fn([u8; 2]) -> u16) -> bool {
    let count = bytes.len() / 2;
    let is_letter = |letter: char| !u8::try_from(letter).is_ok_and(is_control);
    let flaw = char::decode_utf16(units(bytes, read))
        .enumerate()
        .find(|(_, letter)| !letter.as_ref().is_ok_and(|letter| is_letter(*letter)));
    flaw.is_none_or(|(place, letter)| letter.is_err() && place + 1 == count && count > 1)
}

/// Tells UTF-16 by its many letters of ASCII; a whole file of it has an even number of bytes.
fn without_mark(bytes: &[u8], is_whole: bool) -> Option<TextEncoding> {
    if is_whole && bytes.len() % 2 == 1 {
        return None;
    }
    let is_wide = |read: fn([u8; 2]) -> u16| {
        let plain = units(bytes, read).filter(|unit| (0x09..0x7F).contains(unit)).count();
        plain * 100 >= bytes.len() / 2 * WIDE_PERCENT_MIN && bytes.len() > 2 && is_utf16(bytes, read)
    };
    if is_wide(u16::from_le_bytes) {
        return Some(TextEncoding::Utf16LittleEndian);
    }
    is_wide(u16::from_be_bytes).then_some(TextEncoding::Utf16BigEndian)
}

#[cfg(test)]
mod tests {
    use super::TextEncoding::{self, Ascii, EightBit, Utf8, Utf8WithMark, Utf16BigEndian, Utf16LittleEndian};

    #[track_caller]
    fn check(bytes: &[u8], expected: Option<TextEncoding>) {
        assert_eq!(TextEncoding::of(bytes, true), expected);
    }

    #[test]
    fn every_encoding_is_told_from_the_others() {
        check(b"plain\r\n\ttext", Some(Ascii));
        check("Stra\u{df}e".as_bytes(), Some(Utf8));
        check("\u{feff}Stra\u{df}e".as_bytes(), Some(Utf8WithMark));
        check(b"Stra\xDFe nach M\xFCnchen", Some(EightBit));
        check(b"\xFF\xFEa\0\xDF\0", Some(Utf16LittleEndian));
        check(b"\xFE\xFF\0a\0\xDF", Some(Utf16BigEndian));
        check(b"a\0b\0c\0 \0", Some(Utf16LittleEndian));
        check(b"\0a\0b\0c\0 ", Some(Utf16BigEndian));
    }

    #[test]
    fn bytes_that_no_text_has_are_no_text() {
        check(b"", None);
        check(b"a\0b", None);
        check(b"a\x01b", None);
        check(b"\xEF\xBB\xBF\xFF", None);
        check(b"\xFF\xFE\x00\xDC\x00\xDC", None);
        check(&[0; 64], None);
        check(b"\x80\x81\x82\x83", None);
    }

    #[test]
    fn a_letter_that_breaks_off_at_the_end_of_a_window_is_no_flaw() {
        let bytes = "Stra\u{df}".as_bytes();
        assert_eq!(TextEncoding::of(&bytes[..5], false), Some(Utf8));
        assert_ne!(TextEncoding::of(&bytes[..5], true), Some(Utf8));
    }
}
