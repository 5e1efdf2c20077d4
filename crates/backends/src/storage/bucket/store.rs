//! A store in a bucket: how it is made, found again and told from an empty bucket.

use std::path::PathBuf;

use crate::s3::{Client, Condition, Content, KEYS_AT_ONCE, Upload};
use crate::storage::marker::{MARKER, MARKER_BYTES_MAX, Marker};
use crate::storage::name::{check_key, check_path};
use crate::storage::store::{OCFL, WORK};
use crate::storage::{EntryKind, StorageError};

use super::abilities::{ABILITIES, KEY_BYTES_MAX};
use super::claim::LEAVING;
use super::probe;
use super::{Abilities, BucketDraft, BucketPlace, BucketReader};

/// An upload that was begun so long ago is not going on any more, whatever has become of its draft.
const UPLOAD_HOURS_MAX: jiff::SignedDuration = jiff::SignedDuration::from_hours(7 * 24);
/// A probing that began so long ago is not going on any more.
const PROBE_MAX: jiff::SignedDuration = jiff::SignedDuration::from_hours(1);
const PROBE: &str = "work/.written";

/// A store that keeps its replicas in a bucket.
///
/// Opened, its marker was there; whether the bucket still is, each request finds out by itself.
#[derive(Debug, Clone)]
pub struct BucketStore {
    place: BucketPlace,
    id: String,
    abilities: Abilities,
}

impl BucketStore {
    /// Makes a store with the files that belong at the top of its OCFL root, or opens it when it is there already. The
    /// bucket itself must be there. What it can do is proven first, and noted.
    ///
    /// `id` names the store for ever; a store that is there keeps its own. The marker is written last: killed at any
    /// moment, the next call goes on where this one ended.
    ///
    /// # Errors
    /// `StoreGone` when there is no such bucket. `Conflict` when something else lies below the prefix: it is never taken
    /// over. `Refused`, `Unreachable`, `Io`.
    pub fn create(place: &BucketPlace, id: &str, root_files: &[(String, Vec<u8>)]) -> Result<Self, StorageError> {
        check_key(id)?;
        if place.client.get(&place.key(MARKER), MARKER_BYTES_MAX)?.is_some() {
            return Self::open(place);
        }
        refuse_strangers(place, root_files)?;
        let made = Self { place: place.clone(), id: id.to_owned(), abilities: Abilities::default() };
        let abilities = probe::prove(place)?.abilities;
        made.keep_abilities(&abilities)?;
        let made = Self { abilities, ..made };
        for (name, bytes) in root_files {
            made.put_small(&format!("{OCFL}/{}", check_path(name)?), bytes)?;
        }
        let marker = Marker::new(id).to_bytes();
        let condition = if made.abilities.put_if_absent { Condition::Absent } else { Condition::Always };
        let put = place.client.put(&place.key(MARKER), Content::Bytes(&marker), condition);
        match put.map_err(StorageError::from) {
            // Another that makes the same store was faster.
            Ok(_) | Err(StorageError::Conflict { .. }) => Self::open(place),
            Err(error) => Err(error),
        }
    }

    /// Opens a store that was made before.
    ///
    /// # Errors
    /// `StoreGone` when the bucket or the marker is missing: an empty bucket is not an empty store. `Damaged` when the
    /// marker cannot be read as one. `Refused`, `Unreachable`, `Io`.
    pub fn open(place: &BucketPlace) -> Result<Self, StorageError> {
        let Some((bytes, _)) = place.client.get(&place.key(MARKER), MARKER_BYTES_MAX)? else {
            let because = format!("there is no {MARKER} below {place}");
            return Err(StorageError::gone(&PathBuf::from(place.to_string()), because));
        };
        let marker = Marker::parse(&bytes, &place.path_of(MARKER))?;
        let abilities = known_abilities(place)?;
        place.client.send_sha256(abilities.sha256);
        place.client.copy_with_sha256(abilities.copies_with_sha256());
        place.client.ask_for_encoding(abilities.encoded_listings);
        Ok(Self { place: place.clone(), id: marker.id, abilities })
    }

    /// Returns the id that the store was made with.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns where it is.
    #[must_use]
    pub fn place(&self) -> &BucketPlace {
        &self.place
    }

    /// Returns what the bucket was proven to be able to do.
    #[must_use]
    pub fn abilities(&self) -> &Abilities {
        &self.abilities
    }

    /// Notes what the bucket was proven to be able to do. Other processes hear of it when they start.
    ///
    /// # Errors
    /// `Refused`, `Unreachable`, `Io`.
    pub fn keep_abilities(&self, abilities: &Abilities) -> Result<(), StorageError> {
        let mut text = serde_json::to_vec_pretty(abilities).expect("words and a time are always JSON");
        text.push(b'\n');
        self.put_small(ABILITIES, &text)?;
        let held = self.place.abilities.write();
        *held.unwrap_or_else(std::sync::PoisonError::into_inner) = Some(abilities.clone());
        self.client().send_sha256(abilities.sha256);
        self.client().copy_with_sha256(abilities.copies_with_sha256());
        self.client().ask_for_encoding(abilities.encoded_listings);
        Ok(())
    }

    /// Says whether a name at the top of the store is one that only stores in buckets have.
    #[must_use]
    pub fn is_own(name: &str) -> bool {
        name == ABILITIES
    }

    pub(in crate::storage) fn draft(
        &self,
        key: &str,
        object: &str,
        version: &str,
    ) -> Result<BucketDraft, StorageError> {
        let (key, object, version) = (check_key(key)?, check_path(object)?, check_key(version)?);
        Ok(BucketDraft::new(self.clone(), key, object, version))
    }

