//! What an ingest says of formats, and what looking again and a person make of it.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test that breaks should panic")]

#[path = "support/bag_zip.rs"]
#[allow(dead_code)]
mod bag_zip;
#[path = "support/installation.rs"]
mod installation;

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use backends::database::{Database, Replaces, SettledFormat};
use bag_zip::{Entry, zip};
use installation::{Installation, files_below};
use model::{FileFormat, FormatBasis};
use serde_json::Value;

const GIF: &[u8] = b"GIF89a\x01\0\x01\0\0\0\0;";

fn epub() -> Vec<u8> {
    zip(&[Entry::stored("mimetype", b"application/epub+zip"), Entry::deflated("OEBPS/a.xhtml", &[b'x'; 400])])
}

/// A plain folder with one file for each way of telling a format.
fn folder(installation: &Installation) -> PathBuf {
    installation.plain_folder(
        "mixed",
        &[
            ("book.epub", &epub()),
            ("dot.gif", GIF),
            ("list.csv", b"a,b\n1,2\n"),
            ("noise", b"\x01\x02\x80\xff\x00\x03"),
            ("note", b"just words\n"),
        ],
    )
}

/// Returns (path, puid, basis) of each payload file.
fn formats(installation: &Installation, object: &str) -> Vec<(String, String, String)> {
    let listed = installation.run(["files", "list", object, "--starts-with", "data/", "--json"]).exits(0).json();
    let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    listed
        .iter()
        .map(|file| (word(&file["path"]), word(&file["format"]["puid"]), word(&file["format"]["basis"])))
        .collect()
}

fn expected() -> Vec<(String, String, String)> {
    [
        ("data/book.epub", "fmt/483", "container"),
        ("data/dot.gif", "fmt/4", "signature"),
        ("data/list.csv", "x-fmt/18", "extension"),
        ("data/noise", "-", "unknown"),
        ("data/note", "x-fmt/111", "text"),
    ]
    .map(|(path, puid, basis)| (path.to_owned(), puid.to_owned(), basis.to_owned()))
    .to_vec()
}

/// Makes a bag of the folder in another form, next to it.
fn bag(installation: &Installation, form: &str) -> PathBuf {
    let folder = folder(installation);
    let target = folder.with_file_name(format!("mixed{form}"));
    let arguments = [Path::new("bag"), Path::new("create"), &folder, &target];
    installation.run(arguments).exits(0);
    target
}

#[test]
fn every_form_of_a_bag_gives_the_same_formats() {
    for form in [".tar", ".tar.gz", ".zip"] {
        let installation = Installation::new();
        installation.ingest(&bag(&installation, form));
        assert_eq!(formats(&installation, "local.archive/mixed"), expected(), "{form}");
    }
    let installation = Installation::new();
    installation.ingest(&folder(&installation));
    assert_eq!(formats(&installation, "local.archive/mixed"), expected());
}

#[test]
fn the_formats_stand_in_the_stores_and_in_an_event() {
    let installation = Installation::new();
    installation.ingest(&folder(&installation));
    let object = installation.object("first", "local.archive/mixed");
    let files = files_below(&object);
    let bytes = |name: &str| &files.iter().find(|(path, _)| path.ends_with(name)).unwrap().1;
    let read = |name: &str| String::from_utf8(bytes(name).clone()).unwrap();
    let mut premis = String::new();
    flate2::read::GzDecoder::new(&bytes("v1-premis.xml.gz")[..]).read_to_string(&mut premis).unwrap();
    for words in [
        "<premis:formatRegistryName>PRONOM</premis:formatRegistryName>",
        "<premis:formatRegistryKey>fmt/483</premis:formatRegistryKey>",
        "<premis:formatName>Graphics Interchange Format</premis:formatName>",
        "signature 17 at 0",
    ] {
        assert!(premis.contains(words), "{words}");
    }
    let lines = read("v1-files.jsonl");
    let gif: Value = serde_json::from_str(lines.lines().find(|line| line.contains("dot.gif")).unwrap()).unwrap();
    assert_eq!((&gif["format"]["puid"], &gif["format"]["media_type"]), (&"fmt/4".into(), &"image/gif".into()));
    let events = installation.run(["events", "list", "--type", "format identification", "--json"]).exits(0).json();
    let note = events[0]["note"].as_str().unwrap();
    assert!(note.contains("container 1, signature 1"), "{note}");
}

