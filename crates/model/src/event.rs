//! A PREMIS event of ours: what happened to an object, a file or a deposit.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{EventId, ItemId, ObjectId, StoreId};

/// Something that happened, kept for ever. Events are only ever added.
///
/// An event without `path` speaks of all files of the version: one event for a bag of a million files, not a million.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its identity.
    pub id: EventId,
    /// What kind of thing happened: a term of the PREMIS event type vocabulary.
    pub event_type: String,
    /// When.
    pub at: Timestamp,
    /// `success`, `warning` or `fail`.
    pub outcome: String,
    /// What was done, for people.
    pub detail: String,
    /// What came of it, for people.
    pub note: String,
    /// The program that did it, with its version.
    pub agent: String,
    /// The work item on whose behalf.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<ItemId>,
    /// The object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectId>,
    /// The version of the object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// The file, where only one is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The store, where one is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<StoreId>,
}
