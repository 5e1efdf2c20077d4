//! Deletions: what was asked for, who agreed, and how far it is carried out.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{InstitutionName, ItemId, Login, Object, ObjectId, ObjectIdentifier, Person, StoreId};

/// Objects of one deletion, at most: one person must be able to look through what another asks for.
pub const TARGETS_MAX: usize = 10_000;
/// Bytes of a reason, at most.
pub const REASON_BYTES_MAX: usize = 4_000;

/// The number of a deletion: short, since people type it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeletionId(pub i64);

impl fmt::Display for DeletionId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl FromStr for DeletionId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// What somebody wants deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// Whole objects and single files, each named; one of them or a list.
    Named(Vec<(ObjectIdentifier, Option<String>)>),
    /// The bytes of a sha256 wherever they are: in the objects of one institution, or in all.
    Digest {
        /// The sha256.
        sha256: Vec<u8>,
        /// Whose objects; all without it.
        institution: Option<InstitutionName>,
    },
}

/// The terms of the installation on which anything is deleted.
#[derive(Debug, Clone, Default)]
pub struct DeletionTerms {
    /// How long an approved deletion waits, so that it can be cancelled.
    pub cooling_off: SignedDuration,
    /// How long each store keeps at least what it was given; the stores of the configuration.
    pub retention: BTreeMap<StoreId, SignedDuration>,
    /// What holds where an institution has only one admin.
    pub lone_admin: LoneAdmin,
}

/// Whether the only admin of an institution may approve what they asked for themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LoneAdmin {
    /// No: a second person is needed.
    #[default]
    NeedsSecond,
    /// Yes, as long as there is really no other.
    MayApprove,
}

/// Somebody who agreed to something, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreed {
    /// By which account.
    pub login: Login,
    /// Who.
    pub person: Person,
    /// When.
    pub at: Timestamp,
}

/// Where a deletion stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeletionState {
    /// It waits for a second person.
    Requested,
    /// Two people agreed: it waits for its time, or is being carried out.
    Approved,
    /// Somebody called it off; what was not deleted by then stays.
    Cancelled,
    /// All of it has ended: deleted, or refused when its conditions were looked at again.
    Ended,
}

impl DeletionState {
    const ALL: [DeletionState; 4] =
        [DeletionState::Requested, DeletionState::Approved, DeletionState::Cancelled, DeletionState::Ended];

    /// Returns the name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            DeletionState::Requested => "requested",
            DeletionState::Approved => "approved",
            DeletionState::Cancelled => "cancelled",
            DeletionState::Ended => "ended",
        }
    }
}

/// A name is that of no state of a deletion.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no state of a deletion; use requested, approved, cancelled or ended")]
pub struct UnknownDeletionState(String);

impl FromStr for DeletionState {
    type Err = UnknownDeletionState;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|state| state.name() == text);
        found.ok_or_else(|| UnknownDeletionState(text.to_owned()))
    }
}

/// One request, its one approval, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deletion {
    /// Its number.
    pub id: DeletionId,
    /// Where it stands.
    pub state: DeletionState,
    /// Whose objects it is about; none when it is about those of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub institution: Option<InstitutionName>,
    /// What was asked for, in words.
    pub scope: String,
    /// Why.
    pub reason: String,
    /// Who asked.
    pub requested: Agreed,
    /// Who approved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved: Option<Agreed>,
    /// Not before this do bytes go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// Who called it off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled: Option<Agreed>,
}

/// How much of an object is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// All of it.
    Object,
    /// Some files, in every version that has them.
    Files,
}

impl Extent {
    /// Returns the name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Extent::Object => "object",
            Extent::Files => "files",
        }
    }
}

/// Where the deletion of one object, or of files of it, stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetState {
    /// Nothing has gone yet.
    Waiting,
    /// Bytes are going: it can be called off no more.
    Removing,
    /// Every store has confirmed that they are gone.
    Deleted,
    /// Its conditions did not hold when they were looked at again. All is as it was.
    Refused,
    /// It was called off before anything had gone.
    Cancelled,
}

impl TargetState {
    const ALL: [TargetState; 5] = [
        TargetState::Waiting,
        TargetState::Removing,
        TargetState::Deleted,
        TargetState::Refused,
        TargetState::Cancelled,
    ];

    /// Returns the name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            TargetState::Waiting => "waiting",
            TargetState::Removing => "removing",
            TargetState::Deleted => "deleted",
            TargetState::Refused => "refused",
            TargetState::Cancelled => "cancelled",
        }
    }

    /// Returns the state of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// One object that a deletion is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeletionTarget {
    /// The deletion.
    pub deletion: DeletionId,
    /// The object.
    pub object: ObjectId,
    /// Its name.
    pub identifier: ObjectIdentifier,
    /// How much of it.
    pub extent: Extent,
    /// Its newest version when the deletion was asked for.
    pub head: u32,
    /// Files that go: each once for every version that brought bytes under its path.
    pub files: u64,
    /// The bytes of those.
    pub size_bytes: u64,
    /// Where it stands.
    pub state: TargetState,
    /// The work item that carries it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<ItemId>,
    /// When bytes began to go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub begun_at: Option<Timestamp>,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// When every store had confirmed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
}

/// A store's word that the bytes are gone from it: it was looked at again after they were removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmed {
    /// The store.
    pub store: StoreId,
    /// When.
    pub at: Timestamp,
}

/// A file that is deleted, as one version brought it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletedFile {
    /// The path in the bag.
    pub path: String,
    /// The version that brought the bytes.
    pub version: u32,
    /// Bytes.
    pub size_bytes: u64,
    /// The sha256, in hexadecimal.
    pub sha256: String,
}

/// What the stages of a work item that deletes hand to each other.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Deleting {
    /// What the documents of the rewritten object must be: path below its folder, and sha256 in hexadecimal.
    pub documents: Vec<(String, String)>,
}

/// What versions of an object come to without the files that go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VersionCounts {
    /// The version.
    pub number: u32,
    /// Its files.
    pub files: u64,
    /// Their bytes.
    pub size_bytes: u64,
    /// Those whose bytes it brought.
    pub new_files: u64,
    /// Those bytes.
    pub new_size_bytes: u64,
}

/// Why and by whom something was deleted: the answer to whoever asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gone {
    /// The deletion.
    pub deletion: Deletion,
    /// When the last store confirmed.
    pub deleted_at: Timestamp,
}

/// An object that was deleted whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeletedObject {
    /// The object, as it was.
    #[serde(flatten)]
    pub object: Object,
    /// The deletion.
    pub deletion: DeletionId,
    /// When the last store confirmed.
    pub deleted_at: Timestamp,
}

impl Gone {
    /// Returns in one sentence who deleted it, when and why.
    #[must_use]
    pub fn sentence(&self) -> String {
        let deletion = &self.deletion;
        let approver = deletion.approved.as_ref().map_or("nobody", |approved| approved.login.as_str());
        format!(
            "was deleted on {} (requested by {}, approved by {approver}, reason: {}); \
             `strongroom delete certificate {}` prints the certificate",
            self.deleted_at.strftime("%Y-%m-%d"),
            deletion.requested.login,
            deletion.reason,
            deletion.id
        )
    }
}
