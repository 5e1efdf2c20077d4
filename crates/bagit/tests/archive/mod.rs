//! Archives built byte by byte, so that they can be as wrong as a test wants, and what a test asks of a package.

#![allow(dead_code, unused_imports, reason = "each test file uses a part of this")]

mod tar;
mod zip;

use std::fs;
use std::path::PathBuf;

use bagit::{Bag, BagitError, GatherOptions, Gathered, Package, Report, Spool, gather, validate};
use digests::{Algorithm, Hasher};

pub use tar::TarBuilder;
pub mod tar_fields {
    pub use super::tar::{Fields, base_256, octal};
}
pub use zip::{ZipBuilder, ZipEntry};

/// The files of a valid bag with sha256 manifests: path in the bag, contents.
pub fn bag_files() -> Vec<(String, Vec<u8>)> {
    let payload = [("data/a.txt", b"hello".to_vec()), ("data/b/c.bin", (0..=255).cycle().take(3000).collect())];
    let hex = |bytes: &[u8]| {
        let mut hasher = Hasher::new(Algorithm::Sha256.into());
        hasher.update(bytes);
        hasher.finish().get(Algorithm::Sha256).expect("it was asked for").to_hex()
    };
    let manifest: String = payload.iter().map(|(path, bytes)| format!("{}  {path}\n", hex(bytes))).collect();
    let mut files = vec![
        ("bagit.txt".to_owned(), b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n".to_vec()),
        ("bag-info.txt".to_owned(), b"Payload-Oxum: 3005.2\n".to_vec()),
        ("manifest-sha256.txt".to_owned(), manifest.into_bytes()),
    ];
    files.extend(payload.into_iter().map(|(path, bytes)| (path.to_owned(), bytes)));
    files
}

/// A valid bag in a tar, its top folder `bag`.
pub fn bag_tar() -> TarBuilder {
    let mut tar = TarBuilder::new();
    tar.folder("bag/");
    for (path, bytes) in bag_files() {
        tar.file(&format!("bag/{path}"), &bytes);
    }
    tar
}

/// A package in a folder of its own, which goes away with it.
pub struct Packed {
    pub folder: tempfile::TempDir,
    pub path: PathBuf,
}

/// Writes an archive.
pub fn packed(name: &str, bytes: &[u8]) -> Packed {
    let folder = tempfile::tempdir().expect("there is room for a test");
    let path = folder.path().join(name);
    fs::write(&path, bytes).expect("there is room for a test");
    Packed { folder, path }
}

/// Writes a folder of files.
pub fn unpacked(name: &str, files: &[(String, Vec<u8>)]) -> Packed {
    let folder = tempfile::tempdir().expect("there is room for a test");
    let path = folder.path().join(name);
    fs::create_dir(&path).expect("the folder is new");
    for (file, bytes) in files {
        let file = path.join(file);
        fs::create_dir_all(file.parent().expect("it is below the folder")).expect("it can be made");
        fs::write(file, bytes).expect("there is room for a test");
    }
    Packed { folder, path }
}

impl Packed {
    pub fn open(&self) -> Package {
        Package::open(&self.path).expect("it can be opened")
    }

    pub fn gather(&self) -> Gathered {
        gather(&self.open(), &GatherOptions::default(), &Spool::new()).expect("it can be read")
    }

    pub fn try_gather(&self, options: &GatherOptions) -> Result<Gathered, BagitError> {
        gather(&Package::open(&self.path)?, options, &Spool::new())
    }

    /// Gathers and validates.
    pub fn validate(&self) -> Report {
        let package = self.open();
        let spool = Spool::new();
        let gathered = gather(&package, &GatherOptions::default(), &spool).expect("it can be read");
        let bag = Bag {
            members: &gathered.members,
            kept: &spool,
            serialization: gathered.serialization,
            top_folder: gathered.top_folder.as_deref(),
            package_name: Some(package.name()),
            profile: None,
            found: gathered.findings.clone(),
        };
        validate(&bag).expect("what was kept can be read")
    }
}

/// The codes of what was found, in order.
pub fn codes(gathered: &Gathered) -> Vec<&str> {
    gathered.findings.list.iter().map(|finding| finding.code.as_ref()).collect()
}

/// The paths of the members, in the order of the package.
pub fn paths(gathered: &Gathered) -> Vec<&str> {
    gathered.members.iter().map(|(_, member)| member.path).collect()
}

/// Asserts that reading an archive gives exactly these members and findings.
#[track_caller]
pub fn check(name: &str, bytes: &[u8], members: &[&str], expected: &[&findings::Rule]) {
    let gathered = packed(name, bytes).gather();
    let expected: Vec<_> = expected.iter().map(|rule| rule.code).collect();
    assert_eq!((paths(&gathered).as_slice(), codes(&gathered)), (members, expected), "{:#?}", gathered.findings.list);
}
