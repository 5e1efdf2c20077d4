//! The depositor's `bag-info.txt`, amended: it speaks of the bag that is given back, and loses nothing.
//!
//! What depends on when and how the bag was made is made anew: `Payload-Oxum`, `Bag-Size`, `Bagging-Date`, and
//! `Bagging-Software` where the depositor named one. What stood there before follows at the end under `Original-…`.
//! All other lines stay byte for byte, in their order.

/// The tag file of RFC 8493 §2.2.2.
pub const BAG_INFO: &str = "bag-info.txt";

/// What the tags of the new bag say.
pub struct Computed<'a> {
    /// Bytes of the payload.
    pub payload_bytes: u64,
    /// Files of the payload.
    pub payload_files: u64,
    /// The day, as `2026-11-20`.
    pub date: &'a str,
    /// The program that makes the bag.
    pub software: &'a str,
    /// What it lacks because it was deleted, in words.
    pub deleted: Option<&'a str>,
}

/// Returns the amended text.
pub fn amended(deposited: &str, computed: &Computed<'_>) -> String {
    let oxum = format!("{}.{}", computed.payload_bytes, computed.payload_files);
    let mut tags = [
        New { name: "Bagging-Date", value: computed.date.to_owned(), is_written: false },
        New { name: "Bag-Size", value: bagit::bag_size_in_words(computed.payload_bytes), is_written: false },
        New { name: "Payload-Oxum", value: oxum, is_written: false },
        New { name: "Bagging-Software", value: computed.software.to_owned(), is_written: false },
    ];
    let (mut text, mut originals) = (String::with_capacity(deposited.len() + 256), String::new());
    for element in elements(deposited) {
        let Some(new) = tags.iter_mut().find(|new| element.is_called(new.name)) else {
            text.push_str(element.text);
            continue;
        };
        let value = element.value();
        if value == new.value && !new.is_written {
            text.push_str(element.text);
        } else {
            if !new.is_written {
                text.push_str(&format!("{}: {}\n", new.name, new.value));
            }
            originals.push_str(&format!("Original-{}: {value}\n", new.name));
        }
        new.is_written = true;
    }
    if !text.is_empty() && !text.ends_with(['\n', '\r']) {
        text.push('\n');
    }
    for new in tags.iter().filter(|new| !new.is_written && new.name != "Bagging-Software") {
        text.push_str(&format!("{}: {}\n", new.name, new.value));
    }
    if let Some(deleted) = computed.deleted {
        text.push_str(&format!("Deleted-Files: {deleted}\n"));
    }
    text.push_str(&originals);
    text
}

struct New {
    name: &'static str,
    value: String,
    is_written: bool,
}

/// One tag with the lines that continue it, or lines that are none.
struct Element<'a> {
    text: &'a str,
}

impl Element<'_> {
    /// RFC 8493 §2.2.2: case does not matter in names.
    fn is_called(&self, name: &str) -> bool {
        let label = self.text.split_once(':').map(|(label, _)| label.trim_start_matches('\u{feff}').trim());
        label.is_some_and(|label| label.eq_ignore_ascii_case(name))
    }

    /// Returns the value, its lines joined.
    fn value(&self) -> String {
        let value = self.text.split_once(':').map_or("", |(_, value)| value);
        value.split(['\n', '\r']).map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
    }
}

/// Divides a text where a tag begins: at each line that begins with neither space nor tab. Lines end with CR, LF or
/// both (RFC 8493 §2.2.2).
fn elements(text: &str) -> impl Iterator<Item = Element<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let bytes = rest.as_bytes();
        let begins = |place: &usize| {
            let follows_an_end = bytes[place - 1] == b'\n' || (bytes[place - 1] == b'\r' && bytes[*place] != b'\n');
            follows_an_end && !matches!(bytes[*place], b' ' | b'\t')
        };
        let end = (1..bytes.len()).find(begins).unwrap_or(bytes.len());
        let (element, after) = rest.split_at(end);
        rest = after;
        Some(Element { text: element })
    })
}

