//! The commit of a draft: inventories and logs from the workspace to their places, the root inventory on condition.
//!
//! In this order: the version's inventory and its sidecar; for a new object its declaration; the root inventory, which makes
//! the version one; its sidecar; logs; then content goes into the store's
//! class of storage; at last the claim goes, and listings show the version. Every step finds out whether
//! it was done already, since what it takes stays in the workspace until all is done.

use std::collections::BTreeSet;

use crate::storage::name::version_number;
use crate::storage::{Commit, Committed, EntryKind, StorageError};
use crate::{each_at_once, map_at_once};

use super::claim::NOTE;
use super::document::Document;
use super::draft::{BucketDraft, INVENTORY, Standing};
use super::reader::BucketReader;
use super::transfer::{Onto, Transferred};

/// An inventory's sidecar begins so; the name of its algorithm follows.
const SIDECAR: &str = "inventory.json.";
/// OCFL 1.1 §3.2: the object's declaration, whatever its version.
const DECLARATION: &str = "0=ocfl_object_";
const LOGS: &str = "logs/";
/// What is put into the store's class of storage; all else is read by audits and rebuildings, and stays as it is.
const CONTENT: &str = "content/";
/// Documents that are read or put at once.
const DOCUMENTS_AT_ONCE: usize = 8;

/// The documents that wait in a workspace.
#[derive(Debug, Default)]
struct Waiting {
    /// `inventory.json` and its sidecar: those of the root, which are the version's too.
    inventories: Vec<Named>,
    declaration: Option<Named>,
    logs: Vec<Named>,
}

/// A document and its name in the object.
type Named = (String, Document);

impl BucketDraft {
    pub(in crate::storage) fn commit(self, commit: Commit) -> Result<Committed, StorageError> {
        self.commit_by_steps(commit, &mut |_| Ok(()))
    }

    /// Does the same and asks before each change of the bucket, so that tests can break off there.
    pub(in crate::storage) fn commit_by_steps(
        self,
        commit: Commit,
        before: &mut dyn FnMut(&str) -> std::io::Result<()>,
    ) -> Result<Committed, StorageError> {
        let mut step =
            |name: &str| before(name).map_err(|source| StorageError::Io { path: self.store.path_of(name), source });
        let committed = match self.standing()? {
            Standing::Apart => self.compare(commit, &mut step)?,
            _ => {
                let committed = self.put_in_place(commit, &mut step)?;
                // While the claim is held: whoever goes on with the commit goes on with this.
                step("class")?;
                self.store.cool_below(&self.version_place(CONTENT))?;
                step("claim")?;
                self.store.release(&self.claim)?;
                committed
            }
        };
        step("work")?;
        // By name too: a listing may be late.
        let written: Vec<_> = self.written().iter().map(|path| self.work(path)).chain([self.work(NOTE)]).collect();
        self.store.delete_named(written.into_iter())?;
        self.store.client().delete_below(&self.store.key(&self.work(""))?)?;
        Ok(committed)
    }

    /// The version is there: says whether it is the same, and ends what its commit has left undone.
    fn compare(&self, commit: Commit, step: Step<'_>) -> Result<Committed, StorageError> {
        if self.has_document(INVENTORY)? {
            if !self.store.same_bytes(&self.work(INVENTORY), &self.version_place(INVENTORY))? {
                let because = format!("version {} is there with another inventory", self.claim.version);
                return Err(self.conflict(because));
            }
        } else if self.list()?.next().transpose()?.is_some_and(|found| found.path.starts_with(&self.claim.version)) {
            return Err(self.not_ready(format!("{INVENTORY} is missing")));
        }
        let is_newest = self.newest_version()?.is_some_and(|(_, name)| name == self.claim.version);
        if commit == Commit::NextVersion && is_newest {
            let read = |name: String| Ok((name.clone(), self.store.document(&self.version_place(&name))?));
            let names = self.inventories_of_version()?;
            return self.replace_root(&names.into_iter().map(read).collect::<Result<Vec<_>, StorageError>>()?, step);
        }
        Ok(Committed::Earlier)
    }

