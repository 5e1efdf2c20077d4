//! Every rule of this crate: its stable code, severity, clause, summary and advice.

mod package;

pub use package::*;

use findings::{Rule, Severity};

/// Every rule, in the order of the codes.
#[must_use]
pub fn all() -> Vec<&'static Rule> {
    [package::ALL].concat()
}

const fn error(code: &'static str, clause: &'static str, summary: &'static str, advice: &'static str) -> Rule {
    Rule { code, severity: Severity::Error, clause, summary, advice }
}

const fn warning(code: &'static str, clause: &'static str, summary: &'static str, advice: &'static str) -> Rule {
    Rule { code, severity: Severity::Warning, clause, summary, advice }
}

const fn info(code: &'static str, clause: &'static str, summary: &'static str, advice: &'static str) -> Rule {
    Rule { code, severity: Severity::Info, clause, summary, advice }
}
