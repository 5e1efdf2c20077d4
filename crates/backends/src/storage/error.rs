//! What can go wrong at the door of a store.

use std::io;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

/// Why a store, a draft or a receiving folder did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// The store is not where it was: not mounted, another one is mounted, or its marker file is missing.
    ///
    /// The one error that must never be read as "the store is empty". Nothing was changed; trying again helps once
    /// the store is back.
    #[error("store {} is gone: {because}", store.display())]
    StoreGone {
        /// Where the store should be.
        store: PathBuf,
        /// What was seen instead.
        because: String,
    },
    /// The disk or the quota is full. What was begun stays in the workspace and is taken up again.
    #[error("no space left to write {}{}", path.display(), needed(*needed_bytes))]
    NoSpace {
        /// What was being written.
        path: PathBuf,
        /// Bytes that it should have had, where they are known.
        needed_bytes: Option<u64>,
        /// What the system said.
        source: io::Error,
    },
    /// The file system is read-only or the rights do not suffice.
    #[error("may not write {}", path.display())]
    NotWritable {
        /// What was being written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Any other failure of the store's file system.
    #[error("cannot use {}", path.display())]
    Io {
        /// What was being read or written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The source of a copy could not be read: the fault lies with it and not with the store.
    #[error("cannot read the source of {}", path.display())]
    SourceUnreadable {
        /// What was being written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The source ended before the length that was promised: cut off or changed since it was measured.
    #[error("the source of {} ended after {seen_bytes} of {expected_bytes} bytes", path.display())]
    SourceShort {
        /// What was being written.
        path: PathBuf,
        /// Bytes promised.
        expected_bytes: u64,
        /// Bytes that came.
        seen_bytes: u64,
    },
    /// Something else is there already. Nothing was overwritten.
    #[error("refused at {}: {because}", path.display())]
    Conflict {
        /// Where.
        path: PathBuf,
        /// What is in the way.
        because: String,
    },
    /// The store holds something that this software did not leave so.
    #[error("{} is damaged: {because}", path.display())]
    Damaged {
        /// What is damaged.
        path: PathBuf,
        /// What is wrong with it.
        because: String,
    },
    /// A commit or a reading back was asked for before its time. Nothing was changed.
    #[error("draft {} is not ready: {missing}", path.display())]
    NotReady {
        /// The workspace of the draft.
        path: PathBuf,
        /// What must be done first.
        missing: String,
    },
    /// A bucket cannot be reached: the network, or its server. Nobody knows what it holds; trying again helps later.
    #[error("cannot reach {}: {because}", place.display())]
    Unreachable {
        /// What was asked for.
        place: PathBuf,
        /// What was seen, and how often it was tried.
        because: String,
    },
    /// A file is in a class of storage that is not read at once. Nothing is known to be wrong with it.
    #[error(
        "{} is frozen: its storage class is not read at once; `strongroom restore` has it thawed, and nothing is known to \
         be wrong with it", path.display()
    )]
    Frozen {
        /// The file.
        path: PathBuf,
    },
    /// A bucket refuses the credentials. Nobody knows what it holds; trying again helps when they have been put right.
    #[error(
        "may not use {}: {because}; give that key the rights that a store needs (list, get, put, delete), or name other \
         credentials in the configuration; nothing was changed", place.display()
    )]
    Refused {
        /// What was asked for.
        place: PathBuf,
        /// Whose credentials were used, and what the server said. Never a secret.
        because: String,
    },
    /// A file is larger than this kind of store takes. Nothing of it was written.
    #[error("{} is too large: {because}", path.display())]
    TooLarge {
        /// What was to be written.
        path: PathBuf,
        /// What the bound is, and what to do.
        because: String,
    },
    /// A bucket cannot do this yet. Nothing was changed.
    #[error("{} is a store in a bucket, and {because}", place.display())]
    NotOnBucket {
        /// The store or object.
        place: PathBuf,
        /// What cannot be done, and what to do instead.
        because: String,
    },
    /// A name or path that this door does not take.
    #[error("cannot use the name {name:?}: {because}")]
    Name {
        /// The name as given.
        name: String,
        /// What is wrong with it.
        because: &'static str,
    },
}

fn needed(needed_bytes: Option<u64>) -> String {
    needed_bytes.map_or_else(String::new, |bytes| format!(", which needs {bytes} bytes"))
}

impl StorageError {
    /// Sorts what the system said about `path` into the kinds that a caller treats differently.
    pub(super) fn at(path: impl Into<PathBuf>, source: impl Into<io::Error>) -> Self {
        let (path, source) = (path.into(), source.into());
        match Errno::from_io_error(&source) {
            Some(Errno::NOSPC | Errno::DQUOT) => Self::NoSpace { path, needed_bytes: None, source },
            Some(Errno::ROFS | Errno::ACCESS | Errno::PERM) => Self::NotWritable { path, source },
            Some(Errno::LOOP) => Self::Damaged { path, because: "a symbolic link stands in the way".to_owned() },
            _ => Self::Io { path, source },
        }
    }

    /// Adds the length that was to be written, so that the message can say how much space to make.
    pub(super) fn needing(self, bytes: u64) -> Self {
        match self {
            Self::NoSpace { path, source, .. } => Self::NoSpace { path, needed_bytes: Some(bytes), source },
            other => other,
        }
    }

    pub(super) fn conflict(path: &Path, because: impl Into<String>) -> Self {
        Self::Conflict { path: path.to_owned(), because: because.into() }
    }

    pub(super) fn damaged(path: &Path, because: impl Into<String>) -> Self {
        Self::Damaged { path: path.to_owned(), because: because.into() }
    }

    pub(super) fn gone(store: &Path, because: impl Into<String>) -> Self {
        Self::StoreGone { store: store.to_owned(), because: because.into() }
    }

    /// Says whether the store itself does not answer, or not yet, so that nobody knows what it holds. Never read it as damage.
    #[must_use]
    pub fn is_of_absent_store(&self) -> bool {
        self.is_frozen() || matches!(self, Self::StoreGone { .. } | Self::Unreachable { .. } | Self::Refused { .. })
    }

    /// Says whether a file must thaw before it is read.
    #[must_use]
    pub fn is_frozen(&self) -> bool {
        matches!(self, Self::Frozen { .. })
    }

    /// Says whether an error of reading hides that a file must thaw before it is read.
    #[must_use]
    pub fn hides_frozen(error: &io::Error) -> bool {
        let inner = error.get_ref();
        inner.is_some_and(|inner| match inner.downcast_ref::<Self>() {
            Some(error) => error.is_frozen(),
            None => inner.downcast_ref::<io::Error>().is_some_and(Self::hides_frozen),
        })
    }

    /// Returns what the system said, where it was the system that refused.
    #[must_use]
    pub fn io_kind(&self) -> Option<io::ErrorKind> {
        match self {
            Self::NoSpace { source, .. }
            | Self::NotWritable { source, .. }
            | Self::Io { source, .. }
            | Self::SourceUnreadable { source, .. } => Some(source.kind()),
            _ => None,
        }
    }
}
