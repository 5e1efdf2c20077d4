//! The PREMIS events of a deletion: one that speaks of all, and one a store.

use jiff::Timestamp;
use model::{Confirmed, Deletion, DeletionTarget, Event, EventId, Extent};
use premis::{EventType, Outcome};

use super::super::Work;

/// Returns the events of a deletion that every store has confirmed: always the same, whenever they are asked for.
pub fn of_deletion(work: &Work, deletion: &Deletion, target: &DeletionTarget, stores: &[Confirmed]) -> Vec<Event> {
    let what = match target.extent {
        Extent::Object => "the whole object was deleted",
        Extent::Files => "files of the object were deleted, in every version that had them",
    };
    let approver = deletion.approved.as_ref().map_or("nobody", |approved| approved.login.as_str());
    let agreed = format!(
        "deletion {}: {}; requested by {}, approved by {approver}; reason: {}",
        deletion.id, deletion.scope, deletion.requested.login, deletion.reason
    );
    let totals = format!("{} files, {} bytes", target.files, target.size_bytes);
    let telling = Telling { work, deletion, target };
    let at = stores.iter().map(|store| store.at).max().unwrap_or_default();
    let mut events: Vec<_> = stores
        .iter()
        .map(|confirmed| {
            let detail = format!("what was to be deleted was removed from the store {}", confirmed.store);
            let note = format!("{totals}: looked for again, and gone; deletion {}", deletion.id);
            let mut event = telling.event(&format!("deletion@{}", confirmed.store), confirmed.at, detail, note);
            event.store = Some(confirmed.store.clone());
            event
        })
        .collect();
    events.push(telling.event("deletion", at, what.to_owned(), format!("{totals}; {agreed}")));
    events
}

struct Telling<'a> {
    work: &'a Work,
    deletion: &'a Deletion,
    target: &'a DeletionTarget,
}

impl Telling<'_> {
    fn event(&self, what: &str, at: Timestamp, detail: String, note: String) -> Event {
        let item = self.work.claim.item.id;
        Event {
            id: EventId::of_deletion(self.target.object, self.deletion.id, item, what),
            event_type: EventType::Deletion.label().to_owned(),
            at,
            outcome: Outcome::Success.label().to_owned(),
            detail,
            note,
            agent: self.work.context.agent.clone(),
            item: Some(item),
            object: Some(self.target.object),
            version: None,
            path: None,
            store: None,
        }
    }
}
