//! Tag files: labels and values, repeated and in order, RFC 8493 §2.2.2.

use std::io::{self, Read};

use serde::{Deserialize, Serialize};

use crate::encoding::TextEncoding;
use crate::lines::{Line, Lines};

/// Tags of one file that are read.
pub const TAGS_MAX: usize = 10_000;
/// Bytes of one line of a tag file.
pub const TAG_LINE_BYTES_MAX: usize = 64 << 10;
/// Bytes of one value, all its lines together.
pub const TAG_VALUE_BYTES_MAX: usize = 1 << 20;

/// One tag, as one file has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    /// The path of the tag file in the bag.
    pub file: String,
    /// The label as written; compare it with [`Tag::is_called`].
    pub name: String,
    /// The value without the spaces around it, its lines joined by one space each.
    pub value: String,
}

impl Tag {
    /// Returns whether the tag stands in this file under this name. RFC 8493 §2.2.2: case does not matter in names.
    #[must_use]
    pub fn is_called(&self, file: &str, name: &str) -> bool {
        self.file == file && self.name.eq_ignore_ascii_case(name)
    }
}

/// What is wrong with a tag file, at a line counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TagFault {
    /// The line.
    pub line: u64,
    /// What is wrong with it.
    pub kind: TagFaultKind,
}

/// What may be wrong with a line of a tag file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TagFaultKind {
    /// A byte-order mark where UTF-8 forbids it; harmless.
    ByteOrderMark,
    /// Spaces before the colon, or other than one after it; harmless.
    Spacing,
    /// Neither a tag nor the continuation of one.
    Malformed,
    /// Not text in the encoding of the tag files.
    NotText,
    /// Longer than [`TAG_LINE_BYTES_MAX`].
    LineTooLong,
    /// The value is longer than [`TAG_VALUE_BYTES_MAX`]; the rest of it is dropped.
    ValueTooLong,
    /// More than [`TAGS_MAX`]; the rest is not read.
    TooMany,
}

/// The tags of one file, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TagFile {
    /// In the order of the file.
    pub tags: Vec<Tag>,
    /// In the order of the file; one a line at the most.
    pub faults: Vec<TagFault>,
}

/// Reads a tag file. Its length is bounded by the reader that is given.
///
/// # Errors
/// The reader fails.
pub fn read_tags(reader: impl Read, encoding: TextEncoding, file: &str) -> io::Result<TagFile> {
    let mut lines = Lines::new(reader, encoding, TAG_LINE_BYTES_MAX);
    let mut parser = Parser { file, found: TagFile::default(), line: 0, last: Last::Nothing };
    while let Some(line) = lines.next_line()? {
        parser.line += 1;
        match line {
            Line::Text(text) => parser.take(text),
            Line::TooLong => parser.fault(TagFaultKind::LineTooLong),
            Line::NotText => parser.fault(TagFaultKind::NotText),
        }
        if parser.found.tags.len() > TAGS_MAX {
            parser.found.tags.truncate(TAGS_MAX);
            parser.fault(TagFaultKind::TooMany);
            break;
        }
    }
    if lines.is_damaged() {
        parser.fault(TagFaultKind::NotText);
    }
    if lines.has_byte_order_mark() && encoding.is_utf8() {
        parser.line = 1;
        parser.fault(TagFaultKind::ByteOrderMark);
    }
    parser.found.tags.iter_mut().for_each(|tag| tag.value.truncate(tag.value.trim_end().len()));
    Ok(parser.found)
}

struct Parser<'a> {
    file: &'a str,
    found: TagFile,
    line: u64,
    last: Last,
}

/// What an indented line would continue.
#[derive(PartialEq, Eq)]
enum Last {
    Nothing,
    Tag,
    /// A tag that was lost or is full: what continues it was reported with it.
    Lost,
}

