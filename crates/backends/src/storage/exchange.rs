//! An object that is taken out of a store, or exchanged for one that lacks some of its files.
//!
//! OCFL knows no deletion: what a version holds never changes. So an object is never changed in its place. It leaves as a
//! whole by one rename, and where files go, another folder takes its name in the same moment. Killed anywhere, a reader
//! finds the old object whole, the new one whole, or none.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};

use digests::{Algorithm, Algorithms, Digest, Hasher};
use rustix::fs::RenameFlags;
use rustix::io::Errno;

use super::commit::parents;
use super::fence::is_made_for;
use super::folder::Folder;
use super::mend::{MENDING, QUARANTINE};
use super::name::{check_key, check_path};
use super::read_back::FolderReadBack;
use super::store::{OCFL, WORK};
use super::{FolderStore, StorageError};

/// What tells which object stands in a place.
const INVENTORY: &str = "inventory.json";

/// Asked before each change to the file system, so that tests can break off anywhere.
type Before<'a> = &'a mut dyn FnMut(&str) -> io::Result<()>;

/// How two folders change places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// In one moment, which the file system must know how to do.
    AtOnce,
    /// By two renames: between them there is no object under the name.
    ByTwo,
}

/// An object that is to go, whole or in part. What is prepared lies in `work/<key>/new`, what was taken out in
/// `work/<key>/old`. One writer a key: the caller's lease sees to that.
#[derive(Debug)]
pub struct FolderLeaving {
    store: FolderStore,
    root: Folder,
    /// `work/<key>`.
    work: String,
    /// `ocfl/<object path>`.
    object: String,
}

impl FolderStore {
    /// Begins to take an object out, or takes up again what was begun under the same key. Changes nothing yet.
    ///
    /// # Errors
    /// `StoreGone`; `Name` when the key or the path is none.
    pub fn leaving(&self, key: &str, object_path: &str) -> Result<FolderLeaving, StorageError> {
        let (work, object) = (format!("{WORK}/{}", check_key(key)?), format!("{OCFL}/{}", check_path(object_path)?));
        Ok(FolderLeaving { root: self.root()?, store: self.clone(), work, object })
    }

    /// Removes what was kept and made for some mendings: wrong files that were put aside, right ones that never came to their
    /// places. A key stands for all whose keys begin with it and a dash. They are gone from the disk when this returns.
    ///
    /// # Errors
    /// `StoreGone`, `NotWritable`, `Io`.
    pub fn forget_quarantined(&self, keys: &[String]) -> Result<(), StorageError> {
        let root = self.root()?;
        keys.iter().try_for_each(|key| check_key(key).map(drop))?;
        for (folder, begins) in [(WORK, MENDING), (QUARANTINE, "")] {
            if !root.has(folder)? {
                continue;
            }
            for entry in root.list(folder)? {
                let name = entry.name.strip_prefix(begins);
                if name.is_some_and(|name| keys.iter().any(|key| is_made_for(name, key))) {
                    root.remove_file(&format!("{folder}/{}", entry.name))?;
                }
            }
            root.sync(folder)?;
        }
        Ok(())
    }
}

impl FolderLeaving {
    /// Forgets what was prepared, so that it can be prepared anew.
    ///
    /// # Errors
    /// `NotWritable`, `StoreGone`, `Io`.
    pub fn begin_anew(&self) -> Result<(), StorageError> {
        self.root.remove_tree(&self.new_place()).map_err(|error| self.store.explain(error))
    }

    /// Gives a file of the object a second name in what is prepared. It is one file on the disk and not two copies: when
    /// the exchange is done, its first name goes. Where the file system has no second names, the bytes are copied.
    ///
    /// # Errors
    /// `Io` when the file is not there, `NoSpace`, `NotWritable`, `StoreGone`.
    pub fn keep(&self, path: &str, new_path: &str) -> Result<(), StorageError> {
        let (source, target) = (format!("{}/{}", self.object, check_path(path)?), self.prepared(new_path)?);
        self.keep_at(&source, &target).map_err(|error| self.store.explain(error))
    }

    fn keep_at(&self, source: &str, target: &str) -> Result<(), StorageError> {
        if let Some((parent, _)) = target.rsplit_once('/') {
            self.root.make(parent)?;
        }
        if self.root.has(target)? || self.root.link(source, target)? {
            return Ok(());
        }
        let (mut from, mut to) = (self.root.file(source)?, self.root.rewrite(target)?);
        io::copy(&mut from, &mut to).and_then(|_| to.sync_all()).map_err(|fault| self.root.fault(target, fault))
    }