    fn put_in_place(&self, commit: Commit, step: Step<'_>) -> Result<Committed, StorageError> {
        let is_there = self.root()?.is_some();
        if commit == Commit::NextVersion && !is_there {
            return Err(self.conflict("there is no object to add a version to"));
        }
        let waiting = self.waiting(commit)?;
        // The first of them is the inventory.
        let is_ours = match waiting.inventories.first() {
            Some((_, inventory)) if is_there => self.store.lies_at(inventory, &self.object_place(INVENTORY))?,
            _ => false,
        };
        match commit {
            Commit::NewObject if is_there && !is_ours => return Err(self.conflict("another object is there")),
            Commit::NextVersion if !is_ours => self.check_is_next()?,
            _ => {}
        }
        self.check_logs(&waiting)?;
        self.put_all(waiting.inventories.iter().map(|(name, document)| (document, self.version_place(name))), step)?;
        self.put_all(waiting.declaration.iter().map(|(name, document)| (document, self.object_place(name))), step)?;
        self.replace_root(&waiting.inventories, step)?;
        self.put_all(waiting.logs.iter().map(|(name, document)| (document, self.object_place(name))), step)?;
        Ok(Committed::Now)
    }

    /// Puts documents in their places, where nothing is, some at once.
    fn put_all<'a>(
        &self,
        documents: impl Iterator<Item = (&'a Document, String)>,
        step: Step<'_>,
    ) -> Result<(), StorageError> {
        let (mut begun, mut refused) = (Vec::new(), Ok(()));
        for (document, target) in documents {
            refused = step(&target);
            // What came before it is put all the same, as if one came after the other.
            if refused.is_err() {
                break;
            }
            begun.push((document, target));
        }
        each_at_once(begun.into_iter(), DOCUMENTS_AT_ONCE, |(document, target)| {
            self.store.transfer(document, &target, Onto::Nothing).map(drop)
        })?;
        refused
    }

    /// Brings root inventory and sidecar to what the version's folder holds.
    fn replace_root(&self, documents: &[Named], step: Step<'_>) -> Result<Committed, StorageError> {
        let mut committed = Committed::Earlier;
        // Sorted, so that the inventory comes before its sidecar.
        for (name, document) in documents {
            let target = self.object_place(name);
            let there = self.store.client().head(&self.store.key(&target)?)?;
            if there.is_some() && self.store.lies_at(document, &target)? {
                continue;
            }
            // What was read a moment ago is what is replaced: between the two nobody can have put another. A sidecar goes
            // with its inventory, which only one writer can have put.
            let onto = match &there {
                Some(head) if name == INVENTORY => {
                    self.check_root_is_before(head.etag.as_str())?;
                    Onto::Known(&head.etag)
                }
                Some(_) => Onto::Anything,
                None => Onto::Nothing,
            };
            step(&target)?;
            if self.store.transfer(document, &target, onto)? == Transferred::Now {
                committed = Committed::Now;
            }
        }
        // The algorithm may have changed; a sidecar of the old one would contradict the inventory (OCFL 1.1 §3.7, E058).
        for entry in BucketReader::new(&self.store, self.object_place("").trim_end_matches('/')).list_all()? {
            let is_stale = entry.kind == EntryKind::File && entry.name.starts_with(SIDECAR);
            if is_stale && !documents.iter().any(|(name, _)| *name == entry.name) {
                step(&self.object_place(&entry.name))?;
                self.store.client().delete(&[self.store.key(&self.object_place(&entry.name))?])?;
            }
        }
        Ok(committed)
    }

