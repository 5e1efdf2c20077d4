//! The check of one replica, from the first document to the last content.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use backends::database::FixityClaim;
use backends::storage::{StorageError, Store};
use digests::{Algorithm, Digest};
use jiff::{SignedDuration, Timestamp};
use model::{CheckCursor, Damage, Evidence, HeldReplica, StepError};
use ocfl::{INVENTORY_FILE, Inventory};
use tokio::runtime::Handle;

use super::super::context::storage;
use super::super::reading_back::{ReadingBack, Wrong};
use super::super::work::ask;
use super::super::{Context, Meter, Signal};
use super::{FixityTerms, Scope, canaries, contents, documents, found, frozen, repair};

/// How long is read until it is noted how far the check has come. One large file may take longer.
const STRETCH: Duration = Duration::from_secs(60);
/// How long a claim holds; death is noticed long before, by the lock that the kernel frees.
pub const LEASE: SignedDuration = SignedDuration::from_hours(6);

/// What came of a check.
#[derive(Debug)]
#[allow(clippy::enum_variant_names, reason = "`NotChecked` is the word of the listings and of `CheckResult`")]
pub enum Checked {
    /// Every byte is right; so many files were put right before that could be said.
    Proven {
        /// When it began.
        begun_at: Timestamp,
        /// Files that were repaired.
        repaired: u64,
        /// How well: content that is not read at once was not read.
        evidence: Evidence,
    },
    /// Something is wrong still.
    Damaged {
        /// Files that were repaired.
        repaired: u64,
        /// Files that were not, and why not.
        left: Vec<String>,
    },
    /// It could not be made.
    NotChecked(String),
}

/// Checks a claimed replica, and repairs what is wrong with it if that is asked for. Call where it may block.
///
/// # Errors
/// The store cannot be reached or the work is to stop: then nothing is known of the replica.
pub fn check(
    context: &Context,
    claim: &FixityClaim,
    terms: &FixityTerms,
    scope: &Scope,
    meter: &Meter,
    signal: &Signal,
) -> Result<Checked, StepError> {
    let replica = &claim.replica;
    if ask(context.database.is_being_stored(&replica.identifier))? {
        return Ok(Checked::NotChecked("a deposit of the object is being stored".to_owned()));
    }
    if let Some(because) = behind(context, replica)? {
        return Ok(Checked::NotChecked(because));
    }
    let bytes_per_second_max = terms.limits_of(&replica.store).bytes_per_second_max;
    let reading = ReadingBack::new(context, meter, signal).no_faster_than(bytes_per_second_max);
    let checking = Checking { context, claim, reading, scope, signal };
    if matches!(scope, Scope::Whole) {
        meter.expect(replica.files, replica.size_bytes);
    }
    let store = context.stores.open(&replica.store)?;
    if let Some(because) = canaries::doubt(context, &store, &checking.reading)? {
        return Ok(Checked::NotChecked(because));
    }
    let begun_at = context.clock.now();
    let documents = documents::expected(context, replica)?;
    let is_lost = checking.is_lost(&store)?;
    if is_lost {
        found::note(context, claim, &[lost_object(replica, &documents)])?;
    } else {
        checking.compare(&store, documents.iter().cloned())?;
    }
    let inventory = match documents::inventory(context, replica, &documents) {
        Ok(inventory) => inventory,
        Err(StepError::Interrupted) => return Err(StepError::Interrupted),
        Err(error) => return Ok(Checked::Damaged { repaired: 0, left: vec![error.to_string()] }),
    };
    let (begun_at, evidence) = beside(
        || match scope {
            Scope::Whole => found::note(context, claim, &contents::unlisted(context, replica, &inventory)?),
            _ => Ok(()),
        },
        || if is_lost { Ok((begun_at, Evidence::A)) } else { checking.contents(&store, &inventory, begun_at) },
    )?;
    let repairs = repair::open_incidents(context, claim, &documents, &inventory, terms, &checking.reading, scope)?;
    if repairs.left.is_empty() {
        return Ok(Checked::Proven { begun_at, repaired: repairs.repaired, evidence });
    }
    Ok(Checked::Damaged { repaired: repairs.repaired, left: repairs.left })
}

