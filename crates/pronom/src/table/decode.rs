//! The table, read from its text.

use super::encode::FIRST_LINE;
use super::{
    Anchor, ContainerSignature, Format, Fragment, InnerFile, Puid, Sequence, Signature, SubSequence, Table, kind_named,
};
use crate::compile::{CompileError, Fault, parts, syntax};

/// Bytes of an encoded table.
pub const TABLE_BYTES_MAX: usize = 64 << 20;

impl Table {
    /// Reads the text that [`Table`] writes as its `Display`.
    ///
    /// # Errors
    /// When the text is no table.
    pub fn decode(text: &str) -> Result<Self, CompileError> {
        let blame = |line: usize, element: &str, fault| CompileError {
            file: "the encoded table".to_owned(),
            line: line as u64 + 1,
            element: element.to_owned(),
            fault,
        };
        if text.len() > TABLE_BYTES_MAX {
            return Err(blame(0, "the file", Fault::TooLong { limit: TABLE_BYTES_MAX as u64 }));
        }
        let ends = memchr::memchr_iter(b'\n', text.as_bytes()).chain([text.len()]);
        let begins = std::iter::once(0).chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|end| end + 1));
        let mut lines = begins.zip(ends).map(|(begin, end)| &text[begin..end]).enumerate();
        if lines.next().is_none_or(|(_, line)| line != FIRST_LINE) {
            return Err(blame(0, "the file", Fault::Missing("the line pronom-table 1")));
        }
        let mut reading = Reading::default();
        for (number, line) in lines.filter(|(_, line)| !line.is_empty()) {
            let (keyword, rest) = line.split_once(' ').unwrap_or((line, ""));
            reading.take(keyword, rest).map_err(|fault| blame(number, keyword, fault))?;
        }
        Ok(reading.table)
    }
}

#[derive(Default)]
struct Reading {
    table: Table,
    /// Whether the last thing begun is a container signature, and not a format.
    is_container: bool,
}

impl Reading {
    fn take(&mut self, keyword: &str, rest: &str) -> Result<(), Fault> {
        match keyword {
            "begin" => self.sequence(Anchor::Begin, rest),
            "end" => self.sequence(Anchor::End, rest),
            "anywhere" => self.sequence(Anchor::Nowhere, rest),
            "then" => {
                let last = self.signature()?.sequences.last_mut().ok_or(Fault::Missing("the first part"))?;
                last.parts.push(unbounded(part(rest)?)?);
                Ok(())
            }
            "signature" => {
                let signature = Signature { id: number("the signature", rest)?, sequences: Vec::new() };
                self.signatures()?.push(signature);
                Ok(())
            }
            "format" => self.format(rest),
            "container" => self.container(rest),
            "path" => {
                let file = InnerFile { path: rest.to_owned(), signatures: Vec::new() };
                let last = self.table.containers.last_mut().filter(|_| self.is_container);
                last.ok_or(Fault::Missing("the container before it"))?.files.push(file);
                Ok(())
            }
            "binary-file" | "binary-created" | "container-file" | "trigger" => self.header(keyword, rest),
            _ => self.field(keyword, rest),
        }
    }

    fn header(&mut self, keyword: &str, rest: &str) -> Result<(), Fault> {
        match keyword {
            "binary-file" => rest.clone_into(&mut self.table.binary_version),
            "binary-created" => rest.clone_into(&mut self.table.binary_created),
            "container-file" => rest.clone_into(&mut self.table.container_version),
            _ => {
                let (kind, puid) = rest.split_once(' ').unwrap_or((rest, ""));
                let kind = kind_named(kind).ok_or_else(|| value("the kind", kind))?;
                self.table.triggers.push((Puid::new(puid), kind));
            }
        }
        Ok(())
    }

    fn format(&mut self, rest: &str) -> Result<(), Fault> {
        let (puid, id) = rest.split_once(' ').ok_or(Fault::Missing("the number of the format"))?;
        self.is_container = false;
        self.table.formats.push(Format {
            puid: Puid::new(puid),
            file_format_id: number("the number of the format", id)?,
            name: String::new(),
            version: None,
            mime: None,
            extensions: Vec::new(),
            priority_over: Vec::new(),
            signatures: Vec::new(),
        });
        Ok(())
    }

    fn field(&mut self, keyword: &str, rest: &str) -> Result<(), Fault> {
        let last = self.table.formats.last_mut().filter(|_| !self.is_container);
        let format = last.ok_or(Fault::Missing("the format before it"))?;
        match keyword {
            "name" => rest.clone_into(&mut format.name),
            "version" => format.version = Some(rest.to_owned()),
            "mime" => format.mime = Some(rest.to_owned()),
            "extension" => format.extensions.push(rest.to_owned()),
            "over" => format.priority_over.push(Puid::new(rest)),
            _ => return Err(value("the keyword", keyword)),
        }
        Ok(())
    }

    fn container(&mut self, rest: &str) -> Result<(), Fault> {
        let mut words = rest.splitn(3, ' ');
        let (Some(kind), Some(id), Some(puid)) = (words.next(), words.next(), words.next()) else {
            return Err(Fault::Missing("the kind, number or format"));
        };
        let kind = kind_named(kind).ok_or_else(|| value("the kind", kind))?;
        let (id, puid) = (number("the number", id)?, Puid::new(puid));
        self.is_container = true;
        self.table.containers.push(ContainerSignature { id, kind, puid, files: Vec::new() });
        Ok(())
    }

