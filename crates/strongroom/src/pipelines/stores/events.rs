//! The PREMIS events of stores' lives.

use model::{Event, Object, StoreId};
use premis::{EventType, Outcome};

use super::super::Context;

/// What the events of one object in one store share.
pub struct About<'a> {
    pub context: &'a Context,
    pub object: &'a Object,
    pub store: &'a StoreId,
}

impl About<'_> {
    /// Returns an event that happens now.
    pub fn event(&self, kind: EventType, detail: String, note: String) -> Event {
        let event = of_store(self.context, self.store, kind, detail, note);
        Event { object: Some(self.object.id), version: Some(self.object.head), ..event }
    }
}

/// Returns an event about a whole store that happens now.
pub fn of_store(context: &Context, store: &StoreId, kind: EventType, detail: String, note: String) -> Event {
    Event {
        id: context.clock.event_id(),
        event_type: kind.label().to_owned(),
        at: context.clock.now(),
        outcome: Outcome::Success.label().to_owned(),
        detail,
        note,
        agent: context.agent.clone(),
        item: None,
        object: None,
        version: None,
        path: None,
        store: Some(store.clone()),
    }
}
