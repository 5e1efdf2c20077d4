//! An object in a bucket that is exchanged for one that lacks some of its files.
//!
//! S3 exchanges nothing at one moment. So a claim hides the object from our listings first, as when it leaves whole. What is
//! new comes into its place, the root inventory last; then goes whatever the new object does not have; the claim goes when
//! a listing shows the new object and nothing else. What stays is not touched: its keys are the same in both.

use std::collections::BTreeSet;
use std::io::{self, BufRead, BufReader, Write};

use digests::Digest;

use crate::s3::{KEYS_AT_ONCE, Versions};
use crate::storage::StorageError;
use crate::storage::name::check_path;
use crate::storage::store::WORK;

use super::BucketFile;
use super::document::Document;
use super::fault::of_io;
use super::leaving::BucketLeaving;
use super::transfer::Onto;

const INVENTORY: &str = "inventory.json";
/// Its sidecar begins so.
const SIDECAR: &str = "inventory.json.";
/// What stays in its place, one path a line; written when all is prepared.
const KEPT: &str = "kept.txt";

/// Asked before each change of the bucket, so that tests can break off there.
type Before<'a> = &'a mut dyn FnMut(&str) -> io::Result<()>;

impl BucketLeaving {
    pub(in crate::storage) fn begin_anew(&self) -> Result<(), StorageError> {
        self.kept().clear();
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
            self.kept().insert(new_path.to_owned());
            return Ok(());
        }
        self.store().transfer(&Document::named(&source), &self.new_place(new_path), Onto::Anything).map(drop)
    }

    pub(in crate::storage) fn write(
        &self,
        path: &str,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), StorageError> {
        self.store().put_written(&self.new_place(check_path(path)?), fill)
    }

    /// Notes what stays. A bucket answers a put when it keeps what was put; nothing more is to be asked of it.
    pub(in crate::storage) fn make_durable(&self) -> Result<(), StorageError> {
        let kept = self.kept();
        self.store().put_written(&self.work(KEPT), |out| kept.iter().try_for_each(|path| writeln!(out, "{path}")))
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
        // The workspace goes after the claim, and the note of what stays is the last thing in it.
        let has_note = store.client().head(&store.key(&self.work(KEPT))?)?.is_some();
        let is_placed = self.is_in_place(inventory)?;
        if !has_note && is_placed && !self.is_claimed()? {
            return Ok(());
        }
        if !has_note || (!is_placed && self.digest_at(&self.new_place(INVENTORY))? != Some(inventory)) {
            let missing = "the rewritten object is not whole: prepare it anew".to_owned();
            return Err(StorageError::NotReady { path: store.path_of(&self.work("")), missing });
        }
        let new = self.prepared()?;
        // Once the claim has gone, only the workspace is left to be emptied.
        if !is_placed || self.is_claimed()? {
            let expected = self.expected(&new)?;
            step("claim")?;
            self.hide()?;
            self.place_all(&new, &mut step)?;
            self.remove_all_but(&expected, &mut step)?;
            step("versions")?;
            self.forget_versions(&store.key(&self.place())?, Versions::Old)?;
            step("release")?;
            self.show()?;
        }
        step("work")?;
        store.client().delete_below(&store.key(&self.new_place(""))?)?;
        self.forget_versions(&store.key(&self.work(""))?, Versions::Old)?;
        step("note")?;
        Ok(store.client().delete_below(&store.key(&self.work(""))?)?)
    }

    /// Returns the paths of what waits in the workspace: inventories of the root at the end, and the inventory last of all.
    fn prepared(&self) -> Result<Vec<String>, StorageError> {
        let top = self.store().key(&self.new_place(""))?;
        let mut paths = Vec::new();
        for listed in self.store().client().list(&top, None) {
            paths.extend(listed?.key.strip_prefix(&top).map(str::to_owned));
        }
        let is_last = |path: &String| (path == INVENTORY, path.starts_with(SIDECAR));
        paths.sort_by_key(is_last);
        Ok(paths)
    }

    /// Returns the paths of all that the new object has.
    fn expected(&self, new: &[String]) -> Result<BTreeSet<String>, StorageError> {
        let name = self.work(KEPT);
        let mut all: BTreeSet<_> = new.iter().cloned().collect();
        for line in BufReader::new(self.store().open_file(&name)?).lines() {
            all.insert(line.map_err(|error| of_io(error, self.store().path_of(&name)))?);
        }
        Ok(all)
    }

    fn place_all(
        &self,
        new: &[String],
        step: &mut dyn FnMut(&str) -> Result<(), StorageError>,
    ) -> Result<(), StorageError> {
        for path in new {
            let (source, target) = (self.new_place(path), format!("{}{path}", self.place()));
            if self.store().same_bytes(&source, &target)? {
                continue;
            }
            step(&target)?;
            self.store().transfer(&Document::named(&source), &target, Onto::Anything)?;
        }
        Ok(())
    }

    /// Removes whatever the new object does not have, and insists that all is there that it has.
    fn remove_all_but(
        &self,
        expected: &BTreeSet<String>,
        step: &mut dyn FnMut(&str) -> Result<(), StorageError>,
    ) -> Result<(), StorageError> {
        let (client, top) = (self.store().client(), self.store().key(&self.place())?);
        client.abort_below(&top, None)?;
        let (mut seen, mut goes) = (0, Vec::new());
        for listed in client.list(&top, None) {
            let key = listed?.key;
            if key.strip_prefix(&top).is_some_and(|path| expected.contains(path)) {
                seen += 1;
                continue;
            }
            goes.push(key);
            if goes.len() == KEYS_AT_ONCE {
                step("removal")?;
                client.delete(&goes)?;
                goes.clear();
            }
        }
        step("removal")?;
        client.delete(&goes)?;
        let wrong = |because: String| StorageError::damaged(&self.store().path_of(&self.place()), because);
        if seen != expected.len() {
            return Err(wrong(format!("{} of {} files of the rewritten object are there", seen, expected.len())));
        }
        for listed in client.list(&top, None) {
            let key = listed?.key;
            if !key.strip_prefix(&top).is_some_and(|path| expected.contains(path)) {
                return Err(wrong(format!("{key} is there still after it was deleted")));
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
