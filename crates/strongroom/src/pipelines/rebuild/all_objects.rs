//! The whole: every object of a store, one after another, into a new registry.

use std::path::Path;
use std::sync::Arc;

use backends::database::{DatabaseError, RegistryDraft};
use backends::storage::Store;
use model::{ItemId, ObjectId, StoreId};
use serde::Serialize;

use super::super::stores::chronicle;
use super::super::{Clock, Meter, Signal};
use super::ahead::each_ahead;
use super::error::RebuildError;
use super::fault::{Fault, LeftOut};
use super::item_numbers::last_of;
use super::object::{Taken, Taking};
use super::walk::Found;
use super::{rules, tombstones};

/// What to rebuild from, and what is known besides.
pub struct Request {
    /// The store.
    pub store: Store,
    /// The highest number of a work item that is known otherwise; 0 when none is.
    pub last_item: i64,
    /// The time, for what has none.
    pub clock: Clock,
    /// Where progress is noted.
    pub meter: Arc<Meter>,
    /// What may tell it to stop.
    pub signal: Signal,
}

/// What is in the new registry.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
pub struct Rebuilt {
    /// Objects.
    pub objects: u64,
    /// Their versions.
    pub versions: u64,
    /// Their files: each once for every version that brought new bytes under its path.
    pub files: u64,
    /// The bytes of those.
    pub size_bytes: u64,
    /// Events.
    pub events: u64,
    /// Deletions of objects, or of files of them.
    pub deletions: u64,
    /// Objects of the store that are not in the registry.
    pub left_out: u64,
}

/// Waits for the database on a thread that may block.
pub fn ask<T>(query: impl Future<Output = Result<T, DatabaseError>>) -> Result<T, DatabaseError> {
    tokio::runtime::Handle::current().block_on(query)
}

/// Makes a registry at a path from all objects of a store. `told` hears of each that is left out. Call where it may
/// block; what is at the path is whole only when this has succeeded.
///
/// # Errors
/// The store went away, the database cannot be written, or the work was to stop.
pub fn rebuild(request: &Request, path: &Path, told: &mut dyn FnMut(LeftOut)) -> Result<Rebuilt, RebuildError> {
    let mut entering = Entering {
        request,
        id: StoreId(request.store.id().to_owned()),
        draft: ask(RegistryDraft::begin(path))?,
        rebuilt: Rebuilt::default(),
        not_told: Vec::new(),
        last_item: request.last_item.max(last_of(request.store.drafts()?.into_iter())),
    };
    each_ahead(&request.store, |objects| {
        for found in objects {
            entering.enter(found?, told)?;
        }
        Ok::<_, RebuildError>(())
    })??;
    let Entering { id, mut draft, mut rebuilt, not_told, last_item, .. } = entering;
    rebuilt.left_out += chronicle(request, &mut draft, told)?;
    ask(draft.settle_replicas(&id, &not_told))?;
    let last_item = last_item.max(tombstones::enter_all(request, &mut draft, &mut rebuilt, told)?);
    ask(draft.finish(&id, request.clock.now(), ItemId(last_item)))?;
    Ok(rebuilt)
}

/// A registry into which one object after the other is entered.
struct Entering<'a> {
    request: &'a Request,
    id: StoreId,
    draft: RegistryDraft,
    rebuilt: Rebuilt,
    /// Objects that came into the store after their deposit.
    not_told: Vec<(ObjectId, String)>,
    /// The highest number of a work item that anything names.
    last_item: i64,
}

impl Entering<'_> {
    /// Enters one object, or tells why it is left out.
    fn enter(&mut self, found: Found, told: &mut dyn FnMut(LeftOut)) -> Result<(), RebuildError> {
        let request = self.request;
        if request.signal.is_raised() {
            return Err(RebuildError::Stopped);
        }
        let (object_path, outcome) = match found {
            Found::Stray(path) => (path, Err(Fault::Object(Box::new(rules::NO_OBJECT.finding())))),
            Found::Object(path) => {
                let outcome = take(request, &self.id, &path, &mut self.draft);
                (path, outcome)
            }
        };
        match outcome {
            Ok(taken) => {
                self.rebuilt.add(&taken);
                self.not_told.extend(taken.not_told.map(|object| (object, object_path)));
                self.last_item = self.last_item.max(taken.last_item);
            }
            Err(Fault::All(error)) => return Err(error),
            Err(Fault::Object(finding)) => {
                // A store that has just gone away looks like one in which every document is missing.
                request.store.ocfl_root()?;
                self.rebuilt.left_out += 1;
                told(LeftOut { object_path, finding: *finding });
            }
        }
        request.meter.add_files(1);
        request.meter.expect(self.rebuilt.objects + self.rebuilt.left_out, 0);
        Ok(())
    }
}

/// Takes up what jobs changed after the deposits; returns how much of it cannot be believed.
fn chronicle(request: &Request, draft: &mut RegistryDraft, told: &mut dyn FnMut(LeftOut)) -> Result<u64, RebuildError> {
    let mut left_out = 0;
    for name in chronicle::names(&request.store)? {
        match chronicle::read(&request.store, &name)? {
            Ok((heading, rows)) => {
                if heading.is_void {
                    ask(draft.void_store(&heading.store, heading.at))?;
                }
                for replica in &rows {
                    ask(draft.add_later_replica(replica))?;
                }
            }
            Err(seen) => {
                left_out += 1;
                let finding = rules::WRONG_DIGEST.finding().at(name.clone()).seen(seen);
                told(LeftOut { object_path: format!("chronicle/{name}"), finding });
            }
        }
    }
    Ok(left_out)
}

fn take(request: &Request, store: &StoreId, path: &str, draft: &mut RegistryDraft) -> Result<Taken, Fault> {
    let object = request.store.object(path).map_err(RebuildError::from)?;
    // It was there when its folder was listed: whoever writes to the store now would make this registry a lie.
    let Some(object) = object else { return Err(Fault::Object(Box::new(rules::NO_OBJECT.finding()))) };
    ask(draft.begin_object())?;
    let (meter, signal) = (&request.meter, &request.signal);
    let taken = Taking { store, object_path: path, object: &object, meter, signal }.take(draft);
    match &taken {
        Ok(_) => ask(draft.keep_object())?,
        Err(_) => ask(draft.forget_object())?,
    }
    taken
}

impl Rebuilt {
    fn add(&mut self, taken: &Taken) {
        self.objects += 1;
        self.versions += taken.versions;
        self.files += taken.files;
        self.size_bytes += taken.size_bytes;
        self.events += taken.events;
    }
}
