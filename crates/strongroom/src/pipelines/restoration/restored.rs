//! What was given back, for whoever asked for it.

use model::{EventId, ObjectId, ObjectIdentifier, StoreId};
use serde::Serialize;

/// The name and version of the report's format.
const FORMAT: &str = "strongroom-restoration/1";

/// What was given back, or would be.
#[derive(Debug, Clone, Serialize)]
pub struct Restored {
    /// `strongroom-restoration/1`.
    pub format: &'static str,
    /// What came of it: `restored`, `already there`, `rehearsed`.
    pub outcome: &'static str,
    /// The object.
    pub object: ObjectIdentifier,
    /// Its identity.
    pub object_id: ObjectId,
    /// The version.
    pub version: u32,
    /// The path in the bag, when one file was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// What it was given back as: `bag in a tar`, `bag in a folder`, `file`.
    pub form: &'static str,
    /// Where it is.
    pub target: String,
    /// Files in it that are as they were deposited.
    pub files: u64,
    /// Files of the payload among them.
    pub payload_files: u64,
    /// Bytes of the payload.
    pub payload_bytes: u64,
    /// Bytes of the result, as they were known before the first of them.
    pub size_bytes: u64,
    /// Files of the depositor that lay there already, left by a restoration that was killed, and were proven.
    #[serde(skip_serializing_if = "is_none")]
    pub resumed_files: u64,
    /// The sha256 of the tar or the file; of an unpacked bag none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// The algorithms of the manifests.
    pub algorithms: Vec<&'static str>,
    /// Which stores gave what.
    pub replicas: Vec<Given>,
    /// The event in the registry that tells of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<EventId>,
}

/// What one store gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Given {
    /// The store.
    pub store: StoreId,
    /// Files.
    pub files: u64,
    /// Their bytes.
    pub size_bytes: u64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_none(count: &u64) -> bool {
    *count == 0
}

impl Restored {
    /// Begins a report of nothing yet.
    pub(super) fn new(object: &model::Object, version: u32, form: &'static str, target: String) -> Self {
        Self {
            format: FORMAT,
            outcome: "restored",
            object: object.identifier.clone(),
            object_id: object.id,
            version,
            file: None,
            form,
            target,
            files: 0,
            payload_files: 0,
            payload_bytes: 0,
            size_bytes: 0,
            resumed_files: 0,
            sha256: None,
            algorithms: Vec::new(),
            replicas: Vec::new(),
            event: None,
        }
    }
}
