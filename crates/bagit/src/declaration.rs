//! The bag declaration, `bagit.txt`: RFC 8493 §2.1.1.

use std::io::{self, Read};

use findings::{Findings, Severity};

use crate::encoding::TextEncoding;
use crate::tag::{TagFaultKind, read_tags};
use crate::version::Version;
use crate::{Tag, rules};

/// The path of the declaration.
pub const BAGIT_TXT: &str = "bagit.txt";
/// Bytes of `bagit.txt` that are read.
pub const BAGIT_TXT_BYTES_MAX: u64 = 64 << 10;

const VERSION: &str = "BagIt-Version";
const ENCODING: &str = "Tag-File-Character-Encoding";

/// What `bagit.txt` declares. What it leaves out or misspells is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Declaration {
    /// The version, when it is one that was published.
    pub version: Option<Version>,
    /// The version as written.
    pub version_text: Option<String>,
    /// The encoding, when we can read it.
    pub encoding: Option<TextEncoding>,
    /// The encoding as written.
    pub encoding_text: Option<String>,
    /// All tags of the file.
    pub tags: Vec<Tag>,
}

/// Reads `bagit.txt` and reports all that is wrong with it.
///
/// # Errors
/// The reader fails.
pub fn read_declaration(reader: impl Read, findings: &mut Findings) -> io::Result<Declaration> {
    let mut bytes = Vec::new();
    reader.take(BAGIT_TXT_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > BAGIT_TXT_BYTES_MAX {
        findings.push(rules::BAGIT_TXT_TOO_LARGE.finding().at(BAGIT_TXT));
        return Ok(Declaration::default());
    }
    let file = read_tags(bytes.as_slice(), TextEncoding::UTF_8, BAGIT_TXT)?;
    let declaration = interpret(file.tags, findings);
    if file.faults.iter().any(|fault| fault.kind == TagFaultKind::ByteOrderMark) {
        findings.push(rules::BAGIT_TXT_BOM.finding().at(BAGIT_TXT));
    } else if std::str::from_utf8(&bytes).is_err() {
        findings.push(rules::BAGIT_TXT_NOT_UTF8.finding().at(BAGIT_TXT));
    } else if let Some((severity, why)) = form_fault(&bytes, &declaration) {
        findings.push(rules::BAGIT_TXT_FORM.finding().at(BAGIT_TXT).severity(severity).seen(why));
    }
    Ok(declaration)
}

fn interpret(tags: Vec<Tag>, findings: &mut Findings) -> Declaration {
    let value = |name| tags.iter().find(|tag| tag.is_called(BAGIT_TXT, name)).map(|tag| tag.value.clone());
    let version_text = value(VERSION).filter(|text| !text.is_empty());
    let encoding_text = value(ENCODING).filter(|text| !text.is_empty());
    let version = version_text.as_deref().and_then(|text| text.parse().ok());
    let encoding = encoding_text.as_deref().and_then(TextEncoding::named);
    match &version_text {
        None => findings.push(rules::VERSION_MISSING.finding().at(BAGIT_TXT)),
        Some(text) if version.is_none() => {
            findings.push(rules::VERSION_UNKNOWN.finding().at(BAGIT_TXT).expected("0.93 to 0.97, or 1.0").seen(text));
        }
        Some(_) => {}
    }
    match &encoding_text {
        None => findings.push(rules::ENCODING_MISSING.finding().at(BAGIT_TXT)),
        Some(text) if encoding.is_none() => {
            findings.push(rules::ENCODING_UNKNOWN.finding().at(BAGIT_TXT).expected("UTF-8").seen(text));
        }
        Some(_) => {}
    }
    Declaration { version, version_text, encoding, encoding_text, tags }
}

/// Returns how the file departs from its two lines. The Library of Congress suite refuses a space before the colon
/// in every version; other liberties were common before 1.0 and only warned of there.
fn form_fault(bytes: &[u8], declaration: &Declaration) -> Option<(Severity, &'static str)> {
    let (Some(version), Some(encoding)) = (&declaration.version_text, &declaration.encoding_text) else { return None };
    let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = text.strip_suffix('\n').unwrap_or(&text).split('\n').collect();
    if lines.iter().any(|line| line.split_once(':').is_some_and(|(label, _)| label.trim() != label)) {
        return Some((Severity::Error, "space around a label"));
    }
    let severity = if declaration.version.is_none_or(|known| known >= Version::V1_0) {
        Severity::Error
    } else {
        Severity::Warning
    };
    let is_line = |line: &str, name: &str, value: &str| {
        line.split_once(": ").is_some_and(|(label, rest)| label.eq_ignore_ascii_case(name) && rest == value)
    };
    match lines.as_slice() {
        [first, second] if is_line(first, VERSION, version) && is_line(second, ENCODING, encoding) => None,
        [first, second] if is_line(second, VERSION, version) && is_line(first, ENCODING, encoding) => {
            Some((severity, "the two lines are in the wrong order"))
        }
        [_, _] => Some((severity, "unusual spaces in a line")),
        _ => Some((severity, "another number of lines")),
    }
}
