//! `ocfl show` and `ocfl export`: what is stored is seen and given back, any version, byte for byte, or not at all.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that breaks should panic")]

#[path = "support/installation.rs"]
mod installation;

use std::fs;
use std::path::{Path, PathBuf};

use installation::{Installation, copy_tree, files_below};

const LETTERS: &str = "local.archive/letters";
const ID: &str = "strongroom:local.archive/letters";

struct Stored {
    installation: Installation,
    object: PathBuf,
    /// The depositor's files as each version was deposited.
    sources: [PathBuf; 2],
}

/// Two deposits, the second of which is the whole truth.
fn stored() -> Stored {
    let installation = Installation::new();
    let all: &[(&str, &[u8])] =
        &[("a.txt", b"one"), ("b/c d.txt", b""), ("b/'\u{202e}\\ .txt", b"hostile"), ("ø/議", b"x")];
    let folder = installation.plain_folder("letters", all);
    let sources = ["source-1", "source-2"].map(|name| installation.folder.path().join(name));
    copy_tree(&folder, &sources[0]);
    installation.ingest(&folder);
    fs::write(folder.join("a.txt"), "one, mended").unwrap();
    fs::remove_file(folder.join("b/c d.txt")).unwrap();
    fs::write(folder.join("new.txt"), "new").unwrap();
    copy_tree(&folder, &sources[1]);
    installation.run(["ingest", "--replace", folder.to_str().unwrap()]).exits(0);
    let object = installation.object("second", LETTERS);
    Stored { installation, object, sources }
}

#[track_caller]
fn assert_same_payload(exported: &Path, source: &Path) {
    assert_eq!(files_below(&exported.join("data")), files_below(source));
}

fn leftovers(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.filter(|path| path.to_string_lossy().contains("partial")).collect()
}

#[test]
fn every_version_comes_back_as_it_was_deposited() {
    let Stored { installation, object, sources } = stored();
    let top = installation.folder.path();
    let object = object.to_str().unwrap();
    installation.run(["ocfl", "export", object, "--version", "v1", "--to", "one"]).exits(0).contains("all proven");
    installation.run(["ocfl", "export", object, "--version", "v2", "--to", "two"]).exits(0);
    installation.run(["ocfl", "export", object, "--to", "newest/"]).exits(0);
    assert_same_payload(&top.join("one"), &sources[0]);
    assert_same_payload(&top.join("two"), &sources[1]);
    assert_eq!(files_below(&top.join("newest")), files_below(&top.join("two")));
    assert!(top.join("one/bag-info.txt").is_file(), "tag files are part of the object");
    assert_eq!(leftovers(top), Vec::<PathBuf>::new());
}

#[test]
fn an_object_of_a_store_is_found_by_its_id() {
    let Stored { installation, sources, .. } = stored();
    let store = installation.store("first");
    let store = store.to_str().unwrap();
    installation.run(["ocfl", "export", store, "--to", "out"]).exits(2).contains("--object");
    installation.run(["ocfl", "export", store, "--object", "none", "--to", "out"]).exits(2).contains("has the id none");
    installation.run(["ocfl", "export", store, "--object", ID, "--to", "out"]).exits(0);
    assert_same_payload(&installation.folder.path().join("out"), &sources[1]);
}

#[test]
fn a_target_that_is_there_is_never_touched() {
    let Stored { installation, object, .. } = stored();
    let target = installation.folder.path().join("out");
    fs::create_dir(&target).unwrap();
    installation.run(["ocfl", "export", object.to_str().unwrap(), "--to", "out"]).exits(2).contains("is there already");
    assert_eq!(fs::read_dir(&target).unwrap().count(), 0);
    let link = installation.folder.path().join("link");
    std::os::unix::fs::symlink("nowhere", link).unwrap();
    installation
        .run(["ocfl", "export", object.to_str().unwrap(), "--to", "link"])
        .exits(2)
        .contains("is there already");
}

#[test]
fn a_damaged_object_gives_nothing_back() {
    let Stored { installation, object, .. } = stored();
    let (damaged, _) = files_below(&object).into_iter().find(|(_, bytes)| bytes == b"hostile").unwrap();
    fs::write(object.join(damaged), "HOSTILE").unwrap();
    let said = installation.run(["ocfl", "export", object.to_str().unwrap(), "--to", "out"]).exits(1);
    said.contains("nothing was exported").contains("is damaged");
    assert!(!installation.folder.path().join("out").exists());
    assert_eq!(leftovers(installation.folder.path()), Vec::<PathBuf>::new());
}

