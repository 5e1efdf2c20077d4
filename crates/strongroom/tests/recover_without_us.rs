//! A stranger recovers a store with a shell script: without our program, every name and every byte.

#![allow(missing_docs, clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that breaks should panic")]

#[path = "support/installation.rs"]
mod installation;
#[path = "support/lived.rs"]
mod lived;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use installation::{Installation, Said, WORKSPACE, files_below};
use lived::{LETTERS, PHOTOGRAPHS, lived};

/// All that the script may call, by the names that POSIX gives them, and `sha256sum`.
const TOOLS: [&str; 9] = ["sh", "awk", "cp", "find", "mkdir", "mv", "rm", "sha256sum", "cat"];

/// A folder in which there is nothing but those tools: our program is out of reach.
fn tools(installation: &Installation) -> PathBuf {
    let folder = installation.folder.path().join("tools");
    if folder.is_dir() {
        return folder;
    }
    fs::create_dir(&folder).unwrap();
    for tool in TOOLS {
        let places = ["/usr/bin", "/bin"].map(|place| Path::new(place).join(tool));
        let place = places.iter().find(|place| place.exists()).unwrap_or_else(|| panic!("there is no {tool}"));
        symlink(place, folder.join(tool)).unwrap();
    }
    folder
}

fn recover(installation: &Installation, arguments: &[&str]) -> Said {
    let tools = tools(installation);
    assert!(!tools.join("strongroom").exists());
    let script = Path::new(WORKSPACE).join("docs/operators/recover.sh");
    let mut command = Command::new(tools.join("sh"));
    command.env_clear().env("PATH", &tools).current_dir(installation.folder.path());
    command.arg(script).args(arguments).output().unwrap().into()
}

/// What our own restoration gives of an object: payload and tag files, without what it makes anew.
fn given_back(installation: &Installation, object: &str, version: u32) -> Vec<(PathBuf, Vec<u8>)> {
    let place = format!("given/{object}/v{version}");
    fs::create_dir_all(installation.folder.path().join(&place).parent().unwrap()).unwrap();
    let number = version.to_string();
    installation.run(["restore", object, "--unpacked", "--version", &number, "--to", &place]).exits(0);
    let mut files = files_below(&installation.folder.path().join(place));
    files.retain(|(path, _)| path.starts_with("data"));
    files
}

fn payload(installation: &Installation, place: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = files_below(&installation.folder.path().join(place));
    files.retain(|(path, _)| path.starts_with("data"));
    files
}

#[test]
fn a_store_that_has_lived_is_recovered_by_a_script_alone() {
    let installation = lived();
    let store = |id: &str| format!("data/stores/{id}");
    for id in ["first", "second"] {
        let before = files_below(&installation.store(id));
        let out = format!("out-{id}");
        recover(&installation, &[&store(id), &out]).exits(0).contains("of 6 objects given back and proven, 0 not");
        assert!(files_below(&installation.store(id)) == before, "the store was only read");
        for (object, version) in
            [(PHOTOGRAPHS, 1), (LETTERS, 4), ("local.archive/odd names", 1), ("other.example.org/photographs", 1)]
        {
            let seen = payload(&installation, &format!("{out}/{object}"));
            assert!(!seen.is_empty(), "{object}");
            assert_eq!(seen, payload_of(&installation, object, version), "{object}");
        }
        // The depositor's own folder, not only our word for it: line breaks, quotes and all.
        let odd = files_below(&installation.folder.path().join("odd names"));
        let seen = files_below(&installation.folder.path().join(format!("{out}/local.archive/odd names/data")));
        assert_eq!(seen, odd);
        assert!(odd.len() == 6 && odd.iter().any(|(path, _)| path.to_str().unwrap().contains('\n')));
    }
    recover(&installation, &["data/stores/first", "old", LETTERS, "v1"]).exits(0);
    assert_eq!(payload(&installation, &format!("old/{LETTERS}")), payload_of(&installation, LETTERS, 1));
    assert_eq!(fs::read_dir(installation.folder.path().join("old/local.archive")).unwrap().count(), 1);
    assert!(fs::read_dir(installation.folder.path().join("old")).unwrap().count() == 1, "nothing is left behind");
}

