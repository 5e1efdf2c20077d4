//! A work item: one unit of work, and what its stages hand to each other.

use std::collections::BTreeMap;

use findings::Findings;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::receipt::ReceiptManifest;
use crate::{Action, Deleting, Deposit, FileFormat, FormatBasis, ItemId, ObjectId, Replica, Restoring, Stage, Status};

/// A unit of work, as the queue holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkItem {
    /// Its number.
    pub id: ItemId,
    /// What is done.
    pub action: Action,
    /// The stage that it is at.
    pub stage: Stage,
    /// Where it stands.
    pub status: Status,
    /// What it takes in.
    pub deposit: Deposit,
    /// The object, once it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectId>,
    /// Tries of the present stage that failed.
    pub attempts: u32,
    /// Not before this will it be tried again.
    pub next_try_at: Timestamp,
    /// Why the last try failed, or what it waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// What came of it, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// A newer deposit of the same bag, if one has arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superseded_by: Option<ItemId>,
    /// Who holds it now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_by: Option<String>,
}

/// The name space of trace identifiers, drawn once.
const TRACES: Uuid = Uuid::from_u128(0x2b7a_90c4_8d15_4c6e_a3f1_0e52_77d8_41b9);

impl WorkItem {
    /// Returns the 16 bytes, in hexadecimal, that every line of every process's log about this item bears. They are
    /// computed from the deposit and the item's number, so that all processes know them.
    #[must_use]
    pub fn trace_id(&self) -> String {
        let name = format!("{}#{}#{}", self.deposit.identifier, self.deposit.fingerprint, self.id);
        Uuid::new_v5(&TRACES, name.as_bytes()).simple().to_string()
    }
}

/// What the stages of one item hand to each other, besides the rows of its files.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ItemState {
    /// How the package is serialized: `tar`, `gzip`, `zip`, `folder`.
    pub serialization: Option<String>,
    /// The top folder inside the package.
    pub top_folder: Option<String>,
    /// Whether the package has a payload folder, which may be empty (RFC 8493 §2.1.2).
    pub has_payload_folder: bool,
    /// The number of members that were gathered, and their bytes.
    pub gathered: Totals,
    /// What the package reader found, for `validate` to report with the rest.
    pub package_findings: Findings,
    /// The bag's tags: (file, name, value).
    pub tags: Vec<(String, String, String)>,
    /// The digests of the bag's manifests.
    pub manifests: Vec<ReceiptManifest>,
    /// The profile that was applied, by name or path.
    pub profile: Option<String>,
    /// What was noticed and accepted all the same.
    pub warnings: Findings,
    /// What the formats of the files to be stored were told by.
    pub formats: Option<FormatsTold>,
    /// The version that the deposit becomes.
    pub planned: Option<PlannedVersion>,
    /// The replicas that were proven.
    pub replicas: Vec<Replica>,
    /// The documents that were written beside the content: path below the object's folder, and sha256 in hexadecimal.
    pub documents: Vec<(String, String)>,
    /// How far a deletion has come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleting: Option<Deleting>,
    /// What is to be given back, and how far its thawing has come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restoring: Option<Restoring>,
    /// When each stage was done, for the events that speak of it.
    pub done_at: BTreeMap<String, Timestamp>,
}

/// How the formats of a deposit were identified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormatsTold {
    /// The versions of the signatures.
    pub signatures: String,
    /// Files by what told their format, the weakest first.
    pub files: Vec<(FormatBasis, u64)>,
}

/// Files and bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Totals {
    /// Files.
    pub files: u64,
    /// Bytes.
    pub size_bytes: u64,
}

/// The version that a deposit becomes, as `check_reingest` has settled it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedVersion {
    /// The object's identity: new, or that of the held one.
    pub object: ObjectId,
    /// When the object's first version was accepted.
    pub object_created_at: Timestamp,
    /// The number of the version.
    pub number: u32,
    /// When it was accepted: one time for the inventory, the registry and the receipt.
    pub accepted_at: Timestamp,
    /// The storage option.
    pub storage_option: String,
    /// All files of the version.
    pub all: Totals,
    /// Those whose bytes are new to the object.
    pub new: Totals,
}

/// What becomes of a gathered file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// Not a file of the object: `bagit.txt`, manifests, `fetch.txt` are made anew when the bag is given back.
    NotKept,
    /// A path that the object does not have yet.
    New,
    /// A path that it has, with other bytes.
    Changed,
    /// The very file that it has.
    Same,
}

impl Disposition {
    /// Returns the number that stands in the database.
    #[must_use]
    pub fn number(self) -> i64 {
        match self {
            Disposition::NotKept => 0,
            Disposition::New => 1,
            Disposition::Changed => 2,
            Disposition::Same => 3,
        }
    }

    /// Returns what a number in the database stands for.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        [Disposition::NotKept, Disposition::New, Disposition::Changed, Disposition::Same]
            .into_iter()
            .find(|disposition| disposition.number() == number)
    }
}

/// Where a member of the package that belongs to the object is, and its address in the stores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedFile {
    /// Its place in the package, from 0.
    pub place: u32,
    /// The path in the bag.
    pub path: String,
    /// Bytes.
    pub size_bytes: u64,
    /// Where its bytes begin in the package; 0 where that has no meaning.
    pub offset_bytes: u64,
    /// SHA-256.
    pub sha256: Option<Vec<u8>>,
}

/// One member of the package, as gathered: a row of the work in progress.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatheredFile {
    /// Its place in the package, from 0.
    pub place: u32,
    /// The path in the bag.
    pub path: String,
    /// Bytes.
    pub size_bytes: u64,
    /// Where its bytes begin in the package; 0 where that has no meaning.
    pub offset_bytes: u64,
    /// When the depositor last changed it (Unix seconds).
    pub modified_at: i64,
    /// Digests, 16, 20, 32 and 64 bytes.
    pub md5: Option<Vec<u8>>,
    /// SHA-1.
    pub sha1: Option<Vec<u8>>,
    /// SHA-256: always there once the file was read.
    pub sha256: Option<Vec<u8>>,
    /// SHA-512.
    pub sha512: Option<Vec<u8>>,
    /// Digests that only rare manifests need, as `sha224:<hexadecimal>`, with a space between them.
    pub other_digests: Option<String>,
    /// What it is, as far as it is known.
    pub format: Option<FileFormat>,
    /// Whether the format is to be settled by a look into the file, which is a container.
    pub has_provisional_format: bool,
}
