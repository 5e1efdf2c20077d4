//! The mending of one file of an object: the only change that a committed version ever sees.

use std::io::{self, BufWriter, Write};

use super::fence::{fence_of, fenced};
use super::folder::{EntryKind, Folder, kind_of};
use super::name::{check_key, check_path};
use super::read_back::FolderReadBack;
use super::store::{OCFL, WORK};
use super::{FolderStore, StorageError};

/// Where wrong files are kept, beside the OCFL root: nothing that was found is thrown away by a repair.
pub(super) const QUARANTINE: &str = "quarantine";
/// How the name of a new file begins that waits in the workspace: a leading dot keeps it apart from drafts.
pub(super) const MENDING: &str = ".mend-";

/// Returns the name that a mending of this key has in a workspace, before the fence.
pub(super) fn mending_of(key: &str) -> String {
    format!("{MENDING}{key}")
}

/// A file of an object that is about to be replaced.
///
/// The right bytes are written to the workspace, made durable and read back by the caller; only then does
/// [`FolderMending::put_in_place`] swap them in. Killed at any moment, the object has either the wrong file or the right one.
/// The new file is one claim's own, whose fence its name bears: what a writer does that has lost its lease and does not know
/// it yet, touches no file of the next.
#[derive(Debug)]
pub struct FolderMending {
    store: FolderStore,
    root: Folder,
    key: String,
    fence: i64,
    /// `work/.mend-<key>-<fence>`.
    new: String,
    /// `ocfl/<object path>/<path>`.
    target: String,
}

impl FolderStore {
    /// Begins to replace a file of an object under a claim with this fence; 0 where the key bears one. Writes nothing yet.
    ///
    /// # Errors
    /// `StoreGone`; `Name` when the key or a path is none.
    pub fn mend(&self, key: &str, fence: i64, object_path: &str, path: &str) -> Result<FolderMending, StorageError> {
        let (key, object, path) = (check_key(key)?, check_path(object_path)?, check_path(path)?);
        Ok(FolderMending {
            root: self.root()?,
            new: format!("{WORK}/{}", fenced(&mending_of(key), fence)),
            fence,
            target: format!("{OCFL}/{object}/{path}"),
            key: key.to_owned(),
            store: self.clone(),
        })
    }
}

impl FolderMending {
    /// Writes the right bytes to the workspace and brings them to the disk. What earlier claims have left there goes.
    ///
    /// # Errors
    /// `NoSpace`, `NotWritable`, `StoreGone`, `Io`, or what the closure answers.
    pub fn write(&self, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), StorageError> {
        let gone = |error| self.store.explain(error);
        self.forget(|fence| fence < self.fence).map_err(gone)?;
        let mut file = BufWriter::with_capacity(1 << 18, self.root.rewrite(&self.new).map_err(gone)?);
        let written = fill(&mut file).and_then(|()| file.flush()).and_then(|()| file.get_ref().sync_all());
        written.map_err(|source| gone(self.root.fault(&self.new, source)))
    }

    /// Opens what was written, to read what the disk holds of it.
    ///
    /// # Errors
    /// `Io` when nothing was written, `StoreGone`.
    pub fn open_back(&self) -> Result<FolderReadBack, StorageError> {
        let file = self.root.file(&self.new).map_err(|error| self.store.explain(error))?;
        FolderReadBack::new(file).map_err(|source| self.root.fault(&self.new, source))
    }

    /// Removes what this claim and earlier ones have written to the workspace; what is not there is well.
    ///
    /// # Errors
    /// `StoreGone`, `NotWritable`, `Io`.
    pub fn abandon(&self) -> Result<(), StorageError> {
        self.forget(|fence| fence <= self.fence).map_err(|error| self.store.explain(error))
    }

    fn forget(&self, which: impl Fn(i64) -> bool) -> Result<(), StorageError> {
        self.root.forget_mendings(&self.key, which)
    }

