//! Files read back from a store's disk, many at once, and compared with what they should be.

use std::io::{self, Read};
use std::iter::Flatten;
use std::sync::mpsc::{IntoIter, sync_channel};
use std::sync::{Mutex, PoisonError};

use backends::storage::{ReadBack, StorageError};
use digests::{Algorithm, Algorithms, Control, Digest, Digests, Job, Limits, Watch, hash_many};
use model::{Damage, StepError};

use super::context::storage;
use super::pace::Pace;
use super::{Context, Meter, Signal};

const SHA256: Algorithms = Algorithms::NONE.with(Algorithm::Sha256);
/// Files that are opened between two looks at the list.
const BATCH_FILES: usize = 16;
/// Batches that wait to be read; each thread that opens has one more in hand.
const BATCHES_WAITING: usize = 2;
/// Threads that open files.
const OPENERS_MAX: usize = 4;
/// The same for files that are far: each is asked for by a request of its own, and waited for.
const FAR_OPENERS: usize = 16;

/// A file that is not what it should be.
#[derive(Debug, Clone)]
pub struct Wrong {
    /// Its path, as it was asked for.
    pub path: String,
    /// The digest that it should have.
    pub expected: Digest,
    /// What is wrong with it.
    pub damage: Damage,
    /// What was seen instead, for people.
    pub seen: String,
}

/// How files are read back: the bounds, where progress is noted, and what may end it.
pub struct ReadingBack<'a> {
    limits: Limits,
    meter: &'a Meter,
    signal: &'a Signal,
    pace: Option<Pace>,
}

impl<'a> ReadingBack<'a> {
    /// Reads with the bounds of this process.
    pub fn new(context: &Context, meter: &'a Meter, signal: &'a Signal) -> Self {
        let limits = Limits { threads: context.limits.threads, buffer_bytes: context.limits.buffer_bytes };
        Self { limits, meter, signal, pace: None }
    }

    /// Reads no faster than so many bytes a second, counted from now on; 0 is no bound.
    #[must_use]
    pub fn no_faster_than(mut self, bytes_per_second: u64) -> Self {
        self.pace = (bytes_per_second > 0).then(|| Pace::new(bytes_per_second));
        self
    }

    /// Reads files back from the disk, each whole, and returns those that are wrong.
    ///
    /// # Errors
    /// The store has gone, so that nobody knows; or the work is to stop.
    pub fn compare(
        &self,
        open: impl Fn(&str) -> Result<ReadBack, StorageError> + Sync,
        files: impl Iterator<Item = (String, Digest)> + Send,
    ) -> Result<Vec<Wrong>, StepError> {
        let prover = Prover { reading: self, wrong: Mutex::default(), failure: Mutex::default() };
        let opening = Opening { files: Mutex::new(files.fuse()), open };
        let mut first = opening.next_batch(1);
        let is_far = first.first().is_some_and(|job| job.reader.is_far());
        if !is_far {
            first.extend(opening.next_batch(BATCH_FILES - 1));
        }
        if !is_far && first.len() < BATCH_FILES {
            hash_many(SHA256, first.into_iter(), self.limits, &prover);
        } else {
            let (openers, batch_files) =
                if is_far { (FAR_OPENERS, 1) } else { (self.limits.threads.clamp(1, OPENERS_MAX), BATCH_FILES) };
            opening.ahead((openers, batch_files), |others| {
                hash_many(SHA256, first.into_iter().chain(others), self.limits, &prover);
            });
        }
        self.signal.check()?;
        match prover.failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(error) => Err(error),
            None => Ok(prover.wrong.into_inner().unwrap_or_else(PoisonError::into_inner)),
        }
    }
}

/// Files that are opened ahead of those that are read, so that the disk has many reads to do at once: on threads of their
/// own, since a name that the kernel has not cached is waited for.
struct Opening<I, O> {
    files: Mutex<I>,
    open: O,
}

