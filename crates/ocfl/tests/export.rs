//! Versions given back, whole or not at all.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::Path;

use digests::{Algorithm, Digest, Hasher};
use ocfl::{
    Error, Fixity, FolderTree, Inventory, NextVersion, TreeEntryKind, VersionNotes, VersionNumber, export_version,
};

fn sha256(bytes: &[u8]) -> Digest {
    let mut hasher = Hasher::new(Algorithm::Sha256.into());
    hasher.update(bytes);
    hasher.finish().get(Algorithm::Sha256).expect("it was asked for")
}

const FILES: [(&str, &[u8]); 3] = [("data/a", b"one"), ("data/b", b"two"), ("data/c", b"one")];

fn object(folder: &Path) -> Inventory {
    let notes = VersionNotes { created: "2026-11-03T10:20:30Z".to_owned(), ..VersionNotes::default() };
    let state = FILES.iter().map(|(path, bytes)| (*path, sha256(bytes)));
    let plan = NextVersion::plan(None, "urn:example:exported", state, notes).expect("the state is sound");
    for content in plan.new_content() {
        let bytes = FILES.iter().find(|(path, _)| *path == content.logical_path).expect("it is one of them").1;
        let path = folder.join(&content.content_path);
        fs::create_dir_all(path.parent().expect("it has a folder")).expect("the folder can be made");
        fs::write(path, bytes).expect("the file can be written");
    }
    plan.inventory(Fixity::none()).expect("it is within bounds")
}

fn export(folder: &Path, inventory: &Inventory) -> Result<BTreeMap<String, Vec<u8>>, Error> {
    let mut files = BTreeMap::new();
    export_version(&FolderTree::new(folder), inventory, VersionNumber::FIRST, &mut |path, reader| {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes)?;
        files.insert(path.to_owned(), bytes);
        Ok(())
    })?;
    Ok(files)
}

#[test]
fn a_version_comes_back_as_it_went_in() {
    let folder = tempfile::tempdir().expect("there is room");
    let inventory = object(folder.path());
    let expected = FILES.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec())).collect();
    assert_eq!(export(folder.path(), &inventory).expect("it is whole"), expected);
    let two = VersionNumber::new(2).expect("it is a number");
    let error = export_version(&FolderTree::new(folder.path()), &inventory, two, &mut |_, _| Ok(()));
    assert!(matches!(error, Err(Error::NoSuchVersion(_))));
}

#[test]
fn damaged_content_is_an_error_before_its_file_is_published() {
    let folder = tempfile::tempdir().expect("there is room");
    let inventory = object(folder.path());
    fs::write(folder.path().join("v1/content/data/b"), b"twO").expect("the file can be written");
    let error = export(folder.path(), &inventory).expect_err("it is damaged");
    assert!(matches!(error, Error::Damaged { ref content_path, .. } if content_path == "v1/content/data/b"), "{error}");
    fs::remove_file(folder.path().join("v1/content/data/b")).expect("it is there");
    assert!(matches!(export(folder.path(), &inventory), Err(Error::Read { .. })));
}

#[test]
fn a_receiver_that_fails_or_stops_early_fails_the_export() {
    let folder = tempfile::tempdir().expect("there is room");
    let inventory = object(folder.path());
    let tree = FolderTree::new(folder.path());
    let full = &mut |_: &str, reader: &mut dyn Read| {
        io::copy(reader, &mut io::sink())?;
        Err(io::Error::from(io::ErrorKind::StorageFull))
    };
    let error = export_version(&tree, &inventory, VersionNumber::FIRST, full);
    assert!(matches!(error, Err(Error::Export { source, .. }) if source.kind() == io::ErrorKind::StorageFull));
    let error = export_version(&tree, &inventory, VersionNumber::FIRST, &mut |_, _| Ok(()));
    assert!(matches!(error, Err(Error::Export { .. })));
}

#[cfg(unix)]
#[test]
fn links_are_told_and_never_followed() {
    use ocfl::Tree;
    let folder = tempfile::tempdir().expect("there is room");
    fs::write(folder.path().join("secret"), b"x").expect("the file can be written");
    std::os::unix::fs::symlink("secret", folder.path().join("linked")).expect("the link can be made");
    let tree = FolderTree::new(folder.path());
    let entries = tree.list("").expect("it can be listed");
    let linked = entries.iter().find(|entry| entry.name == "linked").expect("it is there");
    assert_eq!(linked.kind, TreeEntryKind::Link);
    assert!(tree.open("linked").is_err());
    assert!(tree.open("secret").is_ok());
}
