//! The PREMIS events of an ingest: one a deposit and kind, not one a file, since each speaks of all of its files.

use findings::Findings;
use jiff::Timestamp;
use model::{Claim, Event, EventId, ItemState, PlannedVersion, Stage, StepError};
use premis::{EventType, Outcome};

use super::super::Work;
use super::plan;

/// Returns all events of an accepted deposit, in the order in which things happened.
///
/// # Errors
/// The version has not been planned.
pub fn accession(work: &Work, state: &ItemState) -> Result<Vec<Event>, StepError> {
    let planned = plan::planned(work)?;
    let telling = Telling { claim: &work.claim, agent: &work.context.agent, planned: Some(planned) };
    let at = |stage: Stage| state.done_at.get(stage.name()).copied().unwrap_or(planned.accepted_at);
    let mut events = vec![
        digests(&telling, state, at(Stage::Gather)),
        validation(&telling, state, at(Stage::Validate)),
        formats(&telling, state, at(Stage::Identify)),
        ingestion(&telling, planned),
    ];
    if planned.number == 1 {
        let detail = "the object was given its identity and its name";
        let note = format!("{} is {}", planned.object, work.claim.item.deposit.identifier);
        events.push(telling.event(EventType::IdentifierAssignment, planned.accepted_at, detail, note));
    }
    events.extend(replicas(&telling, state));
    Ok(events)
}

fn digests(telling: &Telling<'_>, state: &ItemState, at: Timestamp) -> Event {
    let totals = state.gathered;
    let note = format!("{} files, {} bytes, each read once", totals.files, totals.size_bytes);
    telling.event(EventType::MessageDigestCalculation, at, "digests of every member of the package were computed", note)
}

fn validation(telling: &Telling<'_>, state: &ItemState, at: Timestamp) -> Event {
    let profile = state.profile.as_deref().map_or_else(String::new, |name| format!(" and the profile {name}"));
    let detail = format!("the package was held against RFC 8493{profile}");
    let note = format!("valid, with {} warnings", state.warnings.warnings);
    let mut event = telling.event(EventType::Validation, at, detail, note);
    if state.warnings.warnings > 0 {
        event.outcome = Outcome::Warning.label().to_owned();
    }
    event
}

fn formats(telling: &Telling<'_>, state: &ItemState, at: Timestamp) -> Event {
    let versions = state.formats.as_ref().map_or("", |told| &told.signatures);
    let detail = format!("the format of each new file was identified by PRONOM's signatures {versions}");
    let counts = state.formats.iter().flat_map(|told| told.files.iter().rev());
    let counts: Vec<_> = counts.map(|(basis, files)| format!("{basis} {files}")).collect();
    telling.event(EventType::FormatIdentification, at, detail, format!("files told by: {}", counts.join(", ")))
}

fn ingestion(telling: &Telling<'_>, planned: &PlannedVersion) -> Event {
    let note = format!(
        "version {}: {} files, {} bytes; new are {} files, {} bytes",
        planned.number, planned.all.files, planned.all.size_bytes, planned.new.files, planned.new.size_bytes
    );
    telling.event(EventType::Ingestion, planned.accepted_at, "the deposit was accepted", note)
}

fn replicas<'a>(telling: &'a Telling<'_>, state: &'a ItemState) -> impl Iterator<Item = Event> + 'a {
    state.replicas.iter().flat_map(move |replica| {
        let files = format!("{} files, {} bytes", replica.files, replica.size_bytes);
        let told = [
            (EventType::Replication, format!("new content was written to the store {}", replica.store), files.clone()),
            (
                EventType::FixityCheck,
                format!("new content was read back from the store {} and its sha256 compared", replica.store),
                format!("{files}: all as deposited; evidence {}", replica.evidence),
            ),
        ];
        told.map(|(kind, detail, note)| {
            let what = format!("{}@{}", kind.label(), replica.store);
            let mut event = telling.event_called(&what, kind, replica.verified_at, detail, note);
            event.store = Some(replica.store.clone());
            event
        })
    })
}

/// Returns the event of a refused deposit.
pub fn rejection(claim: &Claim, agent: &str, findings: &Findings, at: Timestamp) -> Event {
    let telling = Telling { claim, agent, planned: None };
    let codes: std::collections::BTreeSet<_> =
        findings.list.iter().filter(|one| one.is_error()).map(|one| &one.code).collect();
    let codes: Vec<_> = codes.into_iter().map(AsRef::as_ref).collect();
    let note = format!("refused for {} errors: {}", findings.errors, codes.join(", "));
    let mut event = telling.event(EventType::Validation, at, "the deposit was checked", note);
    event.outcome = Outcome::Fail.label().to_owned();
    event
}

/// What all events of one deposit share.
struct Telling<'a> {
    claim: &'a Claim,
    agent: &'a str,
    planned: Option<&'a PlannedVersion>,
}

impl Telling<'_> {
    fn event(&self, kind: EventType, at: Timestamp, detail: impl Into<String>, note: impl Into<String>) -> Event {
        self.event_called(kind.label(), kind, at, detail, note)
    }

    fn event_called(
        &self,
        what: &str,
        kind: EventType,
        at: Timestamp,
        detail: impl Into<String>,
        note: impl Into<String>,
    ) -> Event {
        let item = &self.claim.item;
        Event {
            id: EventId::of_deposit(&item.deposit, item.id, what),
            event_type: kind.label().to_owned(),
            at,
            outcome: Outcome::Success.label().to_owned(),
            detail: detail.into(),
            note: note.into(),
            agent: self.agent.to_owned(),
            item: Some(item.id),
            object: self.planned.map(|planned| planned.object),
            version: self.planned.map(|planned| planned.number),
            path: None,
            store: None,
        }
    }
}
