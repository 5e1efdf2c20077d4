//! One finding: what is wrong, where, what was expected and seen, what to do.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Rule;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing; nothing to do.
    Info,
    /// The input is accepted, but somebody will stumble over this one day.
    Warning,
    /// The input is refused.
    Error,
}

/// One thing that a check found. Compare by `code`; show `message`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The stable code of the rule.
    pub code: Cow<'static, str>,
    /// How bad it is.
    pub severity: Severity,
    /// The clause of the standard that the rule holds up.
    pub clause: Cow<'static, str>,
    /// The file, entry or tag in question, as named in the input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// What the rule wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What was there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<String>,
    /// What is wrong, in one sentence.
    pub message: Cow<'static, str>,
    /// What to do.
    pub advice: Cow<'static, str>,
}

impl Finding {
    /// Makes a finding of a rule, without place and values.
    #[must_use]
    pub fn of(rule: &Rule) -> Self {
        Self {
            code: Cow::Borrowed(rule.code),
            severity: rule.severity,
            clause: Cow::Borrowed(rule.clause),
            path: None,
            expected: None,
            seen: None,
            message: Cow::Borrowed(rule.summary),
            advice: Cow::Borrowed(rule.advice),
        }
    }

    /// Names the file, entry or tag.
    #[must_use]
    pub fn at(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Says what the rule wanted.
    #[must_use]
    pub fn expected(mut self, value: impl Into<String>) -> Self {
        self.expected = Some(value.into());
        self
    }

    /// Says what was there instead.
    #[must_use]
    pub fn seen(mut self, value: impl Into<String>) -> Self {
        self.seen = Some(value.into());
        self
    }

    /// Replaces the rule's summary with a sentence that fits this case better.
    #[must_use]
    pub fn message(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.message = text.into();
        self
    }

    /// Lowers or raises the severity, where the circumstances decide and not the rule.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Returns whether the input is refused because of this.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.code, self.message)?;
        if let Some(path) = &self.path {
            write!(out, ": {}", path.escape_debug())?;
        }
        match (&self.expected, &self.seen) {
            (Some(expected), Some(seen)) => write!(out, " (expected {expected}, seen {seen})")?,
            (Some(expected), None) => write!(out, " (expected {expected})")?,
            (None, Some(seen)) => write!(out, " (seen {seen})")?,
            (None, None) => {}
        }
        write!(out, " [{}]", self.clause)
    }
}
