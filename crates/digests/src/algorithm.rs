//! The digest algorithms, by the names that BagIt and OCFL give them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A digest algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "std::borrow::Cow<'_, str>")]
pub enum Algorithm {
    /// MD5, RFC 1321: for old manifests; never alone as proof.
    Md5,
    /// SHA-1, FIPS 180-4: for old manifests.
    Sha1,
    /// SHA-224, FIPS 180-4.
    Sha224,
    /// SHA-256, FIPS 180-4: what our stores are addressed by.
    Sha256,
    /// SHA-384, FIPS 180-4.
    Sha384,
    /// SHA-512, FIPS 180-4.
    Sha512,
    /// SHA-512/256, FIPS 180-4.
    Sha512_256,
    /// BLAKE2b with 160 bits, RFC 7693.
    Blake2b160,
    /// BLAKE2b with 256 bits, RFC 7693.
    Blake2b256,
    /// BLAKE2b with 384 bits, RFC 7693.
    Blake2b384,
    /// BLAKE2b with 512 bits, RFC 7693.
    Blake2b512,
}

/// One row an algorithm: the name in BagIt manifests, the name in OCFL, the bytes of a digest.
const TABLE: [(Algorithm, &str, &str, usize); 11] = [
    (Algorithm::Md5, "md5", "md5", 16),
    (Algorithm::Sha1, "sha1", "sha1", 20),
    (Algorithm::Sha224, "sha224", "sha224", 28),
    (Algorithm::Sha256, "sha256", "sha256", 32),
    (Algorithm::Sha384, "sha384", "sha384", 48),
    (Algorithm::Sha512, "sha512", "sha512", 64),
    (Algorithm::Sha512_256, "sha512256", "sha512/256", 32),
    (Algorithm::Blake2b160, "blake2b160", "blake2b-160", 20),
    (Algorithm::Blake2b256, "blake2b256", "blake2b-256", 32),
    (Algorithm::Blake2b384, "blake2b384", "blake2b-384", 48),
    (Algorithm::Blake2b512, "blake2b", "blake2b-512", 64),
];

impl Algorithm {
    /// Every algorithm, in the order of the enum.
    pub fn all() -> impl Iterator<Item = Algorithm> {
        TABLE.iter().map(|row| row.0)
    }

    /// Returns the name as BagIt writes it in the names of manifests (RFC 8493 §2.1.3): `sha256`.
    #[must_use]
    pub fn name(self) -> &'static str {
        TABLE[self as usize].1
    }

    /// Returns the name as OCFL 1.1 §2 writes it: `sha512/256`, `blake2b-512`.
    #[must_use]
    pub fn ocfl_name(self) -> &'static str {
        TABLE[self as usize].2
    }

    /// Returns the length of a digest in bytes.
    #[must_use]
    pub fn length_bytes(self) -> usize {
        TABLE[self as usize].3
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// The name belongs to no algorithm that we can compute.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown digest algorithm `{0}`")]
pub struct UnknownAlgorithm(pub String);

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    /// Reads a name as BagIt or OCFL writes it, in any case, with or without its hyphen (`SHA-256`).
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let plain = |name: &str| name.replace(['-', '/', '_'], "").to_ascii_lowercase();
        let wanted = plain(text);
        TABLE
            .iter()
            .find(|row| plain(row.1) == wanted || plain(row.2) == wanted)
            .map(|row| row.0)
            .ok_or_else(|| UnknownAlgorithm(text.to_owned()))
    }
}

impl From<Algorithm> for &'static str {
    fn from(algorithm: Algorithm) -> Self {
        algorithm.name()
    }
}

impl TryFrom<std::borrow::Cow<'_, str>> for Algorithm {
    type Error = UnknownAlgorithm;

    fn try_from(text: std::borrow::Cow<'_, str>) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// A set of algorithms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Algorithms(u16);

impl Algorithms {
    /// The empty set.
    pub const NONE: Algorithms = Algorithms(0);
    /// The four that manifests of depositors use: md5, sha1, sha256, sha512.
    pub const COMMON: Algorithms =
        Algorithms::NONE.with(Algorithm::Md5).with(Algorithm::Sha1).with(Algorithm::Sha256).with(Algorithm::Sha512);

    /// Returns the set with one more algorithm in it.
    #[must_use]
    pub const fn with(self, algorithm: Algorithm) -> Self {
        Self(self.0 | (1 << algorithm as u16))
    }

    /// Returns all that is in either set.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Returns whether an algorithm is in the set.
    #[must_use]
    pub const fn contains(self, algorithm: Algorithm) -> bool {
        self.0 & (1 << algorithm as u16) != 0
    }

    /// Returns whether nothing is in the set.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns the members in the order of the enum.
    pub fn iter(self) -> impl Iterator<Item = Algorithm> {
        Algorithm::all().filter(move |algorithm| self.contains(*algorithm))
    }
}

impl FromIterator<Algorithm> for Algorithms {
    fn from_iter<I: IntoIterator<Item = Algorithm>>(iter: I) -> Self {
        iter.into_iter().fold(Self::NONE, Self::with)
    }
}

impl From<Algorithm> for Algorithms {
    fn from(algorithm: Algorithm) -> Self {
        Self::NONE.with(algorithm)
    }
}
