//! How long to wait before the next try: hours, not minutes, since nearly all failures are the network.

use jiff::SignedDuration;

/// The bounds of the waits between tries.
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    /// The wait after the first failure.
    pub first: SignedDuration,
    /// No wait is longer than this.
    pub longest: SignedDuration,
    /// After so many tries a person must look.
    pub attempts_max: u32,
}

impl Default for Backoff {
    /// 15 seconds, doubling to 4 hours; 24 tries span more than two days.
    fn default() -> Self {
        Self { first: SignedDuration::from_secs(15), longest: SignedDuration::from_hours(4), attempts_max: 24 }
    }
}

impl Backoff {
    /// Returns the wait after a number of failed attempts, or `None` when they are used up.
    ///
    /// `jitter` is a random number handed in; the wait lies between half and the whole of the exponential one, so
    /// that a hundred workers that failed together do not come back together.
    #[must_use]
    pub fn wait(&self, attempts: u32, jitter: u32) -> Option<SignedDuration> {
        if attempts >= self.attempts_max {
            return None;
        }
        let doublings = attempts.saturating_sub(1).min(30);
        let whole_ms = self.first.as_millis().saturating_mul(1 << doublings).min(self.longest.as_millis());
        let half_ms = whole_ms / 2;
        let wait_ms = half_ms + i128::from(jitter) * half_ms / i128::from(u32::MAX);
        Some(SignedDuration::from_millis(i64::try_from(wait_ms).unwrap_or(i64::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_the_longest_and_end_after_the_last_attempt() {
        let backoff = Backoff::default();
        let waits: Vec<_> = (1..24).map(|attempts| backoff.wait(attempts, u32::MAX).expect("there is one")).collect();
        assert_eq!(waits[0], SignedDuration::from_secs(15));
        assert!(waits.windows(2).all(|pair| pair[0] <= pair[1]));
        assert_eq!(*waits.last().expect("there are many"), SignedDuration::from_hours(4));
        assert!(waits.iter().copied().sum::<SignedDuration>() > SignedDuration::from_hours(48));
        assert_eq!(backoff.wait(24, 0), None);
    }

    #[test]
    fn jitter_takes_away_half_at_the_most() {
        let backoff = Backoff::default();
        assert_eq!(backoff.wait(1, 0), Some(SignedDuration::from_millis(7_500)));
    }
}
