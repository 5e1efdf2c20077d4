//! Objects: intellectual entities, their representations, and files.

use serde::{Deserialize, Serialize};

use crate::{Fixity, Identifier, Relationship};

/// An object of one of the categories that an archive of files needs (bitstreams are not among them).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "category", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Object {
    /// What a depositor thinks of as one thing.
    IntellectualEntity(IntellectualEntity),
    /// The files that together make one rendition of it: a version of a deposit.
    Representation(Representation),
    /// One file.
    File(File),
}

/// What a depositor thinks of as one thing: a book, a data set, a collection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntellectualEntity {
    /// Its identifier.
    pub identifier: Identifier,
    /// Further identifiers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_identifiers: Vec<Identifier>,
    /// What the depositor calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_name: Option<String>,
    /// How it stands to other objects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub relationships: Vec<Relationship>,
    /// The rights statements that hold for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rights: Vec<Identifier>,
}

/// The files that together make one rendition of an intellectual entity.
///
/// Its files point to it, not it to its files: so a million of them need no list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Representation {
    /// Its identifier.
    pub identifier: Identifier,
    /// Further identifiers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_identifiers: Vec<Identifier>,
    /// What the depositor calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_name: Option<String>,
    /// Where its copies lie.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub locations: Vec<Location>,
    /// How it stands to other objects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub relationships: Vec<Relationship>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Its identifier.
    pub identifier: Identifier,
    /// Further identifiers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_identifiers: Vec<Identifier>,
    /// Its digests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fixity: Vec<Fixity>,
    /// Its length. The schema ends at 2^63 - 1.
    pub size_bytes: u64,
    /// What it is; the schema wants one, so that an unknown format is said to be unknown.
    pub format: Format,
    /// Its path in the package that was deposited, as the depositor wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_name: Option<String>,
    /// Where its copies lie.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub locations: Vec<Location>,
    /// How it stands to other objects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub relationships: Vec<Relationship>,
}

/// What kind of file it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Format {
    /// Its name: a media type, or what a registry calls it.
    pub name: String,
    /// The version of the format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Its entry in a registry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry: Option<Registry>,
    /// How it was found out: by signature, by extension.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Format {
    /// Makes the format of a file of which nobody knows what it is.
    #[must_use]
    pub fn unknown() -> Self {
        Self::named("unknown")
    }

    /// Makes a format of its name alone.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), version: None, registry: None, note: None }
    }
}

/// An entry in a registry of formats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registry {
    /// The registry: `PRONOM`.
    pub name: String,
    /// The entry: `fmt/18`.
    pub key: String,
}

impl Registry {
    /// Names an entry of PRONOM by its unique identifier: `fmt/18`.
    #[must_use]
    pub fn pronom(puid: &str) -> Self {
        Self { name: "PRONOM".to_owned(), key: puid.to_owned() }
    }
}

/// Where a copy lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// The address: `file:///…`, `s3://bucket/key`.
    pub address: Identifier,
    /// The store, or what the copy lies on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub medium: Option<String>,
}
