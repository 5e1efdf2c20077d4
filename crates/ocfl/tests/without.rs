//! An object without some of its files is the one that it would be had they never been in it.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test that breaks should panic")]

use std::collections::BTreeMap;

use digests::{Algorithm, Digest, Digests, Hasher};
use ocfl::{Inventory, NextVersion, VersionNotes, VersionNumber};
use proptest::prelude::*;

type State = BTreeMap<String, u8>;

fn hash(algorithm: Algorithm, content: u8) -> Digest {
    let mut hasher = Hasher::new(algorithm.into());
    hasher.update(&[content]);
    hasher.finish().get(algorithm).unwrap()
}

fn inventory(versions: &[State]) -> Inventory {
    let mut previous: Option<Inventory> = None;
    for state in versions {
        let files = state.iter().map(|(path, content)| (path, hash(Algorithm::Sha256, *content)));
        let notes = VersionNotes { created: "2026-11-03T10:20:30Z".to_owned(), ..VersionNotes::default() };
        let plan = NextVersion::plan(previous.as_ref(), "urn:example:object", files, notes).unwrap();
        let fixity = state.values().map(|content| {
            let md5 = Digests::from_iter([hash(Algorithm::Md5, *content)]);
            (hash(Algorithm::Sha256, *content), md5)
        });
        let fixity = plan.fixity(fixity).unwrap();
        previous = Some(plan.inventory(fixity).unwrap());
    }
    previous.unwrap()
}

/// Takes files out of every version, one after the other.
fn without(original: &Inventory, is_gone: impl Fn(&str, Digest) -> bool) -> Inventory {
    let mut newest: Option<Inventory> = None;
    for number in original.version_numbers() {
        newest = Some(original.without(number, newest.as_ref(), &is_gone).unwrap());
    }
    newest.unwrap()
}

fn text(inventory: &Inventory) -> String {
    let mut out = Vec::new();
    inventory.write_to(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn state(files: &[(&str, u8)]) -> State {
    files.iter().map(|(path, content)| ((*path).to_owned(), *content)).collect()
}

#[test]
fn content_that_another_file_has_gets_its_name_and_its_first_version() {
    let original = inventory(&[state(&[("gone", 1), ("stays", 2)]), state(&[("gone", 1), ("later", 1), ("stays", 2)])]);
    let one = hash(Algorithm::Sha256, 1);
    assert_eq!(original.content_path(one).unwrap(), "v1/content/gone");
    let rewritten = without(&original, |path, _| path == "gone");
    assert_eq!(rewritten.content_path(one).unwrap(), "v2/content/later");
    assert!(!text(&rewritten).contains("gone"));
    let first = VersionNumber::FIRST;
    assert_eq!(rewritten.state(first).map(|(path, _)| path).collect::<Vec<_>>(), ["stays"]);
}

#[test]
fn an_object_that_loses_all_keeps_its_versions() {
    let original = inventory(&[state(&[("a", 1)]), state(&[("b", 2)])]);
    let rewritten = without(&original, |_, _| true);
    assert_eq!(rewritten.head(), original.head());
    assert_eq!(rewritten.contents().len(), 0);
}

proptest! {
    #[test]
    fn it_is_as_if_the_files_had_never_been(
        versions in prop::collection::vec(
            prop::collection::btree_map("[a-dA-D]{1,2}", 0_u8..6, 0..8), 1..5),
        gone in prop::collection::vec(("[a-dA-D]{1,2}", 0_u8..6), 0..6),
    ) {
        let is_gone = |path: &str, content: u8| gone.iter().any(|(p, c)| p == path && *c == content);
        let never: Vec<State> = versions
            .iter()
            .map(|state| state.iter().filter(|(path, content)| !is_gone(path, **content)))
            .map(|state| state.map(|(path, content)| (path.clone(), *content)).collect())
            .collect();
        let rewritten = without(&inventory(&versions), |path, digest| {
            (0..6).any(|content| hash(Algorithm::Sha256, content) == digest && is_gone(path, content))
        });
        prop_assert_eq!(text(&rewritten), text(&inventory(&never)));
    }
}