    /// Returns where a wrong file is kept that was put aside under this key, below the store's folder.
    ///
    /// # Errors
    /// `StoreGone`, `Io`.
    pub fn kept(&self) -> Result<Option<String>, StorageError> {
        let kept = self.quarantined();
        Ok(self.root.has(&kept)?.then_some(kept))
    }

    fn quarantined(&self) -> String {
        format!("{QUARANTINE}/{}", self.key)
    }

    /// Puts the new file into the place of the wrong one, which is kept. Returns where, below the store's folder;
    /// `None` when there was none.
    ///
    /// # Errors
    /// `NotWritable`, `NoSpace`, `StoreGone`, `Io`. The object then has the wrong file or the right one.
    pub fn put_in_place(&self) -> Result<Option<String>, StorageError> {
        let kept = self.swap().map_err(|error| self.store.explain(error))?;
        for touched in [self.target.as_str(), QUARANTINE, WORK] {
            let folder =
                if touched == self.target { touched.rsplit_once('/').map_or(".", |(up, _)| up) } else { touched };
            if self.root.has(folder)? {
                self.root.sync(folder)?;
            }
        }
        Ok(kept)
    }

    fn swap(&self) -> Result<Option<String>, StorageError> {
        let wrong = self.root.stat(&self.target)?;
        let Some(wrong) = wrong else {
            let parent = self.target.rsplit_once('/').map_or(".", |(up, _)| up);
            if !self.root.has(parent)? {
                self.root.make(parent)?;
                // Whole folders were made anew: their names must last too.
                rustix::fs::syncfs(self.root.handle()).map_err(|errno| self.root.fault(".", errno))?;
            }
            self.root.rename_over(&self.new, &self.target)?;
            return Ok(None);
        };
        self.root.make(QUARANTINE)?;
        let kept = self.quarantined();
        // A second name first, so that the path is never without a file; where that cannot be, the file moves there.
        let is_linked = kind_of(&wrong) == EntryKind::File && self.root.link(&self.target, &kept)?;
        if !is_linked && !self.root.has(&kept)? && !self.root.rename_new(&self.target, &kept)? {
            return Err(StorageError::conflict(&self.root.path_of(&kept), "something else is kept under that name"));
        }
        self.root.rename_over(&self.new, &self.target)?;
        Ok(Some(kept))
    }
}

