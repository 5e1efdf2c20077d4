//! An object in a bucket that is exchanged for one that lacks some of its files.
//!
//! S3 exchanges nothing at one moment. So a claim hides the object from our listings first, as when it leaves whole. What is
//! new comes into its place, the root inventory last; then goes whatever the new object does not have; the claim goes when
//! a listing shows the new object and nothing else. What stays is not touched: its keys are the same in both. What goes has
//! been noted by its name: a listing that is late does not keep it.

use std::collections::BTreeSet;
use std::io::{self, Write};

use digests::Digest;

use crate::s3::{KEYS_AT_ONCE, Versions};
use crate::storage::StorageError;
use crate::storage::name::check_path;
use crate::storage::store::WORK;

use super::BucketFile;
use super::document::Document;
use super::fault::of_io;
use super::leaving::BucketLeaving;
use super::note::LeavingNote;
use super::transfer::Onto;

const INVENTORY: &str = "inventory.json";
/// Its sidecar begins so.
const SIDECAR: &str = "inventory.json.";
/// What becomes of each file; written when all is prepared.
const NOTE: &str = "prepared.txt";

/// Asked before each change of the bucket, so that tests can break off there.
type Before<'a> = &'a mut dyn FnMut(&str) -> io::Result<()>;

impl BucketLeaving {
    pub(in crate::storage) fn begin_anew(&self) -> Result<(), StorageError> {
        *self.note() = LeavingNote::default();
        let store = self.store();
        Ok(store.client().delete_below(&store.key(&self.work(""))?)?)
    }

    /// A file that keeps its path stays where it is; one that gets another is copied to the workspace, and read there.
    pub(in crate::storage) fn keep(&self, path: &str, new_path: &str) -> Result<(), StorageError> {
        let (source, new_path) = (format!("{}{}", self.place(), check_path(path)?), check_path(new_path)?);
        // One path a line is how they are noted.
        if new_path.contains('\n') {
            let because = "a path with a line break in it cannot be kept in a bucket";
            return Err(StorageError::Name { name: new_path.to_owned(), because });
        }
        if path == new_path {
            if self.store().client().head(&self.store().key(&source)?)?.is_none() {
                let missing = io::Error::new(io::ErrorKind::NotFound, "there is no such key");
                return Err(StorageError::Io { path: self.store().path_of(&source), source: missing });
            }
            self.note().stays.insert(new_path.to_owned());
            return Ok(());
        }
        self.note().comes.insert(new_path.to_owned());
        self.store().transfer(&Document::named(&source), &self.new_place(new_path), Onto::Anything).map(drop)
    }

    /// One path a line is how they are noted; another goes as it is listed.
    pub(in crate::storage) fn goes(&self, path: &str) {
        let mut note = self.note();
        if !path.contains('\n') && !note.has(path) {
            note.goes.insert(path.to_owned());
        }
    }

    pub(in crate::storage) fn write(
        &self,
        path: &str,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), StorageError> {
        self.note().comes.insert(check_path(path)?.to_owned());
        self.store().put_written(&self.new_place(path), fill)
    }

    /// Notes what becomes of each file. A bucket answers a put when it keeps what was put; nothing more is to be asked of it.
    pub(in crate::storage) fn make_durable(&self) -> Result<(), StorageError> {
        let mut note = self.note();
        note.settle();
        self.store().put_written(&self.work(NOTE), |out| note.write(out))
    }

    pub(in crate::storage) fn open_back(&self, path: &str) -> Result<BucketFile, StorageError> {
        self.store().open_file(&self.new_place(check_path(path)?))
    }

    pub(in crate::storage) fn exchange(&self, inventory: Digest) -> Result<(), StorageError> {
        self.exchange_by_steps(inventory, &mut |_| Ok(()))
    }

    pub(in crate::storage) fn exchange_by_steps(
        &self,
        inventory: Digest,
        before: Before<'_>,
    ) -> Result<(), StorageError> {
        let store = self.store();
        let mut step =
            |name: &str| before(name).map_err(|source| StorageError::Io { path: store.path_of(name), source });
        // The workspace goes after the claim, and the note is the last thing in it.
        let has_note = store.client().head(&store.key(&self.work(NOTE))?)?.is_some();
        let is_placed = self.is_in_place(inventory)?;
        if !has_note && is_placed && !self.is_claimed()? {
            return Ok(());
        }
        // A byte that flips on its way is no other inventory: what differs is read twice.
        let is_whole = || Ok::<_, StorageError>(self.digest_at(&self.new_place(INVENTORY))? == Some(inventory));
        if !has_note || (!is_placed && !is_whole()? && !is_whole()?) {
            // What was begun is only ever ended: to prepare it anew, one would have to read what is half exchanged.
            if self.is_claimed()? {
                return Err(self.not_seen("what was prepared is not seen, and the exchange has begun"));
            }
            let missing = "the rewritten object is not whole: prepare it anew".to_owned();
            return Err(StorageError::NotReady { path: store.path_of(&self.work("")), missing });
        }
        let prepared = self.prepared().or_else(|_| self.prepared()).or_else(|error| self.unreadable(error))?;
        // Once the claim has gone, only the workspace is left to be emptied.
        if !is_placed || self.is_claimed()? {
            if !self.is_claimed()? {
                self.insist_on(&prepared)?;
            }
            step("claim")?;
            let is_new = self.hide()?;
            // Another may have taken the work over, and ended it, while this one was paused: then nobody else shows it
            // again. What another has hidden is shown by whoever ends it.
            let has_note = store.client().head(&store.key(&self.work(NOTE))?);
            if !matches!(has_note, Ok(Some(_))) {
                if is_new {
                    self.show()?;
                }
                return has_note.map(drop).map_err(Into::into);
            }
            self.place_all(&prepared, &mut step)?;
            self.remove_all_but(&prepared, &mut step)?;
            step("versions")?;
            self.forget_versions(&store.key(&self.place())?, Versions::Old)?;
            step("release")?;
            self.show()?;
        }
        step("work")?;
        store.delete_named(prepared.comes.iter().map(|path| self.new_place(path)))?;
        store.client().delete_below(&store.key(&self.new_place(""))?)?;
        self.forget_versions(&store.key(&self.work(""))?, Versions::Old)?;
        step("note")?;
        store.delete_named([self.work(NOTE)].into_iter())?;
        Ok(store.client().delete_below(&store.key(&self.work(""))?)?)
    }

