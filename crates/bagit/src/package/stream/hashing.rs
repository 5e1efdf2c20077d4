//! Hashes members as they come out of a stream: small ones side by side, a great one under all algorithms at once.

use std::io::Cursor;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use digests::{Algorithm, Algorithms, Control, Digest, Digests, Hasher, Job, Limits, Watch as _, hash_many};

use crate::package::hash::{Listener, Passing};

/// Chunks that may wait for one hasher.
const CHUNKS_WAITING_MAX: usize = 4;

/// What comes from the stream.
pub(super) enum Piece {
    /// Small members, whole.
    Batch(Vec<(Passing, Vec<u8>)>),
    /// A great member begins.
    Start(Passing),
    /// Its next bytes.
    Chunk(Vec<u8>),
    /// Its end. When the stream breaks before, the member has no digests.
    End,
}

/// Hashes all that comes, until the stream or the listener has enough.
pub(super) fn hash_pieces(algorithms: Algorithms, pieces: Receiver<Piece>, limits: Limits, listener: &Listener<'_>) {
    let shares = shares(algorithms, limits.threads);
    while let Ok(piece) = pieces.recv() {
        match piece {
            Piece::Batch(batch) => {
                let jobs = batch.into_iter().map(|(key, bytes)| {
                    let size_hint = bytes.len() as u64;
                    Job { key, reader: Cursor::new(bytes), size_hint }
                });
                hash_many(algorithms, jobs, limits, listener);
            }
            Piece::Start(passing) => hash_large(&shares, &pieces, passing, listener),
            Piece::Chunk(_) | Piece::End => {}
        }
        if listener.has_failed() {
            return;
        }
    }
}

/// Hashes one member, each share of the algorithms on a thread of its own.
fn hash_large(shares: &[Algorithms], pieces: &Receiver<Piece>, passing: Passing, listener: &Listener<'_>) {
    let read = thread::scope(|scope| {
        let mut senders: Vec<SyncSender<Arc<Vec<u8>>>> = Vec::new();
        let mut hashers = Vec::new();
        for share in shares {
            let (sender, chunks) = sync_channel::<Arc<Vec<u8>>>(CHUNKS_WAITING_MAX);
            senders.push(sender);
            hashers.push(scope.spawn(move || {
                let mut hasher = Hasher::new(*share);
                chunks.iter().for_each(|chunk| hasher.update(&chunk));
                hasher.finish()
            }));
        }
        let size_bytes = hand_round(&senders, pieces, &passing, listener)?;
        drop(senders);
        let digests =
            hashers.into_iter().map(|hasher| hasher.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        let all: Vec<Digest> = digests.flat_map(|digests: Digests| digests.iter().collect::<Vec<_>>()).collect();
        Some((all.into_iter().collect(), size_bytes))
    });
    if let Some(read) = read {
        // What it answers is seen by `has_failed`.
        listener.ended(passing, Ok(read));
    }
}

/// Gives each chunk to every hasher, and returns how long the member was; `None` when it was not to be ended.
fn hand_round(
    senders: &[SyncSender<Arc<Vec<u8>>>],
    pieces: &Receiver<Piece>,
    passing: &Passing,
    listener: &Listener<'_>,
) -> Option<u64> {
    let mut offset_bytes = 0;
    while let Ok(Piece::Chunk(chunk)) = pieces.recv() {
        let chunk = Arc::new(chunk);
        for sender in senders {
            sender.send(Arc::clone(&chunk)).ok()?;
        }
        if listener.block(passing, offset_bytes, &chunk) == Control::Stop {
            return None;
        }
        offset_bytes += chunk.len() as u64;
    }
    (offset_bytes == passing.member().size_bytes).then_some(offset_bytes)
}

/// Divides algorithms over threads by what they cost, the dearest first.
fn shares(algorithms: Algorithms, threads: usize) -> Vec<Algorithms> {
    let mut by_cost: Vec<Algorithm> = algorithms.iter().collect();
    by_cost.sort_by_key(|algorithm| std::cmp::Reverse(cost(*algorithm)));
    let mut shares = vec![(0, Algorithms::NONE); threads.clamp(1, by_cost.len().max(1))];
    for algorithm in by_cost {
        if let Some(least) = shares.iter_mut().min_by_key(|share| share.0) {
            *least = (least.0 + cost(algorithm), least.1.with(algorithm));
        }
    }
    shares.into_iter().map(|share| share.1).collect()
}

/// Time for a byte, compared with others; measured on one stream with the processor's own SHA instructions.
fn cost(algorithm: Algorithm) -> u32 {
    match algorithm {
        Algorithm::Sha1 | Algorithm::Sha224 | Algorithm::Sha256 => 5,
        Algorithm::Md5 => 14,
        _ => 11,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn algorithms_are_shared_out_evenly_and_none_is_lost() {
        let shares = shares(Algorithms::COMMON, 2);
        assert_eq!(shares.len(), 2);
        assert_eq!(shares.iter().fold(Algorithms::NONE, |all, share| all.union(*share)), Algorithms::COMMON);
        assert!(shares.iter().all(|share| share.iter().count() == 2));
        assert_eq!(super::shares(Algorithm::Md5.into(), 8).len(), 1);
    }
}
