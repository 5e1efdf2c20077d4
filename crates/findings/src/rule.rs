//! A rule: one row of a checker's table, from which findings are made.

use crate::{Finding, Severity};

/// One row of a checker's table of rules. A code, once published, is never given another meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// The stable code, for machines: `BAG-041`, `E050`.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The clause of the standard: `RFC 8493 §2.1.3`.
    pub clause: &'static str,
    /// What is wrong, in one lower-case phrase without full stop, for people.
    pub summary: &'static str,
    /// What the person who made the input should do.
    pub advice: &'static str,
}

impl Rule {
    /// Makes a finding of this rule; add the place and the values with the finding's own methods.
    #[must_use]
    pub fn finding(&self) -> Finding {
        Finding::of(self)
    }
}
