//! A bag built in memory, for the tests.

#![allow(dead_code, reason = "each test file uses a part of this")]

use std::io::Write as _;

use bagit::{Bag, BagitError, Members, Profile, Report, Serialization, Spool, validate};
use digests::{Algorithm, Algorithms, Hasher};
use findings::{Findings, Rule};

/// The files of a bag, and how it is packed. Starts as a valid bag of one file.
#[derive(Clone)]
pub struct BagBuilder {
    files: Vec<(String, Vec<u8>)>,
    algorithms: Vec<Algorithm>,
    tag_algorithms: Vec<Algorithm>,
    unread: Vec<String>,
    unkept: Vec<String>,
    sizes: Vec<(String, u64)>,
    extra: Vec<(String, Vec<u8>)>,
    lines: Vec<(String, String)>,
    has_empty_payload_folder: bool,
    pub serialization: Option<Serialization>,
    pub profile: Option<Profile>,
    pub found: Findings,
}

impl BagBuilder {
    /// A valid bag of BagIt 1.0 with one payload file.
    pub fn valid() -> Self {
        Self::version("1.0")
    }

    pub fn version(version: &str) -> Self {
        let declaration = format!("BagIt-Version: {version}\nTag-File-Character-Encoding: UTF-8\n");
        Self {
            files: vec![
                ("bagit.txt".to_owned(), declaration.into_bytes()),
                ("data/a.txt".to_owned(), b"hello".to_vec()),
            ],
            algorithms: vec![Algorithm::Md5],
            tag_algorithms: vec![],
            unread: vec![],
            unkept: vec![],
            sizes: vec![],
            extra: vec![],
            lines: vec![],
            has_empty_payload_folder: false,
            serialization: None,
            profile: None,
            found: Findings::default(),
        }
    }

    /// Adds or replaces a file; manifests that are written here are not made by the builder.
    pub fn file(mut self, path: &str, contents: impl AsRef<[u8]>) -> Self {
        self.files.retain(|file| file.0 != path);
        self.files.push((path.to_owned(), contents.as_ref().to_vec()));
        self
    }

    pub fn without(mut self, path: &str) -> Self {
        self.files.retain(|file| file.0 != path);
        self
    }

    /// Adds a file that no manifest made by the builder will list.
    pub fn unlisted(mut self, path: &str, contents: impl AsRef<[u8]>) -> Self {
        self.extra.push((path.to_owned(), contents.as_ref().to_vec()));
        self
    }

    pub fn manifests(mut self, algorithms: &[Algorithm]) -> Self {
        self.algorithms = algorithms.to_vec();
        self
    }

    pub fn tag_manifests(mut self, algorithms: &[Algorithm]) -> Self {
        self.tag_algorithms = algorithms.to_vec();
        self
    }

    /// Adds a line to a manifest that the builder makes.
    pub fn line(mut self, manifest: &str, line: &str) -> Self {
        self.lines.push((manifest.to_owned(), line.to_owned()));
        self
    }

    /// A member whose digests the package reader could not compute.
    pub fn unread(mut self, path: &str) -> Self {
        self.unread.push(path.to_owned());
        self
    }

    /// A member whose contents the package reader did not keep.
    pub fn unkept(mut self, path: &str) -> Self {
        self.unkept.push(path.to_owned());
        self
    }

    /// A member that claims another size.
    pub fn size(mut self, path: &str, size_bytes: u64) -> Self {
        self.sizes.push((path.to_owned(), size_bytes));
        self
    }

    pub fn empty_payload_folder(mut self) -> Self {
        self.has_empty_payload_folder = true;
        self
    }

    pub fn profile(mut self, json: &str) -> Self {
        self.profile = Some(Profile::parse(json.as_bytes()).expect("the profile of a test is right"));
        self
    }

    pub fn built_in_profile(mut self, name: &str) -> Self {
        self.profile = Some(Profile::built_in(name).expect("it is built in"));
        self
    }

    pub fn serialization(mut self, serialization: Serialization) -> Self {
        self.serialization = Some(serialization);
        self
    }

