//! How long things took, as numbers that only grow: the histogram of whoever watches a process.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Durations in buckets, and their sum.
#[derive(Debug)]
pub struct Durations {
    /// Bounds of the buckets in seconds; what took longer is counted without a bound.
    bounds: &'static [f64],
    counts: Vec<AtomicU64>,
    milliseconds: AtomicU64,
}

impl Durations {
    /// Begins to count within bounds, in seconds, that grow.
    #[must_use]
    pub fn new(bounds: &'static [f64]) -> Self {
        let counts = (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect();
        Self { bounds, counts, milliseconds: AtomicU64::new(0) }
    }

    /// Counts one.
    pub fn count(&self, took: Duration) {
        let seconds = took.as_secs_f64();
        let bucket = self.bounds.iter().position(|bound| seconds <= *bound).unwrap_or(self.bounds.len());
        self.counts[bucket].fetch_add(1, Ordering::Relaxed);
        self.milliseconds.fetch_add(u64::try_from(took.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Yields each bound (`None` after the last) and how many took no longer.
    pub fn within(&self) -> impl Iterator<Item = (Option<f64>, u64)> {
        let bounds = self.bounds.iter().copied().map(Some).chain([None]);
        bounds.zip(&self.counts).scan(0, |sum, (bound, count)| {
            *sum += count.load(Ordering::Relaxed);
            Some((bound, *sum))
        })
    }

    /// Returns the milliseconds that all of them took.
    #[must_use]
    pub fn milliseconds(&self) -> u64 {
        self.milliseconds.load(Ordering::Relaxed)
    }
}
