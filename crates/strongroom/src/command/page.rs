//! A page of a listing: how long it is, and how to get the next one.

use serde::Serialize;

use super::output;
use super::shown::is_unsafe;
use super::table::Table;

/// Rows of one page unless another number is asked for.
const ROWS: u32 = 50;
/// Rows of one page at most; what is longer is read page by page.
const ROWS_MAX: i64 = 10_000;

/// What every listing takes.
#[derive(Debug, clap::Args)]
pub struct Page {
    /// Rows at most
    #[arg(long, default_value_t = ROWS, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=ROWS_MAX))]
    limit: u32,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

impl Default for Page {
    fn default() -> Self {
        Self { limit: ROWS, json: false }
    }
}

impl Page {
    /// Returns how many rows to ask the database for: one more than is shown tells whether there are more.
    #[must_use]
    pub fn most(&self) -> u32 {
        self.limit + 1
    }

    /// Prints a page, and on standard error how to get the next one: `cursor` turns the last row into its option.
    pub fn print<T: Serialize>(
        &self,
        mut rows: Vec<T>,
        mut table: Table,
        cells: impl Fn(&T) -> Vec<String>,
        cursor: impl Fn(&T) -> String,
    ) {
        let is_last = rows.len() <= self.limit as usize;
        rows.truncate(self.limit as usize);
        if self.json {
            rows.iter().for_each(|row| output::json(row));
        } else if rows.is_empty() {
            output::note("nothing is listed: there is none, or none that the filters let through");
        } else {
            rows.iter().for_each(|row| table.row(cells(row)));
            table.print();
        }
        if let (false, Some(last)) = (is_last, rows.last()) {
            output::note(&format!("there are more: for the next page add {}", cursor(last)));
        }
    }
}

/// Returns a text as one word of a shell, to be pasted into the next call.
#[must_use]
pub fn word(text: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "/._-+:@%".contains(letter);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    if !text.contains(is_unsafe) {
        return format!("'{}'", text.replace('\'', "'\\''"));
    }
    // The quoting of bash, zsh and ksh that can say control characters without containing them.
    let quoted: String = text.chars().map(dollar_quoted).collect();
    format!("$'{quoted}'")
}

fn dollar_quoted(letter: char) -> String {
    match letter {
        '\'' | '\\' => format!("\\{letter}"),
        letter if is_unsafe(letter) => letter.to_string().bytes().map(|byte| format!("\\x{byte:02x}")).collect(),
        letter => letter.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn a_cursor_can_be_pasted_into_a_shell() {
        assert_eq!(word("data/a.txt"), "data/a.txt");
        assert_eq!(word("it's; rm -rf"), "'it'\\''s; rm -rf'");
        assert_eq!(word("a\nb'\u{9b}"), "$'a\\x0ab\\'\\xc2\\x9b'");
        assert_eq!(word(""), "''");
    }
}
