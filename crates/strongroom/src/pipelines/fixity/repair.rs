//! The repair of damaged files: from a store that has just proven them, read back before and after.

use std::io;

use backends::database::{FixityClaim, IncidentFilter, Repaired};
use backends::storage::FolderStore;
use digests::Digest;
use jiff::SignedDuration;
use model::{Incident, IncidentState, StepError, StoreId};
use ocfl::Inventory;
use premis::EventType;

use super::super::Context;
use super::super::context::storage;
use super::super::reading_back::ReadingBack;
use super::super::work::ask;
use super::{FixityTerms, documents, found};

/// Incidents looked at once.
const PAGE_ROWS: u32 = 500;
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// What became of the open incidents of a replica.
#[derive(Debug, Default)]
pub struct Repairs {
    /// Files that are right again.
    pub repaired: u64,
    /// Those that are not, each with the reason.
    pub left: Vec<String>,
}

/// Repairs the open incidents of a replica, as far as the terms allow and other stores have the right bytes.
///
/// # Errors
/// The database cannot be written, the store has gone, or the work is to stop. What was repaired stays so.
pub fn open_incidents(
    context: &Context,
    claim: &FixityClaim,
    documents: &[(String, Digest)],
    inventory: &Inventory,
    terms: &FixityTerms,
    reading: &ReadingBack<'_>,
) -> Result<Repairs, StepError> {
    let repairing = Repairing { context, claim, documents, inventory, terms, reading };
    let (mut repairs, mut before) = (Repairs::default(), None);
    loop {
        let filter = IncidentFilter {
            object: Some(claim.replica.object),
            store: Some(claim.replica.store.clone()),
            state: Some(IncidentState::Open),
            before,
            most: PAGE_ROWS,
        };
        let page = ask(context.database.incidents(&filter))?;
        let Some(last) = page.last() else { return Ok(repairs) };
        before = Some(last.id);
        for incident in &page {
            match repairing.one(incident)? {
                None => repairs.repaired += 1,
                Some(because) => {
                    ask(context.database.note_unrepaired(incident.id, &because))?;
                    repairs.left.push(format!("{}: {because}", incident.path));
                }
            }
        }
    }
}

struct Repairing<'a> {
    context: &'a Context,
    claim: &'a FixityClaim,
    documents: &'a [(String, Digest)],
    inventory: &'a Inventory,
    terms: &'a FixityTerms,
    reading: &'a ReadingBack<'a>,
}

impl Repairing<'_> {
    /// Repairs one incident; returns why not, if it is not.
    fn one(&self, incident: &Incident) -> Result<Option<String>, StepError> {
        if !self.terms.repairs {
            return Ok(Some("repairs are switched off".to_owned()));
        }
        let now = self.context.clock.now();
        let count = ask(self.context.database.repairs_since(&incident.store, now - HOUR))?;
        if count >= self.terms.repairs_per_hour_max {
            tracing::error!(
                store.id = incident.store.0,
                count,
                "no more repairs in this store within the hour: something larger is wrong, a person must look"
            );
            return Ok(Some(format!(
                "{count} files were repaired in this store within an hour, which is the bound: look at the disk first"
            )));
        }
        let mut kept = None;
        let mut from = None;
        for (place, (path, expected)) in self.targets(incident).into_iter().enumerate() {
            let key = match incident.path.as_str() {
                "" => format!("incident-{}-{place}", incident.id),
                _ => format!("incident-{}", incident.id),
            };
            match self.file(&key, &path, expected)? {
                Ok(repaired) => (from, kept) = (Some(repaired.from), repaired.kept),
                Err(because) => {
                    tracing::error!(
                        object = %incident.identifier, store.id = incident.store.0, file.path = path, because,
                        "a damaged file cannot be repaired: a person must look"
                    );
                    return Ok(Some(because));
                }
            }
        }
        let Some(from) = from else {
            return Ok(Some("the inventory has no such file: nobody can say what it was".to_owned()));
        };
        let note = format!("{}: written again from the store {from} and read back", incident.path);
        let mut event = found::of_replica(
            self.context,
            &self.claim.replica,
            EventType::Repair,
            self.context.clock.now(),
            "a damaged file was replaced",
            note,
        );
        event.path = Some(incident.path.clone()).filter(|path| !path.is_empty());
        let repaired = Repaired { from: &from, quarantine: kept.as_deref() };
        let database = &self.context.database;
        ask(database.note_repair(self.claim, incident.id, &repaired, &event, self.context.clock.now()))?;
        tracing::warn!(
            object = %incident.identifier, store.id = incident.store.0, file.path = incident.path, from = from.0,
            "a damaged file was repaired"
        );
        Ok(None)
    }

    /// Returns the files that an incident is about, and what they must be.
    fn targets(&self, incident: &Incident) -> Vec<(String, Digest)> {
        let all = self.documents.iter().cloned().chain(self.inventory.contents());
        all.filter(|(path, _)| incident.path.is_empty() || incident.path == *path).collect()
    }

    /// Writes one file again. The inner error says why no store could give it.
    fn file(&self, key: &str, path: &str, expected: Digest) -> Result<Result<Source, String>, StepError> {
        let replica = &self.claim.replica;
        let own = self.context.stores.open(&replica.store)?;
        let mut because = vec!["no other store has the right bytes".to_owned()];
        let others = ask(self.context.database.held_replicas(Some(replica.object), None, None, PAGE_ROWS))?;
        for other in others.iter().filter(|other| other.store != replica.store) {
            let store = match self.context.stores.open(&other.store) {
                Ok(store) => store,
                Err(error) => {
                    because.push(error.to_string());
                    continue;
                }
            };
            match self.copy(key, path, expected, &own, &store)? {
                Ok(kept) => return Ok(Ok(Source { from: other.store.clone(), kept })),
                Err(error) => because.push(format!("{}: {error}", other.store)),
            }
        }
        Ok(Err(because.join("; ")))
    }

    /// Copies a file from another store, proving it there, in the workspace and in its place.
    fn copy(
        &self,
        key: &str,
        path: &str,
        expected: Digest,
        own: &FolderStore,
        other: &FolderStore,
    ) -> Result<Result<Option<String>, String>, StepError> {
        let object_path = &self.claim.replica.object_path;
        let source = match documents::open(other, object_path) {
            Ok(source) => source,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let asked = || std::iter::once((path.to_owned(), expected));
        if let Some(wrong) = self.reading.compare(|path| source.open_back(path), asked())?.pop() {
            return Ok(Err(format!("{}, {}", wrong.damage, wrong.seen)));
        }
        let mending = own.mend(key, object_path, path).map_err(storage)?;
        let mut bytes = source.open(path).map_err(storage)?;
        mending.write(|out| io::copy(&mut bytes, out).map(|_| ())).map_err(storage)?;
        if let Some(wrong) = self.reading.compare(|_| mending.open_back(), asked())?.pop() {
            return Ok(Err(format!("written again and read back it is {}, {}", wrong.damage, wrong.seen)));
        }
        let kept = mending.put_in_place().map_err(storage)?;
        let object = documents::open(own, object_path)?;
        match self.reading.compare(|path| object.open_back(path), asked())?.pop() {
            Some(wrong) => Ok(Err(format!("in its place again it is {}, {}", wrong.damage, wrong.seen))),
            None => Ok(Ok(kept)),
        }
    }
}

/// Where the right bytes came from, and where the wrong ones are kept.
struct Source {
    from: StoreId,
    kept: Option<String>,
}
