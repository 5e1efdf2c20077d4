//! An inventory as a file: read once, hashed on the way, and held against its sidecar (OCFL 1.1 §3.6).

use std::io::{self, Read};

use digests::{Algorithm, Algorithms, Digest, Digests, Hasher};

use super::ObjectCheck;
use super::object_root::ObjectRoot;
use crate::tree::join;
use crate::{Error, INVENTORY_BYTES_MAX, INVENTORY_FILE, Parsed, Specification, rules, sidecar_name};

/// Bytes of a sidecar, at the most.
const SIDECAR_BYTES_MAX: u64 = 4096;

impl ObjectCheck<'_> {
    /// Reads the inventory of the object root with all its findings; `None` when there is none to read.
    pub fn root_inventory(&mut self, root: &ObjectRoot) -> Result<Option<ReadInventory>, Error> {
        if !root.has_inventory {
            return Ok(None);
        }
        let Some(read) = self.inventory_file("", &root.sidecars)? else { return Ok(None) };
        let declared = self.report.specification;
        if let (Some(inventory), Some(declared)) = (&read.inventory, declared)
            && inventory.specification() != declared
            && !read.findings_had(rules::E038.code)
        {
            let finding = rules::E038.finding().at(INVENTORY_FILE).expected(declared.inventory_type());
            self.report.push(finding.seen(inventory.specification().inventory_type()));
        }
        Ok(Some(read))
    }

    /// Reads an inventory, tells its findings and checks its sidecar.
    pub fn inventory_file(&mut self, folder: &str, sidecars: &[String]) -> Result<Option<ReadInventory>, Error> {
        let path = join(folder, INVENTORY_FILE);
        let mut algorithms: Algorithms = sidecars.iter().filter_map(|name| algorithm_named(name)).collect();
        algorithms = algorithms.with(Algorithm::Sha512);
        let file = match self.tree.open(&path) {
            Ok(file) => file,
            Err(error) => {
                self.report.could_not_check(&path, error);
                return Ok(None);
            }
        };
        let mut hashing = Hashing { reader: file, hasher: Hasher::new(algorithms) };
        let parsed = match Parsed::read(&mut hashing, &path, INVENTORY_BYTES_MAX) {
            Ok(parsed) => parsed,
            Err(Error::Read { source, .. }) => {
                self.report.could_not_check(&path, source);
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        // What stands behind a broken text belongs to the digest nevertheless.
        if let Err(error) = io::copy(&mut (&mut hashing).take(INVENTORY_BYTES_MAX), &mut io::sink()) {
            self.report.could_not_check(&path, error);
            return Ok(None);
        }
        let digests = hashing.hasher.finish();
        self.sidecar(folder, sidecars, parsed.algorithm_name.as_deref(), &digests);
        let codes = parsed.findings.list.iter().map(|finding| finding.code.to_string()).collect();
        self.report.findings.append(parsed.findings);
        Ok(Some(ReadInventory {
            inventory: parsed.inventory,
            names_content_directory: parsed.names_content_directory,
            version_keys: parsed.version_keys,
            fingerprint: digests.get(Algorithm::Sha512),
            codes,
        }))
    }

    /// Checks the sidecars of an inventory with the given digests.
    pub fn sidecar(&mut self, folder: &str, sidecars: &[String], algorithm: Option<&str>, digests: &Digests) {
        let path = |algorithm: &str| join(folder, &format!("{INVENTORY_FILE}.{algorithm}"));
        let expected = algorithm.filter(|name| algorithm_named(name).is_some());
        let has_expected = expected.is_none_or(|expected| sidecars.iter().any(|name| name == expected));
        let misplaced = if folder.is_empty() { &rules::E001 } else { &rules::E015 };
        if let Some(expected) = expected.filter(|_| !has_expected) {
            self.report.find(&rules::E058, &path(expected));
        } else if sidecars.is_empty() {
            self.report.find(&rules::E058, &join(folder, INVENTORY_FILE));
        }
        for name in sidecars {
            match (expected, algorithm_named(name)) {
                (Some(expected), _) if expected != name && has_expected => self.report.find(misplaced, &path(name)),
                (Some(expected), _) if expected != name => {
                    let finding = rules::E059.finding().at(path(name)).expected(expected);
                    self.report.push(finding.seen(name.as_str()));
                }
                (_, Some(algorithm)) => self.sidecar_text(&path(name), digests.get(algorithm)),
                (_, None) => self.report.find(&rules::E059, &path(name)),
            }
        }
    }

    fn sidecar_text(&mut self, path: &str, actual: Option<Digest>) {
        let mut text = Vec::new();
        let opened = self.tree.open(path);
        if let Err(error) = opened.and_then(|file| file.take(SIDECAR_BYTES_MAX).read_to_end(&mut text)) {
            return self.report.could_not_check(path, error);
        }
        let text = String::from_utf8_lossy(&text);
        let Some(actual) = actual else { return };
        match digest_of_sidecar(&text).map(|digest| Digest::parse(actual.algorithm(), digest)) {
            Some(Ok(given)) if given == actual => {}
            Some(Ok(given)) => {
                let finding = rules::E060.finding().at(path).expected(given.to_hex());
                self.report.push(finding.seen(actual.to_hex()));
            }
            _ => {
                let seen: String = text.chars().take(200).collect();
                self.report.push(rules::E061.finding().at(path).seen(format!("{seen:?}")));
            }
        }
    }

    /// Hashes an inventory that need not be understood, since it should be the same file as another.
    pub fn fingerprint(&mut self, path: &str, algorithms: Algorithms) -> Option<Digests> {
        let mut hashing = match self.tree.open(path) {
            Ok(reader) => Hashing { reader: reader.take(INVENTORY_BYTES_MAX), hasher: Hasher::new(algorithms) },
            Err(error) => {
                self.report.could_not_check(path, error);
                return None;
            }
        };
        if let Err(error) = io::copy(&mut hashing, &mut io::sink()) {
            self.report.could_not_check(path, error);
            return None;
        }
        Some(hashing.hasher.finish())
    }
}

/// Returns the digest of a sidecar's text, when it has the form of one.
fn digest_of_sidecar(text: &str) -> Option<&str> {
    let line = text.strip_suffix('\n').unwrap_or(text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    let (digest, name) = line.split_once([' ', '\t'])?;
    (name.trim_start_matches([' ', '\t']) == INVENTORY_FILE).then_some(digest)
}

/// Returns the algorithm of exactly this OCFL name.
pub(super) fn algorithm_named(name: &str) -> Option<Algorithm> {
    Algorithm::all().find(|algorithm| sidecar_name(*algorithm) == format!("{INVENTORY_FILE}.{name}"))
}

/// An inventory with what the check of a whole object asks of it.
pub(super) struct ReadInventory {
    pub inventory: Option<crate::Inventory>,
    pub names_content_directory: bool,
    pub version_keys: Vec<crate::VersionNumber>,
    /// The sha512 of the file.
    pub fingerprint: Option<Digest>,
    codes: Vec<String>,
}

impl ReadInventory {
    pub fn findings_had(&self, code: &str) -> bool {
        self.codes.iter().any(|seen| seen == code)
    }

    pub fn specification(&self) -> Option<Specification> {
        self.inventory.as_ref().map(crate::Inventory::specification)
    }
}

/// A reader that hashes what passes.
struct Hashing<R> {
    reader: R,
    hasher: Hasher,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.reader.read(buffer)?;
        self.hasher.update(&buffer[..got]);
        Ok(got)
    }
}
