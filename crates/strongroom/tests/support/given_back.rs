//! What a restoration gave, taken apart: a tar unpacked, a payload compared, a replica broken.

#![allow(dead_code, reason = "each test file uses a part of this")]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::installation::{Installation, files_below};

/// Returns the files of a tar by their paths below its top folder.
pub fn files_of(tar: &Path) -> BTreeMap<String, Vec<u8>> {
    entries(&fs::read(tar).unwrap())
}

/// The same of a tar in memory.
pub fn entries(tar: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in tar::Archive::new(tar).entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        if !path.ends_with('/') {
            files.insert(path.split_once('/').unwrap().1.to_owned(), bytes);
        }
    }
    files
}

/// Returns the payload only, by the paths below `data/`.
pub fn payload_of(files: &BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Vec<u8>> {
    let payload = files.iter().filter_map(|(path, bytes)| Some((path.strip_prefix("data/")?, bytes)));
    payload.map(|(path, bytes)| (path.to_owned(), bytes.clone())).collect()
}

/// Returns all files below a plain folder, by path.
pub fn folder_of(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = files_below(folder).into_iter();
    files.map(|(path, bytes)| (path.to_str().unwrap().to_owned(), bytes)).collect()
}

/// Unpacks a tar and returns the bag's folder.
pub fn unpack(tar: &Path, into: &Path) -> PathBuf {
    tar::Archive::new(File::open(tar).unwrap()).unpack(into).unwrap();
    let mut folders = fs::read_dir(into).unwrap().map(|entry| entry.unwrap().path());
    folders.next().expect("a tar has a top folder")
}

impl Installation {
    /// Restores, insists that it is done, and returns the report.
    #[track_caller]
    pub fn restore(&self, arguments: &[&str]) -> Value {
        self.run([&["restore", "--json"], arguments].concat()).exits(0).json().remove(0)
    }

    /// Insists that a bag of ours is a valid one.
    #[track_caller]
    pub fn assert_valid(&self, bag: &Path) {
        self.run(["bag".as_ref(), "validate".as_ref(), bag.as_os_str()]).exits(0);
    }

    /// Returns the file of a store that holds these bytes.
    #[track_caller]
    pub fn content(&self, store: &str, bytes: &[u8]) -> PathBuf {
        let root = self.store(store).join("ocfl");
        let found = files_below(&root).into_iter().find(|(_, seen)| seen == bytes);
        root.join(found.expect("the store has these bytes").0)
    }

    /// Returns the failed fixity checks that the registry has.
    pub fn failures(&self) -> Vec<Value> {
        self.run(["events", "list", "--json", "--type", "fixity check", "--outcome", "fail"]).exits(0).json()
    }
}

/// Insists that nothing hidden was left in a folder.
#[track_caller]
pub fn assert_no_leftover(folder: &Path) {
    let hidden: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with('.'))
        .collect();
    assert!(hidden.is_empty(), "left over: {hidden:?}");
}
