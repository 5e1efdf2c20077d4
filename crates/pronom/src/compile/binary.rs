//! DROID's binary signature file: the formats and their signatures.

use std::collections::HashMap;

use super::parts::{Written, assemble};
use super::xml::{Element, Elements};
use super::{CompileError, Fault, syntax};
use crate::table::{Anchor, Format, Fragment, Sequence, Signature, SubSequence};

/// Formats in a file.
const FORMATS_MAX: usize = 1 << 16;
/// Signatures in a file.
const SIGNATURES_MAX: usize = 1 << 16;
/// Sequences of a signature, subsequences of a sequence, fragments of a subsequence.
const PARTS_MAX: usize = 1024;
/// Extensions, signatures or lower formats of a format.
const FIELDS_MAX: usize = 4096;

/// A binary signature file.
#[derive(Debug, Default)]
pub struct BinaryFile {
    pub version: String,
    pub created: String,
    pub formats: Vec<WrittenFormat>,
    pub signatures: HashMap<u32, Signature>,
}

/// A format, whose references are not resolved.
#[derive(Debug)]
pub struct WrittenFormat {
    pub line: u64,
    pub format: Format,
    pub signature_ids: Vec<u32>,
    pub priority_over: Vec<u32>,
}

/// Reads what is within the root.
pub fn read(elements: &mut Elements<'_>, root: &Element) -> Result<BinaryFile, CompileError> {
    let text = |name| one_line(root.attribute(name).unwrap_or_default());
    let mut file = BinaryFile { version: text("Version"), created: text("DateCreated"), ..BinaryFile::default() };
    while let Some(part) = elements.child()? {
        match part.name.as_str() {
            "InternalSignatureCollection" => {
                for signature in signatures(elements)? {
                    let id = signature.id;
                    if file.signatures.insert(id, signature).is_some() {
                        let fault = Fault::Twice { what: "the signature", text: id.to_string() };
                        return Err(elements.blame(&part, fault));
                    }
                }
            }
            "FileFormatCollection" => formats(elements, &mut file.formats)?,
            _ => elements.leave()?,
        }
    }
    Ok(file)
}

/// Reads an `<InternalSignatureCollection>`, which was entered.
pub fn signatures(elements: &mut Elements<'_>) -> Result<Vec<Signature>, CompileError> {
    let mut signatures = Vec::new();
    while let Some(element) = elements.child()? {
        if element.name != "InternalSignature" {
            elements.leave()?;
            continue;
        }
        let id = number(elements, &element, "ID")?.ok_or_else(|| elements.blame(&element, Fault::Missing("ID")))?;
        let sequences = sequences(elements)?;
        if sequences.is_empty() {
            return Err(elements.blame(&element, Fault::Missing("ByteSequence")));
        }
        bounded(elements, &element, "signatures", signatures.len(), SIGNATURES_MAX)?;
        signatures.push(Signature { id, sequences });
    }
    Ok(signatures)
}

fn sequences(elements: &mut Elements<'_>) -> Result<Vec<Sequence>, CompileError> {
    let mut sequences = Vec::new();
    while let Some(element) = elements.child()? {
        if element.name != "ByteSequence" {
            elements.leave()?;
            continue;
        }
        let anchor = match element.attribute("Reference") {
            None | Some("Variable" | "NOoffset" | "") => Anchor::Nowhere,
            Some("BOFoffset") => Anchor::Begin,
            Some("EOFoffset") => Anchor::End,
            Some(other) => {
                let fault = Fault::Value { what: "Reference", text: other.to_owned() };
                return Err(elements.blame(&element, fault));
            }
        };
        let written = subsequences(elements, &element)?;
        let parts = assemble(anchor, written).map_err(|fault| elements.blame(&element, fault))?;
        bounded(elements, &element, "sequences", sequences.len(), PARTS_MAX)?;
        elements.add_weight(&element, parts.iter().map(SubSequence::weight).sum())?;
        sequences.push(Sequence { anchor, parts });
    }
    Ok(sequences)
}

/// Reads the subsequences of a sequence, which was entered; or its `Sequence` attribute, which has
/// its offsets as gaps.
fn subsequences(elements: &mut Elements<'_>, sequence: &Element) -> Result<Vec<Written>, CompileError> {
    let mut written = Vec::new();
    if let Some(text) = sequence.attribute("Sequence") {
        let nodes = syntax::parse(text).map_err(|fault| elements.blame(sequence, fault))?;
        written.push(Written { offset_max: Some(0), nodes, ..Written::default() });
    }
    while let Some(element) = elements.child()? {
        if element.name != "SubSequence" {
            elements.leave()?;
            continue;
        }
        bounded(elements, &element, "subsequences", written.len(), PARTS_MAX)?;
        written.push(subsequence(elements, &element)?);
    }
    Ok(written)
}

