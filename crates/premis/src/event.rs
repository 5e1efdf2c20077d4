//! Events: what happened, when, to what, by whom, and how it went.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{AgentRole, EventType, Identifier, ObjectRole, Outcome};

/// Something that happened to objects. An event is written once and never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its own identifier.
    pub id: Uuid,
    /// What happened.
    pub event_type: EventType,
    /// When it had happened; in documents RFC 3339 in UTC, exact to the nanosecond.
    pub time: Timestamp,
    /// How it was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// How it went.
    pub outcome: Outcome,
    /// What came of it: the digest computed, the format found, the reason of a failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome_note: Option<String>,
    /// Who had a part in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub agents: Vec<LinkedAgent>,
    /// What it happened to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objects: Vec<LinkedObject>,
}

/// An agent's part in an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkedAgent {
    /// The agent.
    pub identifier: Identifier,
    /// Its part.
    pub role: AgentRole,
}

/// An object's part in an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkedObject {
    /// The object.
    pub identifier: Identifier,
    /// Its part.
    pub role: ObjectRole,
}
