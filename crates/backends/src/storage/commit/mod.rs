//! The commit of a draft: from the workspace into the OCFL storage root, by renames.

mod discard;
mod new_object;
mod next_version;
mod prepared;
mod steps;

use std::io;

use super::StorageError;
use super::draft::FolderDraft;
pub(super) use new_object::parents;
use steps::Steps;

/// The root inventory's name (OCFL 1.1 §3.5), and with a dot and an algorithm after it, its sidecar's (§3.7).
const INVENTORY: &str = "inventory.json";
const SIDECAR: &str = "inventory.json.";
/// Logs of an object (OCFL 1.1 §3.8).
const LOGS: &str = "logs";

/// What a draft is to become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commit {
    /// An object that is not in the store yet.
    NewObject,
    /// The next version of an object that is.
    NextVersion,
}

/// What a commit found to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Committed {
    /// This call put the version, or what was missing of it, in its place.
    Now,
    /// The version was in its place already.
    Earlier,
}

impl FolderDraft {
    /// Makes the version a part of the store. Afterwards nothing of the draft is left in the workspace.
    ///
    /// The draft must hold `<version>/…` with its `inventory.json` and sidecar, the same two at its top, and for a new
    /// object the `0=ocfl_object_…` declaration. Content must have been read back: this proves nothing about it.
    ///
    /// *New object*: all is made durable, then the whole folder gets its place by one rename. *Next version*: the
    /// version folder is renamed into the object, then the root inventory is replaced by a rename, then its sidecar,
    /// then the logs. Between the first and the last of these a reader finds (a) a version folder that the root
    /// inventory does not know: the object as it was before; or (b) a root inventory whose sidecar is one version old:
    /// read `<newest version>/inventory.json`, whose sidecar agrees. Killed anywhere, a second commit of the same draft
    /// ends the work, even when the workspace was lost: the version folder holds what the root needs.
    ///
    /// # Errors
    /// `Conflict` when the object or version is there with another inventory, or is not the next one. `NotReady` when
    /// something is missing. `StoreGone`, `NoSpace`, `NotWritable`, `Io`: call again; open the draft anew first.
    pub fn commit(self, commit: Commit) -> Result<Committed, StorageError> {
        self.commit_by_steps(commit, &mut |_| Ok(()))
    }

    /// Does the same and asks before each change of the file system, so that tests can break off there.
    pub(super) fn commit_by_steps(
        self,
        commit: Commit,
        before: &mut dyn FnMut(&str) -> io::Result<()>,
    ) -> Result<Committed, StorageError> {
        self.check_place()?;
        let mut steps = Steps::new(&self, before);
        let committed = match commit {
            Commit::NewObject => new_object::commit(&self, &mut steps),
            Commit::NextVersion => next_version::commit(&self, &mut steps),
        };
        committed.map_err(|error| self.store.explain(error))
    }

    /// Makes sure that the handle of the draft is still what readers find under the store's path.
    fn check_place(&self) -> Result<(), StorageError> {
        let there = self.store.root()?;
        let id = |folder: &super::folder::Folder| {
            let stat = rustix::fs::fstat(folder.handle()).map_err(|errno| folder.fault(".", errno))?;
            Ok::<_, StorageError>((stat.st_dev, stat.st_ino))
        };
        if id(&there)? != id(&self.root)? {
            let because = "it was mounted anew since the draft was opened";
            return Err(StorageError::gone(self.store.path(), because));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
