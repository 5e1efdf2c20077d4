//! What is held: objects, their versions, files and replicas.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Evidence, FileFormat, ItemId, ObjectId, ObjectIdentifier, StoreId};

/// Who may see an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// All members of the consortium.
    Consortia,
    /// Users of the institution.
    #[default]
    Institution,
    /// Administrators of the institution.
    Restricted,
}

impl Access {
    /// Returns the name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Access::Consortia => "consortia",
            Access::Institution => "institution",
            Access::Restricted => "restricted",
        }
    }

    /// Returns the access that a tag asks for, in any case; the default for what it does not name.
    #[must_use]
    pub fn from_tag(text: &str) -> Self {
        match text.to_ascii_lowercase().as_str() {
            "consortia" => Access::Consortia,
            "restricted" => Access::Restricted,
            _ => Access::Institution,
        }
    }
}

/// An intellectual object: one bag, all its deposits together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Object {
    /// Its identity.
    pub id: ObjectId,
    /// Its name.
    pub identifier: ObjectIdentifier,
    /// Its title, from the bag's tags or its name.
    pub title: String,
    /// Its description, from the bag's tags.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Who may see it.
    pub access: Access,
    /// Which stores hold it. It stays the same while the object is held.
    pub storage_option: String,
    /// The profile that its newest deposit named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile_identifier: Option<String>,
    /// When its first deposit was accepted.
    pub created_at: Timestamp,
    /// When its newest deposit was accepted.
    pub updated_at: Timestamp,
    /// The number of its newest version, from 1.
    pub head: u32,
    /// Files of the newest version.
    pub files: u64,
    /// Bytes of the newest version.
    pub size_bytes: u64,
}

/// One accepted deposit of an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectVersion {
    /// The object.
    pub object: ObjectId,
    /// The number, from 1.
    pub number: u32,
    /// The work item that took it in.
    pub item: ItemId,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// Files of the version.
    pub files: u64,
    /// Bytes of the version.
    pub size_bytes: u64,
    /// Files whose bytes were new to the object.
    pub new_files: u64,
    /// Those bytes.
    pub new_size_bytes: u64,
}

/// A file as one version of its object has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileVersion {
    /// The object.
    pub object: ObjectId,
    /// The path in the bag: `data/letters/1.tif`.
    pub path: String,
    /// The version that brought these bytes.
    pub version: u32,
    /// The version from which on they are no longer current, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_by: Option<u32>,
    /// Bytes.
    pub size_bytes: u64,
    /// When the depositor last changed it (Unix seconds).
    pub modified_at: i64,
    /// What it is.
    pub format: FileFormat,
    /// Digests in hexadecimal, by algorithm.
    pub digests: Vec<(String, String)>,
}

/// One object in one store, as far as it is proven.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replica {
    /// The object.
    pub object: ObjectId,
    /// The version up to which the store holds it.
    pub version: u32,
    /// The store.
    pub store: StoreId,
    /// The folder of the object below the store's OCFL root.
    pub object_path: String,
    /// How good the proof is.
    pub evidence: Evidence,
    /// When it was proven.
    pub verified_at: Timestamp,
    /// Files written for this version.
    pub files: u64,
    /// Their bytes.
    pub size_bytes: u64,
}
