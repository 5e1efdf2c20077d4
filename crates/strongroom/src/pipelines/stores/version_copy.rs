//! One version of an object copied into a store: written, made durable, read back, committed by renames.

use std::sync::atomic::{AtomicU64, Ordering};

use backends::each_at_once;
use backends::storage::{Commit, Draft, ObjectReader, Store};
use digests::Digest;
use model::StepError;
use ocfl::{INVENTORY_FILE, Inventory};

use super::super::Context;
use super::super::context::storage;
use super::super::reading_back::{ReadingBack, Wrong};
use super::sources::{NotCopied, Sources, WriteAnew};

/// Threads that copy into one store. Small files wait for the file system, not for the processor.
const COPY_THREADS: usize = 4;

/// A file of a version: where it is read, where it goes in the object's folder, and what it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Below the object's folder in the sources.
    pub source: String,
    /// Below the object's folder in the target.
    pub target: String,
    /// Its sha256.
    pub expected: Digest,
}

/// What a version consists of.
pub struct Parts<'a> {
    number: u32,
    inventory: &'a Inventory,
    documents: Vec<Part>,
}

impl<'a> Parts<'a> {
    /// Tells the documents of a version from all of the object's, as the registry knows them.
    pub fn of(number: u32, head: u32, inventory: &'a Inventory, documents: &[(String, Digest)]) -> Self {
        let mut parts = Vec::new();
        for (path, expected) in documents.iter().filter(|(path, _)| version_of(path, head) == number) {
            parts.push(Part { source: path.clone(), target: path.clone(), expected: *expected });
        }
        if number < head {
            // The root of the object as it was then, byte for byte (OCFL 1.1 §3.3): the next version replaces it.
            let own = format!("v{number}/");
            let root = |part: &Part| part.target.strip_prefix(&own).map(str::to_owned);
            let roots: Vec<_> = parts
                .iter()
                .filter_map(|part| Some(Part { target: root(part)?, ..part.clone() }))
                .filter(|part| part.target.starts_with(INVENTORY_FILE))
                .collect();
            parts.extend(roots);
        }
        Self { number, inventory, documents: parts }
    }

    /// Yields the content.
    pub fn contents(&self) -> impl Iterator<Item = Part> + Send + use<'a> {
        let folder = format!("v{}/", self.number);
        let contents = self.inventory.contents().filter(move |(path, _)| path.starts_with(&folder));
        contents.map(|(path, expected)| Part { source: path.clone(), target: path, expected })
    }

    /// Returns the documents: inventories, sidecars, logs, and for the first version the declaration.
    pub fn documents(&self) -> &[Part] {
        &self.documents
    }

    /// Yields all that is there once the version is committed and is the newest.
    pub fn all(&self) -> impl Iterator<Item = Part> + Send + '_ {
        self.documents.iter().cloned().chain(self.contents())
    }
}

/// Returns the version that a document came with. What has no number belongs to the newest, but for the declaration.
fn version_of(path: &str, head: u32) -> u32 {
    if path.starts_with("0=") {
        return 1;
    }
    let name = path.strip_prefix("logs/").unwrap_or(path);
    let digits: String =
        name.strip_prefix('v').into_iter().flat_map(str::chars).take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(head)
}

/// Copies versions of one object into one store.
pub struct VersionCopy<'a> {
    pub context: &'a Context,
    pub sources: &'a Sources<'a>,
    pub reading: &'a ReadingBack<'a>,
    pub store: &'a Store,
    /// The key of the drafts under this claim.
    pub key: &'a str,
    pub object_path: &'a str,
    /// Makes sure that the claim still holds, before a commit.
    pub assert_held: &'a (dyn Fn() -> Result<(), StepError> + Sync),
}

/// Why a version was not copied: the text is for people.
#[derive(Debug)]
pub enum Failure {
    /// No store gives what is asked for.
    NoSource(String),
    /// Something broke, or the work is to stop.
    Step(StepError),
}

impl From<StepError> for Failure {
    fn from(error: StepError) -> Self {
        Self::Step(error)
    }
}