impl Parser<'_> {
    fn fault(&mut self, kind: TagFaultKind) {
        self.found.faults.push(TagFault { line: self.line, kind });
        if kind >= TagFaultKind::Malformed {
            self.last = Last::Lost;
        }
    }

    fn take(&mut self, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        if text.starts_with([' ', '\t']) && self.last != Last::Nothing {
            return self.continue_with(text.trim());
        }
        let Some((label, value)) = text.split_once(':') else { return self.fault(TagFaultKind::Malformed) };
        let name = label.trim();
        if name.is_empty() {
            return self.fault(TagFaultKind::Malformed);
        }
        let tag = Tag { file: self.file.to_owned(), name: name.to_owned(), value: value.trim().to_owned() };
        self.found.tags.push(tag);
        self.last = Last::Tag;
        let has_one_space = value.is_empty() || value.starts_with([' ', '\t']) && !value[1..].starts_with([' ', '\t']);
        if name != label || !has_one_space {
            self.fault(TagFaultKind::Spacing);
        }
    }

    fn continue_with(&mut self, text: &str) {
        let Some(tag) = self.found.tags.last_mut().filter(|_| self.last == Last::Tag) else { return };
        if tag.value.len() + text.len() + 1 > TAG_VALUE_BYTES_MAX {
            return self.fault(TagFaultKind::ValueTooLong);
        }
        if !tag.value.is_empty() {
            tag.value.push(' ');
        }
        tag.value.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, tags: &[(&str, &str)], faults: &[(u64, TagFaultKind)]) {
        let found = read_tags(text.as_bytes(), TextEncoding::UTF_8, "bag-info.txt").expect("memory can be read");
        let pairs: Vec<_> = found.tags.iter().map(|tag| (tag.name.as_str(), tag.value.as_str())).collect();
        assert_eq!(pairs, tags, "{text:?}");
        let seen: Vec<_> = found.faults.iter().map(|fault| (fault.line, fault.kind)).collect();
        assert_eq!(seen, faults, "{text:?}");
    }

    #[test]
    fn a_value_may_hold_colons_and_a_label_spaces() {
        check("Title: a:b: c\nMy own Label: x\n", &[("Title", "a:b: c"), ("My own Label", "x")], &[]);
    }

    #[test]
    fn repeated_tags_are_kept_in_order() {
        check("A: 1\nB: 2\nA: 3\n", &[("A", "1"), ("B", "2"), ("A", "3")], &[]);
    }

    #[test]
    fn continuations_are_joined_by_one_space() {
        check("A: one\r\n  two\r\n\tthree\r\nB:\n  x", &[("A", "one two three"), ("B", "x")], &[]);
    }

    #[test]
    fn uncommon_spaces_are_accepted_and_noted() {
        use TagFaultKind::Spacing;
        let tags = [("A", "1"), ("B", "2"), ("C", "3"), ("D", "")];
        check("A : 1\nB:2\nC:   3\nD:\n", &tags, &[(1, Spacing), (2, Spacing), (3, Spacing)]);
    }

    #[test]
    fn a_line_without_colon_is_malformed_together_with_what_continues_it() {
        use TagFaultKind::Malformed;
        check("A: 1\nnonsense\n more\n: x\n", &[("A", "1")], &[(2, Malformed), (4, Malformed)]);
        check("  indented at first\n", &[], &[(1, Malformed)]);
    }

    #[test]
    fn a_byte_order_mark_is_not_part_of_the_first_label() {
        check("\u{feff}A: 1\n", &[("A", "1")], &[(1, TagFaultKind::ByteOrderMark)]);
    }

    #[test]
    fn what_is_too_much_is_noted_and_left_out() {
        use TagFaultKind::{LineTooLong, TooMany, ValueTooLong};
        check(&format!("A: {}\nB: 2\n", "x".repeat(TAG_LINE_BYTES_MAX)), &[("B", "2")], &[(1, LineTooLong)]);
        let many = "A: 1\n".repeat(TAGS_MAX + 5);
        let found = read_tags(many.as_bytes(), TextEncoding::UTF_8, "x").expect("memory can be read");
        assert_eq!(found.tags.len(), TAGS_MAX);
        assert_eq!(found.faults, [TagFault { line: TAGS_MAX as u64 + 1, kind: TooMany }]);
        let long = format!("A: 1\n{}", format!(" {}\n", "y".repeat(60_000)).repeat(20));
        let found = read_tags(long.as_bytes(), TextEncoding::UTF_8, "x").expect("memory can be read");
        assert!(found.tags[0].value.len() <= TAG_VALUE_BYTES_MAX);
        assert_eq!(found.faults.iter().map(|fault| fault.kind).collect::<Vec<_>>(), [ValueTooLong]);
    }
}
