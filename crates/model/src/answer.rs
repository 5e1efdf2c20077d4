//! What a step answers. The runner alone turns an answer into a row, a retry time, an event and a log line.

use std::error::Error;

use findings::Findings;
use jiff::Timestamp;

use crate::{Confirmed, DeletionId, Event, Extent, ItemState, Object, ObjectId, ObjectVersion, Replica, Stage};

/// What a step answers when nothing broke.
#[derive(Debug)]
pub enum Answer {
    /// The step is done; its results are settled together with the next stage's availability.
    Done(Box<Completion>),
    /// Not yet, and nobody is at fault: this does not count as an attempt.
    Wait {
        /// When to look again.
        until: Timestamp,
        /// Why, for people.
        because: String,
    },
    /// The deposit is at fault. It stays where it is, nothing of it is stored.
    Reject(Box<Findings>),
    /// The item has ended before its time, because of a newer deposit or a person.
    Cancel {
        /// Why, for people.
        because: String,
    },
}

/// The results of a step, written in one transaction with the change of stage.
#[derive(Debug, Default)]
pub struct Completion {
    /// What the next stages need to know.
    pub state: ItemState,
    /// What happened, as PREMIS events.
    pub events: Vec<Event>,
    /// What enters the registry: only `record` has it.
    pub accession: Option<Accession>,
    /// What leaves the registry: only `record_deletion` has it.
    pub removal: Option<Removal>,
    /// The stage to go on with, where it is not simply the next one.
    pub skip_to: Option<Stage>,
    /// What to tell people, once the item has ended.
    pub outcome: Option<String>,
}

/// What `record` writes into the registry. The files come from the rows that were gathered.
#[derive(Debug)]
pub struct Accession {
    /// The object as it is from now on.
    pub object: Object,
    /// Its new version.
    pub version: ObjectVersion,
    /// Where it is and how well that is proven.
    pub replicas: Vec<Replica>,
    /// What the files beside its content must be: path below the object's folder, and sha256.
    pub documents: Vec<(String, Vec<u8>)>,
}

/// What `record_deletion` writes into the registry.
#[derive(Debug, Clone)]
pub struct Removal {
    /// The deletion.
    pub deletion: DeletionId,
    /// The object that goes, whole or in part.
    pub object: ObjectId,
    /// How much of it.
    pub extent: Extent,
    /// What the documents of a rewritten object must be: path below the object's folder, and sha256.
    pub documents: Vec<(String, Vec<u8>)>,
    /// The stores, each of which has confirmed.
    pub confirmed: Vec<Confirmed>,
    /// When the last of them did.
    pub deleted_at: Timestamp,
    /// The signed certificate.
    pub certificate: String,
}

impl Answer {
    /// Answers that the step is done, with the state as it is now and nothing else.
    #[must_use]
    pub fn done(state: ItemState) -> Self {
        Answer::Done(Box::new(Completion { state, ..Completion::default() }))
    }
}

/// What a step answers when something broke. Every `?` in a step has chosen between these.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StepError {
    /// Trying again may help.
    #[error("{}", chain(.0.as_ref()))]
    Retry(Box<dyn Error + Send + Sync>),
    /// Trying again may help, from an earlier stage on.
    #[error("{}", chain(.1.as_ref()))]
    RetryFrom(Stage, Box<dyn Error + Send + Sync>),
    /// A person must look.
    #[error("{}", chain(.0.as_ref()))]
    Stop(Box<dyn Error + Send + Sync>),
    /// Another worker holds the item now, or a person has ended it: drop everything, write nothing.
    #[error("the lease on the work item was lost")]
    LeaseLost,
    /// The process is stopping: hand the item back as it is.
    #[error("the worker is stopping")]
    Interrupted,
}

impl StepError {
    /// Trying again may help.
    pub fn retry(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        StepError::Retry(error.into())
    }

    /// A person must look.
    pub fn stop(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        StepError::Stop(error.into())
    }
}

/// Writes an error with all its sources in one line.
fn chain(error: &(dyn Error + Send + Sync)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}
