//! The forms of the answer: a table, JSON, CSV, DROID's columns.

mod csv;
mod droid;
mod json;
mod table;

use std::path::PathBuf;

use pronom::{Identification, Match};

use super::row::Row;

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormKind {
    /// For people.
    Table,
    /// One JSON object a line.
    Json,
    /// Comma-separated values.
    Csv,
    /// Comma-separated values with the columns of DROID's export.
    Droid,
}

/// Writes rows.
#[derive(Debug)]
pub struct Form {
    /// How.
    pub kind: FormKind,
    /// Whether all candidates are told, rather than the best.
    pub has_all_candidates: bool,
    /// The version of the signatures.
    pub version: String,
    /// The version of the container signatures.
    pub container_version: String,
    /// What relative paths count from.
    pub here: PathBuf,
}

impl Form {
    /// Returns what comes before the first row.
    #[must_use]
    pub fn head(&self) -> String {
        match self.kind {
            FormKind::Table => table::head(),
            FormKind::Json => String::new(),
            FormKind::Csv => csv::head(),
            FormKind::Droid => droid::head(),
        }
    }

    /// Returns whether rows have numbers, which are known only when they are written in their order.
    #[must_use]
    pub fn is_numbered(&self) -> bool {
        self.kind == FormKind::Droid
    }

    /// Writes a row, without its number, line ends included. Several lines when all candidates are asked for: then
    /// `next_line` is called before each.
    pub fn row(&self, row: &Row<'_>, text: &mut String, next_line: &mut dyn FnMut(usize)) {
        if self.kind == FormKind::Json {
            next_line(text.len());
            return json::row(self, row, text);
        }
        let candidates = row.answer.map(|answer| self.candidates(answer)).unwrap_or_default();
        if candidates.is_empty() {
            next_line(text.len());
            return self.line(row, None, text);
        }
        for (place, candidate) in candidates.iter().enumerate() {
            next_line(text.len());
            self.line(row, Some((place, candidate)), text);
        }
    }

    fn line(&self, row: &Row<'_>, candidate: Option<(usize, &Match<'_>)>, text: &mut String) {
        match self.kind {
            FormKind::Table => table::line(row, candidate, text),
            FormKind::Csv => csv::line(self, row, candidate, text),
            FormKind::Droid => droid::line(self, row, candidate.map(|(_, candidate)| candidate), text),
            FormKind::Json => {}
        }
    }

    fn candidates<'i, 's>(&self, answer: &'i Identification<'s>) -> &'i [Match<'s>] {
        let told = if self.has_all_candidates { answer.candidates.len() } else { 1 };
        answer.candidates.get(..told).unwrap_or_default()
    }
}
