//! Writes a small storage root with several objects and versions into an empty folder: for other validators to judge.
#![allow(clippy::print_stdout, reason = "an example prints")]

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use digests::{Algorithm, Algorithms, Digest, Digests, Hasher};
use ocfl::{
    Declaration, Inventory, Layout, NextVersion, RootFiles, User, VersionNotes, merge_state, sidecar, sidecar_name,
};

/// Names that no archive asked for and every archive has.
const HOSTILE: [&str; 11] = [
    "data/con.txt",
    "data/A.txt",
    "data/a.txt",
    "data/e\u{301}.txt",
    "data/\u{e9}.txt",
    "data/trailing dot.",
    "data/trailing space ",
    "data/-rf",
    "data/%41",
    "data/\u{202e}txt.exe",
    "data/A.txt.d/inside",
];

/// Names that JSON must escape: in an object of their own, because not every reader of inventories takes them.
const ESCAPED: [&str; 4] = ["data/line\nbreak", "data/back\\slash", "data/quote\"and~tilde", "data/\u{1}control"];

type Files = BTreeMap<String, Vec<u8>>;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("usage: write_root FOLDER")?);
    let layout = Layout::default();
    for (path, bytes) in RootFiles::new(&layout).iter() {
        write(&folder.join(path), bytes)?;
    }
    let files_of = |names: &[&str]| names.iter().map(|path| ((*path).to_owned(), path.as_bytes().to_vec())).collect();
    let mut hostile: Files = files_of(&HOSTILE);
    let escaped: Files = files_of(&ESCAPED);
    hostile.insert(format!("data/{}", "long-".repeat(60)), b"long".to_vec());
    hostile.insert("deep/".repeat(180) + "file", b"deep".to_vec());
    let plain: Files = (0..20).map(|number| (format!("data/{number:02}.txt"), vec![number / 2; 1000])).collect();
    let mut changed = plain.clone();
    changed.insert("data/03.txt".to_owned(), b"changed".to_vec());
    changed.insert("data/new.txt".to_owned(), b"new".to_vec());
    let empty = Files::new();
    let objects: [(&str, Vec<&Files>); 5] = [
        ("https://example.org/objects/plain", vec![&plain, &changed, &plain]),
        ("urn:example:hostile/\u{fc}ber:..", vec![&hostile, &plain]),
        ("urn:example:escaped", vec![&escaped]),
        ("info:example/empty-then-full", vec![&empty, &plain]),
        ("urn:example:single", vec![&changed]),
    ];
    for (id, versions) in objects {
        let path = folder.join(layout.object_path(id)?);
        for (number, files) in versions.into_iter().enumerate() {
            write_version(&path, id, files, number)?;
        }
        println!("{id}: {}", path.display());
    }
    Ok(())
}

/// Adds a version as a store does: content first, then the version's inventory, and the object root's last of all.
fn write_version(object: &Path, id: &str, files: &Files, number: usize) -> Result<(), Box<dyn std::error::Error>> {
    let previous = match fs::File::open(object.join(ocfl::INVENTORY_FILE)) {
        Ok(file) => Some(Inventory::read(file)?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(error.into()),
    };
    let digests: BTreeMap<&str, Digests> = files.iter().map(|(path, bytes)| (path.as_str(), hash(bytes))).collect();
    let new = digests.iter().map(|(path, digests)| (*path, sha256(digests)));
    let state: Vec<(Cow<'_, str>, Digest)> = match &previous {
        Some(previous) => merge_state(previous, new).collect(),
        None => new.map(|(path, digest)| (path.into(), digest)).collect(),
    };
    let notes = VersionNotes {
        created: format!("2026-11-03T10:20:3{number}Z"),
        message: Some("written by an example".to_owned()),
        user: Some(User { name: "Strongroom".to_owned(), address: Some("https://example.org/strongroom".to_owned()) }),
    };
    let plan = NextVersion::plan(previous.as_ref(), id, state, notes)?;
    for content in plan.new_content() {
        write(&object.join(&content.content_path), &files[content.logical_path])?;
    }
    let version = plan.version().to_string();
    let fixity = plan.fixity(digests.values().map(|digests| (sha256(digests), digests.clone())))?;
    let inventory = plan.inventory(fixity)?;
    let bytes = inventory.to_bytes();
    let sidecar_text = sidecar(sha256(&hash(&bytes)));
    if number == 0 {
        let declaration = Declaration::of_object(inventory.specification());
        write(&object.join(declaration.file_name), declaration.text.as_bytes())?;
    }
    for folder in [object.join(version), object.to_owned()] {
        write(&folder.join(ocfl::INVENTORY_FILE), &bytes)?;
        write(&folder.join(sidecar_name(inventory.algorithm())), sidecar_text.as_bytes())?;
    }
    Ok(())
}

fn hash(bytes: &[u8]) -> Digests {
    let mut hasher = Hasher::new(Algorithms::COMMON);
    hasher.update(bytes);
    hasher.finish()
}

fn sha256(digests: &Digests) -> Digest {
    digests.get(Algorithm::Sha256).expect("it is one of the common ones")
}

fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path, bytes)
}
