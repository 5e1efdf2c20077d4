//! Small files read and hashed before they are wanted, many at a time and on other threads than the one that writes.
//!
//! A disk that is asked for one file after another mostly waits, and so does a second core. So the files that come next
//! are opened, the disk is asked for their bytes, and batches of them go to threads that read and hash them. What comes
//! of a file waits for its turn. Files in flight are bounded in number, since each is open, and in bytes.

use std::collections::VecDeque;
use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use backends::storage::ReadBack;
use digests::{Algorithm, Control, Digest, Digests, Job, Limits, Watch, hash_many};

use super::replica::{SHA256, fill, sha256_of};

/// Files that are open ahead of the one that is given.
const FILES_AHEAD_MAX: usize = 256;
/// Bytes of those, unless one file alone has more.
const BYTES_AHEAD_MAX: u64 = 24 << 20;
/// Files of a batch: enough to fill the lanes of the hash, and to make the hand-over cheap.
const BATCH_FILES_MAX: usize = 32;
/// Bytes after which a batch is full.
const BATCH_BYTES: u64 = 1 << 20;
/// Threads that read and hash.
const THREADS_MAX: usize = 4;
/// What hashing a batch takes beside its bytes.
const HASHING: Limits = Limits { threads: 1, buffer_bytes: 256 << 10 };

/// A file of one replica, opened; the disk was asked for its bytes.
pub struct Asked {
    /// Which replica.
    pub index: usize,
    /// Its bytes.
    pub reader: ReadBack,
    /// Where they lie.
    pub place: String,
}

/// A file of one replica, read whole.
pub struct ReadWhole {
    index: usize,
    /// Where it lies.
    pub place: String,
    /// Its bytes, or why there are none.
    pub bytes: io::Result<Vec<u8>>,
    /// The sha256 of its bytes.
    pub digest: Option<Digest>,
}

/// The files that come next, in their order. `None` stands for one that is not worth it or could not be opened: then
/// what is wrong is found out when its turn comes.
#[derive(Default)]
pub struct Ahead {
    filling: Vec<Option<Asked>>,
    filling_bytes: u64,
    /// How many files each batch has, and where what came of them is told.
    batches: VecDeque<(usize, Receiver<Vec<Option<ReadWhole>>>)>,
    ready: VecDeque<Option<ReadWhole>>,
    present: Option<ReadWhole>,
    /// The lengths of all that is on its way, in order.
    bytes: VecDeque<u64>,
    bytes_ahead: u64,
    readers: Option<Readers>,
}

impl Ahead {
    /// Returns whether one more file may be asked for ahead of its turn.
    pub fn has_room(&self) -> bool {
        self.bytes.len() < FILES_AHEAD_MAX && self.bytes_ahead < BYTES_AHEAD_MAX
    }

    /// Returns how many files were dealt with whose turn is to come.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Adds the file that comes after those.
    pub fn push(&mut self, asked: Option<Asked>) {
        let size_bytes = asked.as_ref().map_or(0, |asked| asked.reader.size_bytes());
        self.bytes.push_back(size_bytes);
        (self.bytes_ahead, self.filling_bytes) = (self.bytes_ahead + size_bytes, self.filling_bytes + size_bytes);
        self.filling.push(asked);
        if self.filling.len() >= BATCH_FILES_MAX || self.filling_bytes >= BATCH_BYTES {
            self.send();
        }
    }

    /// The next file has its turn.
    pub fn turn(&mut self) {
        self.bytes_ahead -= self.bytes.pop_front().unwrap_or(0);
        if self.ready.is_empty() {
            if self.batches.is_empty() {
                self.send();
            }
            let Some((files, told)) = self.batches.pop_front() else { return self.present = None };
            // When a thread has ended too early, its files are read again.
            self.ready = told.recv().map_or_else(|_| (0..files).map(|_| None).collect(), VecDeque::from);
        }
        self.present = self.ready.pop_front().flatten();
    }

    /// Returns the file whose turn it is, if it was read in this replica.
    pub fn take(&mut self, index: usize) -> Option<ReadWhole> {
        self.present.take_if(|read| read.index == index)
    }

    fn send(&mut self) {
        let files = std::mem::take(&mut self.filling);
        self.filling_bytes = 0;
        if !files.is_empty() {
            let (tell, told) = channel();
            self.batches.push_back((files.len(), told));
            self.readers.get_or_insert_with(Readers::begin).send(Batch { files, tell });
        }
    }
}

struct Batch {
    files: Vec<Option<Asked>>,
    tell: Sender<Vec<Option<ReadWhole>>>,
}

/// Threads that read and hash batches; they end when this is dropped.
struct Readers {
    batches: Sender<Batch>,
}

impl Readers {
    fn begin() -> Self {
        let (batches, waiting) = channel::<Batch>();
        let waiting = Arc::new(Mutex::new(waiting));
        let threads = digests::cores().min(THREADS_MAX);
        for _ in 0..threads {
            let waiting = Arc::clone(&waiting);
            std::thread::spawn(move || {
                loop {
                    let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok(Batch { files, tell }) = next else { return };
                    // Nobody hears it when the restoration was broken off.
                    drop(tell.send(read_all(files)));
                }
            });
        }
        Self { batches }
    }

    fn send(&self, batch: Batch) {
        // Were all threads gone, the batch would be dropped, and its files read when their turn comes.
        drop(self.batches.send(batch));
    }
}

/// Reads files whole, then hashes them together: for streams in SIMD lanes are faster than one after the other.
fn read_all(files: Vec<Option<Asked>>) -> Vec<Option<ReadWhole>> {
    let mut read: Vec<_> = files.into_iter().map(|asked| asked.map(read_one)).collect();
    let seen = Seen(Mutex::new(vec![None; read.len()]));
    let jobs = read.iter().enumerate().filter_map(|(key, read)| {
        let bytes = read.as_ref()?.bytes.as_ref().ok()?;
        Some(Job { key, reader: bytes.as_slice(), size_hint: bytes.len() as u64 })
    });
    hash_many(SHA256, jobs, HASHING, &seen);
    let digests = seen.0.into_inner().unwrap_or_else(PoisonError::into_inner);
    for (read, digest) in read.iter_mut().zip(digests) {
        if let Some(read) = read {
            read.digest = digest;
        }
    }
    read
}

fn read_one(asked: Asked) -> ReadWhole {
    let Asked { index, mut reader, place } = asked;
    let mut bytes = vec![0; usize::try_from(reader.size_bytes()).unwrap_or(0)];
    let filled = fill(&mut reader, &mut bytes).map(|filled| {
        bytes.truncate(filled);
        bytes
    });
    ReadWhole { index, place, bytes: filled, digest: None }
}

/// Reads a file whole at once.
pub fn read_now(asked: Asked) -> ReadWhole {
    let read = read_one(asked);
    ReadWhole { digest: read.bytes.as_ref().ok().map(|bytes| sha256_of(bytes)), ..read }
}

/// The digests of a batch, by place.
struct Seen(Mutex<Vec<Option<Digest>>>);

impl Watch<usize> for Seen {
    fn ended(&self, key: usize, result: io::Result<(Digests, u64)>) -> Control {
        let digest = result.ok().and_then(|(digests, _)| digests.get(Algorithm::Sha256));
        self.0.lock().unwrap_or_else(PoisonError::into_inner)[key] = digest;
        Control::Continue
    }
}
