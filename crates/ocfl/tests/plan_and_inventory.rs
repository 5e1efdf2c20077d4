//! Plans and inventories: examples by hand, and properties of any state whatever.

use std::collections::{BTreeMap, BTreeSet};

use digests::{Algorithm, Digest, Digests, Hasher};
use ocfl::{Error, Fixity, Inventory, NextVersion, Plan, User, VersionNotes, VersionNumber, merge_state};
use proptest::prelude::*;

type State = BTreeMap<String, u8>;

fn notes() -> VersionNotes {
    let user = User { name: "Somebody \"quoted\"".to_owned(), address: Some("mailto:s@example.org".to_owned()) };
    VersionNotes { created: "2026-11-03T10:20:30Z".to_owned(), message: Some("why\nnot".to_owned()), user: Some(user) }
}

fn hash(algorithm: Algorithm, content: u8) -> Digest {
    let mut hasher = Hasher::new(algorithm.into());
    hasher.update(&[content]);
    hasher.finish().get(algorithm).expect("it was asked for")
}

fn sha256(content: u8) -> Digest {
    hash(Algorithm::Sha256, content)
}

fn state(files: &[(&str, u8)]) -> State {
    files.iter().map(|(path, content)| ((*path).to_owned(), *content)).collect()
}

fn try_plan(previous: Option<&Inventory>, state: &State) -> Result<Plan, Error> {
    let files = state.iter().map(|(path, content)| (path, sha256(*content)));
    NextVersion::plan(previous, "urn:example:planned", files, notes())
}

fn plan(previous: Option<&Inventory>, state: &State) -> Plan {
    try_plan(previous, state).expect("the state is sound")
}

fn inventory(versions: &[&State]) -> Inventory {
    let mut previous: Option<Inventory> = None;
    for state in versions {
        let fixity =
            state.values().map(|content| (sha256(*content), Digests::from_iter([hash(Algorithm::Md5, *content)])));
        let plan = plan(previous.as_ref(), state);
        let fixity = plan.fixity(fixity).expect("it is within bounds");
        previous = Some(plan.inventory(fixity).expect("it is within bounds"));
    }
    previous.expect("there is a version at least")
}

fn new_content(plan: &Plan) -> Vec<(String, String)> {
    plan.new_content().map(|new| (new.content_path, new.logical_path.to_owned())).collect()
}

fn pair(content_path: &str, logical_path: &str) -> (String, String) {
    (content_path.to_owned(), logical_path.to_owned())
}

#[test]
fn equal_bytes_are_stored_once_named_by_the_first_path() {
    let plan = plan(None, &state(&[("b.txt", 1), ("a.txt", 1), ("c d.txt", 2)]));
    let expected = [pair("v1/content/a.txt", "a.txt"), pair("v1/content/c%20d.txt", "c d.txt")];
    assert_eq!(new_content(&plan), expected);
    assert!(!plan.is_unchanged());
}

#[test]
fn bytes_that_the_object_holds_are_not_stored_again() {
    let first = inventory(&[&state(&[("a", 1), ("b", 2)])]);
    let next = plan(Some(&first), &state(&[("a", 2), ("renamed", 1), ("c", 3)]));
    assert_eq!(new_content(&next), [pair("v2/content/c", "c")]);
    assert_eq!(next.version().to_string(), "v2");
    let second = next.inventory(Fixity::none()).expect("it is within bounds");
    assert_eq!(second.content_path(sha256(1)).as_deref(), Some("v1/content/a"));
    assert_eq!(second.digest_of(second.head(), "renamed"), Some(sha256(1)));
    assert_eq!(second.digest_of(VersionNumber::FIRST, "renamed"), None);
    assert_eq!(second.fixity_of("v1/content/a").get(Algorithm::Md5), Some(hash(Algorithm::Md5, 1)));
}

