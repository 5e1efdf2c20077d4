//! A version of an object in the making, in a bucket.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::s3::{Condition, Content, Failure, Kept, S3Error, SINGLE_PUT_MAX};
use crate::storage::name::check_path;
use crate::storage::store::{OCFL, WORK};
use crate::storage::{Put, Source, StorageError};

use super::claim::{Claim, is_earlier};
use super::{BucketFile, BucketStore, BucketWalk};

/// What a version's folder is made a version by; it waits in the workspace.
pub(super) const INVENTORY: &str = "inventory.json";

/// A version in the making. Its content is in its place, hidden by a claim; its documents wait in `work/<key>/`.
#[derive(Debug)]
pub struct BucketDraft {
    pub(super) store: BucketStore,
    pub(super) key: String,
    pub(super) claim: Claim,
    standing: Mutex<Option<Standing>>,
    is_durable: AtomicBool,
    /// The documents that were written here: a listing may be late.
    written: Mutex<BTreeSet<String>>,
    /// Held by who sends a large member of a deposit in a bucket through this process.
    pub(super) streaming: Mutex<()>,
}

/// How a draft stands to the version that it is to become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nobody writes the version, and it is not there.
    Free,
    /// This draft writes it, and has begun to just now.
    Begun,
    /// This draft writes it, and an earlier process has begun to.
    Resumed,
    /// The version is there already. What comes all the same is kept apart in the workspace, to be compared.
    Apart,
}

impl BucketDraft {
    pub(super) fn new(store: BucketStore, key: &str, object: &str, version: &str) -> Self {
        let claim = Claim::new(object, version);
        // What an earlier process wrote was acknowledged; that this one has read nothing yet is what counts here.
        Self {
            store,
            key: key.to_owned(),
            claim,
            standing: Mutex::new(None),
            is_durable: AtomicBool::new(false),
            written: Mutex::default(),
            streaming: Mutex::new(()),
        }
    }

    /// Finds out how this draft stands, once.
    pub(super) fn standing(&self) -> Result<Standing, StorageError> {
        let mut held = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(standing) = *held {
            return Ok(standing);
        }
        let standing = match self.store.claimed_by(&self.claim)? {
            Some(owner) if owner == self.key => Standing::Resumed,
            Some(owner) if is_earlier(&owner, &self.key) => self.take_claim(&owner)?,
            Some(owner) => return Err(self.busy(&owner)),
            None if self.is_in_place()? => Standing::Apart,
            None => Standing::Free,
        };
        Ok(*held.insert(standing))
    }

    pub(super) fn is_apart(&self) -> bool {
        *self.standing.lock().unwrap_or_else(PoisonError::into_inner) == Some(Standing::Apart)
    }

    /// Says whether the version is there: its own inventory is put only by a commit.
    fn is_in_place(&self) -> Result<bool, StorageError> {
        let inventory = self.store.key(&self.version_place(INVENTORY))?;
        Ok(self.store.client().head(&inventory)?.is_some())
    }

    /// Claims the version before the first byte of it is written.
    fn begin(&self) -> Result<Standing, StorageError> {
        let standing = self.standing()?;
        if standing != Standing::Free {
            return Ok(standing);
        }
        let mut held = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
        if *held != Some(Standing::Free) {
            return Ok(held.unwrap_or(Standing::Free));
        }
        // The note first: whoever gives the draft up must find what it has claimed.
        self.store.note(&self.key, &self.claim)?;
        let owner = self.store.claim(&self.claim, &self.key)?;
        if is_earlier(&owner, &self.key) {
            return Ok(*held.insert(self.take_claim(&owner)?));
        }
        if owner != self.key {
            return Err(self.busy(&owner));
        }
        // Another may have committed the version, and let its claim go, since this one looked.
        if self.is_in_place()? {
            self.store.release(&self.claim)?;
            return Ok(*held.insert(Standing::Apart));
        }
        Ok(*held.insert(Standing::Begun))
    }

    /// Takes the claim of an earlier holder of this work, who was paused and has put it after its draft was taken over:
    /// nobody else ever gives it up.
    fn take_claim(&self, owner: &str) -> Result<Standing, StorageError> {
        self.store.note(&self.key, &self.claim)?;
        self.store.pass_claim(&self.claim, owner, &self.key)?;
        if self.is_in_place()? {
            self.store.release(&self.claim)?;
            return Ok(Standing::Apart);
        }
        Ok(Standing::Resumed)
    }

    /// Another draft writes the version. It ends or is given up by and by: trying again helps.
    fn busy(&self, owner: &str) -> StorageError {
        let because = format!("the draft {owner} is writing this version: it goes first, or is given up");
        let source = io::Error::new(io::ErrorKind::ResourceBusy, because);
        StorageError::Io { path: self.store.path_of(&format!("{OCFL}/{}", self.claim.object)), source }
    }

    /// Returns where something of the version lies when it is a version.
    pub(super) fn version_place(&self, path: &str) -> String {
        format!("{OCFL}/{}/{}/{path}", self.claim.object, self.claim.version)
    }

    /// Returns where something of the object lies when it is in its place.
    pub(super) fn object_place(&self, path: &str) -> String {
        format!("{OCFL}/{}/{path}", self.claim.object)
    }

    pub(super) fn work(&self, path: &str) -> String {
        format!("{WORK}/{}/{path}", self.key)
    }

    /// Returns where a file of the draft lies.
    fn place(&self, path: &str, standing: Standing) -> Result<String, StorageError> {
        let path = check_path(path)?;
        let within = path.strip_prefix(self.claim.version.as_str()).and_then(|rest| rest.strip_prefix('/'));
        Ok(match within {
            Some(rest) if standing != Standing::Apart && !rest.starts_with(INVENTORY) => self.version_place(rest),
            _ => self.work(path),
        })
    }

