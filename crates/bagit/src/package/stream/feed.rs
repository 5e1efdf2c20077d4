//! Hands members' bytes to the hashers while their giver goes on: small ones in batches, great ones in chunks.

use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use digests::Algorithms;

use super::hashing::{Piece, hash_pieces};
use crate::package::hash::{Listener, Passing};

/// Members up to this size are hashed side by side, in batches; greater ones each under all algorithms at once.
pub(crate) const SMALL_BYTES_MAX: u64 = 4 << 20;
/// Bytes of a great member that are handed on at once.
pub(crate) const CHUNK_BYTES: usize = 1 << 20;
/// Bytes of one batch; three are under way at most.
const BATCH_BYTES_MAX: usize = 16 << 20;
/// Members of one batch.
const BATCH_MEMBERS_MAX: usize = 4096;

/// The hashers want no more; the listener knows why.
pub(crate) struct Unwanted;

/// The giving end.
pub(crate) struct Feed {
    sender: SyncSender<Piece>,
    batch: Vec<(Passing, Vec<u8>)>,
    batch_bytes: usize,
}

/// Runs a giver beside the hashers, and returns its answer when all that it gave is hashed.
pub(crate) fn with_feed<T>(
    algorithms: Algorithms,
    limits: digests::Limits,
    listener: &Listener<'_>,
    give: impl FnOnce(&mut Feed) -> T,
) -> T {
    thread::scope(|scope| {
        let (sender, receiver) = sync_channel(1);
        let hashing = scope.spawn(|| hash_pieces(algorithms, receiver, limits, listener));
        let mut feed = Feed { sender, batch: Vec::new(), batch_bytes: 0 };
        let given = give(&mut feed);
        // What was given is hashed even if the giver broke off; a listener that has enough was told so already.
        let is_wanted = feed.flush().is_ok();
        debug_assert!(is_wanted || listener.has_failed());
        drop(feed);
        // A hasher that died takes its panic with it, as it would without a thread.
        hashing.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        given
    })
}

impl Feed {
    /// Gives a whole member.
    pub(crate) fn whole(&mut self, passing: Passing, bytes: Vec<u8>) -> Result<(), Unwanted> {
        self.batch_bytes += bytes.len();
        self.batch.push((passing, bytes));
        let is_full = self.batch_bytes >= BATCH_BYTES_MAX || self.batch.len() >= BATCH_MEMBERS_MAX;
        if is_full { self.flush() } else { Ok(()) }
    }

    /// Begins a member that is given in chunks.
    pub(crate) fn start(&mut self, passing: Passing) -> Result<(), Unwanted> {
        self.flush()?;
        self.send(Piece::Start(passing))
    }

    /// Gives the next bytes of the member.
    pub(crate) fn chunk(&mut self, bytes: Vec<u8>) -> Result<(), Unwanted> {
        self.send(Piece::Chunk(bytes))
    }

    /// Ends the member. One that is not ended gets no digests.
    pub(crate) fn end(&mut self) -> Result<(), Unwanted> {
        self.send(Piece::End)
    }

    fn flush(&mut self) -> Result<(), Unwanted> {
        self.batch_bytes = 0;
        let batch = std::mem::take(&mut self.batch);
        if batch.is_empty() { Ok(()) } else { self.send(Piece::Batch(batch)) }
    }

    fn send(&self, piece: Piece) -> Result<(), Unwanted> {
        self.sender.send(piece).map_err(|_| Unwanted)
    }
}