    /// Writes a document of what is prepared. Overwrites.
    ///
    /// # Errors
    /// `NoSpace`, `NotWritable`, `StoreGone`, `Io`, or what the closure answers.
    pub fn write(&self, path: &str, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), StorageError> {
        let place = self.prepared(path)?;
        let gone = |error| self.store.explain(error);
        let mut file = BufWriter::new(self.root.rewrite(&place).map_err(gone)?);
        let written = fill(&mut file).and_then(|()| file.flush());
        written.map_err(|source| gone(self.root.fault(&place, source)))
    }

    /// Brings all that was prepared to the disk: one `syncfs` of the store's file system.
    ///
    /// # Errors
    /// `NoSpace` and `Io` also for a write that failed in the background.
    pub fn make_durable(&self) -> Result<(), StorageError> {
        let synced = rustix::fs::syncfs(self.root.handle());
        synced.map_err(|errno| self.store.explain(self.root.fault(".", errno)))
    }

    /// Opens a document of what is prepared, to read what the disk holds of it.
    ///
    /// # Errors
    /// `Io` when it is not there, `StoreGone`.
    pub fn open_back(&self, path: &str) -> Result<FolderReadBack, StorageError> {
        let place = self.prepared(path)?;
        let file = self.root.file(&place).map_err(|error| self.store.explain(error))?;
        FolderReadBack::new(file).map_err(|source| self.root.fault(&place, source))
    }

    /// Says whether the object in its place has this inventory.
    ///
    /// # Errors
    /// `StoreGone`, `Io`, `Damaged`.
    pub fn is_in_place(&self, inventory: Digest) -> Result<bool, StorageError> {
        Ok(self.inventory_of(&self.object)? == Some(inventory))
    }

    /// Puts what is prepared, which has this inventory, into the place of the object, and removes the old one from the
    /// disk. Safe to repeat: which of the two stands in the place is told by its inventory.
    ///
    /// # Errors
    /// `NotReady` when what is prepared is another; `NotWritable`, `StoreGone`, `Io`. The place then has one or the other.
    pub fn exchange(&self, inventory: Digest) -> Result<(), StorageError> {
        let done = self.exchange_by_steps(inventory, Way::AtOnce, &mut |_| Ok(()));
        done.map_err(|error| self.store.explain(error))
    }

    fn exchange_by_steps(&self, inventory: Digest, way: Way, before: Before<'_>) -> Result<(), StorageError> {
        if !self.is_in_place(inventory)? {
            let new = self.new_place();
            if self.inventory_of(&new)? != Some(inventory) {
                let missing = "the rewritten object is not whole: prepare it anew".to_owned();
                return Err(StorageError::NotReady { path: self.root.path_of(&new), missing });
            }
            self.swap(way, before)?;
        }
        self.finish(before)
    }

    fn swap(&self, way: Way, before: Before<'_>) -> Result<(), StorageError> {
        let (new, old) = (self.new_place(), self.old_place());
        let handle = self.root.handle();
        if way == Way::AtOnce && self.root.has(&self.object)? {
            self.announce(before, &self.object)?;
            match rustix::fs::renameat_with(handle, &new, handle, &self.object, RenameFlags::EXCHANGE) {
                Ok(()) => return Ok(()),
                // Some network file systems have no such flag.
                Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => return self.swap(Way::ByTwo, before),
                Err(errno) => return Err(self.root.fault(&self.object, errno)),
            }
        }
        if self.root.has(&self.object)? {
            self.announce(before, &old)?;
            self.take_away(&old)?;
        }
        self.announce(before, &self.object)?;
        if self.root.rename_new(&new, &self.object)? {
            return Ok(());
        }
        Err(StorageError::conflict(&self.root.path_of(&self.object), "something else has taken the object's place"))
    }

    fn take_away(&self, old: &str) -> Result<(), StorageError> {
        if self.root.rename_new(&self.object, old)? {
            return Ok(());
        }
        Err(StorageError::conflict(&self.root.path_of(old), "an object that was taken out lies there already"))
    }

    /// Takes the whole object out of its place, and removes it from the disk. Safe to repeat.
    ///
    /// # Errors
    /// `NotWritable`, `StoreGone`, `Io`, `Conflict`. The object then is in its place whole, or out of it.
    pub fn take_out(&self) -> Result<(), StorageError> {
        self.take_out_by_steps(&mut |_| Ok(())).map_err(|error| self.store.explain(error))
    }