    pub(in crate::storage) fn put(&self, path: &str, source: &Source<'_>) -> Result<Put, StorageError> {
        check_path(path)?;
        let standing = self.begin()?;
        let (name, length_bytes) = (self.place(path, standing)?, source.length_bytes());
        let key = self.store.key(&name)?;
        let is_new = standing == Standing::Begun && self.store.abilities().put_if_absent;
        if is_new && length_bytes <= SINGLE_PUT_MAX {
            match self.send(&name, source, Condition::Absent) {
                // There already, or our own whose answer was lost.
                Err(StorageError::Conflict { .. }) => {}
                other => return other.map(|()| Put::Written),
            }
        }
        // What a killed commit has put into a cold class could not be read back, and is written again.
        let is_there = |kept: Kept| kept.size_bytes == length_bytes && kept.is_readable();
        if self.store.client().kept(&key)?.is_some_and(is_there) {
            return Ok(Put::AlreadyThere);
        }
        self.send(&name, source, Condition::Always).map(|()| Put::Written)
    }

    pub(in crate::storage) fn replace(&self, path: &str, source: &Source<'_>) -> Result<(), StorageError> {
        check_path(path)?;
        let name = self.place(path, self.begin()?)?;
        self.send(&name, source, Condition::Always)
    }

    fn send(&self, name: &str, source: &Source<'_>, condition: Condition<'_>) -> Result<(), StorageError> {
        let key = self.store.key(name)?;
        let length_bytes = source.length_bytes();
        let opened;
        let (file, offset_bytes) = match source {
            Source::Object { object, offset_bytes, length_bytes } => {
                let sent = self.send_from_deposit(&key, (object, *offset_bytes, *length_bytes), condition);
                self.is_durable.store(false, Ordering::SeqCst);
                return sent.map_err(|error| error.needing(*length_bytes));
            }
            Source::Range { file, offset_bytes, .. } => (*file, *offset_bytes),
            Source::File { path, .. } => {
                let unreadable = |source| StorageError::SourceUnreadable { path: self.store.path_of(name), source };
                opened = File::open(path).map_err(unreadable)?;
                (&opened, 0)
            }
        };
        let content = Content::Stretch { file, offset_bytes, length_bytes };
        let sent = self.store.client().put(&key, content, condition);
        // Said after the bytes are there: whoever proves meanwhile must ask again.
        self.is_durable.store(false, Ordering::SeqCst);
        sent.map(drop).map_err(|error| StorageError::from(error).needing(length_bytes))
    }

    pub(in crate::storage) fn write(
        &self,
        path: &str,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), StorageError> {
        check_path(path)?;
        let name = self.place(path, self.begin()?)?;
        let done = self.store.put_written(&name, fill);
        self.is_durable.store(false, Ordering::SeqCst);
        done?;
        if name == self.work(path) {
            self.written().insert(path.to_owned());
        }
        Ok(())
    }

    #[allow(clippy::unnecessary_wraps, reason = "a folder's may fail, and both stand behind one door")]
    pub(in crate::storage) fn make_durable(&self) -> Result<(), StorageError> {
        // A bucket answers a put when it keeps what was put; there is nothing more to ask of it.
        self.is_durable.store(true, Ordering::SeqCst);
        Ok(())
    }

    pub(in crate::storage) fn open_back(&self, path: &str) -> Result<BucketFile, StorageError> {
        check_path(path)?;
        if !self.is_durable.load(Ordering::SeqCst) {
            return Err(self.not_ready("make it durable before reading it back"));
        }
        self.store.open_file(&self.place(path, self.standing()?)?)
    }

    pub(in crate::storage) fn content(&self, path: &str) -> Result<Option<u64>, StorageError> {
        check_path(path)?;
        let standing = self.standing()?;
        if standing == Standing::Free {
            return Ok(None);
        }
        let key = self.store.key(&self.place(path, standing)?)?;
        Ok(self.store.client().kept(&key)?.filter(Kept::is_readable).map(|kept| kept.size_bytes))
    }

    pub(in crate::storage) fn list(&self) -> Result<BucketWalk, StorageError> {
        let standing = self.standing()?;
        let work = self.store.key(&self.work(""))?;
        let walk = BucketWalk::new(self.store.client().list(&work, None), work, Vec::new());
        if matches!(standing, Standing::Free | Standing::Apart) {
            return Ok(walk);
        }
        // What a commit has put there already is in the workspace still, and told there.
        let place = self.store.key(&self.version_place(""))?;
        let listing = self.store.client().list(&place, None);
        Ok(walk.and(listing, place.clone(), format!("{}/", self.claim.version)).without(format!("{place}{INVENTORY}")))
    }

    pub(in crate::storage) fn remove(&self, path: &str) -> Result<(), StorageError> {
        check_path(path)?;
        let standing = self.standing()?;
        if standing == Standing::Free {
            return Ok(());
        }
        self.written().remove(path);
        Ok(self.store.client().delete(&[self.store.key(&self.place(path, standing)?)?])?)
    }

    pub(super) fn written(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn not_ready(&self, missing: impl Into<String>) -> StorageError {
        let path = self.store.path_of(&format!("{WORK}/{}", self.key));
        StorageError::NotReady { path, missing: missing.into() }
    }

    /// Says whether a document waits in the workspace.
    pub(super) fn has_document(&self, path: &str) -> Result<bool, StorageError> {
        match self.store.client().head(&self.store.key(&self.work(path))?) {
            Ok(head) => Ok(head.is_some()),
            Err(S3Error { failure: Failure::NoKey, .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}
