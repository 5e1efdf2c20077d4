//! What this process has done, as numbers that only grow: for those who watch a fleet.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use model::{STAGES, Stage};

use crate::durations::Durations;

/// Bounds of the histogram of durations, in seconds; what took longer is counted without a bound.
const SECONDS: [f64; 10] = [0.01, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 1800.0, 7200.0];

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepEnd {
    /// It is done, for better or worse: also a rejection is.
    Done,
    /// It waits for something, was handed back or lost its lease.
    Put,
    /// Something broke: it is tried again, or a person must look.
    Failed,
}

/// The figures of one stage in this process.
#[derive(Debug)]
pub struct StageFigures {
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

impl Default for StageFigures {
    fn default() -> Self {
        let [done, failed, in_work, bytes] = [(); 4].map(|()| AtomicU64::new(0));
        Self { done, failed, in_work, bytes, durations: Durations::new(&SECONDS) }
    }
}

/// The figures of this process, stage by stage.
#[derive(Debug)]
pub struct Figures(Vec<StageFigures>);

impl Default for Figures {
    fn default() -> Self {
        Self(STAGES.iter().map(|_| StageFigures::default()).collect())
    }
}

impl Figures {
    /// Returns those of a stage.
    #[must_use]
    pub fn of(&self, stage: Stage) -> &StageFigures {
        let place = STAGES.iter().position(|row| row.stage == stage);
        &self.0[place.expect("a test of the model holds that each stage has a row")]
    }

    /// A step begins.
    pub fn begin(&self, stage: Stage) {
        self.of(stage).in_work.fetch_add(1, Ordering::Relaxed);
    }

    /// A step has ended.
    pub fn end(&self, stage: Stage, end: StepEnd, took: Duration, bytes: u64) {
        let figures = self.of(stage);
        figures.in_work.fetch_sub(1, Ordering::Relaxed);
        match end {
            StepEnd::Done => figures.done.fetch_add(1, Ordering::Relaxed),
            StepEnd::Failed => figures.failed.fetch_add(1, Ordering::Relaxed),
            StepEnd::Put => return,
        };
        figures.bytes.fetch_add(bytes, Ordering::Relaxed);
        figures.durations.count(took);
    }
}
