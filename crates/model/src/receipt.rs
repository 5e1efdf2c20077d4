//! The receipt: what a depositor gets in exchange for a bag.

use findings::Finding;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Evidence, ItemId, ObjectId, ObjectIdentifier, StoreId};

/// The name and version of the receipt's format.
pub const RECEIPT_FORMAT: &str = "strongroom-receipt/1";

/// What a depositor gets in exchange for a bag: proof of what was taken in, and where it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// [`RECEIPT_FORMAT`].
    pub format: String,
    /// The work item.
    pub item: ItemId,
    /// What happened: `stored`, `unchanged`.
    pub outcome: String,
    /// The object's identity.
    pub object_id: ObjectId,
    /// The object's name.
    pub object: ObjectIdentifier,
    /// The version that this deposit made, or that was found to hold the same.
    pub version: u32,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// Files of the version.
    pub files: u64,
    /// Bytes of the version.
    pub size_bytes: u64,
    /// Files whose bytes were new.
    pub new_files: u64,
    /// Those bytes.
    pub new_size_bytes: u64,
    /// The storage option.
    pub storage_option: String,
    /// The digests of the deposit's manifests: (file, algorithm, value). They stand for every file in it.
    pub manifests: Vec<ReceiptManifest>,
    /// Each replica and how well it is proven.
    pub replicas: Vec<ReceiptReplica>,
    /// What was noticed and accepted all the same.
    #[serde(default)]
    pub warnings: Vec<Finding>,
}

/// The digest of one of the deposit's manifests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptManifest {
    /// `manifest-sha256.txt`.
    pub path: String,
    /// The algorithm of the digest: `sha256`.
    pub algorithm: String,
    /// The digest of the manifest file itself, in hexadecimal.
    pub digest: String,
}

/// One replica in a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptReplica {
    /// The store.
    pub store: StoreId,
    /// The folder of the object below the store's OCFL root.
    pub object_path: String,
    /// How good the proof is.
    pub evidence: Evidence,
    /// When it was proven.
    pub verified_at: Timestamp,
}