/// Makes the registry say of a file what older signatures would have said.
fn falsify(installation: &Installation, path: &str) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let database = Database::open(&installation.database.address(&installation.data())).await.unwrap();
        let object = database.object(&"local.archive/mixed".parse().unwrap()).await.unwrap().unwrap();
        let format = FileFormat {
            media_type: "application/zip".into(),
            basis: FormatBasis::Signature,
            puid: Some("x-fmt/263".into()),
            note: None,
            signatures: Some("90/20170101".into()),
        };
        let settled = SettledFormat { path: path.into(), version: 1, format };
        database.settle_formats(object.id, &[settled], Replaces::AllButPersons, None).await.unwrap();
        database.close().await;
    });
}

#[test]
fn newer_signatures_tell_what_changed_and_why() {
    let installation = Installation::new();
    installation.ingest(&folder(&installation));
    installation.run(["reidentify"]).exits(0).contains("0 files looked at");
    falsify(&installation, "data/book.epub");

    installation.run(["reidentify", "--since", "90"]).exits(0).contains("0 files looked at");
    installation.run(["reidentify", "--since", "91", "--dry-run"]).exits(0).contains("1 changed");
    let told = installation.run(["reidentify", "--format", "x-fmt/263", "--json"]).exits(0).json();
    assert_eq!((&told[0]["told"], &told[0]["path"]), (&"changed".into(), &"data/book.epub".into()));
    assert_eq!((&told[0]["was"]["puid"], &told[0]["is"]["puid"]), (&"x-fmt/263".into(), &"fmt/483".into()));
    assert_eq!(formats(&installation, "local.archive/mixed"), expected());
    installation.run(["reidentify"]).exits(0).contains("0 files looked at");

    let events = installation.run(["events", "list", "--type", "format identification", "--json"]).exits(0).json();
    let notes: Vec<_> = events.iter().filter_map(|event| event["note"].as_str()).collect();
    assert!(notes.iter().any(|note| note.contains("data/book.epub: x-fmt/263 is fmt/483 now")), "{notes:?}");
    installation.run(["reidentify", "--all", "--json"]).exits(0).contains(r#""changed":0"#);
}

#[test]
fn a_person_has_the_last_word_until_it_is_taken_back() {
    let installation = Installation::new();
    installation.ingest(&folder(&installation));
    let set = |puid: &str, reason: &str| {
        installation.run([
            "files",
            "set-format",
            "local.archive/mixed/data/noise",
            puid,
            "--reason",
            reason,
            "--by",
            "M.",
        ])
    };
    set("fmt/0", "no such").exits(1).contains("no format fmt/0 is known");
    set("fmt/4", " ").exits(2).contains("say why");
    set("fmt/4", "seen in a viewer").exits(0).contains("is fmt/4 now");
    let shown = installation.run(["files", "show", "local.archive/mixed/data/noise"]).exits(0);
    shown.contains("told by person").contains("M.: seen in a viewer");

    installation.run(["reidentify", "--all"]).exits(0).contains("0 changed");
    installation.run(["reidentify", "--all", "--with-overrides"]).exits(0).contains("1 changed");
    assert_eq!(formats(&installation, "local.archive/mixed"), expected());
}

#[test]
fn a_person_who_speaks_while_a_page_is_looked_at_is_not_overruled() {
    let installation = Installation::new();
    installation.ingest(&folder(&installation));
    let file = "local.archive/mixed/data/book.epub";
    installation.run(["files", "set-format", file, "fmt/4", "--reason", "as a test"]).exits(0);
    falsify(&installation, "data/book.epub");
    assert_eq!(formats(&installation, "local.archive/mixed")[0].1, "fmt/4");
}

#[test]
fn reidentify_without_an_installation_says_so_first() {
    let said = Installation::new().run(["reidentify"]).exits(2);
    assert!(said.err.starts_with("error: there is no installation"), "{}", said.err);
}

#[test]
fn another_store_gives_what_the_first_has_lost() {
    let installation = Installation::new();
    installation.ingest(&folder(&installation));
    falsify(&installation, "data/book.epub");
    let lost = |store: &str| fs::rename(installation.store(store), installation.data().join(format!("gone-{store}")));
    lost("first").unwrap();
    installation.run(["reidentify"]).exits(0).contains("1 changed");
    falsify(&installation, "data/book.epub");
    lost("second").unwrap();
    let told = installation.run(["reidentify"]).exits(1);
    told.contains("data/book.epub cannot be read").contains("1 unread");
    let listed = formats(&installation, "local.archive/mixed");
    assert_eq!(listed[0].1, "x-fmt/263", "what could not be looked at stays as it was");
}