impl<I, O> Opening<I, O>
where
    I: Iterator<Item = (String, Digest)> + Send,
    O: Fn(&str) -> Result<ReadBack, StorageError> + Sync,
{
    /// Has threads open all files that are left, and hands them over as they come, in no order.
    fn ahead(&self, (threads, files): (usize, usize), take: impl FnOnce(Flatten<IntoIter<Vec<Opened>>>)) {
        std::thread::scope(|scope| {
            let (give, opened) = sync_channel(BATCHES_WAITING);
            for _ in 0..threads {
                let give = give.clone();
                scope.spawn(move || {
                    let batches =
                        std::iter::repeat_with(|| self.next_batch(files)).take_while(|batch| !batch.is_empty());
                    // Nobody takes them any more when the work was stopped.
                    batches.map_while(|batch| give.send(batch).ok()).for_each(drop);
                });
            }
            drop(give);
            take(opened.into_iter().flatten());
        });
    }

    /// Opens the next few files; none when all are.
    fn next_batch(&self, files_max: usize) -> Vec<Opened> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let batch: Vec<_> = files.by_ref().take(files_max).collect();
        drop(files);
        let opened = batch.into_iter().map(|(path, expected)| {
            let back = (self.open)(&path);
            let size_hint = back.as_ref().map_or(0, ReadBack::size_bytes);
            Job { key: (path, expected), reader: Back(Some(back)), size_hint }
        });
        opened.collect()
    }
}

type Opened = Job<(String, Digest), Back>;

/// A file being read back, or why it could not be opened.
struct Back(Option<Result<ReadBack, StorageError>>);

impl Back {
    /// Says whether the file lies in a bucket, so that to open it is to wait for an answer.
    fn is_far(&self) -> bool {
        matches!(self.0, Some(Ok(ReadBack::Bucket(_))))
    }
}

impl Read for Back {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.0 {
            Some(Ok(back)) => back.read(buffer),
            Some(Err(_)) => match self.0.take() {
                Some(Err(error)) => Err(io::Error::other(error)),
                _ => Ok(0),
            },
            None => Err(io::Error::other("it could not be opened")),
        }
    }
}

struct Prover<'a> {
    reading: &'a ReadingBack<'a>,
    wrong: Mutex<Vec<Wrong>>,
    failure: Mutex<Option<StepError>>,
}

impl Watch<(String, Digest)> for Prover<'_> {
    fn block(&self, _key: &(String, Digest), _offset_bytes: u64, bytes: &[u8]) -> Control {
        self.reading.meter.add_bytes(bytes.len() as u64);
        if let Some(pace) = &self.reading.pace {
            pace.wait(bytes.len() as u64, self.reading.signal);
        }
        if self.reading.signal.is_raised() { Control::Stop } else { Control::Continue }
    }

    fn ended(&self, (path, expected): (String, Digest), result: io::Result<(Digests, u64)>) -> Control {
        self.reading.meter.add_files(1);
        let (damage, seen) = match result {
            Ok((digests, _)) if digests.get(Algorithm::Sha256) == Some(expected) => return Control::Continue,
            Ok((digests, size_bytes)) => {
                let digest = digests.get(Algorithm::Sha256).map(|digest| digest.to_hex()).unwrap_or_default();
                (Damage::Mismatch, format!("sha256 {digest}, {size_bytes} bytes"))
            }
            // A file that is not there or cannot be read is wrong too, unless the whole store has gone.
            Err(error) => match error.downcast::<StorageError>() {
                Ok(gone) if gone.is_of_absent_store() => {
                    *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(storage(gone));
                    return Control::Stop;
                }
                Ok(error) => (damage_of(&error), error.to_string()),
                Err(error) => (Damage::Unreadable, error.to_string()),
            },
        };
        let wrong = Wrong { path, expected, damage, seen };
        self.wrong.lock().unwrap_or_else(PoisonError::into_inner).push(wrong);
        Control::Continue
    }
}

/// Says what it means that a file could not be opened.
fn damage_of(error: &StorageError) -> Damage {
    match error {
        StorageError::Io { source, .. } if source.kind() == io::ErrorKind::NotFound => Damage::Missing,
        // A link or a device where a file should be.
        StorageError::Damaged { .. } => Damage::Mismatch,
        _ => Damage::Unreadable,
    }
}
