//! Many streams at once, on all cores: what a bag, a replica and a store are hashed with.

use std::io::{self, Read};
use std::sync::Mutex;

use crate::{Algorithms, Digests, Hasher};

/// One stream to hash. Open the reader lazily: jobs are pulled only when there is room for one.
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
    fn block(&self, _key: &K, _offset_bytes: u64, _bytes: &[u8]) -> Control {
        Control::Continue
    }

    /// One stream ended: its digests and length, or why it could not be read to its end.
    fn ended(&self, key: K, result: io::Result<(Digests, u64)>) -> Control;
}

/// The bounds of one call.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Threads that hash; at least one.
    pub threads: usize,
    /// Bytes of all buffers together.
    pub buffer_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { threads, buffer_bytes: 64 << 20 }
    }
}

/// Hashes all streams of an iterator, several at once, and tells the watcher of each.
pub fn hash_many<K, R, I>(algorithms: Algorithms, jobs: I, limits: Limits, watch: &impl Watch<K>)
where
    K: Send,
    R: Read + Send,
    I: Iterator<Item = Job<K, R>> + Send,
{
    let jobs = Mutex::new(jobs);
    std::thread::scope(|scope| {
        for _ in 0..limits.threads.max(1) {
            scope.spawn(|| {
                let mut buffer = vec![0; 1 << 20];
                loop {
                    let next = jobs.lock().ok().and_then(|mut jobs| jobs.next());
                    let Some(job) = next else { break };
                    if one(algorithms, job, &mut buffer, watch) == Control::Stop {
                        break;
                    }
                }
            });
        }
    });
}

fn one<K, R: Read>(algorithms: Algorithms, mut job: Job<K, R>, buffer: &mut [u8], watch: &impl Watch<K>) -> Control {
    let mut hasher = Hasher::new(algorithms);
    let mut offset_bytes = 0;
    loop {
        let got = match job.reader.read(buffer) {
            Ok(0) => return watch.ended(job.key, Ok((hasher.finish(), offset_bytes))),
            Ok(got) => got,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return watch.ended(job.key, Err(error)),
        };
        hasher.update(&buffer[..got]);
        if watch.block(&job.key, offset_bytes, &buffer[..got]) == Control::Stop {
            return Control::Stop;
        }
        offset_bytes += got as u64;
    }
}
