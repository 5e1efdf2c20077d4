//! One JSON object a line.

use pronom::{Basis, Match, TextEncoding};
use serde::Serialize;

use super::super::super::shown::shown_json;
use super::super::location::{hex, text};
use super::super::row::{Row, kind_word};
use super::Form;

#[derive(Serialize)]
struct Line<'a> {
    path: &'a str,
    /// The exact bytes of the path, where it is no UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    path_hex: Option<String>,
    size_bytes: Option<u64>,
    puid: Option<&'a str>,
    name: Option<&'a str>,
    version: Option<&'a str>,
    mime: Option<&'a str>,
    #[serde(rename = "match")]
    told_by: Option<&'static str>,
    basis: Vec<BasisLine<'a>>,
    warnings: Vec<WarningLine>,
    #[serde(skip_serializing_if = "Option::is_none")]
    candidates: Option<Vec<Candidate<'a>>>,
    text_encoding: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    signature_version: &'a str,
    container_signature_version: &'a str,
}

#[derive(Serialize)]
struct BasisLine<'a> {
    signature: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    inner_path: Option<&'a str>,
    /// First byte, and the place behind the last.
    places: Vec<[u64; 2]>,
}

#[derive(Serialize)]
struct WarningLine {
    code: &'static str,
    message: String,
}

#[derive(Serialize)]
struct Candidate<'a> {
    puid: &'a str,
    name: &'a str,
    version: Option<&'a str>,
    mime: Option<&'a str>,
    #[serde(rename = "match")]
    told_by: &'static str,
    basis: Vec<BasisLine<'a>>,
}

/// Writes a row.
pub fn row(form: &Form, row: &Row<'_>, target: &mut String) {
    let bytes = row.location.bytes();
    let (path, is_exact) = text(&bytes);
    let answer = row.answer.ok();
    let best = answer.and_then(|answer| answer.best.as_ref());
    let candidates = answer.filter(|_| form.has_all_candidates).map(|answer| &answer.candidates);
    let line = Line {
        path: &path,
        path_hex: (!is_exact).then(|| hex(&bytes)),
        size_bytes: row.size_bytes,
        puid: best.map(|best| best.puid().as_str()),
        name: best.map(Match::name),
        version: best.and_then(Match::version),
        mime: best.and_then(Match::mime),
        told_by: best.map(|best| kind_word(best.kind)),
        basis: best.map(|best| basis(&best.basis)).unwrap_or_default(),
        warnings: row.warnings().map(|(code, message)| WarningLine { code, message }).collect(),
        candidates: candidates.map(|candidates| candidates.iter().map(candidate).collect()),
        text_encoding: answer.and_then(|answer| answer.text).map(encoding_word),
        error: row.answer.err(),
        signature_version: &form.version,
        container_signature_version: &form.container_version,
    };
    let json = serde_json::to_string(&line).expect("plain data becomes JSON");
    target.push_str(&shown_json(&json));
    target.push('\n');
}

fn basis<'a>(all: &'a [Basis]) -> Vec<BasisLine<'a>> {
    let line = |one: &'a Basis| {
        let Basis { signature_id, inner_path, places } = one;
        let places = places.iter().map(|place| [place.start, place.end]).collect();
        BasisLine { signature: *signature_id, inner_path: inner_path.as_deref(), places }
    };
    all.iter().map(line).collect()
}

fn candidate<'a>(one: &'a Match<'_>) -> Candidate<'a> {
    Candidate {
        puid: one.puid().as_str(),
        name: one.name(),
        version: one.version(),
        mime: one.mime(),
        told_by: kind_word(one.kind),
        basis: basis(&one.basis),
    }
}

/// Returns the name of an encoding of text.
pub fn encoding_word(encoding: TextEncoding) -> &'static str {
    match encoding {
        TextEncoding::Ascii => "us-ascii",
        TextEncoding::Utf8 => "utf-8",
        TextEncoding::Utf8WithMark => "utf-8 with byte order mark",
        TextEncoding::Utf16LittleEndian => "utf-16le",
        TextEncoding::Utf16BigEndian => "utf-16be",
        TextEncoding::EightBit => "8 bit",
    }
}
