//! The page of findings, from the tables of rules.

use std::fmt::Write;

use findings::{Rule, Severity};

const OPENING: &str = "\
# Findings

A finding is something wrong, or odd, with what was given: data, not an error of the program. Each has a code that never
changes its meaning, so that scripts and correspondence may rely on it. An **error** refuses the deposit (or makes
`bag validate` and `ocfl validate` exit with 1); a **warning** is accepted and stays on the receipt; an **info** is only
told.

Generated from the tables of rules in `crates/bagit/src/rules/`, `crates/ocfl/src/rules.rs` and
`rules.rs` in `crates/strongroom/src/pipelines/ingest` and `crates/strongroom/src/pipelines/rebuild`. To write it anew:
`STRONGROOM_BLESS=1 cargo test -p strongroom --test reference_is_fresh`.
";

/// Returns the page.
pub fn page(ingest: &[Rule], rebuild: &[Rule]) -> String {
    let mut page = OPENING.to_owned();
    let bagit: Vec<_> = bagit::rules::all().into_iter().copied().collect();
    section(&mut page, "Packages, bags and profiles", "`strongroom ingest` and `strongroom bag validate`.", &bagit);
    section(&mut page, "Deposits", "`strongroom ingest` and `strongroom up`, beyond the bag itself.", ingest);
    let about = "`strongroom rebuild`: the object is left out, and all others are rebuilt.";
    section(&mut page, "Objects that are not rebuilt", about, rebuild);
    let about = "`strongroom ocfl validate`. The codes are those of the specification.";
    section(&mut page, "OCFL objects and storage roots", about, ocfl::RULES);
    page
}

fn section(page: &mut String, title: &str, about: &str, rules: &[Rule]) {
    write!(page, "\n## {title}\n\n{about}\n").expect("memory takes it");
    page.push_str("\n| code | severity | what is wrong | what to do | clause |\n| --- | --- | --- | --- | --- |\n");
    for rule in rules {
        let severity = match rule.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        };
        let cells = [rule.summary, rule.advice, rule.clause].map(cell);
        let [summary, advice, clause] = &cells;
        writeln!(page, "| {} | {severity} | {summary} | {advice} | {clause} |", rule.code).expect("memory takes it");
    }
}

/// A text within a table: what Markdown would read as its own is escaped.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}
