//! What others say of a bag that we gave back: bagit.py of the bag, xmllint of the PREMIS in it.

#![allow(clippy::unwrap_used, reason = "a test that breaks should panic")]

#[path = "support/bag_python.rs"]
mod bag_python;
#[path = "support/given_back.rs"]
mod given_back;
#[path = "support/installation.rs"]
mod installation;

use std::fs;

use given_back::unpack;
use installation::{Installation, sample};

/// A percent sign is left out: bagit.py writes and reads it otherwise than RFC 8493 does.
const NAMES: [&str; 9] = [
    "two  words.txt",
    " leading space",
    "line\nfeed",
    "carriage\rreturn",
    "caf\u{e9}",
    "日本語/😀",
    "back\\slash",
    "-dash",
    "sub/manifest-md5.txt",
];

#[test]
fn bagit_py_accepts_every_bag_that_is_given_back() {
    let installation = Installation::new();
    installation.ingest_samples();
    let files: Vec<_> = NAMES.iter().map(|name| (*name, name.as_bytes())).collect();
    installation.ingest(&installation.plain_folder("hostile", &files));
    let mut folders = Vec::new();
    for name in ["photographs", "minutes", "letters-folder", "hostile"] {
        installation.restore(&[&format!("local.archive/{name}"), "--to", "out/"]);
        let into = installation.folder.path().join("unpacked").join(name);
        fs::create_dir_all(&into).unwrap();
        folders.push(unpack(&installation.folder.path().join(format!("out/{name}.tar")), &into));
        let plain = format!("plain-{name}");
        installation.restore(&[&format!("local.archive/{name}"), "--unpacked", "--to", &plain]);
        folders.push(installation.folder.path().join(plain));
    }
    for (folder, (is_valid, why)) in folders.iter().zip(bag_python::validate(&folders)) {
        assert!(is_valid, "{}: {why}", folder.display());
    }
}

#[test]
fn a_foreign_parser_reads_the_premis_document_of_a_restored_bag() {
    let installation = Installation::new();
    installation.ingest(&sample("photographs.tar"));
    installation.restore(&["local.archive/photographs", "--unpacked", "--to", "out"]);
    let premis = installation.folder.path().join("out/premis-v1.xml");
    let output = std::process::Command::new("xmllint").arg("--noout").arg(premis).output();
    let output =
        output.expect("xmllint is not installed: run `./test`, which installs it (Debian package libxml2-utils)");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
