//! Damage on its way into the registry: confirmed by a second read, noted once, told by an event.

use backends::database::{FixityClaim, FoundDamage};
use backends::storage::{ReadBack, StorageError};
use jiff::Timestamp;
use model::{Damage, Event, EventId, HeldReplica, StepError};
use premis::{EventType, Outcome};

use super::super::Context;
use super::super::reading_back::{ReadingBack, Wrong};
use super::super::work::ask;

/// Reads files that were wrong once more, through handles of their own, and returns those that are wrong again. What is
/// right the second time was read wrongly: that is said, and no damage.
///
/// # Errors
/// The store has gone, or the work is to stop.
pub fn confirm(
    reading: &ReadingBack<'_>,
    replica: &HeldReplica,
    wrong: Vec<Wrong>,
    open: impl Fn(&str) -> Result<ReadBack, StorageError> + Sync,
) -> Result<Vec<Wrong>, StepError> {
    if wrong.is_empty() {
        return Ok(wrong);
    }
    let again = reading.compare(open, wrong.iter().map(|one| (one.path.clone(), one.expected)))?;
    for one in wrong.iter().filter(|one| !again.iter().any(|other| other.path == one.path)) {
        tracing::warn!(
            object = %replica.identifier, store.id = replica.store.0, file.path = one.path, seen = one.seen,
            "a file was read wrongly once and rightly the second time: look at the disk and the way to it"
        );
    }
    Ok(again)
}

/// Notes damage in the registry, and calls for a person where it is new.
///
/// # Errors
/// The claim is lost, or the database cannot be written.
pub fn note(context: &Context, claim: &FixityClaim, wrong: &[Wrong]) -> Result<(), StepError> {
    if wrong.is_empty() {
        return Ok(());
    }
    let now = context.clock.now();
    let found: Vec<_> = wrong
        .iter()
        .map(|one| FoundDamage {
            path: one.path.clone(),
            damage: one.damage,
            expected: one.expected.as_bytes().to_vec(),
            seen: one.seen.clone(),
        })
        .collect();
    let new = ask(context.database.note_damage(claim, &found, now, |found| event(context, claim, found, now)));
    if new? > 0 {
        let replica = &claim.replica;
        tracing::error!(
            object = %replica.identifier, store.id = replica.store.0, files = wrong.len(),
            "a replica is damaged: `strongroom incidents` says what"
        );
    }
    Ok(())
}

fn event(context: &Context, claim: &FixityClaim, found: &FoundDamage, at: Timestamp) -> Event {
    let replica = &claim.replica;
    let what = match found.damage {
        Damage::Mismatch => "other bytes than were deposited",
        Damage::Missing => "not there",
        Damage::Unreadable => "cannot be read",
    };
    let note = format!("{}: {what}; {}", shown(&found.path), found.seen);
    let mut event = of_replica(context, replica, EventType::FixityCheck, at, "a replica was read back", note);
    event.outcome = Outcome::Fail.label().to_owned();
    event.path = Some(found.path.clone()).filter(|path| !path.is_empty());
    event
}

/// Returns an event that is about a replica.
pub fn of_replica(
    context: &Context,
    replica: &HeldReplica,
    kind: EventType,
    at: Timestamp,
    detail: &str,
    note: String,
) -> Event {
    Event {
        id: EventId(context.clock.object_id().0),
        event_type: kind.label().to_owned(),
        at,
        outcome: Outcome::Success.label().to_owned(),
        detail: format!("{detail} in the store {}", replica.store),
        note,
        agent: context.agent.clone(),
        item: None,
        object: Some(replica.object),
        version: Some(replica.head),
        path: None,
        store: Some(replica.store.clone()),
    }
}

fn shown(path: &str) -> &str {
    if path.is_empty() { "the whole object" } else { path }
}