    pub fn validate(self) -> Report {
        self.try_validate().expect("memory can be read")
    }

    pub fn try_validate(self) -> Result<Report, BagitError> {
        let files = self.with_manifests();
        let mut members = Members::new();
        let spool = Spool::new();
        if self.has_empty_payload_folder {
            members.mark_payload_folder();
        }
        for (path, contents) in &files {
            let size_bytes =
                self.sizes.iter().find(|size| size.0 == *path).map_or(contents.len() as u64, |size| size.1);
            let index = members.push(path, size_bytes, 0, 0);
            if !self.unread.contains(path) {
                let mut hasher = Hasher::new(Algorithm::all().collect::<Algorithms>());
                hasher.update(contents);
                members.set_digests(index, &hasher.finish());
            }
            if members.get(index).class.is_kept(path) && !self.unkept.contains(path) {
                let mut writer = spool.create(path).expect("memory can be written");
                writer.write_all(contents).expect("memory can be written");
            }
        }
        validate(&Bag {
            members: &members,
            kept: &spool,
            serialization: self.serialization,
            top_folder: Some("bag"),
            package_name: Some("bag"),
            profile: self.profile.as_ref(),
            found: self.found.clone(),
        })
    }

    fn with_manifests(&self) -> Vec<(String, Vec<u8>)> {
        let mut files = self.files.clone();
        for algorithm in &self.algorithms {
            self.add_manifest(&mut files, &format!("manifest-{algorithm}.txt"), *algorithm, |path| {
                path.starts_with("data/")
            });
        }
        for algorithm in &self.tag_algorithms {
            self.add_manifest(&mut files, &format!("tagmanifest-{algorithm}.txt"), *algorithm, |path| {
                !path.starts_with("data/") && !path.starts_with("tagmanifest-")
            });
        }
        files.extend(self.extra.clone());
        files
    }

    fn add_manifest(
        &self,
        files: &mut Vec<(String, Vec<u8>)>,
        name: &str,
        algorithm: Algorithm,
        is_listed: fn(&str) -> bool,
    ) {
        if files.iter().any(|file| file.0 == name) {
            return;
        }
        let mut text = String::new();
        for (path, contents) in files.iter().filter(|file| is_listed(&file.0)) {
            text += &format!("{}  {}\n", hex(algorithm, contents), bagit::path::encode(path));
        }
        for (_, line) in self.lines.iter().filter(|line| line.0 == name) {
            text += &format!("{line}\n");
        }
        files.push((name.to_owned(), text.into_bytes()));
    }
}

/// The digest of contents, in hexadecimal.
pub fn hex(algorithm: Algorithm, contents: &[u8]) -> String {
    let mut hasher = Hasher::new(algorithm.into());
    hasher.update(contents);
    hasher.finish().get(algorithm).expect("it was asked for").to_hex()
}

/// Checks that a bag has exactly these findings, in any order, and says all of them when it has not.
#[track_caller]
pub fn check(bag: BagBuilder, expected: &[&Rule]) {
    let report = bag.validate();
    let mut seen: Vec<_> = report.findings.list.iter().map(|finding| finding.code.to_string()).collect();
    let mut wanted: Vec<_> = expected.iter().map(|rule| rule.code.to_owned()).collect();
    seen.sort();
    wanted.sort();
    let all: Vec<_> = report.findings.list.iter().map(ToString::to_string).collect();
    assert_eq!(seen, wanted, "\n{}", all.join("\n"));
}

/// Checks as [`check`] does, and that the bag is refused.
#[track_caller]
pub fn refused(bag: BagBuilder, expected: &[&Rule]) {
    assert!(!bag.clone().validate().is_valid(), "the bag was accepted");
    check(bag, expected);
}

/// Checks as [`check`] does, and that the bag is accepted.
#[track_caller]
pub fn accepted(bag: BagBuilder, expected: &[&Rule]) {
    let report = bag.clone().validate();
    assert!(report.is_valid(), "{:?}", report.findings.list);
    check(bag, expected);
}
