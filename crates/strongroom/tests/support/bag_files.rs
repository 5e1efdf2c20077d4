//! A bag as a list of files, sealed with manifests and then, if a test likes, broken.

#![allow(dead_code, reason = "each test file uses a part of this")]

use std::io::Write as _;
use std::path::Path;

use digests::{Algorithm, Hasher};

use super::bag_tar::Tar;
use super::bag_zip::{Entry, zip};

/// The name of the top folder, and so of the package.
pub const TOP: &str = "bag";

/// The files of a bag by path.
#[derive(Clone)]
pub struct BagFiles(pub Vec<(String, Vec<u8>)>);

impl BagFiles {
    /// What a bag of BagIt 1.0 holds before it is sealed: a declaration, tags and one payload file.
    pub fn plain() -> Self {
        Self::of_version("1.0")
    }

    pub fn of_version(version: &str) -> Self {
        Self(Vec::new())
            .file("bagit.txt", format!("BagIt-Version: {version}\nTag-File-Character-Encoding: UTF-8\n"))
            .file("bag-info.txt", "Source-Organization: Example Library\n")
            .file("data/a.txt", "hello")
    }

    /// A whole bag: sealed with md5, and with sha256 for the tag files.
    pub fn valid() -> Self {
        Self::plain().seal(&[Algorithm::Md5], &[Algorithm::Sha256])
    }

    /// What a bag by APTrust's profile holds before it is sealed.
    pub fn aptrust() -> Self {
        Self::plain().file("aptrust-info.txt", "Title: Letters\nAccess: Institution\nStorage-Option: Standard\n")
    }

    /// What a bag by the profile "Beyond the Repository" holds before it is sealed.
    pub fn btr() -> Self {
        let identifier = bagit::BTR_IDENTIFIER;
        let info = format!(
            "Source-Organization: Example Library\nBagging-Date: 2026-01-31\nPayload-Oxum: 5.1\n\
             BagIt-Profile-Identifier: {identifier}\n"
        );
        Self::plain().file("bag-info.txt", info)
    }

    /// Adds a file, or replaces it.
    pub fn file(mut self, path: &str, contents: impl AsRef<[u8]>) -> Self {
        let contents = contents.as_ref().to_vec();
        match self.0.iter_mut().find(|file| file.0 == path) {
            Some(file) => file.1 = contents,
            None => self.0.push((path.to_owned(), contents)),
        }
        self
    }

    pub fn without(mut self, path: &str) -> Self {
        let before = self.0.len();
        self.0.retain(|file| file.0 != path);
        assert!(self.0.len() < before, "there is no {path} to take out");
        self
    }

    pub fn contents(&self, path: &str) -> &[u8] {
        &self.0.iter().find(|file| file.0 == path).expect("the bag has the file").1
    }

    /// Changes the text of a file.
    pub fn edit(self, path: &str, change: impl FnOnce(String) -> String) -> Self {
        let text = String::from_utf8(self.contents(path).to_vec()).expect("it is text");
        self.file(path, change(text))
    }

    /// Writes manifests of all that is there now: what changes afterwards is not in them.
    pub fn seal(mut self, algorithms: &[Algorithm], tag_algorithms: &[Algorithm]) -> Self {
        for algorithm in algorithms {
            let text = self.listing(*algorithm, |path| path.starts_with("data/"));
            self = self.file(&format!("manifest-{algorithm}.txt"), text);
        }
        for algorithm in tag_algorithms {
            let text = self.listing(*algorithm, |path| !path.starts_with("data/") && !path.starts_with("tagmanifest-"));
            self = self.file(&format!("tagmanifest-{algorithm}.txt"), text);
        }
        self
    }

    /// The lines of a manifest.
    pub fn listing(&self, algorithm: Algorithm, is_listed: fn(&str) -> bool) -> String {
        let line = |(path, contents): &(String, Vec<u8>)| {
            format!("{}  {}\n", hex(algorithm, contents), path.replace('%', "%25").replace('\n', "%0A"))
        };
        self.0.iter().filter(|file| is_listed(&file.0)).map(line).collect()
    }

    /// The entries of a tar archive, without its end.
    pub fn entries(&self, top: &str) -> Tar {
        let add = |tar: Tar, file: &(String, Vec<u8>)| tar.file(format!("{top}/{}", file.0), &file.1);
        self.0.iter().fold(Tar::new(), add)
    }

    pub fn tar(&self) -> Vec<u8> {
        self.entries(TOP).end()
    }

    pub fn tar_gz(&self) -> Vec<u8> {
        gzip(&self.tar())
    }

    pub fn tar_zst(&self) -> Vec<u8> {
        zstd::encode_all(self.tar().as_slice(), 1).expect("memory takes it")
    }

    pub fn zip_entries(&self) -> Vec<Entry> {
        self.0.iter().map(|(path, contents)| Entry::deflated(format!("{TOP}/{path}"), contents)).collect()
    }

    pub fn zip(&self) -> Vec<u8> {
        zip(&self.zip_entries())
    }

    /// Writes the bag as a folder.
    pub fn write_to(&self, folder: &Path) {
        for (path, contents) in &self.0 {
            let target = folder.join(path);
            std::fs::create_dir_all(target.parent().expect("it is in the folder")).unwrap();
            std::fs::write(target, contents).unwrap();
        }
    }
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

/// The digest of contents, in hexadecimal.
pub fn hex(algorithm: Algorithm, contents: &[u8]) -> String {
    let mut hasher = Hasher::new(algorithm.into());
    hasher.update(contents);
    hasher.finish().get(algorithm).expect("it was asked for").to_hex()
}
