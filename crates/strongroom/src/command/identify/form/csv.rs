//! Comma-separated values (RFC 4180, with line feeds).

use pronom::{Basis, Match};

use super::super::super::shown::shown;
use super::super::location::{for_eyes, hex, text};
use super::super::row::{Row, kind_word};
use super::Form;
use super::json::encoding_word;

/// Returns the heads of the columns.
pub fn head() -> String {
    "path,path_hex,size_bytes,candidate,puid,name,version,mime,match,basis,warnings,text_encoding,error,\
     signature_version,container_signature_version\n"
        .to_owned()
}

/// Writes one line.
pub fn line(form: &Form, row: &Row<'_>, candidate: Option<(usize, &Match<'_>)>, target: &mut String) {
    let bytes = row.location.bytes();
    let path = for_eyes(&bytes);
    let (exact, is_exact) = text(&bytes);
    let is_as_it_is = is_exact && exact == path;
    let best = candidate.map(|(_, best)| best);
    let codes: Vec<_> = row.warnings().map(|(code, _)| code).collect();
    let encoding = row.answer.ok().and_then(|answer| answer.text).map_or("", encoding_word);
    field(&path, target);
    more(&if is_as_it_is { String::new() } else { hex(&bytes) }, target);
    more(&row.size_bytes.map_or_else(String::new, |bytes| bytes.to_string()), target);
    more(&candidate.map_or_else(String::new, |(place, _)| (place + 1).to_string()), target);
    more(best.map_or("", |best| best.puid().as_str()), target);
    more(best.map_or("", Match::name), target);
    more(best.and_then(Match::version).unwrap_or_default(), target);
    more(best.and_then(Match::mime).unwrap_or_default(), target);
    more(best.map_or("", |best| kind_word(best.kind)), target);
    more(&best.map(|best| basis(&best.basis)).unwrap_or_default(), target);
    more(&codes.join(" "), target);
    more(encoding, target);
    more(&shown(row.answer.err().unwrap_or_default()), target);
    more(&form.version, target);
    more(&form.container_version, target);
    target.push('\n');
}

/// Writes `signature@first-behind+first-behind`, and `signature:inner path@…` for containers.
fn basis(all: &[Basis]) -> String {
    let one = |basis: &Basis| {
        let mut text = basis.signature_id.to_string();
        if let Some(path) = &basis.inner_path {
            text.push_str(&format!(":{path}"));
        }
        let places: Vec<_> = basis.places.iter().map(|place| format!("{}-{}", place.start, place.end)).collect();
        if !places.is_empty() {
            text.push_str(&format!("@{}", places.join("+")));
        }
        text
    };
    all.iter().map(one).collect::<Vec<_>>().join(" ")
}

fn more(value: &str, target: &mut String) {
    target.push(',');
    field(value, target);
}

fn field(value: &str, target: &mut String) {
    if value.contains([',', '"', '\n', '\r']) {
        quoted(value, target);
    } else {
        target.push_str(value);
    }
}

/// Writes a value between quotation marks; those in it are doubled.
pub fn quoted(value: &str, target: &mut String) {
    target.push('"');
    target.push_str(&value.replace('"', "\"\""));
    target.push('"');
}
