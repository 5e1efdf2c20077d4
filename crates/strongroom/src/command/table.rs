//! Tables for people: columns aligned by how wide their letters are shown.

use unicode_width::UnicodeWidthStr;

use super::output;
use super::shown::shown;

/// On which side of its column a cell stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// For words.
    Left,
    /// For numbers.
    Right,
}

/// A table of at most one page.
pub struct Table {
    heads: Vec<(&'static str, Side)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Begins a table with the heads of its columns.
    pub fn new(heads: &[(&'static str, Side)]) -> Self {
        Self { heads: heads.to_vec(), rows: Vec::new() }
    }

    /// Adds a row; names of others are made safe here.
    pub fn row(&mut self, cells: impl IntoIterator<Item = impl AsRef<str>>) {
        self.rows.push(cells.into_iter().map(|cell| shown(cell.as_ref()).into_owned()).collect());
    }

    /// Prints the table; nothing when it has no rows.
    pub fn print(&self) {
        self.lines("").iter().for_each(|line| output::line(line));
    }

    /// Prints the table as part of something else.
    pub fn print_indented(&self) {
        self.lines("  ").iter().for_each(|line| output::line(line));
    }

    fn lines(&self, indent: &str) -> Vec<String> {
        if self.rows.is_empty() {
            return Vec::new();
        }
        let heads: Vec<_> = self.heads.iter().map(|(head, _)| (*head).to_owned()).collect();
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width());
            cells.chain([heads[column].width()]).max().unwrap_or(0)
        };
        let widths: Vec<_> = (0..heads.len()).map(width).collect();
        [&heads].into_iter().chain(&self.rows).map(|row| self.line(indent, row, &widths)).collect()
    }

    fn line(&self, indent: &str, row: &[String], widths: &[usize]) -> String {
        let mut line = indent.to_owned();
        for ((cell, (_, side)), width) in row.iter().zip(&self.heads).zip(widths) {
            let gap = " ".repeat(width.saturating_sub(cell.width()));
            match side {
                Side::Left => line.extend([cell, gap.as_str(), "  "]),
                Side::Right => line.extend([gap.as_str(), cell, "  "]),
            }
        }
        line.truncate(line.trim_end().len());
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_by_what_is_seen() {
        let mut table = Table::new(&[("name", Side::Left), ("bytes", Side::Right)]);
        table.row(["議事録", "5"]);
        table.row(["a\u{1b}b", "12345678"]);
        assert_eq!(table.lines(""), ["name         bytes", "議事録           5", "a\\u{1b}b  12345678"]);
    }

    #[test]
    fn a_table_without_rows_is_nothing() {
        assert!(Table::new(&[("name", Side::Left)]).lines("").is_empty());
    }
}
