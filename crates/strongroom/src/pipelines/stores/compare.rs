//! compare: two stores held against each other, or one against the registry.
//!
//! Takes one store or two. Leaves results, each difference with its kind. Objects are compared by their inventories, whose
//! digests stand for all content; with `--content` every byte of both is read back. Safe to repeat because it only reads.

use std::io::Read as _;

use backends::storage::{ObjectReader, Store};
use digests::{Algorithm, Digest};
use model::{Damage, HeldReplica, ObjectId, StepError, StoreId, Weight};
use ocfl::{INVENTORY_FILE, Inventory};

use super::super::context::storage;
use super::super::fixity;
use super::super::hashing::Hashing;
use super::super::reading_back::ReadingBack;
use super::super::work::ask;
use super::doing::{At, Doing, JobOutcome};
use super::tombstones;
use super::walk::{Found, RootWalk};

/// Bytes of a sidecar that are read; a digest and a name are far shorter.
const SIDECAR_BYTES_MAX: u64 = 4096;
/// Replicas listed at once.
const PAGE_ROWS: u32 = 200;

/// Compares.
pub fn compare(doing: &mut Doing<'_>) -> Result<JobOutcome, StepError> {
    let one = doing.context.stores.open(doing.store())?;
    match doing.claim.job.options.stores.first().cloned() {
        None => registry(doing, &one)?,
        Some(other) => {
            let other = doing.context.stores.open(&other)?;
            if doing.progress.step == 0 {
                walk(doing, &one, &other, Way::Both)?;
                doing.begin_step(1)?;
            }
            if doing.progress.step == 1 {
                walk(doing, &other, &one, Way::LackingOnly)?;
                doing.begin_step(2)?;
            }
            tombstones::compare(doing, &one, &other)?;
        }
    }
    let different = doing.progress.counted("weight damage") + doing.progress.counted("weight strange");
    Ok(JobOutcome::Done(format!("{} objects alike, {different} differences", doing.progress.counted("alike"))))
}

/// What a walk over one store looks at in the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Whether the object is there, and the same.
    Both,
    /// Only whether it is there: the rest was told from the other side.
    LackingOnly,
}

fn walk(doing: &mut Doing<'_>, here: &Store, there: &Store, way: Way) -> Result<(), StepError> {
    let root = here.ocfl_root().map_err(storage)?;
    let after = doing.progress.after.clone();
    let other = StoreId(there.id().to_owned());
    for found in RootWalk::after(here.ocfl_root().map_err(storage)?, &after).map_err(storage)? {
        let found = found.map_err(storage)?;
        if let Found::Object(path) = &found {
            let own = here.object(path).map_err(storage)?;
            let name = super::identify::identify(&root, path).map_or_else(|| path.clone(), |found| found.to_string());
            match (own, there.object(path).map_err(storage)?) {
                (_, None) => {
                    let detail = format!("the store {} has it", here.id());
                    doing.result("lacking", Weight::Strange, &other, At::file(name, format!("ocfl/{path}")), detail);
                }
                (Some(own), Some(another)) if way == Way::Both => {
                    Pair { here, there, name: &name }.compare(doing, &own, &another)?;
                }
                _ => {}
            }
        }
        doing.meter.add_files(1);
        doing.reached(found.path().to_owned())?;
    }
    Ok(())
}

/// An object that both stores have.
struct Pair<'a> {
    here: &'a Store,
    there: &'a Store,
    name: &'a str,
}

/// What was read of an object's inventory.
type Read = Result<(Inventory, Digest), String>;

impl Pair<'_> {
    fn compare(&self, doing: &mut Doing<'_>, own: &ObjectReader, another: &ObjectReader) -> Result<(), StepError> {
        let before = doing.progress.results;
        match (read(own), read(another)) {
            (Ok((inventory, one)), Ok((_, two))) if one == two => {
                self.files(doing, own, another)?;
                if doing.claim.job.options.reads_content {
                    content(doing, self.here, own, self.name, &inventory)?;
                    content(doing, self.there, another, self.name, &inventory)?;
                }
            }
            (Ok((one, _)), Ok((two, _))) => {
                let (behind, text) = match one.head().number().cmp(&two.head().number()) {
                    std::cmp::Ordering::Less => (self.here, format!("version {}, not {}", one.head(), two.head())),
                    std::cmp::Ordering::Greater => (self.there, format!("version {}, not {}", two.head(), one.head())),
                    std::cmp::Ordering::Equal => (self.there, "the same version with another inventory".to_owned()),
                };
                let result = if one.head().number() == two.head().number() { "other_inventory" } else { "behind" };
                self.differs(doing, behind, result, INVENTORY_FILE, text);
            }
            (one, two) => {
                for (store, read) in [(self.here, one), (self.there, two)] {
                    if let Err(because) = read {
                        self.differs(doing, store, "no_inventory", INVENTORY_FILE, because);
                    }
                }
            }
        }
        if doing.progress.results == before {
            doing.progress.count("alike", 1);
        }
        Ok(())
    }

    /// The same inventory does not say that all files are there: names and sizes are compared too.
    fn files(&self, doing: &mut Doing<'_>, own: &ObjectReader, another: &ObjectReader) -> Result<(), StepError> {
        let sizes = |object: &ObjectReader| {
            let walk = object.walk("").map_err(storage)?;
            let found = walk.map(|found| found.map(|found| (found.path, found.size_bytes)));
            let mut files = found.collect::<Result<Vec<_>, _>>().map_err(storage)?;
            files.sort();
            Ok::<_, StepError>(files)
        };
        let (mine, theirs) = (sizes(own)?, sizes(another)?);
        let find = |files: &[(String, u64)], path: &str| {
            files.binary_search_by(|(known, _)| known.as_str().cmp(path)).ok().map(|place| files[place].1)
        };
        for (path, size) in &mine {
            match find(&theirs, path) {
                None => {
                    self.differs(doing, self.there, "file_lacking", path, format!("{size} bytes in {}", self.here.id()))
                }
                Some(other) if other != *size => {
                    let text = format!("{other} bytes, and {size} in {}", self.here.id());
                    self.differs(doing, self.there, "other_size", path, text);
                }
                Some(_) => {}
            }
        }
        for (path, size) in theirs.iter().filter(|(path, _)| find(&mine, path).is_none()) {
            self.differs(doing, self.here, "file_lacking", path, format!("{size} bytes in {}", self.there.id()));
        }
        Ok(())
    }

    fn differs(&self, doing: &mut Doing<'_>, store: &Store, result: &str, path: &str, detail: String) {
        let store = StoreId(store.id().to_owned());
        doing.result(result, Weight::Strange, &store, At::file(self.name, path), detail);
    }
}