/// Says that a store has fallen behind: its storage option named it once and newer versions went without it. The documents
/// of the registry are those of the newest version, and would make a sound older one look damaged.
fn behind(context: &Context, replica: &HeldReplica) -> Result<Option<String>, StepError> {
    let head = ask(context.database.object(&replica.identifier))?.map_or(0, |object| object.head);
    let because = || {
        format!(
            "the store has version {} of {head}: `strongroom store backfill {store}` brings the rest, or \
             `strongroom store evacuate {store}` lets it go",
            replica.head,
            store = replica.store
        )
    };
    Ok((head > replica.head).then(because))
}

/// Does both, the first on a thread of its own: it asks the registry while the second waits for the disk.
fn beside<T>(
    first: impl FnOnce() -> Result<(), StepError> + Send,
    second: impl FnOnce() -> Result<T, StepError>,
) -> Result<T, StepError> {
    let runtime = Handle::current();
    std::thread::scope(|scope| {
        let first = scope.spawn(move || {
            let _entered = runtime.enter();
            first()
        });
        let second = second();
        first.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)).and(second)
    })
}

/// The damage that the whole object is not there.
fn lost_object(replica: &HeldReplica, documents: &[(String, Digest)]) -> Wrong {
    let inventory = documents.iter().find(|(path, _)| path == INVENTORY_FILE).map(|(_, digest)| *digest);
    let none = Digest::from_bytes(Algorithm::Sha256, &[0; 32]).expect("sha256 has 32 bytes");
    Wrong {
        path: String::new(),
        expected: inventory.unwrap_or(none),
        damage: Damage::Missing,
        seen: format!("there is no folder {}", replica.object_path),
    }
}

struct Checking<'a> {
    context: &'a Context,
    claim: &'a FixityClaim,
    reading: ReadingBack<'a>,
    scope: &'a Scope,
    signal: &'a Signal,
}