fn payload_of(installation: &Installation, object: &str, version: u32) -> Vec<(PathBuf, Vec<u8>)> {
    let place = format!("given/{object}/v{version}");
    match installation.folder.path().join(&place).is_dir() {
        true => payload(installation, &place),
        false => given_back(installation, object, version),
    }
}

#[test]
fn every_hostile_name_that_a_file_system_takes_is_given_back_exactly() {
    let installation = Installation::new();
    let long = "x".repeat(255);
    let names = [
        "- -rf",
        "$(touch owned)",
        "`touch owned`",
        "a'b\"c",
        "back\\slash",
        "\\n",
        "tab\there",
        "line\nbreak\n",
        " ",
        "  two  blanks  ",
        "*",
        "?[a]",
        "#hash",
        "~",
        "%2e%2e",
        "%",
        "&;|<>",
        "!",
        "cr\r",
        "n\u{e9}",
        "ne\u{301}",
        "\u{1f5dd}\u{fe0f}",
        "\u{ffff}",
        "\u{10ffff}",
        "\u{202e}abc",
        "0=ocfl_object_1.1",
        "inventory.json",
        "content/0=ocfl_object_1.1",
        "v1/inventory.json.sha256",
        "CON",
        "=",
        "-",
        "...",
        "\"",
        "'",
        &long,
    ];
    let contents: Vec<_> = names.iter().map(|name| format!("the bytes of {name}").into_bytes()).collect();
    let files: Vec<_> = names.iter().zip(&contents).map(|(name, bytes)| (*name, bytes.as_slice())).collect();
    let folder = installation.plain_folder("hostile", &files);
    installation.ingest(&folder);
    recover(&installation, &["data/stores/second", "out"]).exits(0);
    let seen = files_below(&installation.folder.path().join("out/local.archive/hostile/data"));
    assert_eq!(seen, files_below(&folder));
    assert!(!installation.folder.path().join("owned").exists(), "no name was taken for a command");
}

#[test]
fn what_one_store_has_lost_is_named_and_another_fills_it_in() {
    let installation = lived();
    let object = installation.object("first", PHOTOGRAPHS);
    fs::write(object.join("v1/content/data/1923/harbour.png"), "rotten").unwrap();
    fs::remove_file(object.join("v1/content/bagit.txt")).unwrap_or_default();
    let letters = installation.object("first", LETTERS);
    fs::write(letters.join("inventory.json"), "{}").unwrap();
    let said = recover(&installation, &["data/stores/first", "out"]).exits(1);
    said.contains("data/1923/harbour.png: the store has other bytes");
    // An inventory that is damaged has a twin in the folder of the newest version.
    assert_eq!(payload(&installation, &format!("out/{LETTERS}")), payload_of(&installation, LETTERS, 4));
    recover(&installation, &["data/stores/second", "out"]).exits(0).contains("0 not");
    assert_eq!(payload(&installation, &format!("out/{PHOTOGRAPHS}")), payload_of(&installation, PHOTOGRAPHS, 1));
    // What has a name already and is something else is never written over.
    let file = installation.folder.path().join("out").join(PHOTOGRAPHS).join("data/1923/harbour.png");
    fs::write(&file, "mine").unwrap();
    recover(&installation, &["data/stores/second", "out"]).exits(1).contains("something else has its name");
    assert_eq!(fs::read(&file).unwrap(), b"mine");
}

#[test]
fn what_is_no_store_is_told_and_makes_nothing() {
    let installation = Installation::new();
    fs::create_dir(installation.folder.path().join("empty")).unwrap();
    recover(&installation, &["empty", "out"]).exits(2).contains("no OCFL storage root");
    recover(&installation, &["empty"]).exits(2).contains("usage");
    assert!(!installation.folder.path().join("out").exists());
}
