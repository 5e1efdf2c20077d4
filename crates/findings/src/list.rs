//! A bounded list of findings: all are counted, the first hundred thousand are kept.

use serde::{Deserialize, Serialize};

use crate::{Finding, Severity};

/// Findings kept by one check unless its caller names another bound; what comes after is only counted.
pub const FINDINGS_MAX: usize = 100_000;

/// The findings of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings {
    /// Those kept, in the order in which they were found.
    pub list: Vec<Finding>,
    /// How many errors there were, kept or not.
    pub errors: u64,
    /// How many warnings there were, kept or not.
    pub warnings: u64,
    /// How many findings were counted but not kept.
    pub not_kept: u64,
    #[serde(skip, default = "limit")]
    limit: usize,
}

fn limit() -> usize {
    FINDINGS_MAX
}

impl Default for Findings {
    fn default() -> Self {
        Self::with_limit(FINDINGS_MAX)
    }
}

impl Findings {
    /// Makes an empty list that keeps at most `limit` findings.
    #[must_use]
    pub fn with_limit(limit: usize) -> Self {
        Self { list: Vec::new(), errors: 0, warnings: 0, not_kept: 0, limit }
    }

    /// Adds one finding: counted always, kept while there is room.
    pub fn push(&mut self, finding: Finding) {
        match finding.severity {
            Severity::Error => self.errors += 1,
            Severity::Warning => self.warnings += 1,
            Severity::Info => {}
        }
        if self.list.len() < self.limit {
            self.list.push(finding);
        } else {
            self.not_kept += 1;
        }
    }

    /// Adds all of another list, its uncounted remainder included.
    pub fn append(&mut self, other: Findings) {
        let (errors, warnings) = (self.errors + other.errors, self.warnings + other.warnings);
        self.not_kept += other.not_kept;
        for finding in other.list {
            self.push(finding);
        }
        (self.errors, self.warnings) = (errors, warnings);
    }

    /// Returns whether nothing stands in the way of acceptance.
    #[must_use]
    pub fn is_acceptable(&self) -> bool {
        self.errors == 0
    }

    /// Returns whether nothing at all was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty() && self.not_kept == 0
    }

    /// Returns the kept findings with a given code.
    pub fn with_code<'a>(&'a self, code: &'a str) -> impl Iterator<Item = &'a Finding> {
        self.list.iter().filter(move |finding| finding.code == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rule;

    const RULE: Rule =
        Rule { code: "X-1", severity: Severity::Error, clause: "§1", summary: "it is wrong", advice: "mend it" };

    #[test]
    fn findings_over_the_limit_are_counted_but_not_kept() {
        let mut findings = Findings::with_limit(1);
        findings.push(RULE.finding().at("a"));
        findings.push(RULE.finding().at("b"));
        assert_eq!((findings.list.len(), findings.errors, findings.not_kept), (1, 2, 1));
        assert!(!findings.is_acceptable());
    }

    #[test]
    fn appending_keeps_both_counts() {
        let mut one = Findings::with_limit(1);
        one.push(RULE.finding());
        let mut other = Findings::with_limit(1);
        other.push(RULE.finding());
        other.push(RULE.finding());
        one.append(other);
        assert_eq!((one.errors, one.not_kept), (3, 2));
    }

    #[test]
    fn a_finding_survives_json() {
        let finding = RULE.finding().at("data/a").expected("1").seen("2");
        let text = serde_json::to_string(&finding).expect("it is plain data");
        assert_eq!(serde_json::from_str::<Finding>(&text).expect("it was just written"), finding);
        assert_eq!(finding.to_string(), "X-1: it is wrong: data/a (expected 1, seen 2) [§1]");
    }
}