impl Checking<'_> {
    /// Looks twice, the second time through a connection of its own, whether the object's folder is gone: a listing may
    /// be stale, and what follows from a lost object is a repair of every file of it.
    fn is_lost(&self, store: &Store) -> Result<bool, StepError> {
        let replica = &self.claim.replica;
        if store.object(&replica.object_path).map_err(storage)?.is_some() {
            return Ok(false);
        }
        let again = self.context.stores.open(&replica.store)?;
        Ok(again.object(&replica.object_path).map_err(storage)?.is_none())
    }

    /// Proves all contents, as well as their class of storage allows. Returns when the check began, which may have been a
    /// process ago, and the grade.
    fn contents(
        &self,
        store: &Store,
        inventory: &Inventory,
        begun_at: Timestamp,
    ) -> Result<(Timestamp, Evidence), StepError> {
        if store.class().is_frozen() {
            return self.looked_at(store, inventory, begun_at);
        }
        match self.read(store, inventory, begun_at) {
            // A life-cycle rule has put something away.
            Err(error) if is_frozen(&error) => self.looked_at(store, inventory, begun_at),
            read => read.map(|begun_at| (begun_at, Evidence::A)),
        }
    }

    /// Reads what can be read, and of the rest looks at what the provider says.
    fn looked_at(
        &self,
        store: &Store,
        inventory: &Inventory,
        begun_at: Timestamp,
    ) -> Result<(Timestamp, Evidence), StepError> {
        let replica = &self.claim.replica;
        let some: Vec<_> = inventory.contents().filter(|(_, digest)| self.scope.takes(*digest)).collect();
        let mut evidence = Evidence::A;
        for page in some.chunks(frozen::PAGE_FILES) {
            let looked = frozen::look(&documents::open(store, &replica.object_path)?, page, self.signal)?;
            evidence = evidence.max(looked.evidence(page.len()));
            if !looked.wrong.is_empty() {
                // As with what was read: believed only when a connection of its own says the same.
                let again = self.context.stores.open(&replica.store)?;
                let asked: Vec<_> = looked.wrong.iter().map(|one| (one.path.clone(), one.expected)).collect();
                let again = frozen::look(&documents::open(&again, &replica.object_path)?, &asked, self.signal)?;
                self.note_wrong(&again.wrong)?;
            }
            self.compare(store, looked.readable.into_iter())?;
            // The claim must hold for as long as there are pages.
            let cursor = CheckCursor { head: replica.head, begun_at, contents: 0 };
            let until = self.context.clock.now() + LEASE;
            ask(self.context.database.note_fixity_progress(self.claim, &cursor, until))?;
        }
        Ok((begun_at, evidence))
    }

    /// Compares all contents, a stretch at a time. Returns when the check began, which may have been a process ago.
    fn read(&self, store: &Store, inventory: &Inventory, begun_at: Timestamp) -> Result<Timestamp, StepError> {
        if let Scope::Contents(_) = self.scope {
            let some = inventory.contents().filter(|(_, digest)| self.scope.takes(*digest));
            self.compare(store, some)?;
            return Ok(begun_at);
        }
        let head = self.claim.replica.head;
        let resumed = self.claim.cursor.clone().filter(|cursor| cursor.head == head);
        let mut cursor = resumed.unwrap_or(CheckCursor { head, begun_at, contents: 0 });
        let count = inventory.contents().len() as u64;
        while cursor.contents < count {
            let (begun, done) = (Instant::now(), AtomicU64::new(0));
            let mut left = inventory.contents().skip(usize::try_from(cursor.contents).unwrap_or(usize::MAX));
            let stretch = std::iter::from_fn(|| {
                let is_over = done.load(Ordering::Relaxed) > 0 && begun.elapsed() >= STRETCH;
                let next = if is_over { None } else { left.next() };
                done.fetch_add(u64::from(next.is_some()), Ordering::Relaxed);
                next
            });
            self.compare(store, stretch)?;
            cursor.contents += done.into_inner();
            let until = self.context.clock.now() + LEASE;
            ask(self.context.database.note_fixity_progress(self.claim, &cursor, until))?;
        }
        Ok(cursor.begun_at)
    }

    /// Compares files, and notes those that are wrong twice.
    fn compare(&self, store: &Store, files: impl Iterator<Item = (String, Digest)> + Send) -> Result<(), StepError> {
        let replica = &self.claim.replica;
        let object = documents::open(store, &replica.object_path)?;
        let wrong = self.reading.compare(|path| object.open_back(path), files)?;
        if wrong.is_empty() {
            return Ok(());
        }
        // Through a connection of its own: what a broken one says is not believed.
        let store = self.context.stores.open(&replica.store)?;
        let object = documents::open(&store, &replica.object_path)?;
        let wrong = found::confirm(&self.reading, replica, wrong, |path| object.open_back(path))?;
        self.note_wrong(&wrong)
    }

    fn note_wrong(&self, wrong: &[Wrong]) -> Result<(), StepError> {
        let replica = &self.claim.replica;
        // Whatever is wrong because the disk went away, or a deposit came, is no damage: nobody knows.
        self.context.stores.open(&replica.store)?;
        let database = &self.context.database;
        let now = ask(database.held_replicas(Some(replica.object), Some(&replica.store), None, 1))?;
        let is_as_claimed = now.first().is_some_and(|now| now.head == replica.head);
        if !is_as_claimed || ask(database.is_being_stored(&replica.identifier))? {
            return Err(StepError::retry(std::io::Error::other("a deposit of the object came meanwhile")));
        }
        found::note(self.context, self.claim, wrong)
    }
}

/// Says whether a file could not be read because it must thaw first.
fn is_frozen(error: &StepError) -> bool {
    match error {
        StepError::Retry(error) => error.downcast_ref::<StorageError>().is_some_and(StorageError::is_frozen),
        _ => false,
    }
}
