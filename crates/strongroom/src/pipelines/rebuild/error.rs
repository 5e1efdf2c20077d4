//! What keeps a registry from being made.

use std::io;
use std::path::PathBuf;

use backends::database::{Address, DatabaseError};
use backends::storage::StorageError;

/// Why no registry was made. Whatever was there before is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RebuildError {
    /// There is a registry, and it holds something.
    #[error("the registry {} holds objects, work, events or users, and nothing is written over it: to make it anew all the same, move it elsewhere, with its -wal and -shm", .0.display())]
    NotEmpty(PathBuf),
    /// The database on the server holds something.
    #[error(
        "{0} holds objects, work, events or users, and nothing is written over it: to make a registry anew all the same, name an empty database in database.url"
    )]
    ServerNotEmpty(Address),
    /// There is a file in the registry's place of which nobody can tell what it holds.
    #[error("cannot tell whether {} is empty, and nothing is written over it: move it elsewhere, with its -wal and -shm, and call again", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: DatabaseError,
    },
    /// Another process is rebuilding the same registry.
    #[error("another process is rebuilding in {} now", .0.display())]
    Busy(PathBuf),
    /// A registry has come into being while this one was made.
    #[error("a registry came to {} while this one was made, which is thrown away: stop `up` and all other commands, and call again", .0.display())]
    Overtaken(PathBuf),
    /// The data directory cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// What was being written.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StorageError),
    /// The new database cannot be written.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// Somebody asked the process to stop.
    #[error("stopped before the registry was whole: nothing of it is left")]
    Stopped,
}
