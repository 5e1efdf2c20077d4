//! One file while it is inspected: what is known of it, and where its rows go.

use pronom::Identification;

use super::archive::{ArchiveKind, Budget, Fault};
use super::location::Location;
use super::row::{Remark, Row, RowKind};
use super::rows::Rows;

/// What is known of one file.
#[derive(Debug, Default)]
pub struct Subject<'s> {
    /// The answer; that nothing is known, until there is one.
    pub answer: Identification<'s>,
    /// What it is, if it can be looked into.
    pub kind: Option<ArchiveKind>,
    /// Its bytes.
    pub size_bytes: Option<u64>,
    /// When it was changed, in seconds since 1970.
    pub modified: Option<i64>,
    remarks: Vec<Remark>,
    error: Option<String>,
}

impl Subject<'_> {
    /// Begins with what is known beforehand.
    #[must_use]
    pub fn new(modified: Option<i64>) -> Self {
        Self { modified, ..Self::default() }
    }

    /// Notes something that a person should know.
    pub fn remark(&mut self, code: &'static str, message: impl Into<String>) {
        self.remarks.push(Remark::new(code, message));
    }

    /// Says whether it is known already that something was not read to its end.
    #[must_use]
    pub fn has_fault(&self) -> bool {
        self.error.is_some() || self.remarks.iter().any(|remark| remark.code != Remark::NOT_READ)
    }

    /// Notes why something was not read to its end. That the operating system failed is an error, all else a remark.
    pub fn fault(&mut self, fault: &Fault) {
        let code = match fault {
            Fault::Read(_) => {
                self.error = Some(fault.to_string());
                return;
            }
            Fault::Damaged(_) => Remark::DAMAGED,
            Fault::NotRead(_) => Remark::NOT_READ,
            Fault::Limit(_) => Remark::LIMIT,
        };
        self.remark(code, fault.to_string());
    }
}

/// Where a file is, what is left to look into it, and where its rows go.
pub struct Site<'p, 'r> {
    /// Where it is.
    pub location: Location,
    /// How many folders and archives it is below.
    pub level: usize,
    /// What is left.
    pub budget: &'p Budget,
    /// Where its rows go.
    pub rows: &'p mut Rows<'r>,
}

impl Site<'_, '_> {
    /// Writes the row of a file.
    pub fn row(&mut self, subject: &Subject<'_>, kind: RowKind) {
        self.rows.row(&Row {
            location: &self.location,
            level: self.level,
            kind,
            size_bytes: subject.size_bytes,
            modified: subject.modified,
            answer: match &subject.error {
                Some(error) => Err(error),
                None => Ok(&subject.answer),
            },
            remarks: &subject.remarks,
        });
    }

    /// Returns the name of the file as signatures see it.
    #[must_use]
    pub fn name(&self) -> String {
        String::from_utf8_lossy(self.location.name()).into_owned()
    }
}