impl VersionCopy<'_> {
    /// Copies a version that the store lacks, or proves one that is there. Returns files and bytes that were copied.
    pub fn bring(&self, parts: &Parts<'_>) -> Result<(u64, u64), Failure> {
        let number = parts.number;
        let kind = if number == 1 { Commit::NewObject } else { Commit::NextVersion };
        let open = || self.store.draft(self.key, self.object_path, &format!("v{number}")).map_err(storage);
        if self.is_there(number)? {
            let draft = open()?;
            if may_be_left_of_commit(&draft, number)? {
                // Ends a commit that was killed; what is there is proven all the same.
                draft.commit(kind).map_err(storage)?;
            }
            return self.mend(parts).map(|files| (files, 0));
        }
        let mut draft = open()?;
        if holds_another(&draft, number)? {
            // Left by a copying whose version has come otherwise since.
            draft.discard().map_err(storage)?;
            draft = open()?;
        }
        let contents = self.fill(&draft, parts.contents())?;
        let documents = self.fill(&draft, parts.documents().iter().cloned())?;
        draft.make_durable().map_err(storage)?;
        self.prove(&draft, parts)?;
        (self.assert_held)()?;
        draft.commit(kind).map_err(storage)?;
        Ok((contents.0 + documents.0, contents.1 + documents.1))
    }

    fn is_there(&self, number: u32) -> Result<bool, StepError> {
        let Some(object) = self.store.object(self.object_path).map_err(storage)? else { return Ok(false) };
        let entries = object.list("").map_err(storage)?;
        Ok(entries.iter().any(|entry| entry.name == format!("v{number}")))
    }

    /// Copies files into the draft by several threads; returns how many, and their bytes.
    fn fill(&self, draft: &Draft, parts: impl Iterator<Item = Part> + Send) -> Result<(u64, u64), Failure> {
        let (files, bytes) = (AtomicU64::new(0), AtomicU64::new(0));
        each_at_once(parts, draft.puts_at_once(COPY_THREADS), |part| {
            bytes.fetch_add(self.one(draft, &part)?, Ordering::Relaxed);
            files.fetch_add(1, Ordering::Relaxed);
            Ok::<(), Failure>(())
        })?;
        Ok((files.into_inner(), bytes.into_inner()))
    }

    /// Copies one file, unless one of its length is there from a copy that was broken off: all is read back later.
    fn one(&self, draft: &Draft, part: &Part) -> Result<u64, Failure> {
        let there = draft.content(&part.target).map_err(storage)?;
        if there.is_some() && there == self.sources.length(&part.source) {
            return Ok(0);
        }
        self.copy(part, &mut |fill| draft.write(&part.target, |out| fill(out)))
    }

    fn copy(&self, part: &Part, write: &mut WriteAnew<'_>) -> Result<u64, Failure> {
        match self.sources.copy(&part.source, part.expected, write) {
            Ok(bytes) => Ok(bytes),
            Err(NotCopied::Target(error)) => Err(Failure::Step(error)),
            Err(NotCopied::NoSource) => {
                Err(Failure::NoSource(format!("no other store has {} as it was deposited", part.source)))
            }
        }
    }

    /// Reads all of the draft back from the disk; what is wrong is copied again, a few times at the most.
    fn prove(&self, draft: &Draft, parts: &Parts<'_>) -> Result<(), Failure> {
        let all = parts.all().map(|part| (part.target, part.expected));
        let mut wrong = self.reading.compare(|path| draft.open_back(path), all)?;
        for _ in 0..self.context.limits.rewrites_max {
            if wrong.is_empty() {
                return Ok(());
            }
            for one in &wrong {
                let part = self.part(parts, one)?;
                tracing::warn!(
                    store.id = self.store.id(),
                    object.path = self.object_path,
                    file.path = one.path,
                    seen = one.seen,
                    "a copy was not what was written; copying it again"
                );
                self.copy(&part, &mut |fill| draft.write(&part.target, |out| fill(out)))?;
            }
            draft.make_durable().map_err(storage)?;
            let again = wrong.into_iter().map(|one| (one.path, one.expected));
            wrong = self.reading.compare(|path| draft.open_back(path), again)?;
        }
        match wrong.first() {
            None => Ok(()),
            Some(one) => Err(Failure::Step(StepError::stop(format!(
                "the store {} gives other bytes than it was given for {} of {} ({}), each time it was written: nothing of \
                 it is committed; look at the disk",
                self.store.id(),
                one.path,
                self.object_path,
                one.seen
            )))),
        }
    }

    fn part(&self, parts: &Parts<'_>, wrong: &Wrong) -> Result<Part, StepError> {
        let part = parts.all().find(|part| part.target == wrong.path);
        part.ok_or_else(|| StepError::stop(format!("{} is no part of the version", wrong.path)))
    }

    /// Says whether a file is there and must thaw before it is read: a copy was proven before it was put into such a class.
    fn is_frozen(&self, object: &ObjectReader, path: &str) -> bool {
        let kept = || object.kept(path).ok().flatten();
        self.store.class().is_frozen() && path.contains("/content/") && kept().is_some_and(|kept| !kept.is_readable())
    }

    /// Proves a version where it is, and replaces what is wrong with it. Returns how many files that were.
    fn mend(&self, parts: &Parts<'_>) -> Result<u64, Failure> {
        // A root that was replaced by a later version is that version's business.
        let is_own = |part: &Part| part.source == part.target;
        let object = || {
            let object = self.store.object(self.object_path).map_err(storage)?;
            object.ok_or_else(|| StepError::retry(std::io::Error::other("the object has just gone")))
        };
        let here = object()?;
        let all = parts.all().filter(is_own).map(|part| (part.target, part.expected));
        let readable = all.filter(|(path, _)| !self.is_frozen(&here, path));
        let wrong = self.reading.compare(|path| here.open_back(path), readable)?;
        for (place, one) in wrong.iter().enumerate() {
            let part = self.part(parts, one)?;
            let key = format!("{}-{}-{place}", self.key, parts.number);
            let mending = self.store.mend(&key, 0, self.object_path, &one.path).map_err(storage)?;
            self.copy(&part, &mut |fill| mending.write(|out| fill(out)))?;
            let asked = || std::iter::once((one.path.clone(), one.expected));
            let written = self.reading.compare(|_| mending.open_back(), asked())?;
            if written.is_empty() {
                if let Err(lost) = (self.assert_held)() {
                    mending.abandon().map_err(storage)?;
                    return Err(lost.into());
                }
                mending.put_in_place().map_err(storage)?;
            }
            let here = object()?;
            if let Some(one) = self.reading.compare(|path| here.open_back(path), asked())?.pop() {
                let text = format!("{} of {} stays wrong: {}", one.path, self.object_path, one.seen);
                return Err(Failure::Step(StepError::stop(text)));
            }
            mending.put_in_class().map_err(storage)?;
        }
        Ok(wrong.len() as u64)
    }
}

