//! The sha256 of one stream, computed on a thread of its own while the next bytes are fetched and written.

use std::io;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

use digests::{Digest, Hasher};

use super::replica::ended;

/// Blocks that wait to be hashed at the most: whoever is faster than the hash waits here.
const BLOCKS_WAITING: usize = 4;

/// A thread that hashes one stream. Dropped, it ends.
pub struct Digesting {
    tell: Option<SyncSender<Told>>,
    /// Blocks that were hashed, to be filled again.
    used: Receiver<Vec<u8>>,
    thread: Option<JoinHandle<Digest>>,
}

enum Told {
    /// The next bytes.
    Block(Vec<u8>),
    /// This is a place to go back to. There is one at a time.
    Mark,
    /// All since the mark is void.
    BackToMark,
}

impl Digesting {
    /// Begins before the first byte, or after those that a hasher has seen.
    ///
    /// # Errors
    /// The system has no thread to spare.
    pub fn begin(hasher: Hasher) -> io::Result<Self> {
        let (tell, told) = sync_channel(BLOCKS_WAITING);
        let (give_back, used) = channel();
        let thread =
            std::thread::Builder::new().name("digest".to_owned()).spawn(move || hash(hasher, &told, &give_back))?;
        Ok(Self { tell: Some(tell), used, thread: Some(thread) })
    }

    /// Hands over the next bytes; returns an empty block for those that follow.
    ///
    /// # Errors
    /// The thread is gone, which it is only after a panic.
    pub fn take(&mut self, block: Vec<u8>) -> io::Result<Vec<u8>> {
        self.tell(Told::Block(block))?;
        let mut next = self.used.try_recv().unwrap_or_default();
        next.clear();
        Ok(next)
    }

    /// Remembers this place.
    ///
    /// # Errors
    /// As [`Digesting::take`].
    pub fn mark(&mut self) -> io::Result<()> {
        self.tell(Told::Mark)
    }

    /// Goes back to the place that was remembered last.
    ///
    /// # Errors
    /// As [`Digesting::take`].
    pub fn go_back(&mut self) -> io::Result<()> {
        self.tell(Told::BackToMark)
    }

    /// Returns the digest of all.
    ///
    /// # Errors
    /// As [`Digesting::take`].
    pub fn end(mut self) -> io::Result<Digest> {
        self.tell = None;
        let thread = self.thread.take().ok_or_else(gone)?;
        thread.join().map_err(|_| gone())
    }

    fn tell(&self, told: Told) -> io::Result<()> {
        let tell = self.tell.as_ref().ok_or_else(gone)?;
        tell.send(told).map_err(|_| gone())
    }
}

impl Drop for Digesting {
    fn drop(&mut self) {
        self.tell = None;
        if let Some(thread) = self.thread.take() {
            // A panic was told on its own thread; whoever drops this has given up already.
            drop(thread.join());
        }
    }
}

fn hash(mut hasher: Hasher, told: &Receiver<Told>, give_back: &Sender<Vec<u8>>) -> Digest {
    let mut marked = hasher.clone();
    for told in told {
        match told {
            Told::Block(block) => {
                hasher.update(&block);
                // Nobody takes it back when the output has ended.
                drop(give_back.send(block));
            }
            Told::Mark => marked = hasher.clone(),
            Told::BackToMark => hasher = marked.clone(),
        }
    }
    ended(hasher)
}

fn gone() -> io::Error {
    io::Error::other("the thread that digests the result has ended")
}
