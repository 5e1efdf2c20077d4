//! Storage roots, good and broken.

use std::collections::BTreeSet;

use digests::{Algorithm, Control};
use ocfl::{Depth, Layout, RootFiles, validate_root};

use crate::memory_tree::{MemoryTree, Node};
use crate::object::Object;

/// The codes that the roots below bring about.
pub const CODES: &[&str] = &[
    "E069", "E070", "E071", "E072", "E073", "E076", "E077", "E078", "E079", "E080", "E081", "E083", "E112", "W014",
    "W015", "W016",
];

fn good() -> MemoryTree {
    let layout = Layout::default();
    let mut root = MemoryTree::default();
    for (path, bytes) in RootFiles::new(&layout).iter() {
        root.put(path, bytes);
    }
    for id in ["urn:example:one", "urn:example:two"] {
        let path = layout.object_path(id).expect("there is a place");
        root.graft(&path, &Object::of(id, "1.1", Algorithm::Sha512).render());
    }
    root
}

fn check(name: &str, expected: &[&str], damage: impl FnOnce(&mut MemoryTree)) {
    let mut tree = good();
    damage(&mut tree);
    if let Ok(folder) = std::env::var("STRONGROOM_OCFL_CASES") {
        let folder = std::path::Path::new(&folder).join("roots");
        let name = format!("{}__{}", expected.join("_"), name.replace(' ', "-"));
        tree.write(&folder.join(name)).expect("the folder can be written");
    }
    let mut codes = BTreeSet::new();
    let mut list = Vec::new();
    let mut note = |findings: &findings::Findings| {
        for finding in &findings.list {
            codes.insert(finding.code.to_string());
            list.push(finding.to_string());
        }
    };
    let root = validate_root(&tree, Depth::Content, None, &mut |object| {
        note(&object.report.findings);
        Control::Continue
    });
    note(&root.expect("the root can be looked at").findings);
    assert_eq!(codes.iter().map(String::as_str).collect::<Vec<_>>(), expected, "{name}:\n{}", list.join("\n"));
    for code in expected.iter().filter(|code| !code.starts_with("E0") || **code >= "E069") {
        assert!(CODES.contains(code) || *code == "E090" || *code == "E089", "{code} is not named in the table");
    }
}

fn swap_declaration(tree: &mut MemoryTree, name: &str, text: &str) {
    tree.remove("0=ocfl_1.1");
    tree.put(name, text);
}

#[test]
fn a_good_root_has_nothing_to_find() {
    check("good", &[], |_| {});
    check("with its own documents", &[], |tree| tree.put("ocfl_1.1.md", "the specification"));
}

#[test]
fn broken_declarations_of_roots_are_found_out() {
    check("none", &["E069"], |tree| tree.remove("0=ocfl_1.1"));
    check("two", &["E076"], |tree| tree.put("0=ocfl_1.0", "ocfl_1.0\n"));
    check("no tag", &["E069", "E077"], |tree| swap_declaration(tree, "0ocfl_1.1", "ocfl_1.1\n"));
    check("another tag", &["E069", "E078"], |tree| swap_declaration(tree, "1=ocfl_1.1", "ocfl_1.1\n"));
    check("a future version", &["E079"], |tree| swap_declaration(tree, "0=ocfl_9.9", "ocfl_9.9\n"));
    check("another text", &["E080"], |tree| tree.put("0=ocfl_1.1", "ocfl_1.1"));
    check("older than its objects", &["E081"], |tree| swap_declaration(tree, "0=ocfl_1.0", "ocfl_1.0\n"));
}

#[test]
fn broken_layouts_are_found_out() {
    check("no JSON", &["E070"], |tree| tree.put("ocfl_layout.json", "{"));
    check("no description", &["E070"], |tree| tree.put("ocfl_layout.json", r#"{"extension":"initial"}"#));
    check("not registered", &["E071"], |tree| {
        tree.put("ocfl_layout.json", r#"{"extension":"mine","description":"mine"}"#);
    });
    check("no layout", &["E071"], |tree| {
        tree.put("ocfl_layout.json", r#"{"extension":"0001-digest-algorithms","description":"x"}"#);
    });
    check("a wrong configuration", &["E071"], |tree| {
        tree.put("extensions/0003-hash-and-id-n-tuple-storage-layout/config.json", r#"{"tupleSize":99}"#);
    });
    check("a layout that we do not know", &[], |tree| {
        tree.put("ocfl_layout.json", r#"{"extension":"0011-direct-clean-path-layout","description":"x"}"#);
    });
}

#[test]
fn what_does_not_belong_into_a_hierarchy_is_found_out() {
    check("a file on the way", &["E072"], |tree| tree.put("0aa/notes.txt", "x"));
    check("an empty directory", &["E073"], |tree| drop(tree.0.insert("0aa/bbb".to_owned(), Node::Directory)));
    check("a link", &["E090"], |tree| drop(tree.0.insert("0aa/linked".to_owned(), Node::Link)));
    check("a file among extensions", &["E112"], |tree| tree.put("extensions/notes.txt", "x"));
    check("an unregistered extension", &["W016"], |tree| tree.put("extensions/mine/config.json", "{}"));
    check("an object without declaration", &["E003"], |tree| {
        let path = Layout::default().object_path("urn:example:one").expect("there is a place");
        tree.remove(&format!("{path}/0=ocfl_object_1.1"));
    });
}

#[test]
fn objects_in_the_wrong_place_are_found_out() {
    let three = Object::of("urn:example:three", "1.1", Algorithm::Sha512).render();
    check("elsewhere", &["E083"], |tree| tree.graft("a/b/c/three", &three));
    let without_layout = |tree: &mut MemoryTree| {
        tree.remove("ocfl_layout.json");
        tree.remove("extensions");
    };
    check("of one id", &["E037"], |tree| {
        without_layout(tree);
        tree.graft("a/b/c/one", &Object::of("urn:example:one", "1.1", Algorithm::Sha512).render());
    });
    check("at another depth", &["W014"], |tree| {
        without_layout(tree);
        tree.graft("a/three", &three);
    });
    check("in the root itself", &["W015"], |tree| {
        without_layout(tree);
        tree.graft("three", &three);
    });
}

#[test]
fn a_check_of_a_root_can_be_stopped_and_resumed() {
    let tree = good();
    let mut seen = Vec::new();
    let mut stop = |object: &ocfl::ObjectReport| {
        seen.push(object.path.clone());
        Control::Stop
    };
    let first = validate_root(&tree, Depth::Content, None, &mut stop).expect("the root can be looked at");
    assert_eq!((first.objects, first.objects_valid), (1, 1));
    let mut rest = Vec::new();
    let mut go_on = |object: &ocfl::ObjectReport| {
        rest.push(object.path.clone());
        Control::Continue
    };
    let second = validate_root(&tree, Depth::Content, Some(&seen[0]), &mut go_on).expect("the root can be looked at");
    assert!(second.is_valid());
    assert_eq!(rest.len(), 1);
    assert!(rest[0] > seen[0]);
}
