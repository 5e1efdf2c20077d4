//! What is known of replicas after their ingest: when they were last proven, and what is wrong with them.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{ObjectId, ObjectIdentifier, StoreId};

/// What is wrong with a file of a replica. A check that could not be made is none of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Damage {
    /// It has other bytes than it should.
    Mismatch,
    /// It is not there, while its store is.
    Missing,
    /// It is there and cannot be read. That says nothing of its bytes.
    Unreadable,
}

impl Damage {
    /// Returns the name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Damage::Mismatch => "mismatch",
            Damage::Missing => "missing",
            Damage::Unreadable => "unreadable",
        }
    }

    /// Returns the damage of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Damage::Mismatch, Damage::Missing, Damage::Unreadable].into_iter().find(|damage| damage.name() == name)
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// One object in one store, with all of its versions: what a check of fixity is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeldReplica {
    /// The object.
    pub object: ObjectId,
    /// Its name.
    pub identifier: ObjectIdentifier,
    /// The store.
    pub store: StoreId,
    /// The folder of the object below the store's OCFL root.
    pub object_path: String,
    /// The newest version that the store holds.
    pub head: u32,
    /// Files of content, of all versions.
    pub files: u64,
    /// Their bytes.
    pub size_bytes: u64,
    /// When the last check began in which every byte was right; `None` when there was none.
    pub proven_at: Option<Timestamp>,
}

/// How far a check of a large replica has come, so that a killed one goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckCursor {
    /// The version that was the newest when it began: with another one it begins anew.
    pub head: u32,
    /// When it began.
    pub begun_at: Timestamp,
    /// Contents that are done, in the order of the inventory.
    pub contents: u64,
}

/// Where an incident stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentState {
    /// The file is wrong still.
    Open,
    /// It was written again from a good replica and read back.
    Repaired,
    /// A later check found it right without our doing: the disk or the way to it is to be doubted.
    Passed,
    /// The object or the file was deleted by two people, and the wrong bytes with it.
    Deleted,
}

impl IncidentState {
    /// Returns the name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            IncidentState::Open => "open",
            IncidentState::Repaired => "repaired",
            IncidentState::Passed => "passed",
            IncidentState::Deleted => "deleted",
        }
    }

    /// Returns the state of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [IncidentState::Open, IncidentState::Repaired, IncidentState::Passed, IncidentState::Deleted]
            .into_iter()
            .find(|state| state.name() == name)
    }
}

/// A file of a replica that was found wrong: kept for ever, whatever became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Incident {
    /// Its number.
    pub id: i64,
    /// The object.
    pub object: ObjectId,
    /// Its name.
    pub identifier: ObjectIdentifier,
    /// The store.
    pub store: StoreId,
    /// The file, below the object's folder in the store; empty for the whole object.
    pub path: String,
    /// What is wrong with it.
    pub damage: Damage,
    /// The sha256 that it should have, in hexadecimal.
    pub expected: String,
    /// What was seen instead.
    pub seen: String,
    /// When it was found.
    pub found_at: Timestamp,
    /// When it was last seen so.
    pub seen_at: Timestamp,
    /// Where it stands.
    pub state: IncidentState,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// Where the wrong bytes are kept, below the store's folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quarantine: Option<String>,
    /// The store that the right bytes came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repaired_from: Option<StoreId>,
    /// Why it could not be repaired yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// How the checks of one store stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoreFixity {
    /// The store.
    pub store: StoreId,
    /// Objects that it holds.
    pub replicas: u64,
    /// Their bytes.
    pub size_bytes: u64,
    /// The replica that was proven the longest ago, or never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest: Option<OldestReplica>,
    /// Replicas that were never proven.
    pub never_proven: u64,
    /// Replicas that were proven longer ago than the store's period, or never.
    pub overdue: u64,
    /// Replicas that are queued or in work.
    pub queued: u64,
    /// Replicas proven within the last 24 hours.
    pub proven_in_a_day: u64,
    /// Their bytes.
    pub proven_in_a_day_bytes: u64,
    /// Incidents that are open.
    pub open_incidents: u64,
    /// Replicas whose last check did not read all of their bytes, since they are in a class that is not read at once.
    pub not_read: u64,
    /// When the one of them was last read whole that was so the longest ago.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest_reading: Option<Timestamp>,
}

/// The replica of a store that was proven the longest ago.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OldestReplica {
    /// The object.
    pub identifier: ObjectIdentifier,
    /// When it was last proven; `None` when never.
    pub proven_at: Option<Timestamp>,
}

/// What is known of the canaries of a store: planted files with known damage, which a check must find.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Canaries {
    /// When all of it was last found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caught_at: Option<Timestamp>,
    /// When something was missed, if that was so the last time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed_at: Option<Timestamp>,
    /// What was missed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed: Option<String>,
}
