//! The repair of damaged files: from a store that has just proven them, read back before and after.

use std::io;

use backends::database::{FixityClaim, IncidentFilter, Obstacle, Repaired};
use backends::storage::{Mending, StorageError, Store};
use digests::{Algorithm, Digest};
use jiff::SignedDuration;
use model::{Incident, IncidentState, StepError, StoreId};
use ocfl::{INVENTORY_FILE, Inventory};
use premis::EventType;

use super::super::Context;
use super::super::context::storage;
use super::super::hashing::Hashing;
use super::super::reading_back::{ReadingBack, Wrong};
use super::super::work::ask;
use super::{FixityTerms, Scope, documents, found};

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
    scope: &Scope,
) -> Result<Repairs, StepError> {
    let repairing = Repairing { context, claim, documents, inventory, terms, reading };
    let is_document = |path: &str| path.is_empty() || documents.iter().any(|(document, _)| document == path);
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
        for incident in page.iter().filter(|one| is_document(&one.path) || scope.takes_hex(&one.expected)) {
            match repairing.one(incident)? {
                Fate::Repaired => repairs.repaired += 1,
                Fate::Passed => {}
                Fate::Left(obstacle, because) => {
                    let now = context.clock.now();
                    ask(context.database.note_unrepaired(claim, incident, obstacle, &because, now))?;
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
    /// Repairs one incident, unless its files turn out to be right when they are read first.
    fn one(&self, incident: &Incident) -> Result<Fate, StepError> {
        let targets = self.targets(incident);
        if targets.is_empty() {
            let because = "the inventory has no such file: nobody can say what it was".to_owned();
            return Ok(Fate::Left(Obstacle::NoGoodReplica, because));
        }
        let wrong = self.wrong(&targets)?;
        if wrong.is_empty() {
            return self.passed(incident, targets.len());
        }
        if let Some((obstacle, because)) = self.brake(incident)? {
            return Ok(Fate::Left(obstacle, because));
        }
        let mut source = None;
        for (place, (path, _)) in targets.iter().enumerate() {
            let Some(one) = wrong.iter().find(|one| one.path == *path) else { continue };
            match self.file(&key(incident, place), &one.path, one.expected)? {
                Ok(repaired) => source = Some(repaired),
                Err((obstacle, because)) => {
                    tracing::error!(
                        object = %incident.identifier, store.id = incident.store.0, file.path = one.path, because,
                        "a damaged file cannot be repaired: a person must look"
                    );
                    return Ok(Fate::Left(obstacle, because));
                }
            }
        }
        match source {
            Some(source) => self.repaired(incident, &source),
            None => self.passed(incident, targets.len()),
        }
    }

    /// Returns the files that an incident is about, and what they must be.
    fn targets(&self, incident: &Incident) -> Vec<(String, Digest)> {
        let all = self.documents.iter().cloned().chain(self.inventory.contents());
        let targets: Vec<_> = all.filter(|(path, _)| incident.path.is_empty() || incident.path == *path).collect();
        if !targets.is_empty() {
            return targets;
        }
        // A file that the inventory lacked is named as the registry calls it. Where its bytes lie, is told by now.
        let expected = Digest::parse(Algorithm::Sha256, &incident.expected).ok();
        let place = expected.and_then(|digest| Some((self.inventory.content_path(digest)?, digest)));
        place.into_iter().collect()
    }

    /// Reads files through a connection of its own, and returns those that are wrong. What became right since it was
    /// found wrong, by itself or by a repair that was killed before it was noted, must not be written once more.
    fn wrong(&self, targets: &[(String, Digest)]) -> Result<Vec<Wrong>, StepError> {
        let replica = &self.claim.replica;
        let store = self.context.stores.open(&replica.store)?;
        let object = store.object(&replica.object_path).map_err(storage)?;
        let open = |path: &str| match &object {
            Some(object) => object.open_back(path),
            None => store.ocfl_root()?.open_back(&format!("{}/{path}", replica.object_path)),
        };
        self.reading.compare(open, targets.iter().cloned())
    }

    /// Says why nothing is repaired now; `None` when nothing stands against it.
    fn brake(&self, incident: &Incident) -> Result<Option<(Obstacle, String)>, StepError> {
        if !self.terms.repairs {
            return Ok(Some((Obstacle::SwitchedOff, "repairs are switched off".to_owned())));
        }
        let now = self.context.clock.now();
        let count = ask(self.context.database.repairs_since(&incident.store, now - HOUR))?;
        if count < self.terms.repairs_per_hour_max {
            return Ok(None);
        }
        tracing::error!(
            store.id = incident.store.0,
            count,
            "no more repairs in this store within the hour: something larger is wrong, a person must look"
        );
        let bound = "which is the bound: look at the disk first";
        Ok(Some((Obstacle::Brake, format!("{count} files were repaired in this store within an hour, {bound}"))))
    }

    /// Notes that the files of an incident are right without our doing.
    fn passed(&self, incident: &Incident, places: usize) -> Result<Fate, StepError> {
        let store = self.context.stores.open(&self.claim.replica.store)?;
        let mut kept = None;
        // A repair that was killed leaves its half-written file, or the wrong one that it put aside.
        for place in 0..places {
            let (key, fence) = (key(incident, place), self.claim.fence());
            let mending = store.mend(&key, fence, &self.claim.replica.object_path, INVENTORY_FILE);
            let mending = mending.map_err(storage)?;
            mending.abandon().map_err(storage)?;
            kept = kept.or(mending.kept().map_err(storage)?);
        }
        let database = &self.context.database;
        ask(database.note_passed(self.claim, incident.id, kept.as_deref(), self.context.clock.now()))?;
        tracing::warn!(
            object = %incident.identifier, store.id = incident.store.0, file.path = incident.path,
            "a file that was wrong is right again, and not by a repair that was noted: look at the disk"
        );
        Ok(Fate::Passed)
    }

    fn repaired(&self, incident: &Incident, source: &Source) -> Result<Fate, StepError> {
        let from = &source.from;
        let note = format!("{}: written again from the store {from} and read back", incident.path);
        let now = self.context.clock.now();
        let what = "a damaged file was replaced";
        let mut event = found::of_replica(self.context, &self.claim.replica, EventType::Repair, now, what, note);
        event.path = Some(incident.path.clone()).filter(|path| !path.is_empty());
        let repaired = Repaired { from, quarantine: source.kept.as_deref() };
        ask(self.context.database.note_repair(self.claim, incident, &repaired, &event, now))?;
        tracing::warn!(
            object = %incident.identifier, store.id = incident.store.0, file.path = incident.path, from = from.0,
            "a damaged file was repaired"
        );
        Ok(Fate::Repaired)
    }

    /// Writes one file again. The inner error says why no store could give it.
    fn file(&self, key: &str, path: &str, expected: Digest) -> Result<Result<Source, (Obstacle, String)>, StepError> {
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
                Err(Unmended::Source(error)) => because.push(format!("{}: {error}", other.store)),
                // Bytes from elsewhere would fare no better.
                Err(Unmended::Own(error)) => return Ok(Err((Obstacle::DiskRefuses, error))),
            }
        }
        Ok(Err((Obstacle::NoGoodReplica, because.join("; "))))
    }

    /// Copies a file from another store, proving it there, in the workspace and in its place.
    fn copy(
        &self,
        key: &str,
        path: &str,
        expected: Digest,
        own: &Store,
        other: &Store,
    ) -> Result<Result<Option<String>, Unmended>, StepError> {
        let object_path = &self.claim.replica.object_path;
        let source = match documents::open(other, object_path) {
            Ok(source) => source,
            Err(error) => return Ok(Err(Unmended::Source(error.to_string()))),
        };
        let asked = || std::iter::once((path.to_owned(), expected));
        if let Some(wrong) = self.reading.compare(|path| source.open_back(path), asked())?.pop() {
            return Ok(Err(Unmended::Source(format!("{}, {}", wrong.damage, wrong.seen))));
        }
        let mending = own.mend(key, self.claim.fence(), object_path, path).map_err(storage)?;
        let mut bytes = match source.open(path) {
            Ok(bytes) => Hashing::new(bytes),
            Err(error) => return Ok(Err(Unmended::Source(error.to_string()))),
        };
        if let Err(error) = mending.write(|out| io::copy(&mut bytes, out).map(|_| ())) {
            return refused(&mending, error);
        }
        // Proven and copied are two readings: what the second gave wrongly is no fault of the disk that took it.
        if !matches!(bytes.finish(), Ok(Some(seen)) if seen == expected) {
            mending.abandon().map_err(storage)?;
            return Ok(Err(Unmended::Source("other bytes when it was read once more".to_owned())));
        }
        if let Some(wrong) = self.reading.compare(|_| mending.open_back(), asked())?.pop() {
            mending.abandon().map_err(storage)?;
            return Ok(Err(Unmended::Own(format!(
                "written again and read back it is {}, {}",
                wrong.damage, wrong.seen
            ))));
        }
        if let Err(lost) = ask(self.context.database.assert_fixity_held(self.claim)) {
            mending.abandon().map_err(storage)?;
            return Err(lost);
        }
        let kept = match mending.put_in_place() {
            Ok(kept) => kept,
            Err(error) => return refused(&mending, error),
        };
        let object = documents::open(own, object_path)?;
        match self.reading.compare(|path| object.open_back(path), asked())?.pop() {
            Some(wrong) => Ok(Err(Unmended::Own(format!("in its place again it is {}, {}", wrong.damage, wrong.seen)))),
            None => {
                mending.put_in_class().map_err(storage)?;
                Ok(Ok(kept))
            }
        }
    }
}

/// A disk that is full or refuses is a reason to leave the damage as it is and call for a person; a half-written file
/// would only take the room that is missing. A store that has gone is waited for.
fn refused(mending: &Mending, error: StorageError) -> Result<Result<Option<String>, Unmended>, StepError> {
    if error.is_of_absent_store() {
        return Err(storage(error));
    }
    mending.abandon().map_err(storage)?;
    let is_own = matches!(error, StorageError::NoSpace { .. } | StorageError::NotWritable { .. });
    let because = StepError::stop(error).to_string();
    // What else fails may be the reading of the source as well: the next one is tried.
    Ok(Err(if is_own { Unmended::Own(because) } else { Unmended::Source(because) }))
}

/// Returns the name of what is put aside: an incident about a whole object may put aside many files.
fn key(incident: &Incident, place: usize) -> String {
    match incident.path.as_str() {
        "" => format!("incident-{}-{place}", incident.id),
        _ => format!("incident-{}", incident.id),
    }
}

/// What became of one incident.
enum Fate {
    /// It was written again.
    Repaired,
    /// It is right without our doing.
    Passed,
    /// It is wrong still, and why.
    Left(Obstacle, String),
}

/// Why a file was not written again.
enum Unmended {
    /// The other store does not have the right bytes.
    Source(String),
    /// The store itself did not take them.
    Own(String),
}

/// Where the right bytes came from, and where the wrong ones are kept.
struct Source {
    from: StoreId,
    kept: Option<String>,
}
