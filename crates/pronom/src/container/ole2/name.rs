//! The names of directory entries as signatures spell them.

use super::super::little_endian::u16_at;

/// Units of UTF-16 that an entry has for its name (MS-CFB §2.6.1), with the zero behind it.
const NAME_UNITS: usize = 32;

/// Returns the name of an entry up to the zero behind it, without control characters and spaces at its ends.
///
/// Names such as `\x01CompObj` begin with a control character that says whose they are; signatures leave it out, and
/// DROID takes off all characters up to the space at both ends. The length that the entry states is not needed.
pub(super) fn text(entry: &[u8]) -> String {
    let units = (0..NAME_UNITS).map_while(|place| u16_at(entry, 2 * place)).take_while(|unit| *unit != 0);
    let text: String = char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    let trimmed = text.trim_matches(|character| character <= ' ');
    if trimmed.len() == text.len() { text } else { trimmed.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, expected: &str) {
        let mut entry: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        entry.resize(128, 0);
        assert_eq!(text(&entry), expected, "{name:?}");
    }

    #[test]
    fn control_characters_and_spaces_around_a_name_are_left_out() {
        check("WordDocument", "WordDocument");
        check("\x01CompObj", "CompObj");
        check("\x05SummaryInformation", "SummaryInformation");
        check("PowerPoint Document", "PowerPoint Document");
        check(" \x01\x02a\tb ", "a\tb");
        check("Ärger 𝄞", "Ärger 𝄞");
        check("", "");
    }
}
