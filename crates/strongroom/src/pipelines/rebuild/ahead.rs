//! Objects found, and their documents asked for, ahead of their turn.
//!
//! An object is a dozen small files in folders of its own. A disk that is asked for one after another mostly waits. So one
//! thread walks ahead, and others have the disk read what will be wanted. They prove and decide nothing: whatever keeps
//! them from a file is found out when its turn comes.

use std::num::NonZeroU64;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Mutex, PoisonError};

use backends::storage::{EntryKind, ObjectReader, StorageError, Store};
use rustix::fs::Advice;

use super::walk::{Found, Objects};

/// Objects that are found ahead of the one that is taken up.
const OBJECTS_AHEAD: usize = 128;
/// Threads that ask for documents: each waits for the disk most of the time.
const THREADS: usize = 8;
/// Bytes that are asked for of each document; the rest of a long one is read ahead by the kernel.
const DOCUMENT_BYTES: Option<NonZeroU64> = NonZeroU64::new(1 << 20);

/// Hands over all objects of a store in the order of their paths.
///
/// # Errors
/// The store has gone.
pub fn each_ahead<T>(
    store: &Store,
    take: impl FnOnce(Receiver<Result<Found, StorageError>>) -> T,
) -> Result<T, StorageError> {
    let (root, objects) = (store.ocfl_root()?, Objects::new(store.ocfl_root()?));
    let (give, found) = sync_channel(OBJECTS_AHEAD);
    let (ask, asked) = sync_channel::<String>(OBJECTS_AHEAD);
    let (root, asked) = (&root, &Mutex::new(asked));
    Ok(std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(move || {
                loop {
                    let next = asked.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok(path) = next else { return };
                    // What is wrong with it is told when its turn comes.
                    ask_for(root, &path).unwrap_or_default();
                }
            });
        }
        scope.spawn(move || {
            for found in objects {
                if let Ok(Found::Object(path)) = &found {
                    drop(ask.send(path.clone()));
                }
                // Nobody takes them any more when the work was stopped.
                if give.send(found).is_err() {
                    return;
                }
            }
        });
        take(found)
    }))
}

/// Has the disk read the documents of an object: those in its folder, in `logs`, and in the folders of its versions.
fn ask_for(root: &ObjectReader, object: &str) -> Result<(), StorageError> {
    for entry in root.list(object)? {
        let path = format!("{object}/{}", entry.name);
        match entry.kind {
            EntryKind::File => ask_for_file(root, &path)?,
            EntryKind::Folder => {
                for below in root.list(&path)?.iter().filter(|below| below.kind == EntryKind::File) {
                    ask_for_file(root, &format!("{path}/{}", below.name))?;
                }
            }
            EntryKind::Other => {}
        }
    }
    Ok(())
}

fn ask_for_file(root: &ObjectReader, path: &str) -> Result<(), StorageError> {
    let file = root.open(path)?;
    // A file system that takes no advice is read without it; so is a bucket.
    if let Some(file) = file.as_file() {
        rustix::fs::fadvise(file, 0, DOCUMENT_BYTES, Advice::WillNeed).unwrap_or_default();
    }
    Ok(())
}