#[test]
fn who_asks_only_where_bytes_lie_is_told_the_same_without_the_fixity_block() {
    let whole = inventory(&[&state(&[("a", 1), ("b", 2)]), &state(&[("a", 2), ("c", 3)])]);
    let mut text = Vec::new();
    whole.write_to(&mut text).expect("memory can be written");
    let located = Inventory::read_to_locate(text.as_slice()).expect("it is right");
    assert!(located.contents().eq(whole.contents()));
    assert_eq!(located.digest_of(located.head(), "c"), Some(sha256(3)));
    assert_ne!(whole.fixity_of("v1/content/a"), Digests::default());
    assert_eq!(located.fixity_of("v1/content/a"), Digests::default());
    let torn = &text[..text.len() / 2];
    assert!(Inventory::read_to_locate(torn).is_err());
}

#[test]
fn the_same_state_again_is_no_change() {
    let files = state(&[("a", 1), ("b", 2)]);
    let first = inventory(&[&files]);
    assert!(plan(Some(&first), &files).is_unchanged());
    assert!(!plan(Some(&first), &state(&[("a", 1)])).is_unchanged());
    assert!(!plan(Some(&first), &state(&[("a", 1), ("b", 1)])).is_unchanged());
}

#[test]
fn names_that_differ_in_case_only_are_kept_apart() {
    let files = state(&[("data/A.txt", 1), ("data/a.txt", 2)]);
    let plan = plan(None, &files);
    let paths: Vec<String> = plan.new_content().map(|new| new.content_path.to_lowercase()).collect();
    assert_ne!(paths[0], paths[1]);
    assert_eq!(plan.content_path(sha256(1)).as_deref(), Some("v1/content/data/A.txt"));
}

#[test]
fn an_inventory_is_written_a_line_for_each_entry() {
    let files = state(&[("a", 1), ("b", 1), ("ü", 2)]);
    let text = String::from_utf8(inventory(&[&files]).to_bytes()).expect("JSON is UTF-8");
    let (one, two) = (sha256(1), sha256(2));
    let (md5_one, md5_two) = (hash(Algorithm::Md5, 1), hash(Algorithm::Md5, 2));
    let expected = format!(
        r#"{{
  "id": "urn:example:planned",
  "type": "https://ocfl.io/1.1/spec/#inventory",
  "digestAlgorithm": "sha256",
  "head": "v1",
  "manifest": {{
    "{two}": ["v1/content/%C3%BC"],
    "{one}": ["v1/content/a"]
  }},
  "versions": {{
    "v1": {{
      "created": "2026-11-03T10:20:30Z",
      "message": "why\nnot",
      "user": {{ "name": "Somebody \"quoted\"", "address": "mailto:s@example.org" }},
      "state": {{
        "{one}": [
          "a",
          "b"
        ],
        "{two}": ["ü"]
      }}
    }}
  }},
  "fixity": {{
    "md5": {{
      "{md5_two}": ["v1/content/%C3%BC"],
      "{md5_one}": ["v1/content/a"]
    }}
  }}
}}
"#
    );
    assert_eq!(text, expected);
}

#[test]
fn what_cannot_be_planned_is_refused() {
    let first = inventory(&[&state(&[("a", 1)])]);
    let check = |result: Result<Plan, Error>, expected: &str| {
        let error = result.expect_err("it cannot be planned").to_string();
        assert!(error.contains(expected), "{error}");
    };
    check(try_plan(None, &state(&[("../a", 1)])), "element");
    check(try_plan(None, &state(&[("a", 1), ("a/b", 2)])), "cannot both be");
    let other = NextVersion::plan(Some(&first), "urn:example:other", [("a", sha256(1))], notes());
    check(other, "is of object");
    let sha512 = NextVersion::plan(None, "urn:example:planned", [("a", hash(Algorithm::Sha512, 1))], notes());
    check(sha512, "addressed by sha256");
    let twice = NextVersion::plan(None, "urn:example:planned", [("a", sha256(1)), ("a", sha256(2))], notes());
    check(twice, "cannot both be");
    let undated = VersionNotes { created: "yesterday".to_owned(), ..notes() };
    check(NextVersion::plan(None, "urn:example:planned", [("a", sha256(1))], undated), "RFC 3339");
}

