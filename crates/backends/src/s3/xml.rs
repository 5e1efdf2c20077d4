//! The answers of S3: flat records in XML, read within bounds.

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::events::{BytesRef, Event};

/// Elements within one another at the most.
const DEPTH_MAX: usize = 16;
/// Bytes of one text at the most: a key has 1,024, percent-encoded three times as many.
const TEXT_BYTES_MAX: usize = 16 << 10;

/// An element with the texts of its children.
pub(super) type Record = BTreeMap<String, String>;

/// An answer: what stands directly below its root, and its records in order.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) root: String,
    pub(super) top: Record,
    pub(super) records: Vec<(String, Record)>,
}

impl Document {
    /// Reads an answer; children of the root that have children are its records.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, String> {
        let (mut reader, mut buffer) = (Reader::from_reader(bytes), Vec::new());
        let (mut document, mut open, mut text) = (Self::default(), Vec::<String>::new(), String::new());
        loop {
            buffer.clear();
            match reader.read_event_into(&mut buffer).map_err(|error| error.to_string())? {
                Event::Start(start) => {
                    document.enter(&mut open, start.local_name().as_ref())?;
                    text.clear();
                }
                Event::Empty(empty) => {
                    document.enter(&mut open, empty.local_name().as_ref())?;
                    text.clear();
                    document.leave(&mut open, &text);
                }
                Event::Text(more) => text.push_str(&more.xml10_content()),
                Event::CData(more) => text.push_str(&more.xml10_content()),
                Event::GeneralRef(reference) => text.push(letter(&reference)?),
                Event::End(_) => {
                    document.leave(&mut open, &text);
                    text.clear();
                }
                Event::Eof if open.is_empty() => return Ok(document),
                Event::Eof => return Err("it ends too early".to_owned()),
                _ => {}
            }
            if text.len() > TEXT_BYTES_MAX {
                return Err(format!("a text of more than {TEXT_BYTES_MAX} bytes"));
            }
        }
    }

    /// Reads the one element of a name as if it were the whole; `None` when there is none.
    pub(super) fn within(bytes: &[u8], name: &str) -> Option<Result<Self, String>> {
        let find = |bytes: &[u8], text: &str| bytes.windows(text.len()).position(|window| window == text.as_bytes());
        let rest = &bytes[find(bytes, &format!("<{name}>"))?..];
        let end = format!("</{name}>");
        Some(Self::read(&rest[..find(rest, &end)? + end.len()]))
    }

    fn enter(&mut self, open: &mut Vec<String>, name: &str) -> Result<(), String> {
        if open.len() >= DEPTH_MAX {
            return Err(format!("more than {DEPTH_MAX} elements within one another"));
        }
        let name = name.to_owned();
        match open.len() {
            0 => self.root.clone_from(&name),
            // Whether it is a record is known when its first child comes.
            2 => {
                if let Some(record) = open.last().filter(|_| !self.is_open(open)) {
                    self.records.push((record.clone(), Record::new()));
                    open[1] = format!("{}\0", open[1]);
                }
            }
            _ => {}
        }
        open.push(name);
        Ok(())
    }

    fn is_open(&self, open: &[String]) -> bool {
        open[1].ends_with('\0')
    }

    fn leave(&mut self, open: &mut Vec<String>, text: &str) {
        let Some(name) = open.pop() else { return };
        match open.len() {
            1 if !name.ends_with('\0') => {
                self.top.insert(name, text.trim_matches(['\n', '\r']).to_owned());
            }
            2 => {
                if let Some((_, record)) = self.records.last_mut() {
                    record.insert(name, text.to_owned());
                }
            }
            _ => {}
        }
    }
}

fn letter(reference: &BytesRef<'_>) -> Result<char, String> {
    let name = reference.xml10_content();
    let predefined = quick_xml::escape::resolve_predefined_entity(&name).and_then(|text| text.chars().next());
    let number = || {
        let digits = name.strip_prefix('#')?;
        let code = match digits.strip_prefix('x') {
            Some(hex) => u32::from_str_radix(hex, 16),
            None => digits.parse(),
        };
        char::from_u32(code.ok()?)
    };
    predefined.or_else(number).ok_or_else(|| format!("the reference &{name}; is unknown"))
}

/// Returns code and message when the answer is an error's.
pub(super) fn error(bytes: &[u8]) -> Option<(String, String)> {
    // A listing has a thousand keys, and is not read twice to find that it is none.
    let start = &bytes[..bytes.len().min(512)];
    if !start.windows(6).any(|six| six == b"<Error") {
        return None;
    }
    let document = Document::read(bytes).ok().filter(|document| document.root == "Error")?;
    let get = |name: &str| document.top.get(name).cloned().unwrap_or_default();
    Some((get("Code"), get("Message")))
}

/// Writes a text so that it may stand in an element.
pub(super) fn escaped(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{Document, error};

    #[test]
    fn records_and_what_stands_beside_them_are_told_apart() {
        let text = b"<?xml version='1.0'?><R xmlns='x'><Name>a&amp;b&#x41;</Name><C><Key>k1</Key><O><ID>7</ID></O></C>\
            <C><Key>k2</Key><E/></C><IsTruncated>false</IsTruncated></R>";
        let document = Document::read(text).unwrap();
        assert_eq!(document.root, "R");
        assert_eq!(document.top["Name"], "a&bA");
        assert_eq!(document.top["IsTruncated"], "false");
        let keys: Vec<_> =
            document.records.iter().map(|(name, record)| (name.as_str(), record["Key"].as_str())).collect();
        assert_eq!(keys, [("C", "k1"), ("C", "k2")]);
        assert_eq!(document.records[1].1["E"], "");
    }

    #[test]
    fn one_element_is_read_as_if_it_were_the_whole() {
        let text = b"<A><R><C><K>1</K></C><N>2</N></R><M><N>3</N></M></A>";
        let document = Document::within(text, "R").unwrap().unwrap();
        assert_eq!((document.root.as_str(), document.top["N"].as_str()), ("R", "2"));
        assert_eq!(document.records[0].1["K"], "1");
        assert!(Document::within(text, "X").is_none());
        assert!(Document::within(b"</R><R>", "R").is_none());
        assert!(Document::within(b"<R><C></R>", "R").unwrap().is_err());
    }

    #[test]
    fn an_error_is_known_by_its_root() {
        let text = b"<Error><Code>NoSuchKey</Code><Message>gone</Message></Error>";
        assert_eq!(error(text), Some(("NoSuchKey".to_owned(), "gone".to_owned())));
        assert_eq!(error(b"<Other><Code>x</Code></Other>"), None);
        assert_eq!(error(b"not xml"), None);
    }

    #[test]
    fn what_is_cut_off_or_too_deep_is_refused() {
        assert!(Document::read(b"<R><C><Key>k").is_err());
        let deep = "<a>".repeat(40);
        assert!(Document::read(deep.as_bytes()).is_err());
    }
}
