//! A bound on bytes a second.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::Signal;

/// A wait is cut into pieces of this length, so that a request to stop is heard.
const PIECE: Duration = Duration::from_millis(50);

/// Holds readers back, many at once, so that all of them together read no more than so many bytes a second.
#[derive(Debug)]
pub struct Pace {
    bytes_per_second: u64,
    begun: Instant,
    bytes: AtomicU64,
}

impl Pace {
    /// Begins now.
    #[must_use]
    pub fn new(bytes_per_second: u64) -> Self {
        Self { bytes_per_second: bytes_per_second.max(1), begun: Instant::now(), bytes: AtomicU64::new(0) }
    }

    /// Waits until so many more bytes may have been read.
    pub fn wait(&self, bytes: u64, signal: &Signal) {
        let all = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let due = Duration::from_secs_f64(all as f64 / self.bytes_per_second as f64);
        while let Some(left) = due.checked_sub(self.begun.elapsed()).filter(|left| !left.is_zero()) {
            if signal.is_raised() {
                return;
            }
            std::thread::sleep(left.min(PIECE));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_take_at_least_their_time_and_none_once_they_are_to_stop() {
        let (pace, signal) = (Pace::new(1_000_000), Signal::default());
        let begun = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| pace.wait(60_000, &signal));
            }
        });
        assert!(begun.elapsed() >= Duration::from_millis(120), "{:?}", begun.elapsed());
        signal.stop();
        pace.wait(1_000_000_000_000, &signal);
    }
}
