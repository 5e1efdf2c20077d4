//! Bags and findings in words for people.

use std::fmt::Write as _;

use bagit::Report;
use findings::{Finding, Severity};

use super::super::output::{bytes, count};
use super::super::shown::shown;

/// Returns a finding as lines: what and where, what was expected and seen, what to do.
pub fn finding(finding: &Finding) -> String {
    let severity = match finding.severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Error => "error",
    };
    let place = finding.path.as_deref().map_or_else(String::new, |path| format!("{}: ", shown(path)));
    let message = shown(&finding.message);
    let mut lines = format!("  {severity:8} {} {place}{message} [{}]\n", finding.code, finding.clause);
    for (word, value) in [("expected", &finding.expected), ("seen", &finding.seen)] {
        if let Some(value) = value {
            lines.push_str(&format!("           {word:8} {}\n", shown(value)));
        }
    }
    lines.push_str(&format!("           → {}\n", finding.advice));
    lines
}

/// Returns how many findings a report has: `1 error, 2 warnings`. Empty when there are neither.
pub fn counts(report: &Report) -> String {
    let found = &report.findings;
    let counts = [(found.errors, "error"), (found.warnings, "warning")];
    let words: Vec<_> =
        counts.iter().filter(|(number, _)| *number > 0).map(|(number, noun)| count(*number, noun)).collect();
    words.join(", ")
}

/// Returns what a bag holds in a few words: `3 files, 1.2 KiB, BagIt 1.0, md5 sha256`.
pub fn holds(report: &Report) -> String {
    let mut words = format!("{}, {}", count(report.payload_files, "file"), bytes(report.payload_bytes));
    if let Some(version) = &report.version {
        push(&mut words, format_args!(", BagIt {}", shown(version)));
    }
    if !report.manifests.is_empty() {
        push(&mut words, format_args!(", {}", shown(&report.manifests.join(" "))));
    }
    words
}

fn push(text: &mut String, more: std::fmt::Arguments<'_>) {
    text.write_fmt(more).expect("memory takes it");
}
