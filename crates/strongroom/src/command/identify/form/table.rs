//! The table for people. It is written as it comes, so its columns have widths of their own, and the path comes last.

use pronom::Match;
use unicode_width::UnicodeWidthStr;

use super::super::super::shown::shown;
use super::super::location::for_eyes;
use super::super::row::{Row, RowKind, kind_word};

const WIDTHS: [usize; 4] = [10, 9, 40, 24];

/// Returns the heads of the columns.
pub fn head() -> String {
    let mut text = String::new();
    cells(["puid", "told by", "format", "media type"], &mut text);
    text.push_str("path\n");
    text
}

/// Writes one line.
pub fn line(row: &Row<'_>, candidate: Option<(usize, &Match<'_>)>, text: &mut String) {
    let name;
    let columns = match (row.answer, candidate) {
        (Err(_), _) => ["-", "error", "could not be read", "-"],
        (Ok(_), None) => ["-", "-", "unknown", "-"],
        (Ok(_), Some((_, best))) => {
            name = match best.version() {
                Some(version) => format!("{} {version}", best.name()),
                None => best.name().to_owned(),
            };
            let mime = best.mime().unwrap_or("-");
            [best.puid().as_str(), kind_word(best.kind), &name, mime]
        }
    };
    cells(columns, text);
    text.push_str(&for_eyes(&row.location.bytes()));
    if row.kind == RowKind::Folder {
        text.push('/');
    }
    let place = candidate.map_or(0, |(place, _)| place);
    if place > 0 {
        text.push_str(&format!("  (candidate {})", place + 1));
    } else {
        warnings(row, text);
    }
    text.push('\n');
}

fn warnings(row: &Row<'_>, text: &mut String) {
    let mut mark = "  ! ";
    if let Err(error) = row.answer {
        text.push_str(mark);
        text.push_str(&shown(error));
        mark = "; ";
    }
    for (_, message) in row.warnings() {
        text.push_str(mark);
        text.push_str(&shown(&message));
        mark = "; ";
    }
}

fn cells(columns: [&str; 4], text: &mut String) {
    for (cell, width) in columns.iter().zip(WIDTHS) {
        let cell = shown(cell);
        text.push_str(&cell);
        let gap = width.saturating_sub(cell.width()) + 2;
        text.extend(std::iter::repeat_n(' ', gap));
    }
}
