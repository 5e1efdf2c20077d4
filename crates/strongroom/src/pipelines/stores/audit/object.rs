//! One replica examined: every document proven, every content there with the right size, nothing besides.

use std::collections::HashMap;

use backends::storage::{EntryKind, ObjectReader, StorageError, Store};
use digests::{Algorithm, Digest};
use model::{Damage, HeldReplica, StepError};
use ocfl::{INVENTORY_FILE, Inventory};

use super::super::super::context::storage;
use super::super::super::fixity;
use super::super::super::reading_back::{ReadingBack, Wrong};
use super::super::super::work::ask;
use super::super::super::{Context, Meter, Signal};

/// Rows read at once.
const PAGE_ROWS: u32 = 5_000;

/// The examination of one replica.
pub struct Examination<'a> {
    pub context: &'a Context,
    pub meter: &'a Meter,
    pub signal: &'a Signal,
    pub replica: &'a HeldReplica,
}

/// What was seen of a replica.
#[derive(Debug, Default)]
pub struct Seen {
    /// Files that are as they should be.
    pub files: u64,
    /// What is damaged.
    pub wrong: Vec<Wrong>,
    /// Files of which a listing told something else than the files themselves.
    pub stale: Vec<String>,
    /// Files that nobody knows.
    pub foreign: Vec<String>,
    /// Why the examination could not be made to its end.
    pub not_checked: Option<String>,
}

impl Seen {
    /// Returns whether all is as it should be.
    pub fn is_well(&self) -> bool {
        self.wrong.is_empty() && self.stale.is_empty() && self.foreign.is_empty() && self.not_checked.is_none()
    }
}