    /// Returns the signatures of what was begun last.
    fn signatures(&mut self) -> Result<&mut Vec<Signature>, Fault> {
        let signatures = if self.is_container {
            let last = self.table.containers.last_mut().and_then(|signature| signature.files.last_mut());
            last.map(|file| &mut file.signatures)
        } else {
            self.table.formats.last_mut().map(|format| &mut format.signatures)
        };
        signatures.ok_or(Fault::Missing("the format or path before it"))
    }

    fn signature(&mut self) -> Result<&mut Signature, Fault> {
        self.signatures()?.last_mut().ok_or(Fault::Missing("the signature before it"))
    }

    fn sequence(&mut self, anchor: Anchor, rest: &str) -> Result<(), Fault> {
        let part = part(rest)?;
        let part = if anchor == Anchor::Nowhere { unbounded(part)? } else { part };
        let sequence = Sequence { anchor, parts: vec![part] };
        self.signature()?.sequences.push(sequence);
        Ok(())
    }
}

fn value(what: &'static str, text: &str) -> Fault {
    Fault::Value { what, text: text.to_owned() }
}

fn number<T: std::str::FromStr>(what: &'static str, text: &str) -> Result<T, Fault> {
    text.parse().map_err(|_| value(what, text))
}

fn part(text: &str) -> Result<SubSequence, Fault> {
    let mut words = text.split(' ');
    let offsets = words.next().and_then(|word| word.split_once('-')).ok_or(Fault::Missing("the range of offsets"))?;
    let mut part = SubSequence { offset_min: number("the least offset", offsets.0)?, ..SubSequence::default() };
    if !offsets.1.is_empty() {
        part.offset_max = Some(number("the highest offset", offsets.1)?);
    }
    let mut has_main = false;
    for word in words {
        if let Some(main) = word.strip_prefix('<').and_then(|word| word.strip_suffix('>')) {
            part.main = syntax::parse_pattern(main)?;
            has_main = true;
        } else if has_main {
            part.right.push(word.split('|').map(right).collect::<Result<_, _>>()?);
        } else {
            part.left.push(word.split('|').map(left).collect::<Result<_, _>>()?);
        }
    }
    part.left.reverse();
    if !has_main {
        return Err(Fault::Missing("the pattern in < >"));
    }
    parts::check(&part)?;
    Ok(part)
}

/// Refuses a highest offset where there is nothing that it could count from.
fn unbounded(part: SubSequence) -> Result<SubSequence, Fault> {
    part.offset_max.map_or(Ok(part), |most| Err(value("the highest offset", &most.to_string())))
}

fn left(text: &str) -> Result<Fragment, Fault> {
    match text.rfind('{').filter(|_| text.ends_with('}')) {
        Some(place) => fragment(&text[place..], &text[..place]),
        None => fragment("", text),
    }
}

fn right(text: &str) -> Result<Fragment, Fault> {
    match text.find('}').filter(|_| text.starts_with('{')) {
        Some(place) => fragment(&text[..=place], &text[place + 1..]),
        None => fragment("", text),
    }
}

fn fragment(gap: &str, pattern: &str) -> Result<Fragment, Fault> {
    let pattern = syntax::parse_pattern(pattern)?;
    let numbers = gap.trim_matches(['{', '}']);
    let (least, most) = numbers.split_once('-').unwrap_or((numbers, numbers));
    let (gap_min, gap_max) =
        if gap.is_empty() { (0, 0) } else { (number("the gap", least)?, number("the gap", most)?) };
    let is_sound = gap_min <= gap_max && u64::from(gap_max) <= super::SPAN_BYTES_MAX;
    if is_sound { Ok(Fragment { gap_min, gap_max, pattern }) } else { Err(value("the gap", gap)) }
}

#[cfg(test)]
mod tests {
    use super::Table;

    const OFFICIAL: &str = include_str!("official.txt");

    #[test]
    fn the_official_table_is_read_and_written_back_to_the_letter() {
        let table = Table::decode(OFFICIAL).unwrap();
        assert_eq!(table.to_string(), OFFICIAL);
        assert_eq!(Table::decode(&table.to_string()).unwrap(), table);
        assert_eq!((table.formats.len(), table.containers.len()), (2544, 310));
    }

    #[track_caller]
    fn check_refusal(lines: &str, expected: &str) {
        let error = Table::decode(&format!("pronom-table 1\n{lines}")).unwrap_err();
        assert_eq!(error.to_string(), format!("the encoded table, {expected}"));
    }

    #[test]
    fn a_line_that_makes_no_sense_is_named() {
        check_refusal("nonsense 1", "line 2, nonsense: the format before it is missing");
        check_refusal("format fmt/1 7\nbegin 0-0 <00>", "line 3, begin: the signature before it is missing");
        check_refusal("format fmt/1 x", "line 2, format: the number of the format cannot be \"x\"");
        check_refusal("format fmt/1 7\nsignature 1\nbegin 0-0 00", "line 4, begin: the pattern in < > is missing");
        check_refusal(
            "format fmt/1 7\nsignature 1\nbegin 0-0 <0>",
            "line 4, begin: a byte is two hex digits (at column 2 of the byte sequence)",
        );
        check_refusal(
            "format fmt/1 7\nsignature 1\nbegin 0-0 <00> {2-1}00",
            "line 4, begin: the gap cannot be \"{2-1}\"",
        );
    }
}
