//! What is said about one file.

use pronom::{Identification, MatchKind, Warning};

use super::location::Location;

/// What is said about one file or folder.
#[derive(Debug)]
pub struct Row<'a> {
    /// Where it is.
    pub location: &'a Location,
    /// How many folders and archives of this call it is below.
    pub level: usize,
    /// What it is.
    pub kind: RowKind,
    /// Its bytes, where they are known.
    pub size_bytes: Option<u64>,
    /// When it was changed, in seconds since 1970.
    pub modified: Option<i64>,
    /// The answer, or why there is none.
    pub answer: Result<&'a Identification<'a>, &'a str>,
    /// What was noticed apart from the answer.
    pub remarks: &'a [Remark],
}

/// What a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowKind {
    /// A file, or a member of an archive.
    File,
    /// A folder; only DROID's columns have rows for them.
    Folder,
    /// An archive that is looked into.
    Archive,
}

/// Something that a person should know about a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// What scripts know it by.
    pub code: &'static str,
    /// What people read.
    pub message: String,
}

impl Remark {
    /// The archive or member is damaged.
    pub const DAMAGED: &'static str = "damaged";
    /// A bound was reached.
    pub const LIMIT: &'static str = "limit";
    /// The member is of a kind that is not read here.
    pub const NOT_READ: &'static str = "not_read";

    /// Makes a remark.
    #[must_use]
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

impl Row<'_> {
    /// Returns all warnings: those of the answer, then the remarks.
    pub fn warnings(&self) -> impl Iterator<Item = (&'static str, String)> {
        let answer = self.answer.ok();
        let told = answer.into_iter().flat_map(|answer| &answer.warnings);
        let told = told.map(|warning| (code(warning), warning.to_string()));
        told.chain(self.remarks.iter().map(|remark| (remark.code, remark.message.clone())))
    }

    /// Says whether there are warnings.
    #[must_use]
    pub fn has_warnings(&self) -> bool {
        !self.remarks.is_empty() || self.answer.is_ok_and(|answer| !answer.warnings.is_empty())
    }
}

/// Returns what scripts know a warning by.
fn code(warning: &Warning) -> &'static str {
    match warning {
        Warning::ExtensionMismatch(_) => "extension_mismatch",
        Warning::SeveralCandidates(_) => "several_candidates",
        Warning::ContainerUnreadable(_) => "container_unreadable",
        Warning::EmptyFile => "empty_file",
        Warning::WorkSpent => "work_spent",
        _ => "other",
    }
}

/// Returns what people and scripts call what told a format.
#[must_use]
pub fn kind_word(kind: MatchKind) -> &'static str {
    match kind {
        MatchKind::Signature => "signature",
        MatchKind::Container => "container",
        MatchKind::Extension => "extension",
        MatchKind::Text => "text",
    }
}
