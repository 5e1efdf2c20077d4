//! Storage layouts: where in a root an object lies, by its identifier.

mod configuration;
mod percent;
mod prefix;
mod root_files;

use digests::{Algorithm, Hasher};

pub use root_files::{LAYOUT_BYTES_MAX, LAYOUT_FILE, RootFiles};

use crate::Error;

/// A registered layout of a storage root, with its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layout {
    /// Extension 0002: the identifier is the directory.
    FlatDirect,
    /// Extension 0003: tuples of the identifier's digest, then the identifier percent-encoded.
    HashAndId(Tuples),
    /// Extension 0004: tuples of the identifier's digest, then the digest.
    Hashed {
        /// How the digest is cut.
        tuples: Tuples,
        /// Whether the last directory has what the tuples left, or the whole digest.
        root: DigestRoot,
    },
    /// Extension 0006: what follows the last delimiter of the identifier.
    FlatOmitPrefix {
        /// Ends the prefix; of any case.
        delimiter: String,
    },
    /// Extension 0007: tuples of what follows the last delimiter, then the whole of it.
    TupleOmitPrefix(TupleOmitPrefix),
}

/// How a digest is cut into directories.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tuples {
    /// Of the identifier.
    pub algorithm: Algorithm,
    /// Hexadecimal digits of each directory's name.
    pub size: usize,
    /// Directories one within another.
    pub count: usize,
}

/// The last directory of extension 0004.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DigestRoot {
    /// Bears the whole digest.
    Whole,
    /// Bears the digits that no tuple has.
    Rest,
}

/// The parameters of extension 0007.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TupleOmitPrefix {
    /// Ends the prefix; of any case.
    pub delimiter: String,
    /// Characters of each directory's name.
    pub size: usize,
    /// Directories one within another.
    pub count: usize,
    /// Where zeros are added to an identifier that is too short.
    pub padding: Padding,
    /// In which direction the tuples are cut.
    pub direction: Direction,
}

/// Where an identifier is padded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Padding {
    /// Before it.
    Left,
    /// Behind it.
    Right,
}

/// In which direction an identifier is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From its first character.
    Forward,
    /// From its last, which so becomes the first.
    Reversed,
}

impl Default for Layout {
    /// Returns what new roots are written in: extension 0003 with sha256 and three tuples of three.
    fn default() -> Self {
        Self::HashAndId(Tuples::default())
    }
}

impl Default for Tuples {
    fn default() -> Self {
        Self { algorithm: Algorithm::Sha256, size: 3, count: 3 }
    }
}

impl Layout {
    /// Returns the registered name of the extension.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::FlatDirect => "0002-flat-direct-storage-layout",
            Self::HashAndId(_) => "0003-hash-and-id-n-tuple-storage-layout",
            Self::Hashed { .. } => "0004-hashed-n-tuple-storage-layout",
            Self::FlatOmitPrefix { .. } => "0006-flat-omit-prefix-storage-layout",
            Self::TupleOmitPrefix(_) => "0007-n-tuple-omit-prefix-storage-layout",
        }
    }

    /// Returns the directory of an object, relative to the storage root.
    ///
    /// # Errors
    /// The layout has no place for the identifier: its path would leave the root, or have an empty element.
    pub fn object_path(&self, id: &str) -> Result<String, Error> {
        let path = match self {
            Self::FlatDirect => id.to_owned(),
            Self::HashAndId(tuples) => {
                let digest = digest_of(id, tuples.algorithm);
                format!("{}{}", tuples.cut(&digest), percent::directory_of(id, &digest))
            }
            Self::Hashed { tuples, root } => {
                let digest = digest_of(id, tuples.algorithm);
                let used = if *root == DigestRoot::Rest { tuples.size * tuples.count } else { 0 };
                format!("{}{}", tuples.cut(&digest), digest.get(used..).unwrap_or_default())
            }
            Self::FlatOmitPrefix { delimiter } => prefix::omit(id, delimiter).to_owned(),
            Self::TupleOmitPrefix(parameters) => parameters.path(id),
        };
        match crate::check_logical_path(&path) {
            Ok(()) => Ok(path),
            Err(_) => Err(Error::CannotPlace {
                layout: self.name(),
                id: id.to_owned(),
                reason: "its directory would be empty or lead out of the root",
            }),
        }
    }
}

impl Tuples {
    fn cut(self, digest: &str) -> String {
        let mut path = String::with_capacity((self.size + 1) * self.count);
        for tuple in 0..self.count {
            path.push_str(&digest[tuple * self.size..(tuple + 1) * self.size]);
            path.push('/');
        }
        path
    }
}

fn digest_of(id: &str, algorithm: Algorithm) -> String {
    let mut hasher = Hasher::new(algorithm.into());
    hasher.update(id.as_bytes());
    hasher.finish().get(algorithm).map(|digest| digest.to_hex()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
