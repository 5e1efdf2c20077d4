//! What is asked of a restoration, what it is given to work with, and what comes of it.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use backends::database::Database;
use model::{FileVersion, Object};

use super::super::{Clock, Meter, RestoreObject, Signal, StorePlaces};
use super::publish::Existing;
use super::restored::Restored;
use super::{Fault, RestorationError};

/// What a restoration is given to work with.
pub struct Doors {
    /// The registry.
    pub database: Database,
    /// Where the stores are.
    pub stores: StorePlaces,
    /// Where documents wait until they are written.
    pub staging: PathBuf,
    /// Time and new identifiers.
    pub clock: Clock,
    /// The name and version of this program.
    pub agent: String,
    /// What formats are called by.
    pub signatures: &'static pronom::Signatures,
    /// Where progress is noted.
    pub meter: Arc<Meter>,
    /// What may tell it to stop.
    pub signal: Signal,
}

/// What is asked for.
pub struct Request {
    /// The object.
    pub object: Object,
    /// The version of it.
    pub version: u32,
    /// One file of that version; without it, all as a bag.
    pub file: Option<FileVersion>,
    /// Where it goes.
    pub target: Target,
    /// What becomes of something that has the target's name.
    pub existing: Existing,
}

/// Where the result goes.
pub enum Target {
    /// To a file: a bag in a tar, or the one file.
    File(PathBuf),
    /// To a folder, which becomes the bag.
    Folder(PathBuf),
    /// To an object of a bucket; the same bytes as to a file.
    Object(RestoreObject),
    /// To a stream, such as standard output; the same bytes as to a file.
    Stream(File),
    /// Nowhere: only what it would be is told.
    Nowhere,
}

/// What came of a restoration.
pub struct Outcome {
    /// The result, or why there is none.
    pub result: Result<Restored, RestorationError>,
    /// What was wrong with replicas, with or without a result; at most 1,000 are named.
    pub damage: Vec<Fault>,
    /// How many faults there were.
    pub damage_count: u64,
}
