//! The reference pages are generated from the tables of the code; this test says when they are stale, and mends them.

#[path = "../src/deployment/mod.rs"]
#[allow(dead_code, unused_imports, reason = "commands use the rest")]
mod deployment;
#[path = "reference/findings.rs"]
mod findings_page;
#[path = "../src/pipelines/rebuild/rules.rs"]
mod rebuild_rules;
#[path = "reference/roles.rs"]
mod roles_page;
#[path = "../src/pipelines/ingest/rules.rs"]
mod rules;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use deployment::{Known, Mode, compose};

/// Set to 1, it makes this test write the pages instead of comparing them.
const BLESS: &str = "STRONGROOM_BLESS";

fn check(name: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name);
    if std::env::var(BLESS).is_ok_and(|value| value == "1") {
        fs::write(&path, expected).unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
    }
    let seen = fs::read_to_string(&path).unwrap_or_default();
    let line = seen.lines().zip(expected.lines()).position(|(seen, expected)| seen != expected);
    assert!(
        seen == expected,
        "{name} is stale from line {} on. Write it anew and commit it:\n  \
         {BLESS}=1 cargo test -p strongroom --test reference_is_fresh",
        line.unwrap_or_else(|| seen.lines().count().min(expected.lines().count())) + 1
    );
}

#[test]
fn the_page_of_findings_says_what_the_tables_of_rules_say() {
    check("docs/reference/findings.md", &findings_page::page(rules::RULES, rebuild_rules::RULES));
}

#[test]
fn the_page_of_roles_says_what_the_tables_of_roles_and_stages_say() {
    check("docs/reference/roles.md", &roles_page::page());
}

#[test]
fn the_compose_files_say_what_the_table_of_roles_says() {
    for (name, mode) in [("development", Mode::Development), ("production", Mode::Production)] {
        check(&format!("deploy/compose/{name}.yaml"), &compose(mode, &BTreeMap::new(), &Known::default()));
    }
}

#[test]
fn each_rule_of_ingest_is_named_where_a_deposit_is_judged() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pipelines/ingest");
    let table = fs::read_to_string(folder.join("rules.rs")).expect("the table is there");
    let steps: String = fs::read_dir(&folder)
        .expect("the steps are there")
        .map(|entry| entry.expect("the steps can be listed").path())
        .filter(|path| path.is_file() && !path.ends_with("rules.rs"))
        .map(|path| fs::read_to_string(path).expect("a step is text"))
        .collect();
    let names = table.lines().filter_map(|line| line.strip_prefix("pub const ")?.strip_suffix(": Rule = Rule {"));
    let unused: Vec<_> = names.filter(|name| !steps.contains(&format!("rules::{name}"))).collect();
    assert!(unused.is_empty(), "no step reports these: use them or take them out of rules.rs: {unused:?}");
}
