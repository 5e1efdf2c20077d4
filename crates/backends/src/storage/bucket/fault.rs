//! What a bucket answers, in the words of the door.

use std::io;
use std::path::PathBuf;

use crate::s3::{Failure, S3Error};
use crate::storage::StorageError;

/// What servers say when there is no room.
const NO_SPACE: [&str; 4] =
    ["QuotaExceeded", "InsufficientStorage", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded"];

impl From<S3Error> for StorageError {
    fn from(error: S3Error) -> Self {
        let path = PathBuf::from(&error.place);
        let told = |failure: Failure| {
            io::Error::other(S3Error { operation: error.operation, place: error.place.clone(), failure })
        };
        match error.failure {
            Failure::NoBucket => Self::StoreGone { store: path, because: "there is no such bucket".to_owned() },
            Failure::NoKey => {
                Self::Io { path, source: io::Error::new(io::ErrorKind::NotFound, "there is no such key") }
            }
            Failure::Frozen => Self::Frozen { path },
            Failure::Precondition => {
                Self::Conflict { path, because: "another writer has put something else there".to_owned() }
            }
            failure @ (Failure::Refused { .. } | Failure::NoCredentials(_)) => {
                Self::Refused { place: path, because: failure.to_string() }
            }
            failure @ (Failure::Unreachable { .. } | Failure::NotBelieved { .. } | Failure::Expired { .. }) => {
                Self::Unreachable { place: path, because: failure.to_string() }
            }
            Failure::Answer { ref code, .. } if NO_SPACE.contains(&code.as_str()) => {
                Self::NoSpace { path, needed_bytes: None, source: told(error.failure) }
            }
            Failure::Source(source) => Self::SourceUnreadable { path, source },
            Failure::Short { expected_bytes, seen_bytes } => Self::SourceShort { path, expected_bytes, seen_bytes },
            failure @ Failure::TooLarge(_) => Self::TooLarge { path, because: failure.to_string() },
            Failure::KeyTooLong(_) => {
                Self::Name { name: error.place, because: "longer than its server takes as a key of S3" }
            }
            failure => Self::Io { path, source: told(failure) },
        }
    }
}

/// Finds what a bucket answered in an error of reading or writing, which may hide it.
pub(super) fn of_io(error: io::Error, path: PathBuf) -> StorageError {
    match error.downcast::<S3Error>() {
        Ok(error) => error.into(),
        Err(source) => match source.downcast::<StorageError>() {
            Ok(error) => error,
            Err(source) => StorageError::at(path, source),
        },
    }
}
