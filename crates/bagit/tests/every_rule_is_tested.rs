//! No rule without a test: each is named in a test of this crate, by its code or its constant.

use std::fs;
use std::path::{Path, PathBuf};

use bagit::rules;

#[test]
fn every_rule_is_named_in_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tests = texts(&root.join("tests")).filter(|(path, _)| !path.ends_with("every_rule_is_tested.rs"));
    let test_modules = texts(&root.join("src")).filter_map(|(path, text)| {
        let tests = text.split_once("#[cfg(test)]")?.1.to_owned();
        Some((path, tests))
    });
    let tested: String = tests.chain(test_modules).map(|(_, text)| text).collect();
    let declared: String = texts(&root.join("src/rules")).map(|(_, text)| text).collect();
    let untested: Vec<_> = rules::all()
        .iter()
        .filter(|rule| {
            let name = constant_of(&declared, rule.code);
            !tested.contains(&format!("\"{}\"", rule.code)) && !is_named(&tested, &name)
        })
        .map(|rule| format!("{} {}", rule.code, rule.summary))
        .collect();
    assert!(untested.is_empty(), "rules without a test; write a bag that breaks them:\n{}", untested.join("\n"));
}

/// The constant is what stands before its code: `pub const NAME: Rule = error("BAG-001", ...`.
fn constant_of(declared: &str, code: &str) -> String {
    let before = declared.split(&format!("\"{code}\"")).next().expect("splitting gives at least one part");
    let start = before.rfind("pub const ").expect("a rule is a public constant") + "pub const ".len();
    before[start..].split(':').next().expect("a constant has a type").to_owned()
}

/// Whether a name stands in a text as a whole word.
fn is_named(text: &str, name: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.match_indices(name).any(|(start, _)| {
        let (before, after) = (&text.as_bytes()[..start], &text.as_bytes()[start + name.len()..]);
        !before.last().is_some_and(|byte| is_word(*byte)) && !after.first().is_some_and(|byte| is_word(*byte))
    })
}

/// Every Rust file of a folder and those below it.
fn texts(folder: &Path) -> impl Iterator<Item = (PathBuf, String)> + use<> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the sources are there") {
            let path = entry.expect("the sources can be listed").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("the sources are text");
                found.push((path, text));
            }
        }
    }
    found.into_iter()
}
