//! The tombstone: what a store tells for ever of an object, or of files, that it held once.
//!
//! It names identities, digests and sizes, and never content. With it a registry that was lost knows again what was
//! deleted, by whom and why.

use jiff::Timestamp;
use model::{
    Confirmed, DeletedFile, Deletion, DeletionId, DeletionState, DeletionTarget, Event, Extent, ItemId, Object,
    ObjectId, ObjectIdentifier, ObjectVersion, StepError,
};
use serde::{Deserialize, Serialize};

use super::super::Work;
use super::certificate::{FILES_NAMED_MAX, STATEMENT_FORMAT, Statement, sha256};
use super::{events, gone};

/// What a tombstone calls itself.
pub const TOMBSTONE_FORMAT: &str = "strongroom-tombstone/1";

/// What is known of a deletion of one object, or of files of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tombstone {
    /// What this is.
    pub format: String,
    /// The deletion.
    pub deletion: Deletion,
    /// The object.
    pub identifier: ObjectIdentifier,
    /// Its identity.
    pub object_id: ObjectId,
    /// Its newest version when it was deleted.
    pub head: u32,
    /// How much of it went.
    pub extent: Extent,
    /// The work item that carried it out.
    pub item: ItemId,
    /// When bytes began to go.
    pub begun_at: Timestamp,
    /// When every store had confirmed.
    pub deleted_at: Timestamp,
    /// The stores, and when each confirmed.
    pub stores: Vec<Confirmed>,
    /// Files that went.
    pub files: u64,
    /// Their bytes.
    pub size_bytes: u64,
    /// The sha256 of the list of them.
    pub files_sha256: String,
    /// The object as it was, where all of it went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<Object>,
    /// Its versions, where all of it went.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<ObjectVersion>,
    /// What happened: the deletion, and where all of it went, all that had happened to it before.
    pub events: Vec<Event>,
}

/// Returns the names of a tombstone's three files below `tombstones/`: itself, the list of files, the certificate.
#[must_use]
pub fn names(object: ObjectId, deletion: DeletionId) -> [String; 3] {
    [".json", "-files.jsonl", "-certificate.json"].map(|ending| format!("{object}/deletion-{deletion}{ending}"))
}

/// A tombstone as it is written, with what is certified of it.
pub struct Composed {
    pub tombstone: String,
    pub files: Vec<u8>,
    pub statement: Statement,
    pub events: Vec<Event>,
}

/// Composes the tombstone; before and after it is recorded, it is the same. Call within [`Work::blocking`].
pub fn compose(work: &Work, deletion: &Deletion, target: &DeletionTarget) -> Result<Composed, StepError> {
    let registry = &work.context.database;
    let stores = work.ask(registry.confirmed_stores(target.deletion, target.object))?;
    let deleted_at = stores.iter().map(|store| store.at).max();
    let deleted_at = deleted_at.ok_or_else(|| StepError::stop("no store has confirmed the deletion"))?;
    let (files, named) = listed(work, target)?;
    let told = work.ask(registry.events_of_work(target.object))?;
    let new = events::of_deletion(work, deletion, target, &stores);
    // What is recorded already stays as it was told, by whatever version of this program.
    let recorded = |event: Event| told.iter().find(|told| told.id == event.id).cloned().unwrap_or(event);
    let new: Vec<_> = new.into_iter().map(recorded).collect();
    let (object, versions, earlier) = match target.extent {
        Extent::Files => (None, Vec::new(), Vec::new()),
        Extent::Object => {
            let object = work.ask(registry.object_by_id(target.object))?;
            (object, work.ask(registry.object_versions(target.object))?, told.clone())
        }
    };
    let earlier = earlier.into_iter().filter(|event| new.iter().all(|new| new.id != event.id));
    let tombstone = Tombstone {
        format: TOMBSTONE_FORMAT.to_owned(),
        deletion: Deletion { state: DeletionState::Ended, cancelled: None, ..deletion.clone() },
        identifier: target.identifier.clone(),
        object_id: target.object,
        head: target.head,
        extent: target.extent,
        item: work.claim.item.id,
        begun_at: target.begun_at.unwrap_or(deleted_at),
        deleted_at,
        stores,
        files: target.files,
        size_bytes: target.size_bytes,
        files_sha256: sha256(&files),
        object,
        versions,
        events: earlier.chain(new.iter().cloned()).collect(),
    };
    let text = serde_json::to_string_pretty(&tombstone).map_err(StepError::stop)? + "\n";
    let agent = new.first().map(|event| event.agent.clone()).unwrap_or_default();
    Ok(Composed { statement: statement(tombstone, &text, agent, named), tombstone: text, files, events: new })
}

/// Returns the list of files that went, and where they are not too many, the same to be named.
fn listed(work: &Work, target: &DeletionTarget) -> Result<(Vec<u8>, Vec<DeletedFile>), StepError> {
    let (mut files, mut named) = (Vec::new(), Vec::new());
    gone::each(work, target, |file| {
        serde_json::to_writer(&mut files, &file).map_err(StepError::stop)?;
        files.push(b'\n');
        if named.len() <= FILES_NAMED_MAX {
            named.push(file);
        }
        Ok(())
    })?;
    if named.len() > FILES_NAMED_MAX {
        named.clear();
    }
    Ok((files, named))
}

fn statement(tombstone: Tombstone, text: &str, agent: String, named: Vec<DeletedFile>) -> Statement {
    let deletion = tombstone.deletion;
    Statement {
        format: STATEMENT_FORMAT.to_owned(),
        agent,
        deletion: deletion.id,
        scope: deletion.scope,
        reason: deletion.reason,
        requested: deletion.requested,
        approved: deletion.approved,
        object: tombstone.identifier,
        object_id: tombstone.object_id,
        extent: tombstone.extent,
        files: tombstone.files,
        size_bytes: tombstone.size_bytes,
        named,
        files_sha256: tombstone.files_sha256,
        tombstone_sha256: sha256(text.as_bytes()),
        stores: tombstone.stores,
        deleted_at: tombstone.deleted_at,
    }
}
