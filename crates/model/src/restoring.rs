//! A restoration that is queued: what is to be given back, and how far its thawing has come.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{ObjectId, StoreId};

/// What is to be given back once it has thawed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restoring {
    /// The object.
    pub object: ObjectId,
    /// The version of it.
    pub version: u32,
    /// The one file of that version; without it, all as a bag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Where it goes, an absolute path.
    pub target: String,
    /// Whether that becomes a folder.
    #[serde(default)]
    pub is_unpacked: bool,
    /// Whether a file that has its name is replaced.
    #[serde(default)]
    pub is_overwriting: bool,
    /// The store that is thawed.
    pub store: StoreId,
    /// How often it began to thaw: more than once when a thaw ended before its use.
    #[serde(default)]
    pub rounds: u32,
    /// How far it has come.
    #[serde(default)]
    pub thawing: Thawing,
}

/// How far a thawing has come, as it was last looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Thawing {
    /// Files that are needed.
    pub files: u64,
    /// Their bytes.
    pub size_bytes: u64,
    /// Those that can be read.
    pub thawed: u64,
    /// Requests that were made.
    pub asked: u64,
    /// When the first request was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub began_at: Option<Timestamp>,
    /// By when all should be thawed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_at: Option<Timestamp>,
}
