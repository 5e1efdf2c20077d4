//! Jobs: long work on whole stores, and the words for what it comes upon.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Owner, StoreId};

/// The number of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(pub i64);

impl fmt::Display for JobId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl FromStr for JobId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// Declares an enumeration of words that are written and read by their names.
macro_rules! words {
    ($(#[$about:meta])* $kind:ident { $($(#[$one:meta])* $word:ident = $name:literal,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $kind { $($(#[$one])* $word,)+ }

        impl $kind {
            /// Returns the name.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $($kind::$word => $name,)+ }
            }

            /// Returns the word of a name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                [$($kind::$word,)+].into_iter().find(|word| word.name() == name)
            }
        }

        impl fmt::Display for $kind {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(self.name())
            }
        }
    };
}

words! {
    /// Where a store stands in its life.
    StoreState {
        /// It holds objects, and deposits go to it where a storage option names it.
        Active = "active",
        /// Its objects are being brought elsewhere; nothing new goes to it.
        Evacuating = "evacuating",
        /// No object depends on it any more. It is never written again.
        Retired = "retired",
    }
}

words! {
    /// What a job does.
    JobKind {
        /// Holds registry and stores against each other, both ways.
        Audit = "audit",
        /// Gives a store a proven replica of all that it should hold.
        Backfill = "backfill",
        /// Holds two stores against each other, or one against the registry.
        Compare = "compare",
        /// Brings all that a store holds elsewhere and lets its replicas go.
        Evacuate = "evacuate",
        /// Ends the life of a store on which no object depends.
        Retire = "retire",
    }
}

words! {
    /// Where a job stands.
    JobStatus {
        /// It waits for its turn, or to be tried again.
        Pending = "pending",
        /// A process is at it.
        Started = "started",
        /// It came to its end, and its end state was proven.
        Done = "done",
        /// It cannot go on before a person has looked.
        Stopped = "stopped",
        /// A person ended it. What it had done stays.
        Cancelled = "cancelled",
    }
}

words! {
    /// How much a result weighs.
    Weight {
        /// An object of the registry is not in the store as it should be.
        Damage = "damage",
        /// Something is there that nobody expects; nothing is lost by it.
        Strange = "strange",
        /// It could not be looked at, or not be done; this says nothing about the store.
        NotChecked = "not_checked",
        /// Worth knowing, and as it should be.
        Note = "note",
    }
}

/// What is to be done besides the kind and the store.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct JobOptions {
    /// An audit: these stores. A comparison: the other one, if there is one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stores: Vec<StoreId>,
    /// A comparison reads all content.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reads_content: bool,
    /// A retirement removes the objects' bytes.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub removes: bool,
}

/// How far a job has come: all that a later process needs to go on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct JobProgress {
    /// The step of the job, by its number.
    pub step: u32,
    /// The last object or path of the step that is done; empty at its beginning.
    pub after: String,
    /// How often the step was begun anew, since something was left.
    pub rounds: u32,
    /// What was counted, by name.
    pub counts: BTreeMap<String, u64>,
    /// Results that were noted.
    pub results: u64,
    /// Bytes read and written.
    pub bytes: u64,
    /// Milliseconds of work.
    pub milliseconds: u64,
}

impl JobProgress {
    /// Counts one more of a kind.
    pub fn count(&mut self, name: &str, more: u64) {
        *self.counts.entry(name.to_owned()).or_default() += more;
    }

    /// Returns how many of a kind were counted.
    #[must_use]
    pub fn counted(&self, name: &str) -> u64 {
        self.counts.get(name).copied().unwrap_or(0)
    }
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Job {
    /// Its number.
    pub id: JobId,
    /// What it does.
    pub kind: JobKind,
    /// The store that it is about; the first of several.
    pub store: StoreId,
    /// What is to be done besides.
    pub options: JobOptions,
    /// Where it stands.
    pub status: JobStatus,
    /// How far it has come.
    pub progress: JobProgress,
    /// Who asked for it.
    pub requested_by: String,
    /// Failed attempts in a row.
    pub attempts: u32,
    /// When it is tried next.
    pub next_try_at: Timestamp,
    /// What went wrong last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// What came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// The process that is at it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_by: Option<String>,
}

/// The right to work on a job. Whoever writes on its behalf shows the fence; an older one is refused.
#[derive(Debug, Clone)]
pub struct JobClaim {
    /// The job as it was when claimed.
    pub job: Job,
    /// Who claimed it.
    pub owner: Owner,
    /// Grows with each claim.
    pub fence: i64,
}

/// One thing that a job came upon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JobResult {
    /// What it is: one of the words of the kind of job.
    pub result: String,
    /// How much it weighs.
    pub weight: Weight,
    /// The store.
    pub store: StoreId,
    /// The object's name, if one is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The file or folder: below the object's folder where an object is named, else below the store's.
    pub path: String,
    /// What was seen, and what it means.
    pub detail: String,
    /// When.
    pub at: Timestamp,
}

/// What objects of a store amount to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Amount {
    /// Objects.
    pub objects: u64,
    /// Files of content.
    pub files: u64,
    /// Their bytes.
    pub size_bytes: u64,
    /// Inventories, sidecars and logs.
    pub documents: u64,
}