    /// Makes sure, after its entity tag was taken, that the root inventory is that of the version before.
    fn check_root_is_before(&self, etag: &str) -> Result<(), StorageError> {
        let Some(before) = self.version_before()? else { return Ok(()) };
        let own = format!("{}/{INVENTORY}", self.object_place(&before));
        let is_known = self.store.same_bytes(&own, &self.object_place(INVENTORY))?;
        let now = self.store.client().head(&self.store.key(&self.object_place(INVENTORY))?)?;
        if is_known && now.is_some_and(|now| now.etag == etag) {
            return Ok(());
        }
        if is_known {
            // The bytes are right, and twice it was told otherwise what they are called: another look will tell.
            let because = "the root inventory was told under two entity tags in a moment";
            let source = std::io::Error::new(std::io::ErrorKind::ResourceBusy, because);
            return Err(StorageError::Io { path: self.store.path_of(&self.object_place(INVENTORY)), source });
        }
        Err(self.conflict(format!("the root inventory is not that of {before}")))
    }

    /// Refuses a version that is not the next one, or that would bury an unfinished commit.
    fn check_is_next(&self) -> Result<(), StorageError> {
        let listed = self.newest_version()?;
        // A listing may be late: the version before is asked for by its name.
        let own = self.own_version_before()?.map(|name| (version_number(&name).unwrap_or(0), name));
        let Some((newest, name)) = listed.max(own) else {
            return Err(self.conflict("the object has no version yet"));
        };
        if version_number(&self.claim.version) != newest.checked_add(1) {
            return Err(self.conflict(format!("{} does not follow {name}", self.claim.version)));
        }
        let own = format!("{}/{INVENTORY}", self.object_place(&name));
        let has_own = self.store.client().head(&self.store.key(&own)?)?.is_some();
        if has_own && !self.store.same_bytes(&own, &self.object_place(INVENTORY))? {
            let because = format!("the commit of {name} is not finished: its work item must go on first");
            return Err(self.conflict(because));
        }
        Ok(())
    }

    /// Refuses logs that would overwrite others, while nothing has been changed yet.
    fn check_logs(&self, waiting: &Waiting) -> Result<(), StorageError> {
        each_at_once(waiting.logs.iter(), DOCUMENTS_AT_ONCE, |(name, document)| {
            let target = self.object_place(name);
            let is_there = self.store.client().head(&self.store.key(&target)?)?.is_some();
            if is_there && !self.store.lies_at(document, &target)? {
                return Err(StorageError::conflict(&self.store.path_of(&target), "another log has this name"));
            }
            Ok(())
        })
    }

    /// Makes sure that the workspace holds all that the commit needs and nothing that would be lost by it.
    fn waiting(&self, commit: Commit) -> Result<Waiting, StorageError> {
        let (mut inventories, mut of_version, mut others) = (Vec::new(), Vec::new(), Vec::new());
        let own = format!("{}/", self.claim.version);
        let documents = self.documents()?;
        if documents.is_empty() {
            return Err(self.not_ready("nothing was written"));
        }
        for path in documents {
            if let Some(name) = path.strip_prefix(&own) {
                of_version.push(name.to_owned());
            } else if path == INVENTORY || (path.starts_with(SIDECAR) && !path.contains('/')) {
                inventories.push(path);
            } else if path.starts_with(LOGS)
                || (path.starts_with(DECLARATION) && commit == Commit::NewObject && !path.contains('/'))
            {
                others.push(path);
            } else {
                return Err(self.not_ready(format!("{path} does not belong there")));
            }
        }
        inventories.sort();
        of_version.sort();
        for needed in [INVENTORY, SIDECAR] {
            if !inventories.iter().any(|name| name.starts_with(needed)) {
                return Err(self.not_ready(format!("{needed} is missing")));
            }
        }
        if commit == Commit::NewObject && !others.iter().any(|name| name.starts_with(DECLARATION)) {
            return Err(self.not_ready(format!("{DECLARATION}… is missing")));
        }
        // OCFL 1.1 §3.5, E064: the newest version's inventory and the root's are the same bytes.
        let inventories = map_at_once(inventories.iter(), DOCUMENTS_AT_ONCE, |name| {
            let document = self.store.document_of_two(&self.work(name), &self.work(&format!("{own}{name}")))?;
            let document = document.filter(|_| of_version == inventories);
            let document =
                document.ok_or_else(|| self.not_ready(format!("{name} and {own}{name} are not the same")))?;
            Ok::<Named, StorageError>((name.clone(), document))
        })?;
        let mut logs = map_at_once(others.into_iter(), DOCUMENTS_AT_ONCE, |name| {
            let document = self.store.document(&self.work(&name))?;
            Ok::<Named, StorageError>((name, document))
        })?;
        let declaration =
            logs.iter().position(|(name, _)| name.starts_with(DECLARATION)).map(|place| logs.remove(place));
        Ok(Waiting { inventories, declaration, logs })
    }

