//! What keeps an object from being given back.

use std::io;
use std::path::{Path, PathBuf};

use backends::database::DatabaseError;
use backends::s3::{Failure, S3Error};

use super::faults::Fault;

/// Why nothing was given back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RestorationError {
    /// No replica gave the bytes that the registry has the digest of.
    #[error("no replica of {file} is good{}", told(faults))]
    NoGoodReplica {
        /// The file: `<institution>/<name>/<path in the bag>`.
        file: String,
        /// What was wrong with each replica, in the order in which they were tried.
        faults: Vec<Fault>,
    },
    /// Something bears the name that the result should have.
    #[error("{} is there already, and is no result of this restoration: name another place with --to, or replace it with --overwrite", .0.display())]
    TargetExists(PathBuf),
    /// Another process is writing the same result.
    #[error("another process is restoring to {} now", .0.display())]
    TargetBusy(PathBuf),
    /// The result would not fit.
    #[error("{} has {free_bytes} bytes free, and the result takes {needed_bytes}: make room, or name another place with --to", folder.display())]
    NoSpace {
        /// Where it should go.
        folder: PathBuf,
        /// Bytes of the result.
        needed_bytes: u64,
        /// Bytes that are free.
        free_bytes: u64,
    },
    /// The result cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// What was being written.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A bucket did not take the result, or did not show it again.
    #[error("cannot write {place}")]
    Bucket {
        /// The object.
        place: String,
        /// Why.
        source: Box<S3Error>,
    },
    /// The result is longer than what can be written into a bucket.
    #[error(
        "{place} would have {size_bytes} bytes, and one object can be given {most_bytes} at the most: restore to a folder or a file, and send that"
    )]
    TooLong {
        /// The object.
        place: String,
        /// Bytes of the result.
        size_bytes: u64,
        /// Bytes that are taken.
        most_bytes: u64,
    },
    /// The output, which the caller knows by its name, cannot be written.
    #[error("cannot write the result")]
    Output(#[source] io::Error),
    /// The result was read back with other bytes than it was written with.
    #[error("{} was read back with other bytes than were written: do not trust what keeps it; name another place with --to", .0.display())]
    ReadBack(PathBuf),
    /// A path would lead out of the folder, or is no name for a file here.
    #[error("the path {} cannot be that of a file here: restore a tar, without --unpacked or to a file that you name", .0.escape_debug())]
    UnsafePath(String),
    /// The documents of the bag cannot be kept until they are written.
    #[error("cannot write to staging")]
    Staging(#[source] io::Error),
    /// The registry cannot be asked, or does not say what it must.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The registry holds what cannot be given back.
    #[error("the registry cannot be used: {0}")]
    Registry(String),
    /// The result has another length than was announced, which is a defect of ours.
    #[error("{written_bytes} bytes were written where {announced_bytes} had been announced: please report this")]
    Length {
        /// As computed from the registry.
        announced_bytes: u64,
        /// As it turned out.
        written_bytes: u64,
    },
    /// The process was asked to stop.
    #[error("stopped as asked")]
    Interrupted,
}

fn told(faults: &[Fault]) -> String {
    if faults.is_empty() {
        return ": the registry knows of none".to_owned();
    }
    faults.iter().map(|fault| format!("\n  store {}: {}", fault.store, fault.what)).collect()
}

impl RestorationError {
    /// Says what was being written, for `map_err`.
    pub fn writing(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Write { path: path.to_owned(), source }
    }

    /// Returns whether a file is not to be had before it has thawed.
    #[must_use]
    pub fn is_frozen(&self) -> bool {
        matches!(self, Self::NoGoodReplica { faults, .. } if faults.iter().any(|fault| fault.is_frozen))
    }

    /// Returns whether the disk of the result, or of staging, has no room.
    #[must_use]
    pub fn is_full(&self) -> bool {
        let has_no_room =
            |error: &io::Error| matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
        match self {
            Self::NoSpace { .. } => true,
            Self::Write { source, .. } | Self::Output(source) | Self::Staging(source) => has_no_room(source),
            _ => false,
        }
    }

    /// Says when the same call may do better, of what may.
    #[must_use]
    pub fn until(&self) -> &'static str {
        if self.is_for_a_person() { "when that is set right" } else { "later" }
    }

    /// Returns whether a person must give this process other credentials, a right or an authority to believe, before it does better.
    fn is_for_a_person(&self) -> bool {
        matches!(self, Self::Bucket { source, .. } if matches!(
            source.failure,
            Failure::NotBelieved { .. } | Failure::Expired { .. } | Failure::Refused { .. } | Failure::NoCredentials(_)
        ))
    }

    /// Returns whether the same call may do better later, without anybody doing anything but what was said of stores
    /// that are away.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::TargetBusy(_) | Self::Interrupted => true,
            Self::Database(error) => error.is_passing(),
            Self::Bucket { source, .. } => {
                matches!(source.failure, Failure::Unreachable { .. }) || self.is_for_a_person()
            }
            Self::NoGoodReplica { faults, .. } => faults.iter().any(|fault| fault.is_away),
            _ => false,
        }
    }
}
