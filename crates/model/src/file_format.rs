//! What a file is, and what tells it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The media type of a file of which nobody knows what it is.
pub const UNKNOWN_MEDIA_TYPE: &str = "application/octet-stream";

/// The format of a file, and the evidence for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFormat {
    /// The media type: [`UNKNOWN_MEDIA_TYPE`] when nothing tells any.
    pub media_type: String,
    /// What the format was told by.
    pub basis: FormatBasis,
    /// The PRONOM unique identifier, such as `fmt/40`; none when the file is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub puid: Option<String>,
    /// The evidence in detail: signatures and where they matched, warnings, a person's reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The versions of the signatures that were asked, such as `122/20260119`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signatures: Option<String>,
}

/// What the format of a file was told by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FormatBasis {
    /// Nothing tells what it is.
    Unknown,
    /// It is text, and no more is known.
    Text,
    /// The extension of its name alone.
    Extension,
    /// Bytes at its beginning or end.
    Signature,
    /// The files within it.
    Container,
    /// A person, against whatever the bytes say.
    Person,
}

impl FormatBasis {
    /// All, from the weakest to the strongest.
    pub const ALL: [Self; 6] =
        [Self::Unknown, Self::Text, Self::Extension, Self::Signature, Self::Container, Self::Person];

    /// Returns the name that the registry and every listing use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Text => "text",
            Self::Extension => "extension",
            Self::Signature => "signature",
            Self::Container => "container",
            Self::Person => "person",
        }
    }
}

impl fmt::Display for FormatBasis {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A word that names no basis of a format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownFormatBasis(pub String);

impl fmt::Display for UnknownFormatBasis {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?} is no basis of a format", self.0)
    }
}

impl std::error::Error for UnknownFormatBasis {}

impl FromStr for FormatBasis {
    type Err = UnknownFormatBasis;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|basis| basis.name() == name);
        known.ok_or_else(|| UnknownFormatBasis(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_basis_is_found_by_its_name() {
        for basis in FormatBasis::ALL {
            assert_eq!(basis.name().parse(), Ok(basis));
        }
        assert_eq!("guess".parse::<FormatBasis>(), Err(UnknownFormatBasis("guess".into())));
    }
}
