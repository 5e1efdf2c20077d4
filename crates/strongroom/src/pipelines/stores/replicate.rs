//! One object brought into a store: all versions that it lacks there, proven on the way in and read back from the disk.
//!
//! Takes an object that the registry knows and a store that should hold it. Leaves the object there, whole, with its
//! replicas, the state of its fixity and its events in the registry, in one transaction. Safe to repeat because a claim
//! keeps others away, a version that is there already is proven and not written, and a draft is gone on with.

use std::collections::BTreeMap;

use backends::database::{Lacking, Replicated, ReplicationClaim};
use backends::storage::Store;
use digests::{Algorithm, Digest};
use jiff::{SignedDuration, Timestamp};
use model::{Evidence, HeldReplica, ItemId, JobId, Object, Owner, Replica, StepError, StoreId};
use ocfl::INVENTORY_FILE;
use premis::EventType;

use super::super::context::storage;
use super::super::drafts::own_key;
use super::super::fixity::unlisted;
use super::super::ingest::object_path;
use super::super::reading_back::ReadingBack;
use super::super::work::ask;
use super::super::{Context, Meter, Signal};
use super::chronicle::{self, Before};
use super::events;
use super::sources::{Doubt, Sources};
use super::version_copy::{Failure, Parts, VersionCopy};

/// How long a claim holds; death is noticed long before, by the lock that the kernel frees.
const LEASE: SignedDuration = SignedDuration::from_hours(6);
/// Replicas of one object that are looked at.
const REPLICAS_MAX: u32 = 500;

/// On whose behalf an object is brought into a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum For {
    /// A job, which waits while a deposit of the object is in work.
    Job(JobId),
    /// A deposit, whose next version needs those before it.
    Deposit(ItemId),
}

/// Brings objects into stores on behalf of one process.
pub struct Replicator<'a> {
    /// The doors.
    pub context: &'a Context,
    /// The process.
    pub owner: &'a Owner,
    /// Where progress is noted.
    pub meter: &'a Meter,
    /// What may tell it to stop.
    pub signal: &'a Signal,
}

/// Returns the key of a copy's draft under a claim, so that what was killed is gone on with, and so that whoever has lost its
/// claim and does not know it writes nothing into the draft of its successor.
fn draft_key(context: &Context, store: &Store, claim: &ReplicationClaim) -> Result<String, StepError> {
    let held = || ask(context.database.keep_replication(claim, context.clock.now() + LEASE));
    own_key(store, &format!("replica-{}", claim.object), claim.fence(), held)
}

/// What became of one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replication {
    /// The store holds it now.
    Done {
        /// Versions that were brought or found there.
        replicas: Vec<Replica>,
        /// Files that were written.
        files: u64,
        /// Their bytes.
        bytes: u64,
    },
    /// The store holds it already.
    Held,
    /// Somebody else is at the object.
    InWork(String),
    /// It could not be brought there; trying again does not help.
    Failed(String),
}

/// What became of one object, and which replicas are to be doubted since.
#[derive(Debug)]
pub struct Told {
    pub replication: Replication,
    pub doubts: Vec<Doubt>,
}

