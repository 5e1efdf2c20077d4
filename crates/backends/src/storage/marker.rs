//! The marker file by which a store is told from an empty mount point.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::StorageError;
use super::folder::Folder;

/// The marker's name in the store's folder.
pub(super) const MARKER: &str = "strongroom-store.json";

/// The layout that this software writes and reads.
const FORMAT_VERSION: u32 = 1;
/// Bytes of a marker at the most.
pub(super) const MARKER_BYTES_MAX: u64 = 64 << 10;

/// What the marker says of a store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Marker {
    pub(super) id: String,
    pub(super) format_version: u32,
}

impl Marker {
    pub(super) fn new(id: &str) -> Self {
        Self { id: id.to_owned(), format_version: FORMAT_VERSION }
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("a text and a number are always JSON");
        bytes.push(b'\n');
        bytes
    }

    pub(super) fn read(root: &Folder) -> Result<Self, StorageError> {
        let bytes = root.read(MARKER, MARKER_BYTES_MAX)?;
        Self::parse(&bytes, &root.path_of(MARKER))
    }

    pub(super) fn parse(bytes: &[u8], path: &Path) -> Result<Self, StorageError> {
        let marker: Self = serde_json::from_slice(bytes)
            .map_err(|error| StorageError::damaged(path, format!("not a store's marker: {error}")))?;
        if marker.format_version != FORMAT_VERSION {
            let because = format!("layout {} is not one that this version reads", marker.format_version);
            return Err(StorageError::damaged(path, because));
        }
        Ok(marker)
    }
}