    fn prepared(&self) -> Result<LeavingNote, StorageError> {
        let name = self.work(NOTE);
        LeavingNote::read(self.store().open_file(&name)?).map_err(|error| of_io(error, self.store().path_of(&name)))
    }

    /// Makes sure, before anything goes, that all is there that comes and, as far as no listing shows it, that stays.
    fn insist_on(&self, prepared: &LeavingNote) -> Result<(), StorageError> {
        let (client, top) = (self.store().client(), self.store().key(&self.place())?);
        for path in &prepared.comes {
            let key = self.store().key(&self.new_place(path))?;
            if client.head(&key)?.is_none() {
                // What was taken over in part is taken over wholly at the next try.
                return Err(self.not_seen(&format!("{path} waits in no workspace that is seen")));
            }
        }
        let mut unseen: BTreeSet<&str> = prepared.stays.iter().map(String::as_str).collect();
        for listed in client.list(&top, None) {
            unseen.remove(listed?.key.strip_prefix(&top).unwrap_or_default());
        }
        for path in unseen {
            if client.head(&format!("{top}{path}"))?.is_none() {
                let missing = format!("{path} is to stay and is not there: prepare it anew");
                return Err(StorageError::NotReady { path: self.store().path_of(&self.place()), missing });
            }
        }
        Ok(())
    }

    /// A note that cannot be read: what has not begun is prepared anew, and what has waits for who can read it.
    fn unreadable(&self, error: StorageError) -> Result<LeavingNote, StorageError> {
        if !matches!(error, StorageError::Io { .. }) || self.is_claimed()? {
            return Err(error);
        }
        let missing = format!("the note of what was prepared cannot be read ({error}): prepare it anew");
        Err(StorageError::NotReady { path: self.store().path_of(&self.work(NOTE)), missing })
    }

    fn not_seen(&self, because: &str) -> StorageError {
        StorageError::Io { path: self.store().path_of(&self.place()), source: io::Error::other(because.to_owned()) }
    }

    /// Puts what waits into its place: the root's inventories at the end, and the inventory last of all.
    fn place_all(
        &self,
        prepared: &LeavingNote,
        step: &mut dyn FnMut(&str) -> Result<(), StorageError>,
    ) -> Result<(), StorageError> {
        let mut paths: Vec<_> = prepared.comes.iter().collect();
        paths.sort_by_key(|path| (*path == INVENTORY, path.starts_with(SIDECAR)));
        for path in paths {
            let (source, target) = (self.new_place(path), format!("{}{path}", self.place()));
            // Killed behind the claim's end, the workspace was being emptied.
            if self.store().same_bytes(&source, &target)? {
                continue;
            }
            step(&target)?;
            self.store().transfer(&Document::named(&source), &target, Onto::Anything)?;
        }
        Ok(())
    }

    /// Removes what goes by its name, then whatever else the new object does not have, and insists that all is there that
    /// it has.
    fn remove_all_but(
        &self,
        prepared: &LeavingNote,
        step: &mut dyn FnMut(&str) -> Result<(), StorageError>,
    ) -> Result<(), StorageError> {
        let (client, top) = (self.store().client(), self.store().key(&self.place())?);
        client.abort_below(&top, None)?;
        step("removal by name")?;
        self.store().delete_named(prepared.goes.iter().map(|path| format!("{}{path}", self.place())))?;
        let (mut seen, mut goes) = (BTreeSet::new(), Vec::new());
        for listed in client.list(&top, None) {
            let key = listed?.key;
            match key.strip_prefix(&top).filter(|path| prepared.has(path)) {
                Some(path) => drop(seen.insert(path.to_owned())),
                None => goes.push(key),
            }
            if goes.len() == KEYS_AT_ONCE {
                step("removal")?;
                client.delete(&goes)?;
                goes.clear();
            }
        }
        step("removal")?;
        client.delete(&goes)?;
        let wrong = |because: String| StorageError::damaged(&self.store().path_of(&self.place()), because);
        for path in prepared.stays.union(&prepared.comes).filter(|path| !seen.contains(*path)) {
            if client.head(&format!("{top}{path}"))?.is_none() {
                return Err(wrong(format!("{path} of the rewritten object is not there")));
            }
        }
        for listed in client.list(&top, None) {
            let key = listed?.key;
            if !key.strip_prefix(&top).is_some_and(|path| prepared.has(path)) {
                return Err(self.not_seen(&format!("{key} is listed still after it was deleted")));
            }
        }
        Ok(())
    }

    fn work(&self, path: &str) -> String {
        format!("{WORK}/{}/{path}", self.key())
    }

    fn new_place(&self, path: &str) -> String {
        self.work(&format!("new/{path}"))
    }
}
