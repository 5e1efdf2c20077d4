//! One thing that the doctor looked at, and what came of it.

use serde::Serialize;

/// What came of a check, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing to do.
    Ok,
    /// It works, but somebody should look.
    Warning,
    /// It could not be checked.
    Unchecked,
    /// Something does not work.
    Fault,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was looked at: a stable name for scripts.
    pub name: String,
    /// What came of it.
    pub verdict: Verdict,
    /// What was seen.
    pub seen: String,
    /// What to do; empty when nothing.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub advice: String,
}

impl Check {
    /// All is well.
    pub fn ok(name: impl Into<String>, seen: impl Into<String>) -> Self {
        Self::new(name, Verdict::Ok, seen, "")
    }

    /// It works, but somebody should look.
    pub fn warning(name: impl Into<String>, seen: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::new(name, Verdict::Warning, seen, advice)
    }

    /// Something does not work.
    pub fn fault(name: impl Into<String>, seen: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::new(name, Verdict::Fault, seen, advice)
    }

    /// It could not be checked, which never counts as well.
    pub fn unchecked(name: impl Into<String>, seen: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::new(name, Verdict::Unchecked, seen, advice)
    }

    fn new(name: impl Into<String>, verdict: Verdict, seen: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { name: name.into(), verdict, seen: seen.into(), advice: advice.into() }
    }
}
