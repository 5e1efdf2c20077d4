//! The columns of DROID's export, without the two numbers that come first.
//!
//! DROID knows neither text nor encodings: what is told as text alone has no format here.

use std::os::unix::ffi::OsStrExt;

use jiff::Timestamp;
use pronom::{Match, MatchKind, Warning};

use super::super::super::shown::shown;
use super::super::location::for_eyes;
use super::super::row::{Row, RowKind};
use super::Form;
use super::csv::quoted;

const COLUMNS: [&str; 18] = [
    "ID",
    "PARENT_ID",
    "URI",
    "FILE_PATH",
    "NAME",
    "METHOD",
    "STATUS",
    "SIZE",
    "TYPE",
    "EXT",
    "LAST_MODIFIED",
    "EXTENSION_MISMATCH",
    "HASH",
    "FORMAT_COUNT",
    "PUID",
    "MIME_TYPE",
    "FORMAT_NAME",
    "FORMAT_VERSION",
];

/// Returns the heads of the columns.
pub fn head() -> String {
    let mut text = String::new();
    for (place, column) in COLUMNS.iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        quoted(column, &mut text);
    }
    text.push('\n');
    text
}

/// Writes one line from its third column on, with the comma before it.
pub fn line(form: &Form, row: &Row<'_>, candidate: Option<&Match<'_>>, target: &mut String) {
    let best = candidate.filter(|best| best.kind != MatchKind::Text);
    let location = row.location;
    let is_folder = row.kind == RowKind::Folder;
    // DROID has paths for files of the file system only.
    let path = if location.inner.is_empty() {
        for_eyes(form.here.join(&location.file).as_os_str().as_bytes())
    } else {
        String::new()
    };
    let answer = row.answer.ok();
    let is_mismatched = answer
        .is_some_and(|answer| answer.warnings.iter().any(|warning| matches!(warning, Warning::ExtensionMismatch(_))));
    let count = match answer.filter(|_| !is_folder) {
        Some(answer) => answer.candidates.iter().filter(|one| one.kind != MatchKind::Text).count().to_string(),
        None => String::new(),
    };
    let mut put = |value: &str| {
        target.push(',');
        quoted(value, target);
    };
    put(&location.uri(&form.here, is_folder));
    put(&path);
    put(&for_eyes(location.name()));
    put(best.map_or("", method));
    put(if answer.is_some() { "Done" } else { status(row) });
    put(&row.size_bytes.filter(|_| !is_folder).map_or_else(String::new, |bytes| bytes.to_string()));
    put(kind(row.kind));
    put(&shown(&if is_folder { String::new() } else { extension(location.name()) }));
    put(&row.modified.and_then(time).unwrap_or_default());
    put(if is_mismatched { "true" } else { "false" });
    put("");
    put(&count);
    put(best.map_or("", |best| best.puid().as_str()));
    put(best.and_then(Match::mime).unwrap_or_default());
    put(best.map_or("", Match::name));
    put(best.and_then(Match::version).unwrap_or_default());
    target.push('\n');
}

fn method(best: &Match<'_>) -> &'static str {
    match best.kind {
        MatchKind::Signature => "Signature",
        MatchKind::Container => "Container",
        MatchKind::Extension => "Extension",
        MatchKind::Text => "",
    }
}

fn status(row: &Row<'_>) -> &'static str {
    match row.answer {
        Err(error) if error.starts_with("Permission denied") => "Access denied",
        Err(error) if error.starts_with("No such file") => "Not found",
        _ => "Error",
    }
}

fn kind(kind: RowKind) -> &'static str {
    match kind {
        RowKind::File => "File",
        RowKind::Folder => "Folder",
        RowKind::Archive => "Container",
    }
}

fn extension(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name);
    name.rsplit_once('.').map_or_else(String::new, |(_, extension)| extension.to_owned())
}

fn time(seconds: i64) -> Option<String> {
    Some(Timestamp::from_second(seconds).ok()?.strftime("%Y-%m-%dT%H:%M:%S").to_string())
}
