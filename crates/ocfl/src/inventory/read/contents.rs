//! The manifest and the blocks of the fixity section, which are built alike (OCFL 1.1 §3.5.2 and §3.5.4).

use digests::Algorithm;
use findings::Rule;
use serde::de::{MapAccess, SeqAccess};

use super::digest_texts::{DigestFault, decode};
use super::value::{Any, Key, Value};
use super::{Reading, shortened};
use crate::inventory::{Content, DigestInterner, Place, split};
use crate::logical_path::{PathFault, path_faults};
use crate::{Error, rules};

/// Names of extension 0009 that are in the vocabulary beside those that we can compute.
const NAMED_ELSEWHERE: [&str; 1] = ["size"];

/// The digests of one algorithm in the fixity section.
pub(super) struct FixityDraft {
    pub algorithm: Algorithm,
    pub digests: DigestInterner,
    pub entries: Vec<Content>,
}

impl Reading {
    /// Reads a content path: reports its faults, and gives its place when it has none.
    fn place(&mut self, path: &str) -> Result<Option<Place>, Error> {
        let mut is_sound = true;
        for fault in path_faults(path) {
            let rule = if fault == PathFault::Slash { &rules::E100 } else { &rules::E099 };
            self.report(rule, path);
            is_sound = false;
        }
        if !is_sound {
            return Ok(None);
        }
        Ok(Some(match split(path, &self.assumed_directory) {
            Some((version, name)) => Place::new(version, self.names.intern(name)?),
            None => Place::whole(self.names.intern(path)?),
        }))
    }

    pub fn report_digest(&mut self, fault: DigestFault, algorithm: Option<Algorithm>, block: &str, text: &str) {
        let rule = match (fault, algorithm) {
            (DigestFault::Length, Some(Algorithm::Sha256 | Algorithm::Sha512)) if is_length_of_a_digest(text) => {
                &rules::E039
            }
            (_, Some(algorithm)) => form_of(algorithm),
            (_, None) => &rules::E039,
        };
        self.report(rule, format!("{block}: {text}"));
    }
}

fn is_length_of_a_digest(text: &str) -> bool {
    Algorithm::all().any(|algorithm| algorithm.length_bytes() * 2 == text.len())
}

/// Returns the rule about the form of an algorithm's digests.
fn form_of(algorithm: Algorithm) -> &'static Rule {
    match algorithm {
        Algorithm::Sha1 => &rules::E029,
        Algorithm::Sha256 => &rules::E030,
        Algorithm::Sha512 => &rules::E031,
        Algorithm::Blake2b512 => &rules::E032,
        _ => &rules::E057,
    }
}

pub(super) struct Manifest;

impl Value for Manifest {
    fn wrong(self, reading: &mut Reading) {
        reading.report(&rules::E106, "manifest");
    }

    fn object<'de, A: MapAccess<'de>>(self, reading: &mut Reading, mut map: A) -> Result<(), A::Error> {
        reading.has_manifest = true;
        let mut key = String::new();
        while map.next_key_seed(Key(&mut key))?.is_some() {
            let digest = match reading.digests.intern(&key).map_err(|error| reading.fail(error))? {
                Ok(digest) if reading.digests.add_to_manifest(digest, &key) => Some(digest),
                Ok(digest) => {
                    reading.report(&rules::E096, key.as_str());
                    Some(digest)
                }
                Err(fault) => {
                    reading.report_digest(fault, reading.known_algorithm(), "manifest", &key);
                    None
                }
            };
            map.next_value_seed(Any(reading, ManifestPaths { digest, key: &key }))?;
        }
        Ok(())
    }
}

/// The content paths of one digest of the manifest; of none when the digest was wrong.
struct ManifestPaths<'key> {
    digest: Option<u32>,
    key: &'key str,
}

impl Value for ManifestPaths<'_> {
    fn wrong(self, reading: &mut Reading) {
        reading.report(&rules::E092, format!("manifest: {} has no array", self.key));
    }

    fn array<'de, A: SeqAccess<'de>>(self, reading: &mut Reading, mut array: A) -> Result<(), A::Error> {
        let mut count = 0;
        while array.next_element_seed(Any(reading, ManifestPath(self.digest)))?.is_some() {
            count += 1;
        }
        if count == 0 {
            reading.report(&rules::E092, format!("manifest: {} has no content path", self.key));
        }
        Ok(())
    }
}

struct ManifestPath(Option<u32>);

impl Value for ManifestPath {
    fn wrong(self, reading: &mut Reading) {
        reading.report(&rules::E098, "manifest: a content path that is no text");
    }