impl Examination<'_> {
    /// Looks at the replica.
    ///
    /// # Errors
    /// The store has gone, the database cannot be read, or the work is to stop.
    pub fn look(&self, store: &Store) -> Result<Seen, StepError> {
        let mut seen = Seen::default();
        let documents = fixity::expected(self.context, self.replica)?;
        let Some(object) = self.open(store)? else {
            seen.wrong.push(self.lost(&documents));
            return Ok(seen);
        };
        let reading = ReadingBack::new(self.context, self.meter, self.signal);
        let wrong = reading.compare(|path| object.open_back(path), documents.iter().cloned())?;
        if !wrong.is_empty() {
            // By handles of their own: what a broken connection says is not believed.
            let again = wrong.into_iter().map(|one| (one.path, one.expected));
            match self.open(&self.context.stores.open(&self.replica.store)?)? {
                Some(object) => seen.wrong = reading.compare(|path| object.open_back(path), again)?,
                None => seen.wrong.push(self.lost(&documents)),
            }
        }
        seen.files += (documents.len() - seen.wrong.len().min(documents.len())) as u64;
        let inventory = match fixity::inventory(self.context, self.replica, &documents) {
            Ok(inventory) => inventory,
            Err(error @ (StepError::Interrupted | StepError::LeaseLost)) => return Err(error),
            Err(error) => {
                seen.not_checked = Some(error.to_string());
                return Ok(seen);
            }
        };
        seen.wrong.extend(fixity::unlisted(self.context, self.replica, &inventory)?);
        self.contents(&object, &inventory, &documents, &mut seen)?;
        Ok(seen)
    }

    /// Opens the object. Before it is called lost, it is asked for by another way than the name of its folder.
    fn open(&self, store: &Store) -> Result<Option<ObjectReader>, StepError> {
        if let Some(object) = store.object(&self.replica.object_path).map_err(storage)? {
            return Ok(Some(object));
        }
        let again = self.context.stores.open(&self.replica.store)?;
        let root = again.ocfl_root().map_err(storage)?;
        let inventory = format!("{}/{INVENTORY_FILE}", self.replica.object_path);
        match root.size_of(&inventory).map_err(storage)? {
            Some(_) => again.object(&self.replica.object_path).map_err(storage),
            None => Ok(None),
        }
    }

    fn lost(&self, documents: &[(String, Digest)]) -> Wrong {
        let inventory = documents.iter().find(|(path, _)| path == INVENTORY_FILE).map(|(_, digest)| *digest);
        let none = Digest::from_bytes(Algorithm::Sha256, &[0; 32]).expect("sha256 has 32 bytes");
        Wrong {
            path: String::new(),
            expected: inventory.unwrap_or(none),
            damage: Damage::Missing,
            seen: format!("there is no folder {}", self.replica.object_path),
        }
    }

    /// Holds what is listed against what must be there. What a listing lacks is asked for directly before it is missing.
    fn contents(
        &self,
        object: &ObjectReader,
        inventory: &Inventory,
        documents: &[(String, Digest)],
        seen: &mut Seen,
    ) -> Result<(), StepError> {
        let sizes = self.sizes()?;
        let mut listed = HashMap::new();
        for found in object.walk("").map_err(storage)? {
            let found = match found {
                Ok(found) => found,
                // A folder that cannot be listed hides nothing: each of its files is asked for.
                Err(StorageError::Io { .. } | StorageError::NotWritable { .. }) => continue,
                Err(error) => return Err(storage(error)),
            };
            let size = (found.kind == EntryKind::File).then_some(found.size_bytes);
            listed.insert(found.path, size);
        }
        for (path, expected) in inventory.contents() {
            self.signal.check()?;
            let size = sizes.get(expected.as_bytes()).copied();
            let told = listed.remove(&path);
            if told.is_some() && told.flatten().is_some_and(|told| size.is_none_or(|size| size == told)) {
                seen.files += 1;
                continue;
            }
            match self.doubted(object, &path, size) {
                Ok(()) => {
                    seen.files += 1;
                    seen.stale.push(path);
                }
                Err((damage, text)) => seen.wrong.push(Wrong { path, expected, damage, seen: text }),
            }
        }
        for (path, _) in documents {
            listed.remove(path);
        }
        let is_later = |path: &str| self.is_of_later_version(path);
        let mut foreign: Vec<_> = listed.into_keys().filter(|path| !is_later(path)).collect();
        foreign.sort();
        seen.foreign = foreign;
        Ok(())
    }

    /// Measures a file by asking for it alone, twice at the most.
    fn doubted(&self, object: &ObjectReader, path: &str, size: Option<u64>) -> Result<(), (Damage, String)> {
        let ask = |object: &ObjectReader| match object.size_of(path) {
            Ok(Some(seen)) if size.is_none_or(|size| size == seen) => Ok(()),
            Ok(Some(seen)) => Err((Damage::Mismatch, format!("{seen} bytes, not {}", size.unwrap_or(0)))),
            Ok(None) => Err((Damage::Missing, "there is no such file".to_owned())),
            Err(StorageError::Damaged { because, .. }) => Err((Damage::Mismatch, because)),
            Err(error) => Err((Damage::Unreadable, error.to_string())),
        };
        ask(object).or_else(|first| {
            let store = self.context.stores.open(&self.replica.store).map_err(|_| first.clone())?;
            match store.object(&self.replica.object_path) {
                Ok(Some(object)) => ask(&object),
                _ => Err(first),
            }
        })
    }

    /// A version that the registry does not know is told by the walk over the store.
    fn is_of_later_version(&self, path: &str) -> bool {
        let top = path.split('/').next().unwrap_or(path);
        let number = top.strip_prefix('v').and_then(|digits| digits.parse::<u32>().ok());
        number.is_some_and(|number| number > self.replica.head)
    }

    /// Returns how many bytes the registry says each content has.
    fn sizes(&self) -> Result<HashMap<Vec<u8>, u64>, StepError> {
        let mut sizes = HashMap::new();
        let mut after: Option<(String, u32)> = None;
        loop {
            let from = after.as_ref().map(|(path, version)| (path.as_str(), *version));
            let page = ask(self.context.database.sizes(self.replica.object, from, PAGE_ROWS))?;
            let Some((path, version, ..)) = page.last() else { return Ok(sizes) };
            after = Some((path.clone(), *version));
            sizes.extend(page.into_iter().map(|(_, _, sha256, size)| (sha256, size)));
        }
    }
}
