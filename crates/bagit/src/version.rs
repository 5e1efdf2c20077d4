//! The versions of BagIt that were ever published.

use std::fmt;
use std::str::FromStr;

/// A version of BagIt. Ordered by age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// 0.93, 2008.
    V0_93,
    /// 0.94, 2008.
    V0_94,
    /// 0.95, 2008.
    V0_95,
    /// 0.96, 2008 to 2009: `package-info.txt` became `bag-info.txt`.
    V0_96,
    /// 0.97, 2011: what most bags say.
    V0_97,
    /// 1.0, RFC 8493, 2018.
    V1_0,
}

const TABLE: [(Version, &str); 6] = [
    (Version::V0_93, "0.93"),
    (Version::V0_94, "0.94"),
    (Version::V0_95, "0.95"),
    (Version::V0_96, "0.96"),
    (Version::V0_97, "0.97"),
    (Version::V1_0, "1.0"),
];

impl Version {
    /// Returns the number as `bagit.txt` writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        TABLE[self as usize].1
    }

    /// Returns the name of the file with the bag's metadata.
    #[must_use]
    pub fn metadata_file(self) -> &'static str {
        if self < Version::V0_96 { "package-info.txt" } else { "bag-info.txt" }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// The text is no published version of BagIt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown BagIt version `{0}`")]
pub struct UnknownVersion(pub String);

impl FromStr for Version {
    type Err = UnknownVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        TABLE.iter().find(|row| row.1 == text).map(|row| row.0).ok_or_else(|| UnknownVersion(text.to_owned()))
    }
}
