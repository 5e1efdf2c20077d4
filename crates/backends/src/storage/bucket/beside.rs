//! What lies in a bucket's store beside its OCFL root: canaries, tombstones, the chronicle, the note of the end.

use std::io::{self, Write};

use crate::storage::name::check_path;
use crate::storage::withdraw::NOTE;
use crate::storage::{Beside, Entry, StorageError};

use super::{BucketReader, BucketStore};

const CANARIES: &str = "canaries";
const TOMBSTONES: &str = "tombstones";

impl BucketStore {
    pub(in crate::storage) fn top(&self) -> Result<Vec<Entry>, StorageError> {
        let mut entries = self.list_at("")?;
        entries.retain(|entry| !entry.name.is_empty());
        entries.sort_by(|one, two| one.name.cmp(&two.name));
        Ok(entries)
    }

    pub(in crate::storage) fn beside(&self, which: Beside) -> Result<Option<BucketReader>, StorageError> {
        let reader = BucketReader::new(self, which.name());
        Ok(reader.has_any()?.then_some(reader))
    }

    pub(in crate::storage) fn write_beside(&self, which: Beside, path: &str, bytes: &[u8]) -> Result<(), StorageError> {
        self.put_small(&format!("{}/{}", which.name(), check_path(path)?), bytes)
    }

    pub(in crate::storage) fn plant(&self, files: &[(&str, &[u8])]) -> Result<(), StorageError> {
        for (name, bytes) in files {
            let place = format!("{CANARIES}/{}", check_path(name)?);
            if self.client().head(&self.key(&place)?)?.is_none() {
                self.put_small(&place, bytes)?;
            }
        }
        Ok(())
    }

    pub(in crate::storage) fn planted(&self) -> Result<BucketReader, StorageError> {
        Ok(BucketReader::new(self, CANARIES))
    }

    pub(in crate::storage) fn tombstones(&self) -> Result<Option<BucketReader>, StorageError> {
        let reader = BucketReader::new(self, TOMBSTONES);
        Ok(reader.has_any()?.then_some(reader))
    }

    pub(in crate::storage) fn write_tombstone(
        &self,
        path: &str,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), StorageError> {
        self.put_written(&format!("{TOMBSTONES}/{}", check_path(path)?), fill)
    }

    pub(in crate::storage) fn leave_note(&self, text: &str) -> Result<(), StorageError> {
        self.put_small(NOTE, text.as_bytes())
    }
}
