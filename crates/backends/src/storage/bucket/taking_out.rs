//! The removal of a whole object: what its inventory names goes by its name, whatever a listing shows; then what is listed.
//!
//! The root inventory goes last. As long as it is there, whoever goes on after a kill can ask it again what there was.

use std::io::{self, Read};

use crate::s3::{KEYS_AT_ONCE, Versions};
use crate::storage::StorageError;

use super::fault::of_io;
use super::leaving::{BucketLeaving, INVENTORY};

/// Tells the path of each file of an object, given the text of an inventory, and returns the number of its newest version;
/// `None` when it is no inventory. OCFL is none of the stores' business.
pub type TellNames =
    fn(&mut dyn Read, &mut dyn FnMut(String) -> Result<(), StorageError>) -> Result<Option<u32>, StorageError>;

/// What becomes of old versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OldVersions {
    /// They stay, where the bucket keeps some.
    Stay,
    /// They go.
    Go,
}

/// Asked before each change of the bucket, so that tests can break off there.
type Before<'a> = &'a mut dyn FnMut(&str) -> io::Result<()>;

impl BucketLeaving {
    pub(in crate::storage) fn take_out(&self, tell: TellNames) -> Result<(), StorageError> {
        self.remove_by_steps(OldVersions::Go, tell, &mut |_| Ok(()))
    }

    pub(super) fn remove_by_steps(
        &self,
        old_versions: OldVersions,
        tell: TellNames,
        before: Before<'_>,
    ) -> Result<(), StorageError> {
        let (client, place) = (self.store().client(), self.store().key(&self.place())?);
        let inventory = format!("{place}{INVENTORY}");
        let mut step =
            |name: &str| before(name).map_err(|source| StorageError::Io { path: self.store().path_of(name), source });
        let is_listed = client.list(&place, None).next().transpose()?.is_some();
        let first = self.store().key(&format!("{}v1/{INVENTORY}", self.place()))?;
        if is_listed || client.head(&inventory)?.is_some() || client.head(&first)?.is_some() {
            step("claim")?;
            let is_new = self.hide()?;
            client.abort_below(&place, None)?;
            let is_known = self.remove_named(tell, &mut step)?;
            if !is_known && !is_listed {
                // Another may have ended it while this one was paused: then nobody else shows what may come there.
                if is_new {
                    self.show()?;
                }
                return Err(self.still_there("nothing tells which files it has: no listing, and no inventory"));
            }
            step("listed")?;
            client.delete_below_but(&place, &inventory)?;
            step("inventory")?;
            client.delete(std::slice::from_ref(&inventory))?;
            if let Some(left) = client.list(&place, None).next().transpose()? {
                return Err(self.still_there(&format!("{} is listed still after it was deleted", left.key)));
            }
        }
        // Also when a call before this one has come as far and was killed.
        step("versions")?;
        if old_versions == OldVersions::Go {
            self.forget_versions(&place, Versions::All)?;
        }
        step("release")?;
        if self.is_claimed()? { self.show() } else { Ok(()) }
    }

    /// Removes what the object's inventories name. Returns whether one could be asked.
    ///
    /// That of the root first. A version that it does not know of, after somebody put back an older one, or where it is lost,
    /// has an inventory of its own.
    fn remove_named(
        &self,
        tell: TellNames,
        step: &mut dyn FnMut(&str) -> Result<(), StorageError>,
    ) -> Result<bool, StorageError> {
        let client = self.store().client();
        let head = self.remove_told_by(INVENTORY, tell, step)?;
        let own = |number: u32| format!("v{number}/{INVENTORY}");
        let is_there = |number: u32| {
            let key = self.store().key(&format!("{}{}", self.place(), own(number)))?;
            Ok::<_, StorageError>(client.head(&key)?.is_some())
        };
        let mut newest = head.unwrap_or(0);
        while is_there(newest + 1)? {
            newest += 1;
        }
        if newest > head.unwrap_or(0) {
            return Ok(self.remove_told_by(&own(newest), tell, step)?.is_some());
        }
        Ok(head.is_some())
    }

    fn remove_told_by(
        &self,
        path: &str,
        tell: TellNames,
        step: &mut dyn FnMut(&str) -> Result<(), StorageError>,
    ) -> Result<Option<u32>, StorageError> {
        // A byte that flips on its way must not look like an inventory that is none.
        for _ in 0..2 {
            if let Some(head) = self.remove_told_once(path, tell, step)? {
                return Ok(Some(head));
            }
        }
        tracing::warn!(path, "an inventory is not there, frozen, or cannot be understood: what is listed goes");
        Ok(None)
    }

    fn remove_told_once(
        &self,
        path: &str,
        tell: TellNames,
        step: &mut dyn FnMut(&str) -> Result<(), StorageError>,
    ) -> Result<Option<u32>, StorageError> {
        let mut file = match self.store().open_if_there(&format!("{}{path}", self.place())) {
            Ok(Some(file)) => file,
            Ok(None) => return Ok(None),
            // Whoever froze the whole object froze this too; it need not be read to be destroyed.
            Err(StorageError::Frozen { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut names = Vec::new();
        let head = tell(&mut file, &mut |told| {
            // The others of its kind go with the rest; this one is asked again after a kill.
            if told != INVENTORY {
                names.push(format!("{}{told}", self.place()));
            }
            if names.len() == KEYS_AT_ONCE {
                step("names")?;
                self.store().delete_named(names.drain(..))?;
            }
            Ok(())
        });
        let head = head.map_err(|error| match error {
            StorageError::Io { path, source } => of_io(source, path),
            other => other,
        })?;
        step("names")?;
        self.store().delete_named(names.into_iter())?;
        Ok(head)
    }

    fn still_there(&self, because: &str) -> StorageError {
        StorageError::Io { path: self.store().path_of(&self.place()), source: io::Error::other(because.to_owned()) }
    }
}