    fn take_out_by_steps(&self, before: Before<'_>) -> Result<(), StorageError> {
        if self.root.has(&self.object)? {
            self.announce(before, &self.work)?;
            self.root.make(&self.work)?;
            let old = self.old_place();
            self.announce(before, &old)?;
            self.take_away(&old)?;
        }
        self.finish(before)
    }

    /// Makes durable that the old object is out of its place, and only then destroys it: after a power cut there must not
    /// be half of it under its name.
    fn finish(&self, before: Before<'_>) -> Result<(), StorageError> {
        for parent in parents(&self.object) {
            if self.root.has(parent)? {
                self.announce(before, parent)?;
                self.root.sync(parent)?;
            }
        }
        if self.root.has(&self.work)? {
            self.root.sync(&self.work)?;
            self.announce(before, &self.work)?;
            self.root.remove_tree(&self.work)?;
            self.root.sync(WORK)?;
        }
        // OCFL 1.1 §4.2, E073: a storage root has no empty folders.
        for parent in parents(&self.object).filter(|parent| *parent != OCFL) {
            if self.root.has(parent)? {
                if !self.root.remove_empty(parent)? {
                    break;
                }
                let above = parent.rsplit_once('/').map_or(OCFL, |(above, _)| above);
                self.root.sync(above)?;
            }
        }
        Ok(())
    }

    /// Forgets all that was prepared, when nothing has been taken out.
    ///
    /// # Errors
    /// `Conflict` when the object is out of its place already; `NotWritable`, `StoreGone`, `Io`.
    pub fn give_up(&self) -> Result<(), StorageError> {
        if !self.root.has(&self.object)? && self.root.has(&self.old_place())? {
            return Err(StorageError::conflict(&self.root.path_of(&self.work), "the object is being deleted"));
        }
        let removed = self.root.remove_tree(&self.work).and_then(|()| self.root.sync(WORK));
        removed.map_err(|error| self.store.explain(error))
    }

    fn new_place(&self) -> String {
        format!("{}/new", self.work)
    }

    fn old_place(&self) -> String {
        format!("{}/old", self.work)
    }

    fn prepared(&self, path: &str) -> Result<String, StorageError> {
        Ok(format!("{}/{}", self.new_place(), check_path(path)?))
    }

    fn announce(&self, before: Before<'_>, name: &str) -> Result<(), StorageError> {
        before(name).map_err(|source| self.root.fault(name, source))
    }

    fn inventory_of(&self, folder: &str) -> Result<Option<Digest>, StorageError> {
        let path = format!("{folder}/{INVENTORY}");
        if !self.root.has(&path)? {
            return Ok(None);
        }
        let file = self.root.file(&path).map_err(|error| self.store.explain(error))?;
        digest_of(file).map_err(|source| self.root.fault(&path, source))
    }
}