    pub(in crate::storage) fn object(&self, object_path: &str) -> Result<Option<BucketReader>, StorageError> {
        let reader = BucketReader::new(self, &format!("{OCFL}/{}", check_path(object_path)?));
        Ok(reader.has_any()?.then_some(reader))
    }

    pub(in crate::storage) fn ocfl_root(&self) -> Result<BucketReader, StorageError> {
        Ok(BucketReader::new(self, OCFL))
    }

    pub(in crate::storage) fn drafts(&self) -> Result<Vec<String>, StorageError> {
        let entries = BucketReader::new(self, WORK).list("")?;
        let drafts = entries.into_iter().filter(|entry| entry.kind == EntryKind::Folder);
        Ok(drafts.map(|entry| entry.name).filter(|name| !name.starts_with('.')).collect())
    }

    pub(in crate::storage) fn claimants(&self) -> Result<Vec<String>, StorageError> {
        let owners = self.claims()?.into_iter().map(|(_, owner)| owner);
        Ok(owners.filter(|owner| !owner.starts_with(LEAVING)).collect())
    }

    pub(in crate::storage) fn check(&self) -> Result<(), StorageError> {
        Self::open(&self.place)?;
        self.put_small(PROBE, self.id.as_bytes())?;
        Ok(self.client().delete(&[self.key(PROBE)?])?)
    }

    pub(in crate::storage) fn abort_uploads(&self) -> Result<u64, StorageError> {
        self.forget_probes()?;
        Ok(self.client().abort_below(&self.client().address().prefix, Some(UPLOAD_HOURS_MAX))?)
    }

    /// Removes what a probing that was killed has left.
    fn forget_probes(&self) -> Result<(), StorageError> {
        let (client, top) = (self.client(), self.key(probe::FOLDER)?);
        let until = client.now() - PROBE_MAX;
        let mut keys = Vec::new();
        for listed in client.list(&top, None) {
            let listed = listed?;
            if listed.modified.is_some_and(|modified| modified < until) {
                keys.push(listed.key);
            }
        }
        Ok(client.delete(&keys)?)
    }

    pub(super) fn client(&self) -> &Client {
        &self.place.client
    }

    /// Returns the key of a name below the prefix.
    pub(super) fn key(&self, name: &str) -> Result<String, StorageError> {
        let key = self.place.key(name);
        if key.len() > self.abilities.key_bytes_max {
            let because = if self.abilities.key_bytes_max < KEY_BYTES_MAX {
                "longer than its server takes as a key of S3, as `strongroom store doctor` found"
            } else {
                "longer than the 1024 bytes of a key of S3"
            };
            return Err(StorageError::Name { name: key, because });
        }
        Ok(key)
    }

    pub(super) fn path_of(&self, name: &str) -> PathBuf {
        self.place.path_of(name)
    }

    pub(super) fn put_small(&self, name: &str, bytes: &[u8]) -> Result<(), StorageError> {
        self.client().put(&self.key(name)?, Content::Bytes(bytes), Condition::Always)?;
        Ok(())
    }

    /// Removes what has these names below the prefix. One that is not there is well; one that is longer than its server takes
    /// cannot be there.
    pub(super) fn delete_named(&self, names: impl Iterator<Item = String>) -> Result<(), StorageError> {
        let mut names = names.peekable();
        while names.peek().is_some() {
            let some = names.by_ref().take(KEYS_AT_ONCE).filter_map(|name| self.key(&name).ok());
            self.client().delete(&some.collect::<Vec<_>>())?;
        }
        Ok(())
    }

    /// Writes a file whose length is known only afterwards, over whatever is there.
    pub(super) fn put_written(
        &self,
        name: &str,
        fill: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()>,
    ) -> Result<(), StorageError> {
        let mut upload = Upload::new(self.client(), self.key(name)?);
        fill(&mut upload).map_err(|error| super::fault::of_io(error, self.path_of(name)))?;
        upload.finish(Condition::Always)?;
        Ok(())
    }
}

fn known_abilities(place: &BucketPlace) -> Result<Abilities, StorageError> {
    let held = place.abilities.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
    if let Some(abilities) = held {
        return Ok(abilities);
    }
    let abilities = match place.client.get(&place.key(ABILITIES), MARKER_BYTES_MAX)? {
        Some((bytes, _)) => serde_json::from_slice(&bytes).map_err(|error| {
            StorageError::damaged(
                &place.path_of(ABILITIES),
                format!("not what `strongroom store doctor` writes ({error}): run it again"),
            )
        })?,
        None => Abilities::default(),
    };
    *place.abilities.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(abilities.clone());
    Ok(abilities)
}

/// Lets only pass what a killed `create` may have left.
fn refuse_strangers(place: &BucketPlace, root_files: &[(String, Vec<u8>)]) -> Result<(), StorageError> {
    let prefix = place.key("");
    for listed in place.client.list(&prefix, None) {
        let key = listed?.key;
        let name = key.strip_prefix(&prefix).unwrap_or(&key);
        let is_root = name.strip_prefix("ocfl/").is_some_and(|name| root_files.iter().any(|(own, _)| own == name));
        if !is_root && name != ABILITIES && !name.starts_with(probe::FOLDER) {
            let because =
                "a place in a bucket without a store's marker that is not empty is not taken: name another prefix";
            return Err(StorageError::conflict(&place.path_of(name), because));
        }
    }
    Ok(())
}
