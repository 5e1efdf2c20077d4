//! Many streams at once, on all cores: what a bag, a replica and a store are hashed with.

mod crew;
mod plan;
mod split;
mod stream;
#[cfg(test)]
mod tests;
mod worker;

use std::io::{self, Read};

use crate::lanes::Level;
use crate::{Algorithms, Digests, cores};
use crew::Crew;
use plan::Plan;
use worker::Worker;

/// One stream to hash. Open the reader lazily: each thread holds up to 64 jobs at a time.
pub struct Job<K, R> {
    /// The caller's name for the stream, handed back with its digests.
    pub key: K,
    /// Where the bytes come from.
    pub reader: R,
    /// How many bytes are expected; a hint for the choice of buffer, never trusted.
    pub size_hint: u64,
}

/// What a watcher wants next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// Go on.
    Continue,
    /// Stop as soon as may be; `hash_many` then returns without having hashed the rest.
    Stop,
}

/// Hears of each block and each ended stream; called from several threads at once.
pub trait Watch<K>: Sync {
    /// Bytes passed, in order within one stream. `offset_bytes` is where they stand in it.
    ///
    /// A block is at most 64 KiB long, except that it is up to 256 KiB long while several threads share the only
    /// stream that is left.
    fn block(&self, _key: &K, _offset_bytes: u64, _bytes: &[u8]) -> Control {
        Control::Continue
    }

    /// One stream ended: its digests and length, or why it could not be read to its end.
    fn ended(&self, key: K, result: io::Result<(Digests, u64)>) -> Control;
}

/// The bounds of one call.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Threads that hash; at least one, the caller's.
    pub threads: usize,
    /// Bytes of all buffers together; 128 at the least. More than 1 MiB a thread is not used.
    pub buffer_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { threads: cores(), buffer_bytes: 64 << 20 }
    }
}

/// Hashes all streams of an iterator, several at once, and tells the watcher of each.
///
/// Each thread reads a piece of each of up to 64 streams and hashes all these pieces together, for streams in SIMD
/// lanes are many times as fast as one after the other. Jobs are pulled under a lock, as many as fill the buffers:
/// the iterator must not wait for earlier jobs to end. A stream that cannot be read ends with its error and the others
/// go on. A panic of the watcher, the iterator or a reader stops all threads and is passed on.
pub fn hash_many<K, R, I>(algorithms: Algorithms, jobs: I, limits: Limits, watch: &impl Watch<K>)
where
    K: Send,
    R: Read + Send,
    I: Iterator<Item = Job<K, R>> + Send,
{
    hash_many_at(Level::best(), algorithms, jobs, limits, watch);
}

fn hash_many_at<K, R, I>(level: Level, algorithms: Algorithms, jobs: I, limits: Limits, watch: &impl Watch<K>)
where
    K: Send,
    R: Read + Send,
    I: Iterator<Item = Job<K, R>> + Send,
{
    let plan = Plan::new(limits);
    let crew = Crew::new(jobs, plan.threads);
    std::thread::scope(|scope| {
        let work = || Worker::new(level, algorithms, plan, &crew, watch).run();
        let others: Vec<_> = (1..plan.threads).map(|_| scope.spawn(work)).collect();
        work();
        for other in others {
            if let Err(panic) = other.join() {
                std::panic::resume_unwind(panic);
            }
        }
    });
}
