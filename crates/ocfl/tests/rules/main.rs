//! Every rule of the specification, each by an object or a root that breaks it.

mod history_cases;
mod inventory_cases;
mod memory_tree;
mod object;
mod object_cases;
mod root_cases;

use std::collections::BTreeSet;

use digests::Algorithm;
use findings::Severity;
use memory_tree::{MemoryTree, Node};
use object::Object;
use ocfl::{Depth, RULES, Report, validate_object};

/// One broken object: what is wrong in a word, all codes that must be found, and what breaks it.
pub(crate) struct Case {
    name: &'static str,
    codes: &'static [&'static str],
    damage: fn(&mut Object),
}

pub(crate) const fn case(name: &'static str, codes: &'static [&'static str], damage: fn(&mut Object)) -> Case {
    Case { name, codes, damage }
}

/// The codes that no case can bring about, each with the reason.
const NOT_TESTED: &[(&str, &str)] = &[
    ("E002", "says what E003 to E006 say one by one; those are reported"),
    ("E021", "content outside of the directory `content` is reported as E042"),
    ("E022", "is about what a tool does, not about an object"),
    ("E026", "says what E056 says; that is reported"),
    ("E027", "is about what a tool does, not about an object"),
    ("E028", "is about what a tool does; a test below shows that we do it"),
    ("E043", "says what E041 says; that is reported, as other validators do"),
    ("E045", "says what E044 says; that is reported, as other validators do"),
    ("E055", "a key of another name is E102, and the block is optional"),
    ("E062", "is about the order of writing; what it leads to is E060"),
    ("E074", "cannot be seen by looking at one root"),
    ("E075", "says what E076 to E079 say one by one; those are reported"),
    ("E084", "says what E072 says of directories between; that is reported"),
    ("E085", "a directory that leads to no object is E072 or E073"),
    ("E087", "is about what a tool does; a test of roots shows that we do it"),
    ("E088", "a directory that leads to no object is E072 or E073"),
    ("W012", "what is a log cannot be told by a program; a stray file is E001"),
];

/// Codes of a report, each once, in order.
pub(crate) fn codes(report: &Report) -> Vec<String> {
    let all: BTreeSet<String> = report.findings.list.iter().map(|finding| finding.code.to_string()).collect();
    all.into_iter().collect()
}

fn check(tree: &MemoryTree, name: &str, expected: &[&str]) {
    let report = validate_object(tree, Depth::Content).expect("the object can be looked at");
    assert!(report.unchecked.is_empty(), "{name}: {:?}", report.unchecked);
    let list: Vec<String> = report.findings.list.iter().map(ToString::to_string).collect();
    assert_eq!(codes(&report), expected, "{name}:\n{}", list.join("\n"));
}

fn all_cases() -> impl Iterator<Item = &'static Case> {
    object_cases::CASES.iter().chain(inventory_cases::CASES).chain(history_cases::CASES)
}

fn broken(case: &Case) -> MemoryTree {
    let mut object = Object::good();
    (case.damage)(&mut object);
    object.render()
}

#[test]
fn a_good_object_has_nothing_to_find() {
    check(&Object::good().render(), "1.1", &[]);
    check(&Object::of("urn:example:old", "1.0", Algorithm::Sha512).render(), "1.0", &[]);
    check(&Object::of("urn:example:other", "1.1", Algorithm::Sha256).render(), "sha256", &["W004"]);
}

#[test]
fn every_broken_object_is_found_out_with_exactly_its_codes() {
    let mut wrong = Vec::new();
    for case in all_cases() {
        let report = validate_object(&broken(case), Depth::Content).expect("the object can be looked at");
        assert!(report.unchecked.is_empty(), "{}: {:?}", case.name, report.unchecked);
        if codes(&report) != case.codes {
            let list: Vec<String> = report.findings.list.iter().map(ToString::to_string).collect();
            wrong.push(format!("{}: expected {:?}\n  {}", case.name, case.codes, list.join("\n  ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_is_tested_or_has_a_reason_not_to_be() {
    let tested: BTreeSet<&str> = all_cases().flat_map(|case| case.codes).chain(root_cases::CODES).copied().collect();
    let excused: BTreeSet<&str> = NOT_TESTED.iter().map(|(code, _)| *code).collect();
    for rule in RULES {
        let (is_tested, is_excused) = (tested.contains(rule.code), excused.contains(rule.code));
        assert!(is_tested != is_excused, "{}: tested {is_tested}, excused {is_excused}", rule.code);
        assert_eq!(rule.code.starts_with('E'), rule.severity == Severity::Error);
    }
}

#[test]
fn a_check_without_content_finds_all_but_damage_of_bytes() {
    let mut object = Object::good();
    object.tree.put("v2/content/c.txt", "the text of C");
    let tree = object.render();
    let report = validate_object(&tree, Depth::Structure).expect("the object can be looked at");
    assert!(report.is_valid());
    check(&tree, "one byte flipped", &["E092"]);
}

#[test]
fn what_cannot_be_read_is_neither_right_nor_wrong() {
    let mut object = Object::good();
    object.finally("v2/content/c.txt", Some(Node::Unreadable));
    let report = validate_object(&object.render(), Depth::Content).expect("the object can be looked at");
    assert!(report.findings.is_acceptable());
    assert!(!report.is_valid());
    assert_eq!(report.unchecked[0].path, "v2/content/c.txt");
}

#[test]
fn digests_of_unknown_algorithms_of_extensions_are_passed_over() {
    let mut object = Object::good();
    object.root["fixity"]["size"] = serde_json::json!({ "13": ["v1/content/sub/b.txt"] });
    check(&object.render(), "size of extension 0009", &[]);
}

#[test]
fn every_algorithm_of_the_vocabulary_is_computed() {
    let mut object = Object::good();
    for algorithm in Algorithm::all().filter(|known| !matches!(known, Algorithm::Sha224 | Algorithm::Sha384)) {
        object.root["fixity"][algorithm.ocfl_name()] =
            serde_json::json!({ object::hex(algorithm, object::B).to_uppercase(): ["v1/content/sub/b.txt"] });
    }
    check(&object.render(), "all algorithms", &[]);
}

#[test]
fn an_object_with_logs_extensions_and_a_padded_history_is_good() {
    let mut object = Object::good();
    object.tree.put("logs/2026/audit.txt", "all is well");
    object.tree.0.insert("extensions/0005-mutable-head".to_owned(), Node::Directory);
    check(&object.render(), "logs and extensions", &[]);
}

/// For other validators: writes every case below the folder that the variable names.
#[test]
fn cases_can_be_written_out_for_other_validators() {
    let Ok(folder) = std::env::var("STRONGROOM_OCFL_CASES") else { return };
    let folder = std::path::Path::new(&folder);
    Object::good().render().write(&folder.join("good")).expect("the folder can be written");
    for case in all_cases() {
        let name = format!("{}__{}", case.codes.join("_"), case.name.replace([' ', '/'], "-"));
        broken(case).write(&folder.join(name)).expect("the folder can be written");
    }
}
