//! An installation that has lived a while, and its registry lost and compared.

#![allow(dead_code, reason = "each test file uses a part of this")]

use std::ffi::OsStr;
use std::fs;

use backends::database::Database;

use super::installation::{Installation, Said, sample};

pub const PHOTOGRAPHS: &str = "local.archive/photographs";
pub const LETTERS: &str = "local.archive/letters";

/// Two institutions; deposits with other digests, merged and replaced; files that go, come back and have odd names; a
/// deposit that was refused, and damage that was repaired.
pub fn lived() -> Installation {
    let installation = Installation::new();
    installation.configure("institutions = [\"local.archive\", \"other.example.org\"]\n");
    installation.ingest_samples();
    let ingest = |arguments: &[&OsStr]| {
        installation.run([OsStr::new("ingest")].iter().chain(arguments)).exits(0);
    };
    let sample = sample("photographs.tar");
    ingest(&["--institution".as_ref(), "other.example.org".as_ref(), sample.as_ref()]);
    let letters = installation.plain_folder(
        "letters",
        &[("a.txt", b"first"), ("b.txt", b"stays"), ("twin 1.txt", b"equal"), ("twin 2.txt", b"equal"), ("empty", b"")],
    );
    ingest(&[letters.as_ref()]);
    fs::remove_file(letters.join("b.txt")).unwrap();
    fs::write(letters.join("a.txt"), "second").unwrap();
    fs::write(letters.join("d.txt"), "equal").unwrap();
    ingest(&[letters.as_ref()]);
    fs::rename(letters.join("a.txt"), letters.join("renamed.txt")).unwrap();
    ingest(&["--replace".as_ref(), letters.as_ref()]);
    // Back with the bytes of the first version, in a bag with other digests than before.
    fs::write(letters.join("b.txt"), "stays").unwrap();
    fs::write(letters.join("a.txt"), "first").unwrap();
    let bag = installation.folder.path().join("letters.tar");
    let made = ["bag", "create", "letters", "letters.tar", "--algorithm", "md5,sha1,sha384,sha512"];
    installation.run(made).exits(0);
    ingest(&["--replace".as_ref(), bag.as_ref()]);
    let odd = installation.plain_folder(
        "odd names",
        &[
            ("100% of it/na\u{308}me.txt", b"1"),
            ("quote\"'\\back.txt", b"2"),
            ("tab\tnew\nline", b"3"),
            ("per%2Fcent/.hidden/\u{1f5dd}", b"4"),
            ("con", b"5"),
            (&"long".repeat(60), b"6"),
        ],
    );
    ingest(&[odd.as_ref()]);
    fs::write(installation.folder.path().join("broken.tar"), "this is no tar").unwrap();
    installation.run(["ingest", "broken.tar"]).exits(1);
    let picture = installation.object("first", PHOTOGRAPHS).join("v1/content/data/1923/harbour.png");
    fs::write(&picture, "rotten").unwrap();
    installation.run(["fixity", "check", PHOTOGRAPHS]).exits(0).contains("1 repair made");
    installation
}

/// Returns the registry as text.
pub fn dump(installation: &Installation) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let text = runtime.block_on(async {
        let database = Database::open_existing(&installation.database.address(&installation.data())).await.unwrap();
        let mut text = Vec::new();
        database.dump_registry(&mut text).await.unwrap();
        database.close().await;
        text
    });
    String::from_utf8(text).unwrap()
}

/// Returns the names of all that the data directory has of a registry.
pub fn registries(installation: &Installation) -> Vec<String> {
    let entries = fs::read_dir(installation.data()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name.contains("registry")).collect();
    names.sort();
    names
}

/// Loses the registry: all of it, or without its log, as a disk would.
pub fn lose(installation: &Installation) {
    installation.database.lose();
    for name in registries(installation) {
        fs::remove_file(installation.data().join(name)).unwrap();
    }
}

pub fn rebuild(installation: &Installation, from: &str) -> Said {
    installation.run(["rebuild", "--from", from, "--json"])
}

/// Insists that two registries are the same, and says where they are not.
#[track_caller]
pub fn assert_same(expected: &str, seen: &str) {
    let other = expected.lines().zip(seen.lines()).find(|(one, other)| one != other);
    assert!(expected == seen, "{} and {} rows; first: {other:#?}", expected.lines().count(), seen.lines().count());
}