    /// Returns what waits in the workspace for its place: what is listed there, and what this draft has written, since a
    /// listing may be late.
    fn documents(&self) -> Result<BTreeSet<String>, StorageError> {
        let own = format!("{}/", self.claim.version);
        let mut documents = self.written().clone();
        for found in self.list()? {
            let path = found?.path;
            // Content is in its place already, and there may be a million files of it.
            if path.strip_prefix(&own).is_none_or(|name| name.starts_with(INVENTORY)) {
                documents.insert(path);
            }
        }
        Ok(documents)
    }

    /// Returns the root inventory's entity tag; `None` when there is no object.
    pub(super) fn root(&self) -> Result<Option<String>, StorageError> {
        let head = self.store.client().head(&self.store.key(&self.object_place(INVENTORY))?)?;
        Ok(head.map(|head| head.etag))
    }

    fn inventories_of_version(&self) -> Result<Vec<String>, StorageError> {
        let entries = BucketReader::new(&self.store, self.version_place("").trim_end_matches('/')).list_all()?;
        let names = entries.into_iter().filter(|entry| entry.kind == EntryKind::File).map(|entry| entry.name);
        Ok(names.filter(|name| name.starts_with(INVENTORY)).collect())
    }

    /// Returns the newest version that anybody sees: those that others are writing are none yet.
    fn newest_version(&self) -> Result<Option<(u32, String)>, StorageError> {
        let entries = BucketReader::new(&self.store, self.object_place("").trim_end_matches('/')).list("")?;
        let folders = entries.into_iter().filter(|entry| entry.kind == EntryKind::Folder);
        let others = folders.filter(|entry| self.is_apart() || entry.name != self.claim.version);
        Ok(others.filter_map(|entry| Some((version_number(&entry.name)?, entry.name))).max())
    }

    /// Returns the name of the version before, if it has an inventory of its own.
    fn own_version_before(&self) -> Result<Option<String>, StorageError> {
        let version = &self.claim.version;
        let before = version_number(version).and_then(|number| number.checked_sub(1)).filter(|number| *number > 0);
        let Some(before) = before else { return Ok(None) };
        // OCFL 1.1 §3.3: numbers that are padded all have the same width.
        let width = if version.starts_with("v0") { version.len() - 1 } else { 0 };
        let name = format!("v{before:0width$}");
        let own = self.store.key(&format!("{}/{INVENTORY}", self.object_place(&name)))?;
        Ok(self.store.client().head(&own)?.map(|_| name))
    }

    fn version_before(&self) -> Result<Option<String>, StorageError> {
        if let Some(own) = self.own_version_before()? {
            return Ok(Some(own));
        }
        let number = version_number(&self.claim.version).unwrap_or(0);
        let entries = BucketReader::new(&self.store, self.object_place("").trim_end_matches('/')).list_all()?;
        let is_before = |name: &str| version_number(name).is_some_and(|other| other + 1 == number);
        Ok(entries.into_iter().map(|entry| entry.name).find(|name| is_before(name)))
    }

    fn conflict(&self, because: impl Into<String>) -> StorageError {
        StorageError::conflict(&self.store.path_of(self.object_place("").trim_end_matches('/')), because)
    }
}

/// Asked before each change.
type Step<'a> = &'a mut dyn FnMut(&str) -> Result<(), StorageError>;
