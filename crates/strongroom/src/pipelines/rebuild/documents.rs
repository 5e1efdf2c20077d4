//! The documents of an object, each proven by the digest that lies beside it.

use std::io::{self, Read};

use backends::storage::{ObjectReader, StorageError, StoredFile};
use digests::{Algorithm, Digest};
use ocfl::{Declaration, INVENTORY_FILE, Inventory, Specification};

use super::super::hashing::Hashing;
use super::super::ingest::sidecars::{digest_of, summed_paths, sums_path};
use super::fault::{Fault, fault};
use super::rules;

/// Bytes of a sidecar, a declaration or the sums of a version; they are far shorter.
const SMALL_BYTES_MAX: u64 = 8192;

/// What was proven: paths below the object's folder, and sha256.
pub type Proven = Vec<(String, Vec<u8>)>;

/// The documents of a version, as they must be.
pub struct Sums {
    number: u32,
    digests: Vec<(String, Digest)>,
    text_digest: Digest,
}

impl Sums {
    /// Reads which digests the documents of a version must have.
    pub fn read(object: &ObjectReader, number: u32) -> Result<Self, Fault> {
        let path = sums_path(number);
        let text = small(object, &path)?;
        let digests: Vec<_> = text.lines().filter_map(parse).collect();
        let are_all = digests.iter().map(|(path, _)| path.as_str()).eq(summed_paths(number).iter().map(String::as_str));
        if !are_all {
            return Err(fault(&rules::NOT_UNDERSTOOD, &path, summed_paths(number).join(", "), "another list"));
        }
        let text_digest = digest(&path, text.as_bytes())?;
        Ok(Self { number, digests, text_digest })
    }

    /// Opens a document to be read as it is digested; [`Sums::prove`] follows.
    pub fn open(&self, object: &ObjectReader, path: &str) -> Result<Hashing<impl Read + use<>>, Fault> {
        Ok(Hashing::new(open(object, path)?))
    }

    /// Insists that what was read of a document is what was written.
    pub fn prove(&self, path: &str, reader: Hashing<impl Read>) -> Result<(), Fault> {
        let seen = reader.finish().map_err(|error| unreadable(path, &error))?;
        let expected = self.digests.iter().find(|(known, _)| known == path).map(|(_, digest)| *digest);
        same(path, expected, seen)
    }

    /// Proves what is not read otherwise: the version's inventory with its sidecar, and the PREMIS document. Returns all
    /// documents of the version.
    pub fn prove_rest(&self, object: &ObjectReader) -> Result<Proven, Fault> {
        let [inventory, _, _, premis] = summed_paths(self.number);
        for path in [&inventory, &premis] {
            self.prove(path, self.open(object, path)?)?;
        }
        let mut proven: Proven =
            self.digests.iter().map(|(path, digest)| (path.clone(), digest.as_bytes().to_vec())).collect();
        proven.push((sums_path(self.number), self.text_digest.as_bytes().to_vec()));
        proven.push(self.sidecar(object, &format!("v{}/", self.number))?);
        if self.number == 1 {
            let declaration = Declaration::of_object(Specification::NEWEST);
            proven.push(text_that_must_be(object, declaration.file_name, &declaration.text)?);
        }
        Ok(proven)
    }

    /// Proves the sidecar of the inventory in a folder: the version's own, or the root.
    fn sidecar(&self, object: &ObjectReader, folder: &str) -> Result<(String, Vec<u8>), Fault> {
        let path = format!("{folder}{}", ocfl::sidecar_name(Algorithm::Sha256));
        text_that_must_be(object, path, &ocfl::sidecar(self.inventory()))
    }

    fn inventory(&self) -> Digest {
        self.digests[0].1
    }

    /// Reads the root inventory, which must be that of this version, byte for byte.
    pub fn root_inventory(&self, object: &ObjectReader, inventory: Digest) -> Result<Proven, Fault> {
        same(INVENTORY_FILE, Some(self.inventory()), Some(inventory))?;
        Ok(vec![(INVENTORY_FILE.to_owned(), inventory.as_bytes().to_vec()), self.sidecar(object, "")?])
    }
}

/// Reads the root inventory and returns it with its digest, which its sidecar confirms.
pub fn inventory(object: &ObjectReader) -> Result<(Inventory, Digest), Fault> {
    let mut reader = Hashing::new(open(object, INVENTORY_FILE)?);
    let parsed = Inventory::read(&mut reader);
    let seen = reader.finish().map_err(|error| unreadable(INVENTORY_FILE, &error))?;
    let sidecar = small(object, &ocfl::sidecar_name(Algorithm::Sha256))?;
    let expected = sidecar.split_whitespace().next().and_then(|hex| Digest::parse(Algorithm::Sha256, hex).ok());
    same(INVENTORY_FILE, expected, seen)?;
    let inventory =
        parsed.map_err(|error| fault(&rules::NOT_UNDERSTOOD, INVENTORY_FILE, "an OCFL inventory", error))?;
    let digest = seen.ok_or_else(|| fault(&rules::NO_DOCUMENT, INVENTORY_FILE, "a digest", "none"))?;
    Ok((inventory, digest))
}

fn same(path: &str, expected: Option<Digest>, seen: Option<Digest>) -> Result<(), Fault> {
    if expected.is_some() && expected == seen {
        return Ok(());
    }
    let told = |digest: Option<Digest>| digest.map_or_else(|| "no digest".to_owned(), |digest| digest.to_hex());
    Err(fault(&rules::WRONG_DIGEST, path, told(expected), told(seen)))
}

fn text_that_must_be(object: &ObjectReader, path: String, expected: &str) -> Result<(String, Vec<u8>), Fault> {
    let seen = small(object, &path)?;
    if seen != expected {
        return Err(fault(&rules::WRONG_DIGEST, &path, expected.trim_end(), seen.trim_end()));
    }
    let digest = digest(&path, seen.as_bytes())?;
    Ok((path, digest.as_bytes().to_vec()))
}

fn digest(path: &str, bytes: &[u8]) -> Result<Digest, Fault> {
    let digest = digest_of(bytes).map_err(|error| unreadable(path, &error))?;
    digest.ok_or_else(|| fault(&rules::NO_DOCUMENT, path, "a digest", "none"))
}

/// Reads a line of sums: hexadecimal digits, two spaces, a path.
fn parse(line: &str) -> Option<(String, Digest)> {
    let (hex, path) = line.split_once("  ")?;
    Some((path.to_owned(), Digest::parse(Algorithm::Sha256, hex).ok()?))
}

fn small(object: &ObjectReader, path: &str) -> Result<String, Fault> {
    let mut text = String::new();
    let mut file = open(object, path)?.take(SMALL_BYTES_MAX);
    file.read_to_string(&mut text).map_err(|error| unreadable(path, &error))?;
    Ok(text)
}

fn open(object: &ObjectReader, path: &str) -> Result<StoredFile, Fault> {
    object.open(path).map_err(|error| match error {
        error if error.is_of_absent_store() => Fault::All(error.into()),
        StorageError::Io { source, .. } => unreadable(path, &source),
        error => fault(&rules::NO_DOCUMENT, path, "a document", error),
    })
}

/// Returns the finding of a document that is missing or cannot be read.
pub fn unreadable(path: &str, error: &io::Error) -> Fault {
    fault(&rules::NO_DOCUMENT, path, "a document", error)
}