impl Replicator<'_> {
    /// Brings the object into the store, if it lacks it. Call where it may block.
    ///
    /// # Errors
    /// A store or the database cannot be reached, the disk is full, or the work is to stop.
    pub fn bring(&self, object: &Object, store: &StoreId, reason: For) -> Result<Told, StepError> {
        let told = |replication| Told { replication, doubts: Vec::new() };
        let database = &self.context.database;
        let now = self.context.clock.now();
        let Some(claim) = ask(database.claim_replication(object.id, store, self.owner, now, now + LEASE))? else {
            return Ok(told(Replication::InWork("another process copies it".to_owned())));
        };
        let is_deposited = matches!(reason, For::Job(_)) && ask(database.is_being_stored(&object.identifier))?;
        let outcome = match is_deposited {
            true => Ok(told(Replication::InWork("a deposit of the object is being stored".to_owned()))),
            false => self.claimed(object, &claim, reason),
        };
        if !matches!(&outcome, Ok(Told { replication: Replication::Done { .. }, .. })) {
            ask(database.end_replication(&claim))?;
        }
        let outcome = outcome?;
        if let (Replication::Done { .. }, For::Deposit(_)) = (&outcome.replication, reason) {
            self.tell(store, now);
        }
        for doubt in &outcome.doubts {
            tracing::warn!(
                object = %object.identifier, store.id = doubt.store.0, file.path = doubt.path, seen = doubt.seen,
                "a replica is to be doubted: its check is queued"
            );
            ask(database.queue_replica(object.id, &doubt.store, self.context.clock.now()))?;
        }
        Ok(outcome)
    }

    /// Writes what a deposit brought here into the chronicle; a job does that at its end, for all objects at once.
    fn tell(&self, store: &StoreId, since: Timestamp) {
        let (database, at) = (&self.context.database, self.context.clock.now());
        let writing = chronicle::write(database, &self.context.stores, store, Before::Counts, since, at);
        if let Err(error) = tokio::runtime::Handle::current().block_on(writing) {
            tracing::warn!(store.id = store.0, %error, "the chronicle could not be written; the next job does it");
        }
    }

    fn claimed(&self, object: &Object, claim: &ReplicationClaim, reason: For) -> Result<Told, StepError> {
        let database = &self.context.database;
        let begun_at = self.context.clock.now();
        // Read again under the claim: a version may have come meanwhile.
        let Some(object) = ask(database.object(&object.identifier))? else {
            return Ok(Told { replication: Replication::InWork("the object has gone".to_owned()), doubts: Vec::new() });
        };
        let replicas = ask(database.held_replicas(Some(object.id), None, None, REPLICAS_MAX))?;
        let held = replicas.iter().find(|replica| replica.store == claim.store).map_or(0, |replica| replica.head);
        if held >= object.head {
            return Ok(Told { replication: Replication::Held, doubts: Vec::new() });
        }
        let sources = self.sources(&object, &replicas, &claim.store);
        let (replication, doubts) = {
            let open = Sources::open(self.context, &sources, self.meter, self.signal);
            let lacking = Lacking { object: object.clone(), held };
            let replication = self.versions(&lacking, claim, &open, &sources, begun_at, reason);
            (replication, open.doubts())
        };
        let replication = match replication {
            Ok(replication) => replication,
            Err(Failure::NoSource(because)) => Replication::Failed(because),
            // The next object may fare better.
            Err(Failure::Step(StepError::Stop(error))) => Replication::Failed(StepError::Stop(error).to_string()),
            Err(Failure::Step(error)) => return Err(error),
        };
        match replication {
            Replication::Failed(because) => self.failed(&object, claim, held, &sources, reason, (because, doubts)),
            replication => Ok(Told { replication, doubts }),
        }
    }

    /// Looks whether a failure may be over soon, and removes what was begun if not.
    fn failed(
        &self,
        object: &Object,
        claim: &ReplicationClaim,
        held: u32,
        sources: &[HeldReplica],
        reason: For,
        (because, doubts): (String, Vec<Doubt>),
    ) -> Result<Told, StepError> {
        let database = &self.context.database;
        let later = |because: &str, doubts| Ok(Told { replication: Replication::InWork(because.to_owned()), doubts });
        if let For::Job(_) = reason {
            // A deposit that came meanwhile makes the sources look wrong: nobody is to blame.
            let now = ask(database.object(&object.identifier))?.map(|object| object.head);
            if now != Some(object.head) || ask(database.is_being_stored(&object.identifier))? {
                return later("a deposit of the object came meanwhile", Vec::new());
            }
        }
        if sources.iter().any(|source| self.context.stores.open(&source.store).is_err()) {
            return later("a store that may have it is away", doubts);
        }
        let (store, path) = (self.context.stores.open(&claim.store)?, object_path(&object.identifier)?);
        let key = draft_key(self.context, &store, claim)?;
        let draft = store.draft(&key, &path, &format!("v{}", held + 1)).map_err(storage)?;
        if let Err(error) = draft.discard() {
            tracing::warn!(object = %object.identifier, %error, "what was copied stays in the workspace");
        }
        Ok(Told { replication: Replication::Failed(because), doubts })
    }

    /// Returns the replicas to copy from, in the order of the configuration; what was proven last is no better.
    fn sources(&self, object: &Object, replicas: &[HeldReplica], target: &StoreId) -> Vec<HeldReplica> {
        let place = |replica: &HeldReplica| self.context.stores.0.iter().position(|(id, _)| *id == replica.store);
        let is_source = |replica: &&HeldReplica| replica.store != *target && replica.head >= object.head;
        let mut sources: Vec<_> =
            replicas.iter().filter(is_source).filter(|one| place(one).is_some()).cloned().collect();
        sources.sort_by_key(place);
        sources
    }

    fn versions(
        &self,
        lacking: &Lacking,
        claim: &ReplicationClaim,
        open: &Sources<'_>,
        sources: &[HeldReplica],
        begun_at: Timestamp,
        reason: For,
    ) -> Result<Replication, Failure> {
        let object = &lacking.object;
        let database = &self.context.database;
        let Some(source) = sources.first() else {
            return Err(Failure::NoSource("no other store holds its newest version".to_owned()));
        };
        let documents = self.documents(object)?;
        let inventory = documents.iter().find(|(path, _)| path == INVENTORY_FILE).map(|(_, digest)| *digest);
        let inventory = match inventory {
            Some(expected) => open.inventory(expected)?,
            None => {
                return Err(Failure::NoSource("the registry does not know the digests of its documents".to_owned()));
            }
        };
        let Some(inventory) = inventory else {
            return Err(Failure::NoSource("no other store has its inventory as the registry knows it".to_owned()));
        };
        if let Some(wrong) = unlisted(self.context, source, &inventory)?.pop() {
            return Err(Failure::NoSource(wrong.seen));
        }
        let store = self.context.stores.open(&claim.store)?;
        let reading = ReadingBack::new(self.context, self.meter, self.signal);
        let (key, object_path) = (draft_key(self.context, &store, claim)?, object_path(&object.identifier)?);
        let held = || ask(database.keep_replication(claim, self.context.clock.now() + LEASE));
        let copy = VersionCopy {
            context: self.context,
            sources: open,
            reading: &reading,
            store: &store,
            key: &key,
            object_path: &object_path,
            assert_held: &held,
        };
        let (mut files, mut bytes) = (0, 0);
        for number in lacking.held + 1..=object.head {
            let parts = Parts::of(number, object.head, &inventory, &documents);
            let copied = copy.bring(&parts)?;
            files += copied.0;
            bytes += copied.1;
            held()?;
        }
        // Whatever was written went through its handle: make sure that it is what readers find there.
        if self.context.stores.open(&claim.store)?.object(&object_path).map_err(storage)?.is_none() {
            return Err(Failure::Step(StepError::retry(std::io::Error::other("the store was changed meanwhile"))));
        }
        let replicas = self.replicas(lacking, &claim.store, &object_path)?;
        self.settle(lacking, claim, &replicas, begun_at, reason, sources)?;
        Ok(Replication::Done { replicas, files, bytes })
    }

    fn documents(&self, object: &Object) -> Result<Vec<(String, Digest)>, StepError> {
        let rows = ask(self.context.database.documents(object.id))?;
        let digest = |sha256: &[u8]| Digest::from_bytes(Algorithm::Sha256, sha256);
        Ok(rows.iter().filter_map(|(path, sha256)| Some((path.clone(), digest(sha256)?))).collect())
    }

    /// Returns a row for each version that the store lacked, as large as those of the other stores.
    fn replicas(&self, lacking: &Lacking, store: &StoreId, object_path: &str) -> Result<Vec<Replica>, StepError> {
        let verified_at = self.context.clock.now();
        let versions = ask(self.context.database.object_versions(lacking.object.id))?;
        let new = versions.into_iter().filter(|version| version.number > lacking.held);
        let new = new.filter(|version| version.number <= lacking.object.head).map(|version| Replica {
            object: version.object,
            version: version.number,
            store: store.clone(),
            object_path: object_path.to_owned(),
            evidence: Evidence::A,
            verified_at,
            files: version.new_files,
            size_bytes: version.new_size_bytes,
        });
        Ok(new.collect())
    }

    fn settle(
        &self,
        lacking: &Lacking,
        claim: &ReplicationClaim,
        replicas: &[Replica],
        begun_at: Timestamp,
        reason: For,
        sources: &[HeldReplica],
    ) -> Result<(), StepError> {
        let object = &lacking.object;
        let sum = |of: fn(&Replica) -> u64| replicas.iter().map(of).sum::<u64>();
        let amount = format!(
            "versions {} to {}: {} files, {} bytes",
            lacking.held + 1,
            object.head,
            sum(|replica| replica.files),
            sum(|replica| replica.size_bytes)
        );
        let from: BTreeMap<_, _> = sources.iter().map(|source| (&source.store.0, ())).collect();
        let from: Vec<_> = from.into_keys().map(String::as_str).collect();
        let because = match reason {
            For::Job(job) => format!("job {job}"),
            For::Deposit(item) => format!("work item {item}"),
        };
        let about = events::About { context: self.context, object, store: &claim.store };
        let told = [
            about.event(
                EventType::Replication,
                format!("the object was copied to the store {} from {} ({because})", claim.store, from.join(" or ")),
                amount.clone(),
            ),
            about.event(
                EventType::FixityCheck,
                format!("the copy in the store {} was read back and its sha256 compared", claim.store),
                format!("{amount}: all as deposited; evidence {}", Evidence::A),
            ),
        ];
        let replicated = Replicated {
            head: object.head,
            replicas: replicas.to_vec(),
            is_whole: lacking.held == 0,
            begun_at,
            events: told.to_vec(),
        };
        ask(self.context.database.settle_replication(claim, &replicated))
    }
}