#[test]
fn a_version_that_is_not_there_is_refused() {
    let Stored { installation, object, .. } = stored();
    let object = object.to_str().unwrap();
    installation.run(["ocfl", "export", object, "--version", "v3", "--to", "out"]).exits(2).contains("no version v3");
    installation
        .run(["ocfl", "export", object, "--version", "three", "--to", "out"])
        .exits(2)
        .contains("version number");
    assert!(!installation.folder.path().join("out").exists());
}

#[test]
fn a_logical_path_that_no_file_can_have_is_refused_by_name() {
    let Stored { installation, object, .. } = stored();
    let path = object.join("inventory.json");
    // A NUL is no fault of OCFL, and no name of a file.
    let text = fs::read_to_string(&path).unwrap().replace("data/new.txt", "data/n\\u0000w.txt");
    fs::write(&path, text).unwrap();
    let said = installation.run(["ocfl", "export", object.to_str().unwrap(), "--to", "out"]).exits(1);
    said.contains("data/n\\u{0}w.txt").contains("nothing was exported");
    assert!(!installation.folder.path().join("out").exists());
    assert_eq!(leftovers(installation.folder.path()), Vec::<PathBuf>::new());
}

#[test]
fn an_inventory_that_leads_out_of_the_target_is_refused() {
    let Stored { installation, object, .. } = stored();
    let path = object.join("inventory.json");
    let text = fs::read_to_string(&path).unwrap().replace("data/new.txt", "../escaped.txt");
    fs::write(&path, text).unwrap();
    let said = installation.run(["ocfl", "export", object.to_str().unwrap(), "--to", "out"]);
    assert_ne!(said.code, Some(0), "{}", said.out);
    assert!(!installation.folder.path().join("escaped.txt").exists());
    assert!(!installation.folder.path().join("out").exists());
}

#[test]
fn a_root_shows_its_layout_and_objects() {
    let Stored { installation, .. } = stored();
    let store = installation.store("first");
    let said = installation.run(["ocfl", "show", store.to_str().unwrap()]).exits(0);
    said.contains(ID).contains("0003-hash-and-id-n-tuple-storage-layout").contains("v2");
    let lines = installation.run(["ocfl", "show", "--json", store.to_str().unwrap()]).exits(0).json();
    assert_eq!((&lines[0]["id"], &lines[0]["head"]), (&ID.into(), &"v2".into()));
    assert_eq!((&lines[1]["kind"], &lines[1]["objects"]), (&"root".into(), &1.into()));
}

#[test]
fn an_object_shows_its_versions_and_the_files_of_one() {
    let Stored { installation, object, .. } = stored();
    let object = object.to_str().unwrap();
    let of = |arguments: &[&str]| {
        let lines = installation.run([&["ocfl", "show", "--json", object], arguments].concat()).exits(0).json();
        let files: Vec<_> = lines.iter().filter(|line| line["kind"] == "file").cloned().collect();
        assert_eq!(lines.iter().filter(|line| line["kind"] == "version").count(), 2);
        files
    };
    let size = |files: &[serde_json::Value], path: &str| {
        files.iter().find(|file| file["path"] == path).map(|file| file["size_bytes"].as_u64().unwrap())
    };
    let (one, two) = (of(&["--version", "v1"]), of(&[]));
    assert_eq!((size(&one, "data/a.txt"), size(&two, "data/a.txt")), (Some(3), Some(11)));
    assert_eq!((size(&one, "data/b/c d.txt"), size(&two, "data/b/c d.txt")), (Some(0), None));
    installation.run(["ocfl", "show", object]).exits(0).contains("Files of v2");
}

#[test]
fn a_hostile_path_of_a_foreign_object_reaches_no_terminal() {
    let Stored { installation, object, .. } = stored();
    let path = object.join("inventory.json");
    let text = fs::read_to_string(&path).unwrap().replace("data/new.txt", "data/n\\u001b[2J\\n\\u009bw.txt");
    fs::write(&path, text).unwrap();
    let object = object.to_str().unwrap();
    for arguments in [&["ocfl", "show", object][..], &["ocfl", "show", "--json", object], &["ocfl", "validate", object]]
    {
        let said = installation.run(arguments);
        let is_unsafe = |letter: char| (letter.is_control() && letter != '\n') || letter == '\u{202e}';
        assert!(!said.out.contains(is_unsafe) && !said.err.contains(is_unsafe), "{arguments:?}: {:?}", said.out);
    }
    installation.run(["ocfl", "show", object]).exits(0).contains("data/n\\u{1b}[2J\\u{a}\\u{9b}w.txt");
    let lines = installation.run(["ocfl", "show", "--json", object]).exits(0).json();
    assert!(lines.iter().any(|line| line["path"] == "data/n\u{1b}[2J\n\u{9b}w.txt"), "JSON keeps the name");
}