fn read(object: &ObjectReader) -> Read {
    let mut reader = Hashing::new(object.open_back(INVENTORY_FILE).map_err(|error| error.to_string())?);
    let inventory = Inventory::read(&mut reader).map_err(|error| error.to_string())?;
    let digest = reader.finish().map_err(|error| error.to_string())?;
    let mut sidecar = String::new();
    let file = object.open(&ocfl::sidecar_name(Algorithm::Sha256)).map_err(|error| error.to_string())?;
    file.take(SIDECAR_BYTES_MAX).read_to_string(&mut sidecar).map_err(|error| error.to_string())?;
    if digest.map(|digest| digest.to_hex()).as_deref() != sidecar.split_whitespace().next() {
        return Err("its sidecar has another digest".to_owned());
    }
    digest.map(|digest| (inventory, digest)).ok_or_else(|| "sha256 was not computed".to_owned())
}

/// Reads all content of an object back from the disk.
fn content(
    doing: &mut Doing<'_>,
    store: &Store,
    object: &ObjectReader,
    name: &str,
    inventory: &Inventory,
) -> Result<(), StepError> {
    let reading = ReadingBack::new(doing.context, doing.meter, doing.signal);
    let wrong = reading.compare(|path| object.open_back(path), inventory.contents())?;
    tell(doing, &StoreId(store.id().to_owned()), name, &wrong);
    Ok(())
}

fn tell(doing: &mut Doing<'_>, store: &StoreId, name: &str, wrong: &[super::super::reading_back::Wrong]) {
    for one in wrong {
        let result = match one.damage {
            Damage::Mismatch => "different",
            Damage::Missing => "missing",
            Damage::Unreadable => "unreadable",
        };
        let detail = format!("{}; `strongroom fixity check` confirms and repairs it", one.seen);
        doing.result(result, Weight::Damage, store, At::file(name, &one.path), detail);
    }
}

/// Compares what the store has with what the registry says it holds.
fn registry(doing: &mut Doing<'_>, opened: &Store) -> Result<(), StepError> {
    let store = doing.store().clone();
    loop {
        let after = doing.progress.after.parse().ok().map(ObjectId);
        let from = after.map(|object| (&store, object));
        let page = ask(doing.context.database.held_replicas(None, Some(&store), from, PAGE_ROWS))?;
        if page.is_empty() {
            return Ok(());
        }
        for replica in page {
            with_registry(doing, opened, &replica)?;
            doing.reached(replica.object.to_string())?;
        }
    }
}

fn with_registry(doing: &mut Doing<'_>, opened: &Store, replica: &HeldReplica) -> Result<(), StepError> {
    let name = replica.identifier.to_string();
    if ask(doing.context.database.is_being_stored(&replica.identifier))? {
        let detail = "the object is in work: a deposit is being stored";
        doing.result("not_checked", Weight::Note, &replica.store, At::object(&name), detail);
        return Ok(());
    }
    let before = doing.progress.results;
    let Some(object) = opened.object(&replica.object_path).map_err(storage)? else {
        doing.result("missing", Weight::Damage, &replica.store, At::object(&name), "there is no such object");
        return Ok(());
    };
    let documents = fixity::expected(doing.context, replica)?;
    let reading = ReadingBack::new(doing.context, doing.meter, doing.signal);
    let wrong = reading.compare(|path| object.open_back(path), documents.iter().cloned())?;
    tell(doing, &replica.store, &name, &wrong);
    let inventory = match fixity::inventory(doing.context, replica, &documents) {
        Ok(inventory) => inventory,
        Err(error @ (StepError::Interrupted | StepError::LeaseLost)) => return Err(error),
        Err(error) => {
            doing.result("not_checked", Weight::NotChecked, &replica.store, At::object(&name), error.to_string());
            return Ok(());
        }
    };
    tell(doing, &replica.store, &name, &fixity::unlisted(doing.context, replica, &inventory)?);
    if doing.claim.job.options.reads_content {
        content(doing, opened, &object, &name, &inventory)?;
    } else {
        for (path, _) in inventory.contents() {
            if object.size_of(&path).map_err(storage)?.is_none() {
                doing.result("missing", Weight::Damage, &replica.store, At::file(&name, path), "there is no such file");
            }
        }
    }
    if doing.progress.results == before {
        doing.progress.count("alike", 1);
    }
    Ok(())
}