impl Folder {
    /// Removes the new files of a key from the workspace whose fence is such.
    pub(super) fn forget_mendings(&self, key: &str, which: impl Fn(i64) -> bool) -> Result<(), StorageError> {
        let mending = mending_of(key);
        for entry in self.list(WORK)? {
            if fence_of(&entry.name, &mending).is_some_and(&which) {
                self.remove_file(&format!("{WORK}/{}", entry.name))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Read;
    use std::path::{Path, PathBuf};

    use super::*;

    fn plain_store(folder: &Path) -> FolderStore {
        FolderStore::create(folder, "store", &[]).expect("a store can be made")
    }

    /// Puts a file into an object, as a commit would leave it, and returns the object's folder.
    fn content(store: &FolderStore, object: &str, path: &str, bytes: &[u8]) -> PathBuf {
        let object = store.ocfl_path().join(object);
        let file = object.join(path);
        fs::create_dir_all(file.parent().expect("it has one")).expect("it can be made");
        fs::write(file, bytes).expect("it can be written");
        object
    }

    #[test]
    fn the_wrong_file_is_kept_and_the_right_one_takes_its_place() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let store = plain_store(folder.path());
        let object = content(&store, "o/b", "v1/content/a", b"right");
        fs::write(object.join("v1/content/a"), b"wrong").expect("it can be damaged");
        let mending = store.mend("incident-1", 3, "o/b", "v1/content/a").expect("the store is there");
        mending.write(|out| out.write_all(b"right")).expect("there is space");
        let mut read = Vec::new();
        mending.open_back().expect("it is there").read_to_end(&mut read).expect("it can be read");
        assert_eq!(read, b"right");
        assert_eq!(mending.put_in_place().expect("it can be put in place").as_deref(), Some("quarantine/incident-1"));
        assert_eq!(fs::read(object.join("v1/content/a")).expect("it is there"), b"right");
        assert_eq!(fs::read(folder.path().join("quarantine/incident-1")).expect("it is kept"), b"wrong");
        assert_eq!(store.drafts().expect("the store is there"), Vec::<String>::new());
    }

    #[test]
    fn a_lost_file_comes_back_with_its_folders() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let store = plain_store(folder.path());
        let object = content(&store, "o/b", "v1/content/a/b", b"right");
        fs::remove_dir_all(&object).expect("it can be lost");
        let mending = store.mend("incident-2", 3, "o/b", "v1/content/a/b").expect("the store is there");
        mending.write(|out| out.write_all(b"right")).expect("there is space");
        assert_eq!(mending.put_in_place().expect("it can be put in place"), None);
        assert_eq!(fs::read(object.join("v1/content/a/b")).expect("it is there"), b"right");
    }

    #[test]
    fn what_was_abandoned_leaves_nothing_and_what_was_kept_is_told() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let store = plain_store(folder.path());
        content(&store, "o/b", "v1/content/a", b"wrong");
        let mending = store.mend("incident-4", 3, "o/b", "v1/content/a").expect("the store is there");
        mending.abandon().expect("nothing is there yet");
        mending.write(|out| out.write_all(b"right")).expect("there is space");
        mending.abandon().expect("it can be removed");
        assert_eq!(fs::read_dir(folder.path().join("work")).expect("it is there").count(), 0);
        assert_eq!(mending.kept().expect("the store is there"), None);
        mending.write(|out| out.write_all(b"right")).expect("there is space");
        mending.put_in_place().expect("it can be put in place");
        let again = store.mend("incident-4", 4, "o/b", "v1/content/a").expect("the store is there");
        assert_eq!(again.kept().expect("the store is there").as_deref(), Some("quarantine/incident-4"));
    }

    #[test]
    fn a_writer_that_lost_its_claim_touches_nothing_of_the_next() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let store = plain_store(folder.path());
        let object = content(&store, "o/b", "v1/content/a", b"wrong");
        let mend = |fence| store.mend("incident-5", fence, "o/b", "v1/content/a").expect("the store is there");
        let (late, next) = (mend(3), mend(4));
        fs::write(folder.path().join("work/.mend-incident-5"), "of a release without fences")
            .expect("it can be written");
        fs::write(folder.path().join("work/.mend-incident-57-1"), "of another").expect("it can be written");
        late.write(|out| {
            out.write_all(b"ri")?;
            // Paused here beyond its lease.
            next.write(|out| out.write_all(b"right")).map_err(io::Error::other)?;
            out.write_all(b"ght, with a byte too many")
        })
        .expect("its file has no name any more");
        assert!(late.put_in_place().is_err() && late.open_back().is_err());
        late.abandon().expect("nothing of its own is there");
        assert_eq!(next.put_in_place().expect("it is there").as_deref(), Some("quarantine/incident-5"));
        assert_eq!(fs::read(object.join("v1/content/a")).expect("it is there"), b"right");
        let left: Vec<_> = fs::read_dir(folder.path().join("work")).expect("it is there").collect();
        assert_eq!(left.len(), 1, "that of another key: {left:?}");
    }

    #[test]
    fn nothing_is_put_in_place_that_was_not_written() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let store = plain_store(folder.path());
        let object = content(&store, "o/b", "v1/content/a", b"right");
        let mending = store.mend("incident-3", 3, "o/b", "v1/content/a").expect("the store is there");
        assert!(mending.put_in_place().is_err());
        assert_eq!(fs::read(object.join("v1/content/a")).expect("it is there"), b"right");
    }
}
