//! What this process has done, as numbers that only grow: for those who watch a fleet.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use model::{ROLES, Role};

use crate::durations::Durations;

/// Bounds of the histogram of durations, in seconds; what took longer is counted without a bound.
const SECONDS: [f64; 10] = [0.01, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 1800.0, 7200.0];

/// How a step of an item, or another piece of a role's work, ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepEnd {
    /// It is done, for better or worse: also a rejection is.
    Done,
    /// It waits for something, was handed back or lost its lease.
    Put,
    /// Something broke: it is tried again, or a person must look.
    Failed,
}

/// The figures of one role in this process.
#[derive(Debug)]
pub struct RoleFigures {
    /// Steps that were done.
    pub done: AtomicU64,
    /// Steps that broke.
    pub failed: AtomicU64,
    /// Steps in work.
    pub in_work: AtomicU64,
    /// Bytes that passed through.
    pub bytes: AtomicU64,
    /// How long they took.
    pub durations: Durations,
}

impl Default for RoleFigures {
    fn default() -> Self {
        let [done, failed, in_work, bytes] = [(); 4].map(|()| AtomicU64::new(0));
        Self { done, failed, in_work, bytes, durations: Durations::new(&SECONDS) }
    }
}

/// The figures of this process, role by role.
#[derive(Debug)]
pub struct Figures(Vec<RoleFigures>);

impl Default for Figures {
    fn default() -> Self {
        Self(ROLES.iter().map(|_| RoleFigures::default()).collect())
    }
}

impl Figures {
    /// Returns those of a role.
    #[must_use]
    pub fn of(&self, role: Role) -> &RoleFigures {
        let place = ROLES.iter().position(|row| row.role == role);
        &self.0[place.expect("a test of the model holds that each role has a row")]
    }

    /// A step begins.
    pub fn begin(&self, role: Role) {
        self.of(role).in_work.fetch_add(1, Ordering::Relaxed);
    }

    /// A step has ended.
    pub fn end(&self, role: Role, end: StepEnd, took: Duration, bytes: u64) {
        let figures = self.of(role);
        figures.in_work.fetch_sub(1, Ordering::Relaxed);
        match end {
            StepEnd::Done => figures.done.fetch_add(1, Ordering::Relaxed),
            StepEnd::Failed => figures.failed.fetch_add(1, Ordering::Relaxed),
            StepEnd::Put => return,
        };
        figures.bytes.fetch_add(bytes, Ordering::Relaxed);
        figures.durations.count(took);
    }

    /// Something broke before there was any work: a queue could not be asked.
    pub fn fail(&self, role: Role) {
        self.of(role).failed.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a piece of a role's work, from its beginning to its end. The work says how it ended and how many bytes it read.
    pub async fn count<T>(&self, role: Role, work: impl Future<Output = (T, StepEnd, u64)>) -> T {
        self.begin(role);
        let begun = Instant::now();
        let (answer, end, bytes) = work.await;
        self.end(role, end, begun.elapsed(), bytes);
        answer
    }
}