/// Returns a text of unknown encoding as UTF-8, and whether it was that already. The encoding stood in `bagit.txt`,
/// which is not kept: UTF-16 tells itself, and anything else is read as ISO-8859-1, in which no byte is lost.
pub fn decoded(bytes: Vec<u8>) -> (String, bool) {
    let bytes = match String::from_utf8(bytes) {
        Ok(text) => return (text, true),
        Err(error) => error.into_bytes(),
    };
    let units =
        |of: fn([u8; 2]) -> u16| -> Vec<u16> { bytes.chunks_exact(2).map(|pair| of([pair[0], pair[1]])).collect() };
    let text = match bytes.as_slice() {
        [0xfe, 0xff, ..] | [0, _, ..] => String::from_utf16_lossy(&units(u16::from_be_bytes)),
        [0xff, 0xfe, ..] | [_, 0, ..] => String::from_utf16_lossy(&units(u16::from_le_bytes)),
        _ => bytes.iter().map(|byte| char::from(*byte)).collect(),
    };
    (text.trim_start_matches('\u{feff}').to_owned(), false)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPUTED: Computed<'static> = Computed {
        payload_bytes: 1200,
        payload_files: 3,
        date: "2026-11-20",
        software: "strongroom 0.1.0",
        deleted: None,
    };

    fn check(deposited: &str, expected: &str) {
        assert_eq!(amended(deposited, &COMPUTED), expected);
    }

    #[test]
    fn what_was_deleted_is_told() {
        let computed = Computed { deleted: Some("1; see deleted-files.txt"), ..COMPUTED };
        assert_eq!(amended("", &computed), format!("{ALL}Deleted-Files: 1; see deleted-files.txt\n"));
    }

    const ALL: &str = "Bagging-Date: 2026-11-20\nBag-Size: 1.2 KB\nPayload-Oxum: 1200.3\n";

    #[test]
    fn without_any_the_bag_describes_itself() {
        check("", ALL);
    }

    #[test]
    fn what_depends_on_the_making_is_new_and_the_old_is_kept() {
        check(
            "Source-Organization: Library\nbagging-date: 1999-01-01\nBag-Size: 1.2 KB\nX: a\n  b\nPayload-Oxum: 1.1",
            "Source-Organization: Library\nBagging-Date: 2026-11-20\nBag-Size: 1.2 KB\nX: a\n  b\nPayload-Oxum: 1200.3\n\
             Original-Bagging-Date: 1999-01-01\nOriginal-Payload-Oxum: 1.1\n",
        );
    }

    #[test]
    fn the_software_is_named_only_where_the_depositor_named_one() {
        check(
            "Bagging-Software: bagger\n  of long ago\n",
            &format!("Bagging-Software: strongroom 0.1.0\n{ALL}Original-Bagging-Software: bagger of long ago\n"),
        );
    }

    #[test]
    fn every_other_line_stays_as_it_is() {
        let odd = "\u{feff}A: 1\r\nno tag\r\n\r\nB : x\rC:\n\n \ttail\n";
        check(odd, &format!("{odd}{ALL}"));
    }

    #[test]
    fn a_tag_that_stands_twice_is_written_once() {
        check(
            "Payload-Oxum: 1200.3\nPayload-Oxum: 1.1\nBagging-Date: 2026-11-20\nBag-Size: 1.2 KB\n",
            "Payload-Oxum: 1200.3\nBagging-Date: 2026-11-20\nBag-Size: 1.2 KB\nOriginal-Payload-Oxum: 1.1\n",
        );
    }

    #[test]
    fn text_that_is_not_utf8_loses_no_byte() {
        assert_eq!(decoded(b"A: \xe9\n".to_vec()), ("A: é\n".to_owned(), false));
        assert_eq!(decoded("A: é\n".into()), ("A: é\n".to_owned(), true));
        assert_eq!(decoded(b"\xff\xfeA\x00:\x00\xe9\x00".to_vec()), ("A:é".to_owned(), false));
    }
}
