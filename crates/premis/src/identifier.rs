//! Identifiers: a scheme and a value that is unique in it.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// In which set of names an identifier is unique: PREMIS's identifier type.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
pub enum Scheme {
    /// Universally unique, RFC 9562; written `UUID`.
    Uuid,
    /// A URI, RFC 3986; written `URI`.
    Uri,
    /// Unique in the archive: `institution/object`, `institution/object/data/file`; written `local`.
    Local,
    /// Any other, by its own name. Make it with `Scheme::from`, which knows the three above when it sees them.
    Other(String),
}

impl Scheme {
    /// Returns the name that stands in documents.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Scheme::Uuid => "UUID",
            Scheme::Uri => "URI",
            Scheme::Local => "local",
            Scheme::Other(name) => name,
        }
    }
}

impl<'a, T: Into<Cow<'a, str>>> From<T> for Scheme {
    fn from(name: T) -> Self {
        let name = name.into();
        match &*name {
            "UUID" => Scheme::Uuid,
            "URI" => Scheme::Uri,
            "local" => Scheme::Local,
            _ => Scheme::Other(name.into_owned()),
        }
    }
}

impl From<Scheme> for String {
    fn from(scheme: Scheme) -> Self {
        match scheme {
            Scheme::Other(name) => name,
            known => known.name().to_owned(),
        }
    }
}

/// The name of an object, event, agent or rights statement. Any character is allowed and kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Identifier {
    /// Where the value is unique.
    pub scheme: Scheme,
    /// The value.
    pub value: String,
}

impl Identifier {
    /// Makes an identifier of the archive's own.
    #[must_use]
    pub fn local(value: impl Into<String>) -> Self {
        Self { scheme: Scheme::Local, value: value.into() }
    }

    /// Makes an identifier of a URI.
    #[must_use]
    pub fn uri(value: impl Into<String>) -> Self {
        Self { scheme: Scheme::Uri, value: value.into() }
    }
}

impl From<Uuid> for Identifier {
    fn from(id: Uuid) -> Self {
        Self { scheme: Scheme::Uuid, value: id.hyphenated().to_string() }
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.scheme.name(), self.value.escape_debug())
    }
}