/// Says whether a draft is what a killed commit of a version leaves: nothing, or at least a log of the version. Otherwise it
/// is that of a later version, whose copying was killed, and which is gone on with.
fn may_be_left_of_commit(draft: &Draft, number: u32) -> Result<bool, StepError> {
    let log = format!("logs/v{number}-");
    let mut is_empty = true;
    for found in draft.list().map_err(storage)? {
        is_empty = false;
        if found.map_err(storage)?.path.starts_with(&log) {
            return Ok(true);
        }
    }
    Ok(is_empty)
}

/// Says whether a draft holds files of another version.
fn holds_another(draft: &Draft, number: u32) -> Result<bool, StepError> {
    let own = [format!("v{number}/"), format!("logs/v{number}-"), INVENTORY_FILE.to_owned(), "0=".to_owned()];
    for found in draft.list().map_err(storage)? {
        let path = found.map_err(storage)?.path;
        if !own.iter().any(|start| path.starts_with(start)) {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::version_of;

    #[test]
    fn each_document_is_told_by_its_version() {
        let check = |path: &str, expected: u32| assert_eq!(version_of(path, 12), expected, "{path}");
        check("0=ocfl_object_1.1", 1);
        check("inventory.json", 12);
        check("inventory.json.sha256", 12);
        check("v3/inventory.json", 3);
        check("v11/inventory.json.sha256", 11);
        check("logs/v10-object.json", 10);
        check("logs/v1-sha256sums.txt", 1);
        check("logs/other.txt", 12);
    }
}
