//! Rehearsals of the day on which it matters, and what came of them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{InstitutionName, StoreId};

/// What is rehearsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DrillKind {
    /// An object is given back and looked at by others.
    Restore,
    /// The registry is made anew from a store, beside the one that is in use.
    Rebuild,
}

impl DrillKind {
    /// Returns the name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            DrillKind::Restore => "restore",
            DrillKind::Rebuild => "rebuild",
        }
    }

    /// Returns the kind of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [DrillKind::Restore, DrillKind::Rebuild].into_iter().find(|kind| kind.name() == name)
    }
}

/// A rehearsal that has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Drill {
    /// Its number; 0 before it is in the registry.
    pub id: i64,
    /// What was rehearsed.
    pub kind: DrillKind,
    /// Whose object it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub institution: Option<InstitutionName>,
    /// From which store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<StoreId>,
    /// The object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The version of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// When it began.
    pub begun_at: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
    /// Whether all was as it should be.
    pub is_passed: bool,
    /// Files that were given back, or that the new registry knows.
    pub files: u64,
    /// Their bytes.
    pub size_bytes: u64,
    /// What was seen, a line each: what each validator said, or each difference.
    pub report: Vec<String>,
}
