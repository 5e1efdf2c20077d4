//! The PREMIS events of a restoration: what was given out, and each replica that failed on the way.

use backends::database::EventFilter;
use digests::Digest;
use jiff::Timestamp;
use model::{Event, EventId, StoreId};
use premis::{EventType, Outcome};

use super::super::Clock;
use super::RestorationError;
use super::contents::Contents;
use super::faults::{Fault, Faults};
use super::restored::Restored;

/// Events that are looked at to find an earlier restoration.
const LOOKED_AT_MAX: u32 = 1_000;

/// What the events of one restoration have in common.
pub struct Telling<'a> {
    /// What is given back.
    pub contents: &'a Contents<'a>,
    /// Time and new identifiers.
    pub clock: &'a Clock,
    /// The name and version of this program.
    pub agent: &'a str,
}

impl Telling<'_> {
    /// Returns the event of something that was given out.
    pub fn dissemination(&self, restored: &Restored) -> Event {
        let detail = format!("version {} was given back: {}", self.contents.version, restored.form);
        // A folder has no one digest: its manifests are its proof.
        let proof = restored.sha256.as_ref().map(|sha256| format!(", {}", proof(sha256))).unwrap_or_default();
        let note = format!("{}: {} bytes{proof}", restored.target, restored.size_bytes);
        let event = self.event(EventType::Dissemination, Outcome::Success, detail, note);
        Event { path: restored.file.clone(), ..event }
    }

    /// Returns an event for each fault that is told, and one for those that are only counted. That a store is away says
    /// nothing of its bytes, and is no failed check.
    pub fn fixity_checks(&self, faults: &Faults) -> Vec<Event> {
        let told = faults.told().iter().filter(|fault| !fault.is_away);
        let mut events: Vec<_> = told.map(|fault| self.fixity_check(fault)).collect();
        let untold = faults.count() - faults.told().len() as u64;
        if untold > 0 {
            let note = format!("{untold} more reads of replicas failed, which are not told one by one");
            events.push(self.event(EventType::FixityCheck, Outcome::Fail, DETAIL.to_owned(), note));
        }
        events
    }

    fn fixity_check(&self, fault: &Fault) -> Event {
        let event = self.event(EventType::FixityCheck, Outcome::Fail, DETAIL.to_owned(), fault.what.clone());
        Event { path: fault.path.clone(), store: Some(StoreId(fault.store.0.clone())), ..event }
    }

    fn event(&self, event_type: EventType, outcome: Outcome, detail: String, note: String) -> Event {
        let at: Timestamp = self.clock.now();
        Event {
            id: self.clock.event_id(),
            event_type: event_type.label().to_owned(),
            at,
            outcome: outcome.label().to_owned(),
            detail,
            note,
            agent: self.agent.to_owned(),
            item: None,
            object: Some(self.contents.object.id),
            version: Some(self.contents.version),
            path: None,
            store: None,
        }
    }

    /// Returns the event by which these very bytes were given out before, if they were.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn earlier(&self, path: Option<&str>, sha256: Digest) -> Result<Option<EventId>, RestorationError> {
        let filter = EventFilter {
            object: Some(self.contents.object.id),
            event_type: Some(EventType::Dissemination.label().to_owned()),
            outcome: Some(Outcome::Success.label().to_owned()),
            most: LOOKED_AT_MAX,
            ..EventFilter::default()
        };
        let events = self.contents.ask(self.contents.database.events(&filter))?;
        let is_the_same = |event: &Event| {
            event.version == Some(self.contents.version)
                && event.path.as_deref() == path
                && event.note.ends_with(&proof(&sha256.to_hex()))
        };
        Ok(events.into_iter().map(|stored| stored.event).find(is_the_same).map(|event| event.id))
    }
}

const DETAIL: &str = "the bytes of a replica were read to be given back";

fn proof(sha256: &str) -> String {
    format!("sha256:{sha256}")
}