#[test]
fn old_files_are_kept_where_the_new_bag_has_none() {
    let first = inventory(&[&state(&[("a", 1), ("b", 2), ("d", 4)])]);
    let new = [("b", sha256(9)), ("c", sha256(3))];
    let merged: Vec<_> = merge_state(&first, new).collect();
    let expected = [("a", 1), ("b", 9), ("c", 3), ("d", 4)].map(|(path, content)| (path.into(), sha256(content)));
    assert_eq!(merged, expected);
}

#[test]
fn keys_in_any_order_make_the_same_inventory() {
    let digest = sha256(1);
    let parts = [
        format!(r#""manifest":{{"{digest}":["v001/data/a b"]}}"#),
        r#""contentDirectory":"data""#.to_owned(),
        r#""head":"v001","id":"urn:x","type":"https://ocfl.io/1.0/spec/#inventory","digestAlgorithm":"sha256""#
            .to_owned(),
        format!(r#""versions":{{"v001":{{"created":"2026-11-03T10:20:30Z","state":{{"{digest}":["a b"]}}}}}}"#),
    ];
    let read = |order: [usize; 4]| {
        let text = format!("{{{}}}", order.map(|part| parts[part].as_str()).join(","));
        Inventory::read(text.as_bytes()).expect("it is sound")
    };
    let usual = read([2, 1, 0, 3]);
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [0, 3, 2, 1], [1, 0, 3, 2]] {
        assert_eq!(read(order), usual);
    }
    assert_eq!(usual.content_path(digest).as_deref(), Some("v001/data/a b"));
    assert_eq!(Inventory::read(usual.to_bytes().as_slice()).expect("it was just written"), usual);
    let next = NextVersion::plan(Some(&usual), "urn:x", [("a b", digest), ("c", sha256(2))], notes());
    let next = next.expect("the state is sound");
    assert_eq!(new_content(&next), [pair("v002/data/c", "c")]);
}

#[test]
fn an_inventory_over_its_bound_is_refused() {
    let text = inventory(&[&state(&[("a", 1)])]).to_bytes();
    let bound = text.len() as u64;
    assert!(ocfl::Parsed::read(text.as_slice(), "inventory.json", bound).is_ok());
    let error = ocfl::Parsed::read(text.as_slice(), "inventory.json", bound - 1).expect_err("it is too large");
    assert!(matches!(error, Error::TooLarge { .. }));
}

/// Any logical path that OCFL allows; with few elements to choose from, so that paths meet.
fn logical_path() -> impl Strategy<Value = String> {
    let element = prop_oneof![
        4 => "[abAB]{1,2}",
        1 => "[a-c .~%\\-]{1,6}",
        1 => "\\PC{1,12}",
        1 => Just("con".to_owned()),
        1 => "[xü]{230,260}",
    ];
    let sound = |element: &String| !element.contains('/') && element != "." && element != "..";
    prop::collection::vec(element.prop_filter("one element", sound), 1..5).prop_map(|elements| elements.join("/"))
}

/// A state without two paths in each other's way.
fn any_state() -> impl Strategy<Value = State> {
    prop::collection::vec((logical_path(), 0u8..12), 0..30).prop_map(|files| {
        let mut state = State::new();
        for (path, content) in files {
            let is_in_the_way = state
                .keys()
                .any(|other| other.starts_with(&format!("{path}/")) || path.starts_with(&format!("{other}/")));
            if !is_in_the_way {
                state.insert(path, content);
            }
        }
        state
    })
}

proptest! {
    #[test]
    fn content_paths_are_legal_and_no_two_paths_share_one(one in "(?s).{0,400}", other in "(?s).{0,400}") {
        let path = ocfl::content_path(&one);
        prop_assert!(path.len() <= ocfl::CONTENT_PATH_BYTES_MAX);
        prop_assert!(path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-~%/".contains(&byte)));
        for element in path.split('/') {
            prop_assert!(!element.is_empty() && element.len() <= ocfl::ELEMENT_BYTES_MAX);
            prop_assert!(!element.ends_with('.') && !element.starts_with('-'), "{}", element);
            let stem = element.split('.').next().unwrap_or_default().to_ascii_lowercase();
            prop_assert!(!["con", "prn", "aux", "nul", "com1", "lpt9"].contains(&stem.as_str()));
        }
        prop_assert_eq!(path == ocfl::content_path(&other), one == other);
    }

    #[test]
    fn similar_paths_get_different_content_paths(one in logical_path(), other in logical_path()) {
        prop_assert_eq!(ocfl::content_path(&one) == ocfl::content_path(&other), one == other);
    }

    #[test]
    fn an_inventory_survives_writing_and_reading(states in prop::collection::vec(any_state(), 1..4)) {
        let inventory = inventory(&states.iter().collect::<Vec<_>>());
        let bytes = inventory.to_bytes();
        let read = Inventory::read(bytes.as_slice()).expect("what we write is sound");
        prop_assert_eq!(&read, &inventory);
        prop_assert_eq!(read.to_bytes(), bytes);
        let numbers: Vec<VersionNumber> = read.version_numbers().collect();
        for (number, state) in numbers.iter().zip(&states) {
            let seen: Vec<(String, Digest)> = read.state(*number).map(|(path, digest)| (path.to_owned(), digest)).collect();
            let expected: Vec<(String, Digest)> = state.iter().map(|(path, content)| (path.clone(), sha256(*content))).collect();
            prop_assert_eq!(seen, expected);
        }
    }

    #[test]
    fn a_plan_stores_what_is_missing_once_in_places_apart(old in any_state(), new in any_state()) {
        let first = inventory(&[&old]);
        let next = plan(Some(&first), &new);
        let held: BTreeSet<u8> = old.values().copied().collect();
        let wanted: BTreeSet<Digest> =
            new.values().filter(|content| !held.contains(content)).map(|content| sha256(*content)).collect();
        let stored: Vec<Digest> = next.new_content().map(|content| content.digest).collect();
        prop_assert_eq!(stored.len(), wanted.len());
        prop_assert_eq!(stored.iter().copied().collect::<BTreeSet<_>>(), wanted);
        let mut folded = BTreeSet::new();
        for content in next.new_content() {
            prop_assert!(folded.insert(content.content_path.to_ascii_lowercase()));
            prop_assert_eq!(content.digest, sha256(new[content.logical_path]));
            prop_assert_eq!(next.content_path(content.digest), Some(content.content_path));
        }
        for path in &folded {
            for (end, _) in path.match_indices('/') {
                prop_assert!(!folded.contains(&path[..end]), "{} is a folder of {}", &path[..end], path);
            }
        }
        prop_assert_eq!(next.is_unchanged(), old == new);
    }

    #[test]
    fn a_plan_does_not_depend_on_the_order_of_its_input(state in any_state(), seed in any::<u64>()) {
        let mut shuffled: Vec<(&String, Digest)> = state.iter().map(|(path, content)| (path, sha256(*content))).collect();
        shuffled.sort_by_key(|(path, _)| {
            path.bytes().fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
        });
        let other = NextVersion::plan(None, "urn:example:planned", shuffled, notes()).expect("the state is sound");
        let one = plan(None, &state);
        prop_assert_eq!(new_content(&one), new_content(&other));
        let fixity = || state.values().map(|content| (sha256(*content), Digests::from_iter([hash(Algorithm::Sha512, *content)])));
        let mut backwards: Vec<_> = fixity().collect();
        backwards.reverse();
        let (forwards, backwards) = (one.fixity(fixity()), other.fixity(backwards));
        let one = one.inventory(forwards.expect("it is within bounds"));
        let other = other.inventory(backwards.expect("it is within bounds"));
        prop_assert_eq!(one.expect("it is within bounds").to_bytes(), other.expect("it is within bounds").to_bytes());
    }

    #[test]
    fn merging_keeps_old_files_and_takes_new_ones(old in any_state(), new in any_state()) {
        let first = inventory(&[&old]);
        let files: Vec<(&str, Digest)> = new.iter().map(|(path, content)| (path.as_str(), sha256(*content))).collect();
        let merged: Vec<(String, Digest)> =
            merge_state(&first, files).map(|(path, digest)| (path.into_owned(), digest)).collect();
        let mut expected = old.clone();
        expected.extend(new.clone());
        let expected: Vec<(String, Digest)> = expected.into_iter().map(|(path, content)| (path, sha256(content))).collect();
        prop_assert_eq!(merged, expected);
    }
}
