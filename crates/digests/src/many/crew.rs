//! What the threads of one call share: the jobs that wait, and what a busy thread offers to idle ones.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard};

use super::split::Part;
use super::stream::Stream;
use super::{Control, Job};

/// The threads of one call.
pub(super) struct Crew<K, R, I> {
    board: Mutex<Board<K, R, I>>,
    /// Rung when there is an offer, and when there will be none any more.
    bell: Condvar,
    /// Threads that nothing has been offered to yet: what a busy one looks at without the lock.
    spare: AtomicUsize,
    stopped: AtomicBool,
}

struct Board<K, R, I> {
    /// `None` once it has come to its end.
    jobs: Option<I>,
    offers: Vec<Offer<K, R>>,
    /// Threads that may still make an offer.
    busy: usize,
    idle: usize,
}

/// Work that a busy thread gives away.
pub(super) enum Offer<K, R> {
    /// A stream, from here on.
    Stream(Stream<K, R>),
    /// Some of the algorithms of a stream.
    Part(Part),
}

impl<K, R, I: Iterator<Item = Job<K, R>>> Crew<K, R, I> {
    /// Hires so many threads; all count as busy until they wait.
    pub(super) fn new(jobs: I, threads: usize) -> Self {
        let board = Board { jobs: Some(jobs), offers: Vec::new(), busy: threads, idle: 0 };
        Self {
            board: Mutex::new(board),
            bell: Condvar::new(),
            spare: AtomicUsize::new(0),
            stopped: AtomicBool::new(false),
        }
    }

    /// Lets `take` pull jobs until it says [`Pull::Enough`]. Does not wait for another thread that is pulling when
    /// there is something else to do.
    pub(super) fn pull(&self, mood: Mood, mut take: impl FnMut(Job<K, R>) -> Pull) {
        let board = match mood {
            Mood::HasNothingElse => self.lock(),
            Mood::HasOtherWork => self.board.try_lock().ok(),
        };
        let Some(mut board) = board else { return };
        while let Some(jobs) = &mut board.jobs {
            match jobs.next() {
                None => board.jobs = None,
                Some(job) => {
                    if take(job) == Pull::Enough {
                        return;
                    }
                }
            }
        }
    }

    /// Returns how many idle threads there are that nothing has been offered to; zero as long as there are jobs.
    pub(super) fn spare(&self) -> usize {
        self.spare.load(Ordering::Relaxed)
    }

    /// Offers work to up to so many idle threads: `give` is asked once for each that there is.
    pub(super) fn offer(&self, most: usize, mut give: impl FnMut() -> Option<Offer<K, R>>) {
        let Some(mut board) = self.lock() else { return };
        let free = board.idle.saturating_sub(board.offers.len());
        board.offers.extend((0..free.min(most)).map_while(|_| give()));
        self.count_spare(&board);
        self.bell.notify_all();
    }

    /// Waits for an offer; `None` when none can come any more.
    pub(super) fn wait(&self) -> Option<Offer<K, R>> {
        let mut board = self.lock()?;
        board.busy -= 1;
        board.idle += 1;
        loop {
            if self.has_stopped() || (board.busy == 0 && board.offers.is_empty()) {
                self.bell.notify_all();
                return None;
            }
            if let Some(offer) = board.offers.pop() {
                board.idle -= 1;
                board.busy += 1;
                self.count_spare(&board);
                return Some(offer);
            }
            self.count_spare(&board);
            board = self.bell.wait(board).ok()?;
        }
    }

    /// Returns whether everybody should go home.
    pub(super) fn has_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// Sends everybody home.
    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
        // Whoever waits has seen the flag or waits by now; a poisoned lock is as good.
        drop(self.board.lock());
        self.bell.notify_all();
    }

    /// Stops when told so.
    pub(super) fn obey(&self, control: Control) {
        if control == Control::Stop {
            self.stop();
        }
    }

    /// A lock is poisoned when the iterator panicked: then there is nothing more to do.
    fn lock(&self) -> Option<MutexGuard<'_, Board<K, R, I>>> {
        self.board.lock().ok()
    }

    fn count_spare(&self, board: &Board<K, R, I>) {
        self.spare.store(board.idle.saturating_sub(board.offers.len()), Ordering::Relaxed);
    }
}

/// Whether a thread that wants jobs can do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    /// It has streams to go on with.
    HasOtherWork,
    /// It would be idle.
    HasNothingElse,
}

/// Whether a thread that pulls jobs has room for more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pull {
    /// It has.
    More,
    /// It has not.
    Enough,
}
