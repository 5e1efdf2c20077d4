//! The names that people use: an institution, and an object within it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Bytes of an institution's name, at most: that of a DNS name.
pub const INSTITUTION_BYTES_MAX: usize = 253;
/// Bytes of an object's name, at most: that of a file name on every system that we know.
pub const NAME_BYTES_MAX: usize = 255;

/// A text cannot be the name of an institution or an object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdentifierError {
    /// Not a DNS name.
    #[error("`{0}` is no institution: use a domain name in lower case, such as `library.example.org`")]
    Institution(String),
    /// Empty, too long, or with characters that no name may have.
    #[error("`{0}` is no name for an object: use 1 to 255 bytes without slash or control characters")]
    Name(String),
    /// No slash between institution and name.
    #[error("`{0}` is no object identifier: write `<institution>/<bag name>`")]
    Identifier(String),
}

/// The institution that a deposit belongs to: a DNS name with at least one dot, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct InstitutionName(String);

/// The name of an object within its institution: that of its bag, without `.tar`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ObjectName(String);

/// `<institution>/<bag name>`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ObjectIdentifier {
    /// Whose it is.
    pub institution: InstitutionName,
    /// What it is called there.
    pub name: ObjectName,
}

impl InstitutionName {
    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for InstitutionName {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_label = |label: &str| {
            !label.is_empty()
                && label.len() <= 63
                && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let is_domain = text.len() <= INSTITUTION_BYTES_MAX && text.contains('.') && text.split('.').all(is_label);
        if is_domain { Ok(Self(text.to_owned())) } else { Err(IdentifierError::Institution(text.to_owned())) }
    }
}

impl ObjectName {
    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ObjectName {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_name = !text.is_empty()
            && text.len() <= NAME_BYTES_MAX
            && text != "."
            && text != ".."
            && !text.contains(|letter: char| letter == '/' || letter.is_control());
        if is_name { Ok(Self(text.to_owned())) } else { Err(IdentifierError::Name(text.to_owned())) }
    }
}

impl FromStr for ObjectIdentifier {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (institution, name) = text.split_once('/').ok_or_else(|| IdentifierError::Identifier(text.to_owned()))?;
        Ok(Self { institution: institution.parse()?, name: name.parse()? })
    }
}

impl fmt::Display for ObjectIdentifier {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.institution, self.name)
    }
}

/// The conversions that serde and `Display` want, the same for each type that wraps a text.
macro_rules! text {
    ($type:ty) => {
        impl fmt::Display for $type {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }
        impl TryFrom<String> for $type {
            type Error = IdentifierError;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }
        impl From<$type> for String {
            fn from(name: $type) -> Self {
                name.0
            }
        }
    };
}

text!(InstitutionName);
text!(ObjectName);

impl TryFrom<String> for ObjectIdentifier {
    type Error = IdentifierError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ObjectIdentifier> for String {
    fn from(identifier: ObjectIdentifier) -> Self {
        identifier.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_institution_is_a_domain_name() {
        for good in ["test.edu", "library.example.org", "a-b.c1"] {
            assert!(good.parse::<InstitutionName>().is_ok(), "{good}");
        }
        for bad in ["", "edu", "Test.edu", "a..b", "-a.b", "a.b-", "../x.y", "a.b/c"] {
            assert!(bad.parse::<InstitutionName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_object_identifier_is_split_at_the_first_slash_only() {
        let identifier: ObjectIdentifier = "test.edu/bag one".parse().expect("it is one");
        assert_eq!(identifier.to_string(), "test.edu/bag one");
        assert!("test.edu/bag/one".parse::<ObjectIdentifier>().is_err());
        assert!("test.edu/..".parse::<ObjectIdentifier>().is_err());
        assert!("test.edu".parse::<ObjectIdentifier>().is_err());
    }
}
