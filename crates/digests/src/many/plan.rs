//! How the buffers of one call are shared out.

use super::Limits;
use crate::chains::GRAIN_BYTES;

/// Streams that one thread hashes at once when their pieces are of full size: the lanes of AVX-512.
const FULL_STREAMS: usize = 16;
/// The longest piece of a stream that is read at a time: with 16 of them a thread stays within its L2 cache.
const PIECE_BYTES_MAX: usize = 64 << 10;
/// Streams that one thread holds at once, whatever their size: each may be an open file.
const STREAMS_MAX: usize = 64;
/// The longest block of a stream that several threads share, long enough that handing it over costs nothing.
const BLOCK_BYTES_MAX: usize = 256 << 10;
/// Blocks of a shared stream: one that is read, one that is hashed by the reader, two for others to be late by.
pub(super) const BLOCKS: usize = 4;

/// The buffers of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Plan {
    /// Threads that there are buffers for.
    pub(super) threads: usize,
    /// All buffers of one thread together.
    pub(super) thread_bytes: usize,
    /// The longest piece of one stream; a multiple of the grain.
    pub(super) piece_bytes: usize,
    /// Streams that a thread holds at once: there is a grain for each at least.
    pub(super) streams: usize,
    /// Each of the `BLOCKS` that take the place of a thread's buffers while it shares one stream with others; zero
    /// when there is no room for that.
    pub(super) block_bytes: usize,
}

impl Plan {
    /// Shares out the buffers: fewer threads when there is not even one grain for each.
    pub(super) fn new(limits: Limits) -> Self {
        let threads = limits.threads.min(limits.buffer_bytes / GRAIN_BYTES).max(1);
        let share = limits.buffer_bytes / threads;
        let piece_bytes = grains(share / FULL_STREAMS).clamp(GRAIN_BYTES, PIECE_BYTES_MAX);
        let thread_bytes = grains(share).clamp(GRAIN_BYTES, FULL_STREAMS * PIECE_BYTES_MAX);
        Self {
            threads,
            thread_bytes,
            piece_bytes,
            streams: (thread_bytes / GRAIN_BYTES).min(STREAMS_MAX),
            block_bytes: grains(thread_bytes / BLOCKS).min(BLOCK_BYTES_MAX),
        }
    }
}

/// Rounds down to whole grains.
pub(super) fn grains(bytes: usize) -> usize {
    bytes / GRAIN_BYTES * GRAIN_BYTES
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn all_buffers_together_stay_within_the_limit(threads in 0..300_usize, buffer_bytes in 0..200_usize << 20) {
            let plan = Plan::new(Limits { threads, buffer_bytes });

            prop_assert!(plan.threads * plan.thread_bytes <= buffer_bytes.max(GRAIN_BYTES));
            prop_assert!(plan.block_bytes * BLOCKS <= plan.thread_bytes);
            prop_assert!(plan.streams * GRAIN_BYTES <= plan.thread_bytes);
            prop_assert!((1..=threads.max(1)).contains(&plan.threads));
            prop_assert!(plan.streams >= 1 && plan.piece_bytes >= GRAIN_BYTES && plan.piece_bytes <= plan.thread_bytes);
        }
    }

    #[test]
    fn with_room_enough_sixteen_streams_have_a_full_piece_each() {
        let plan = Plan::new(Limits { threads: 2, buffer_bytes: 64 << 20 });

        assert_eq!((plan.threads, plan.thread_bytes, plan.piece_bytes), (2, 1 << 20, 64 << 10));
        assert_eq!((plan.streams, plan.block_bytes), (64, 256 << 10));
    }
}
