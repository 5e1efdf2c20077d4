//! The values of digests: one, and the set that belongs to one stream.

use std::fmt;

use crate::{Algorithm, Algorithms};

/// One digest. Written as lower-case hexadecimal; read in any case.
#[derive(Clone, Copy)]
pub struct Digest {
    algorithm: Algorithm,
    bytes: [u8; 64],
}

/// A text is not a digest of the algorithm named.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseDigestError {
    /// Too short or too long.
    #[error("a {algorithm} digest has {expected} hexadecimal digits, not {seen}")]
    Length {
        /// Whose digest it should be.
        algorithm: Algorithm,
        /// Digits wanted.
        expected: usize,
        /// Digits seen.
        seen: usize,
    },
    /// Something that is no hexadecimal digit.
    #[error("a digest has hexadecimal digits only")]
    NotHexadecimal,
}

impl Digest {
    /// Makes a digest of its bytes; `None` when their number is not the algorithm's.
    #[must_use]
    pub fn from_bytes(algorithm: Algorithm, bytes: &[u8]) -> Option<Self> {
        (bytes.len() == algorithm.length_bytes()).then(|| {
            let mut own = [0; 64];
            own[..bytes.len()].copy_from_slice(bytes);
            Self { algorithm, bytes: own }
        })
    }

    /// Reads hexadecimal digits of either case.
    ///
    /// # Errors
    /// The text has another length than the algorithm's digests, or a character that is no digit.
    pub fn parse(algorithm: Algorithm, text: &str) -> Result<Self, ParseDigestError> {
        let expected = algorithm.length_bytes() * 2;
        if text.len() != expected {
            return Err(ParseDigestError::Length { algorithm, expected, seen: text.chars().count() });
        }
        let mut bytes = [0; 64];
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
        }
        Ok(Self { algorithm, bytes })
    }

    /// Returns whose digest this is.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Returns the bytes, as many as the algorithm makes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.algorithm.length_bytes()]
    }

    /// Returns the lower-case hexadecimal text.
    #[must_use]
    pub fn to_hex(&self) -> String {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = String::with_capacity(self.algorithm.length_bytes() * 2);
        for byte in self.as_bytes() {
            text.push(DIGITS[(byte >> 4) as usize] as char);
            text.push(DIGITS[(byte & 15) as usize] as char);
        }
        text
    }
}

fn nibble(digit: u8) -> Result<u8, ParseDigestError> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        b'A'..=b'F' => Ok(digit - b'A' + 10),
        _ => Err(ParseDigestError::NotHexadecimal),
    }
}

impl PartialEq for Digest {
    fn eq(&self, other: &Self) -> bool {
        self.algorithm == other.algorithm && self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Digest {}

impl std::hash::Hash for Digest {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.algorithm.hash(state);
        self.as_bytes().hash(state);
    }
}

impl PartialOrd for Digest {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Digest {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.algorithm, self.as_bytes()).cmp(&(other.algorithm, other.as_bytes()))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.to_hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.algorithm, self.to_hex())
    }
}

/// The digests of one stream: at most one an algorithm, in the order of the enum.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Digests(Vec<Digest>);

impl Digests {
    /// Adds a digest, or replaces the one of the same algorithm.
    pub fn set(&mut self, digest: Digest) {
        match self.0.binary_search_by_key(&digest.algorithm(), Digest::algorithm) {
            Ok(place) => self.0[place] = digest,
            Err(place) => self.0.insert(place, digest),
        }
    }

    /// Returns the digest of an algorithm, when it was computed.
    #[must_use]
    pub fn get(&self, algorithm: Algorithm) -> Option<Digest> {
        self.0.iter().find(|digest| digest.algorithm() == algorithm).copied()
    }

    /// Returns all digests.
    pub fn iter(&self) -> impl Iterator<Item = Digest> {
        self.0.iter().copied()
    }

    /// Returns which algorithms there are digests of.
    #[must_use]
    pub fn algorithms(&self) -> Algorithms {
        self.0.iter().map(Digest::algorithm).collect()
    }
}

impl IntoIterator for Digests {
    type Item = Digest;
    type IntoIter = std::vec::IntoIter<Digest>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl Extend<Digest> for Digests {
    fn extend<I: IntoIterator<Item = Digest>>(&mut self, iter: I) {
        iter.into_iter().for_each(|digest| self.set(digest));
    }
}

impl FromIterator<Digest> for Digests {
    fn from_iter<I: IntoIterator<Item = Digest>>(iter: I) -> Self {
        let mut digests = Self::default();
        digests.extend(iter);
        digests
    }
}