fn digest_of(mut file: File) -> io::Result<Option<Digest>> {
    let mut hasher = Hasher::new(Algorithms::from(Algorithm::Sha256));
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hasher.finish().get(Algorithm::Sha256)),
            got => hasher.update(&buffer[..got]),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::storage::conformance::contents;

    /// Steps at the most; a test that never ends is no test.
    const STEPS_MAX: usize = 50;
    const OBJECT: &str = "ab/cd/object";

    fn store(top: &Path) -> FolderStore {
        let root = [("0=ocfl_1.1".to_owned(), b"ocfl_1.1\n".to_vec())];
        let store = FolderStore::create(top.join("store"), "store-1", &root).expect("it can be made");
        let object = store.ocfl_path().join(OBJECT);
        fs::create_dir_all(object.join("v1/content")).expect("it can be made");
        for (path, text) in [("inventory.json", "old"), ("v1/content/stays", "stays"), ("v1/content/goes", "goes")] {
            fs::write(object.join(path), text).expect("it can be written");
        }
        store
    }

    fn prepare(store: &FolderStore) -> (FolderLeaving, Digest) {
        let leaving = store.leaving("item-7", OBJECT).expect("the store is there");
        leaving.keep("v1/content/stays", "v1/content/stays").expect("it is there");
        leaving.write("inventory.json", |out| out.write_all(b"new")).expect("there is room");
        leaving.make_durable().expect("the disk is there");
        let digest = leaving.inventory_of(&leaving.new_place()).expect("it can be read").expect("it is there");
        (leaving, digest)
    }

    fn expected(is_whole: bool) -> BTreeMap<String, Vec<u8>> {
        let mut all = BTreeMap::from([("0=ocfl_1.1".to_owned(), b"ocfl_1.1\n".to_vec())]);
        if !is_whole {
            all.insert(format!("{OBJECT}/inventory.json"), b"new".to_vec());
            all.insert(format!("{OBJECT}/v1/content/stays"), b"stays".to_vec());
        }
        all
    }

    /// Breaks off before each step, calls again, and insists on the end. Returns how many steps there were.
    fn check(is_whole: bool, act: impl Fn(&FolderLeaving, Digest, Before<'_>) -> Result<(), StorageError>) -> usize {
        for step in 0..STEPS_MAX {
            let top = tempfile::tempdir().expect("a folder can be made");
            let store = store(top.path());
            let (leaving, digest) = prepare(&store);
            let mut seen = 0;
            let ended = act(&leaving, digest, &mut |_| {
                seen += 1;
                if seen > step { Err(io::Error::other("the disk broke")) } else { Ok(()) }
            });
            let seen = contents(&store.clone().into()).expect("it can be read");
            let half = seen.keys().filter(|path| path.starts_with(OBJECT)).count();
            assert!([0, 2, 3].contains(&half), "after step {step} there is half an object: {seen:?}");
            let again = store.leaving("item-7", OBJECT).expect("the store is there");
            act(&again, digest, &mut |_| Ok(())).unwrap_or_else(|error| panic!("after step {step}: {error:?}"));
            assert_eq!(
                contents(&store.clone().into()).expect("it can be read"),
                expected(is_whole),
                "after step {step}"
            );
            assert!(store.drafts().expect("it can be read").is_empty(), "after step {step}");
            if ended.is_ok() {
                return step;
            }
        }
        panic!("more than {STEPS_MAX} steps");
    }

    #[test]
    fn an_object_taken_out_is_whole_or_gone_wherever_it_is_broken_off() {
        assert!(check(true, |leaving, _, before| leaving.take_out_by_steps(before)) >= 4);
    }

    #[test]
    fn an_exchanged_object_is_the_old_or_the_new_one_wherever_it_is_broken_off() {
        for way in [Way::AtOnce, Way::ByTwo] {
            let steps = check(false, |leaving, digest, before| leaving.exchange_by_steps(digest, way, before));
            assert!(steps >= 4, "{way:?} has only {steps} steps");
        }
    }

    #[test]
    fn nothing_is_exchanged_for_what_is_not_whole() {
        let top = tempfile::tempdir().expect("a folder can be made");
        let store = store(top.path());
        let before = contents(&store.clone().into()).expect("it can be read");
        let (leaving, digest) = prepare(&store);
        leaving.write("inventory.json", |out| out.write_all(b"cut")).expect("there is room");
        assert!(matches!(leaving.exchange(digest), Err(StorageError::NotReady { .. })));
        leaving.give_up().expect("nothing was taken out");
        assert_eq!(contents(&store.clone().into()).expect("it can be read"), before);
    }

    #[test]
    fn what_repairs_have_kept_of_it_goes_too() {
        let top = tempfile::tempdir().expect("a folder can be made");
        let store = store(top.path());
        fs::create_dir_all(store.path().join("quarantine")).expect("it can be made");
        // Of a whole object, many files are put aside; a repair that was killed leaves its new file.
        let goes =
            ["quarantine/incident-1", "quarantine/incident-1-0", "quarantine/incident-1-12", "work/.mend-incident-1-7"];
        let goes = goes.into_iter().chain(["work/.mend-incident-1-0-7", "work/.mend-incident-1"]);
        let stays =
            ["quarantine/incident-2", "quarantine/incident-12", "work/.mend-incident-12-0-7", "work/incident-1"];
        let path = |name: &str| store.path().join(name);
        let all: Vec<_> = goes.clone().chain(stays).collect();
        all.iter().for_each(|name| fs::write(path(name), "wrong").expect("it can be written"));
        for _ in 0..2 {
            store.forget_quarantined(&["incident-1".to_owned()]).expect("it can be removed");
            assert!(goes.clone().all(|name| !path(name).exists()));
            assert!(stays.iter().all(|name| path(name).exists()));
        }
    }
}
