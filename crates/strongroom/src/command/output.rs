//! Writing for people and scripts. The one place that prints.

use std::io::{self, IsTerminal, Write};

use serde::Serialize;

use super::shown::{shown, shown_json, shown_lines};

/// Writes one line to standard output. A reader that went away ends the program quietly, as it does any filter.
pub fn line(text: &str) {
    answer(&shown_lines(text));
}

/// Writes one line to standard error.
pub fn note(text: &str) {
    remark(&shown_lines(text));
}

/// Writes an error to standard error.
pub fn error(text: &str) {
    remark(&format!("{}: {}", paint_error("error"), shown_lines(text)));
}

/// Writes a value as one line of JSON to standard output.
pub fn json(value: &impl Serialize) {
    match serde_json::to_string(value) {
        Ok(text) => answer(&shown_json(&text)),
        Err(failure) => error(&format!("cannot write JSON: {failure}")),
    }
}

/// Writes a value as one line of JSON to standard error: standard output has other work.
pub fn json_note(value: &impl Serialize) {
    match serde_json::to_string(value) {
        Ok(text) => remark(&shown_json(&text)),
        Err(failure) => error(&format!("cannot write JSON: {failure}")),
    }
}

/// Writes lines that were made safe already to standard output, as they are.
pub fn rows(text: &str) {
    let mut out = io::stdout().lock();
    settle(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
}

/// What shells show for a filter whose reader went away: 128 and the number of SIGPIPE.
const READER_GONE: i32 = 141;

/// Writes one line to standard output. When nobody reads it any more the program ends as any filter does, and when it
/// cannot be written it ends with an error: an answer that is lost must not look like one that was given.
fn answer(text: &str) {
    settle(writeln!(io::stdout().lock(), "{text}"));
}

fn settle(written: io::Result<()>) {
    let Err(failure) = written else { return };
    if failure.kind() == io::ErrorKind::BrokenPipe {
        std::process::exit(READER_GONE);
    }
    remark(&format!("error: cannot write to standard output: {failure}"));
    std::process::exit(i32::from(super::exit::Exit::Failed.code()));
}

/// Writes one line to standard error. When that is closed there is nobody left to tell, and the work goes on.
fn remark(text: &str) {
    let written = writeln!(io::stderr().lock(), "{text}");
    drop(written);
}

/// Colours a word red where standard error is a terminal.
fn paint_error(word: &str) -> String {
    if io::stderr().is_terminal() { format!("\u{1b}[1;31m{word}\u{1b}[0m") } else { word.to_owned() }
}

/// Writes a number of bytes for people.
#[must_use]
pub fn bytes(count: u64) -> String {
    indicatif::BinaryBytes(count).to_string()
}

/// Writes a count with its noun: `1 file`, `2,000 files`.
#[must_use]
pub fn count(count: u64, noun: &str) -> String {
    let number = indicatif::HumanCount(count);
    if count == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// Writes a time for people: to the second, in UTC, so that columns and machines agree.
#[must_use]
pub fn time(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// Writes a document that we made ourselves to standard output, as it is.
///
/// # Errors
/// Standard output cannot be written. A reader that went away is not an error.
pub fn document(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(failure) if failure.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Writes one field of a thing that is shown to people: its name, and a value that may come from anywhere.
///
/// However long the name is, a space parts it from the value.
pub fn field(name: &str, value: &str) {
    line(&format!("  {name:11} {}", shown(value)));
}
