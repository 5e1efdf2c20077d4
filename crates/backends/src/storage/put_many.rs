//! Many files put into a draft by several threads.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{Draft, Put, Source, StorageError};

/// Threads at the most.
const THREADS_MAX: usize = 64;
/// Files that a thread takes at once into a folder; taking them one by one makes small files wait for one another.
const FILES_AT_ONCE: usize = 16;
/// Bytes after which it takes no more: a few large files are for all threads.
const BYTES_AT_ONCE: u64 = 4 << 20;

/// What a [`Draft::put_many`] did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PutTotals {
    /// Files copied.
    pub written_files: u64,
    /// Bytes copied.
    pub written_bytes: u64,
    /// Files that were there already.
    pub skipped_files: u64,
}

impl Draft {
    /// Puts all files of an iterator, `threads` at once (between 1 and 64).
    ///
    /// The iterator is pulled as there is room, and from one thread at a time: it may count what was begun, and end
    /// early to stop.
    ///
    /// # Errors
    /// The first one that any [`Draft::put`] meets; files that were begun are ended, the rest is left.
    pub fn put_many<'a, I>(&self, items: I, threads: usize) -> Result<PutTotals, StorageError>
    where
        I: Iterator<Item = (String, Source<'a>)> + Send,
    {
        let items = Mutex::new(items.fuse());
        let has_failed = AtomicBool::new(false);
        let work = || self.put_from(&items, &has_failed);
        std::thread::scope(|scope| {
            let others: Vec<_> = (1..threads.clamp(1, THREADS_MAX)).map(|_| scope.spawn(work)).collect();
            let mut totals = work();
            for other in others {
                let result = other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                totals = totals.and_then(|sum| result.map(|more| sum.plus(more)));
            }
            totals
        })
    }

    fn put_from<'a, I>(&self, items: &Mutex<I>, has_failed: &AtomicBool) -> Result<PutTotals, StorageError>
    where
        I: Iterator<Item = (String, Source<'a>)>,
    {
        let mut totals = PutTotals::default();
        let mut buffer = Vec::new();
        // Into a bucket, each file is waited for by itself.
        let files_max = if matches!(self, Self::Bucket(_)) { 1 } else { FILES_AT_ONCE };
        let mut batch = Vec::with_capacity(files_max);
        loop {
            // A poisoned lock means that the iterator panicked in another thread; its panic is passed on by the join.
            let Ok(mut next) = items.lock() else { return Ok(totals) };
            let mut bytes = 0;
            while batch.len() < files_max && bytes < BYTES_AT_ONCE {
                let Some(item) = next.next() else { break };
                bytes += item.1.length_bytes();
                batch.push(item);
            }
            drop(next);
            if batch.is_empty() || has_failed.load(Ordering::Relaxed) {
                return Ok(totals);
            }
            for (path, source) in batch.drain(..) {
                match self.put_through(&path, &source, &mut buffer) {
                    Ok(put) => totals.count(put, source.length_bytes()),
                    Err(error) => {
                        has_failed.store(true, Ordering::Relaxed);
                        return Err(error);
                    }
                }
            }
        }
    }
}

impl PutTotals {
    fn count(&mut self, put: Put, bytes: u64) {
        match put {
            Put::Written => {
                self.written_files += 1;
                self.written_bytes += bytes;
            }
            Put::AlreadyThere => self.skipped_files += 1,
        }
    }

    fn plus(self, more: Self) -> Self {
        Self {
            written_files: self.written_files + more.written_files,
            written_bytes: self.written_bytes + more.written_bytes,
            skipped_files: self.skipped_files + more.skipped_files,
        }
    }
}