fn subsequence(elements: &mut Elements<'_>, subsequence: &Element) -> Result<Written, CompileError> {
    let mut written = Written {
        offset_min: number(elements, subsequence, "SubSeqMinOffset")?.unwrap_or(0).into(),
        offset_max: number(elements, subsequence, "SubSeqMaxOffset")?.map(u64::from),
        ..Written::default()
    };
    let (mut left, mut right) = (Vec::new(), Vec::new());
    while let Some(element) = elements.child()? {
        match element.name.as_str() {
            "Sequence" => {
                let text = elements.text()?;
                let nodes = syntax::parse(&text).map_err(|fault| elements.blame(&element, fault))?;
                written.nodes.extend(nodes);
            }
            "LeftFragment" => fragment(elements, &element, Fragment::left, &mut left)?,
            "RightFragment" => fragment(elements, &element, Fragment::right, &mut right)?,
            _ => elements.leave()?,
        }
    }
    if written.nodes.is_empty() {
        return Err(elements.blame(subsequence, Fault::Missing("Sequence")));
    }
    written.left = grouped(left);
    written.right = grouped(right);
    Ok(written)
}

fn fragment(
    elements: &mut Elements<'_>,
    element: &Element,
    make: fn(u32, u32, crate::table::Pattern) -> Fragment,
    side: &mut Vec<(u32, Fragment)>,
) -> Result<(), CompileError> {
    let position = number(elements, element, "Position")?.unwrap_or(1);
    let gap_min = number(elements, element, "MinOffset")?.unwrap_or(0);
    let gap_max = number(elements, element, "MaxOffset")?.unwrap_or(gap_min).max(gap_min);
    let text = elements.text()?;
    for pattern in syntax::parse_fragment(&text).map_err(|fault| elements.blame(element, fault))? {
        bounded(elements, element, "fragments", side.len(), PARTS_MAX)?;
        side.push((position, make(gap_min, gap_max, pattern)));
    }
    Ok(())
}

/// Puts the fragments of one position together, in the order of the positions.
fn grouped(mut fragments: Vec<(u32, Fragment)>) -> Vec<Vec<Fragment>> {
    fragments.sort_by_key(|(position, _)| *position);
    let groups = fragments.chunk_by(|one, other| one.0 == other.0);
    groups.map(|group| group.iter().map(|(_, fragment)| fragment.clone()).collect()).collect()
}

fn formats(elements: &mut Elements<'_>, formats: &mut Vec<WrittenFormat>) -> Result<(), CompileError> {
    while let Some(element) = elements.child()? {
        if element.name != "FileFormat" {
            elements.leave()?;
            continue;
        }
        bounded(elements, &element, "formats", formats.len(), FORMATS_MAX)?;
        formats.push(format(elements, &element)?);
    }
    Ok(())
}

fn format(elements: &mut Elements<'_>, element: &Element) -> Result<WrittenFormat, CompileError> {
    let puid = element.puid("PUID");
    let puid = puid.ok_or_else(|| elements.blame(element, Fault::Missing("PUID")))?;
    let text = |name| element.attribute(name).map(one_line).filter(|text| !text.is_empty());
    let mut written = WrittenFormat {
        line: element.line,
        format: Format {
            file_format_id: number(elements, element, "ID")?.unwrap_or(0),
            name: text("Name").unwrap_or_else(|| puid.to_string()),
            puid,
            version: text("Version"),
            mime: text("MIMEType"),
            extensions: Vec::new(),
            priority_over: Vec::new(),
            signatures: Vec::new(),
        },
        signature_ids: Vec::new(),
        priority_over: Vec::new(),
    };
    while let Some(field) = elements.child()? {
        let count = written.format.extensions.len() + written.signature_ids.len() + written.priority_over.len();
        bounded(elements, &field, "fields of a format", count, FIELDS_MAX)?;
        let text = elements.text()?;
        match field.name.as_str() {
            "Extension" if text.is_empty() => {}
            "Extension" => written.format.extensions.push(one_line(&text)),
            "InternalSignatureID" => written.signature_ids.push(parsed(elements, &field, "its text", &text)?),
            "HasPriorityOverFileFormatID" => written.priority_over.push(parsed(elements, &field, "its text", &text)?),
            _ => {}
        }
    }
    Ok(written)
}

/// A name with a line break would break the encoded table.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns a number that an attribute has, if it is there.
pub fn number(elements: &Elements<'_>, element: &Element, name: &'static str) -> Result<Option<u32>, CompileError> {
    element.attribute(name).map(|text| parsed(elements, element, name, text)).transpose()
}

fn parsed(elements: &Elements<'_>, element: &Element, what: &'static str, text: &str) -> Result<u32, CompileError> {
    text.parse().map_err(|_| elements.blame(element, Fault::Value { what, text: text.to_owned() }))
}

/// Refuses one more of something that there is too much of.
pub fn bounded(
    elements: &Elements<'_>,
    element: &Element,
    what: &'static str,
    count: usize,
    limit: usize,
) -> Result<(), CompileError> {
    if count < limit { Ok(()) } else { Err(elements.blame(element, Fault::TooMany { what, limit })) }
}