    fn text(self, reading: &mut Reading, path: &str) -> Result<(), Error> {
        if let (Some(place), Some(digest)) = (reading.place(path)?, self.0) {
            reading.manifest.push(Content { digest, place });
        }
        Ok(())
    }
}

pub(super) struct Fixity;

impl Value for Fixity {
    fn wrong(self, reading: &mut Reading) {
        reading.report(&rules::E111, "fixity");
    }

    fn object<'de, A: MapAccess<'de>>(self, reading: &mut Reading, mut map: A) -> Result<(), A::Error> {
        let mut key = String::new();
        while map.next_key_seed(Key(&mut key))?.is_some() {
            let algorithm = Algorithm::all()
                .filter(|algorithm| !matches!(algorithm, Algorithm::Sha224 | Algorithm::Sha384))
                .find(|algorithm| algorithm.ocfl_name() == key);
            let is_twin = algorithm.is_some() && reading.fixity.iter().any(|block| Some(block.algorithm) == algorithm);
            if is_twin {
                reading.report(&rules::E033, format!("fixity: {key} is there twice"));
            } else if algorithm.is_none() && !NAMED_ELSEWHERE.contains(&key.as_str()) {
                reading.report(&rules::E056, key.as_str());
            }
            let algorithm = algorithm.filter(|_| !is_twin);
            map.next_value_seed(Any(reading, FixityBlock { algorithm, name: &key }))?;
        }
        Ok(())
    }
}

/// The digests of one algorithm; passed over when we do not know it (E028).
struct FixityBlock<'name> {
    algorithm: Option<Algorithm>,
    name: &'name str,
}

impl Value for FixityBlock<'_> {
    fn wrong(self, reading: &mut Reading) {
        reading.report(&rules::E057, format!("fixity: {} is no object", self.name));
    }

    fn object<'de, A: MapAccess<'de>>(self, reading: &mut Reading, mut map: A) -> Result<(), A::Error> {
        let Some(algorithm) = self.algorithm else {
            while map.next_entry::<serde::de::IgnoredAny, serde::de::IgnoredAny>()?.is_some() {}
            return Ok(());
        };
        let digests = DigestInterner::new(algorithm.length_bytes());
        reading.fixity.push(FixityDraft { algorithm, digests, entries: Vec::new() });
        let mut key = String::new();
        while map.next_key_seed(Key(&mut key))?.is_some() {
            let digest = reading.fixity_digest(algorithm, &key).map_err(|error| reading.fail(error))?;
            map.next_value_seed(Any(reading, FixityPaths { digest, algorithm, key: &key }))?;
        }
        Ok(())
    }
}

impl Reading {
    fn fixity_digest(&mut self, algorithm: Algorithm, text: &str) -> Result<Option<u32>, Error> {
        let mut bytes = [0; 64];
        let decoded = match decode(text, &mut bytes) {
            Ok(bytes) if bytes.len() == algorithm.length_bytes() => bytes,
            _ => {
                self.report(form_of(algorithm), format!("fixity: {}: {text}", algorithm.ocfl_name()));
                return Ok(None);
            }
        };
        let Some(block) = self.fixity.last_mut() else { return Ok(None) };
        let before = block.digests.digests.len();
        let digest = block.digests.intern(decoded)?;
        if block.digests.digests.len() == before {
            self.report(&rules::E097, format!("{}: {text}", algorithm.ocfl_name()));
        }
        Ok(Some(digest))
    }
}

struct FixityPaths<'key> {
    digest: Option<u32>,
    algorithm: Algorithm,
    key: &'key str,
}

impl Value for FixityPaths<'_> {
    fn wrong(self, reading: &mut Reading) {
        let seen = format!("fixity: {}: {} has no array", self.algorithm.ocfl_name(), shortened(self.key.to_owned()));
        reading.report(&rules::E057, seen);
    }

    fn array<'de, A: SeqAccess<'de>>(self, reading: &mut Reading, mut array: A) -> Result<(), A::Error> {
        while array.next_element_seed(Any(reading, FixityPath(self.digest)))?.is_some() {}
        Ok(())
    }
}

struct FixityPath(Option<u32>);

impl Value for FixityPath {
    fn wrong(self, reading: &mut Reading) {
        reading.report(&rules::E057, "fixity: a content path that is no text");
    }

    fn text(self, reading: &mut Reading, path: &str) -> Result<(), Error> {
        if let (Some(place), Some(digest)) = (reading.place(path)?, self.0)
            && let Some(block) = reading.fixity.last_mut()
        {
            block.entries.push(Content { digest, place });
        }
        Ok(())
    }
}
