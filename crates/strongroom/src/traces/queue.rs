//! Spans on their way out: a queue with an end, so that work never waits for whoever collects them.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::span::Span;

/// Spans that wait; what comes when it is full is dropped, and counted.
pub const QUEUE_MAX: usize = 4096;
/// Spans of one request.
pub const BATCH_MAX: usize = 512;
/// How long a span waits for others that may go with it.
const LINGER: Duration = Duration::from_secs(1);

/// What became of spans.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SpanCounts {
    /// Spans that the collector has taken.
    pub exported: u64,
    /// Spans that were never sent, since too many waited or the process ended.
    pub dropped: u64,
    /// Spans that the collector did not take.
    pub failed: u64,
}

/// Spans that wait, and the word that the process stops.
#[derive(Debug, Default)]
pub struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    spans: VecDeque<Span>,
    counts: SpanCounts,
    /// Spans that are being sent.
    on_their_way: u64,
    /// Until when what waits may still be sent, once the process stops.
    stop_by: Option<Instant>,
    is_ended: bool,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Whoever panicked left numbers and spans that are whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a span in, or drops it when there is no room.
    pub fn push(&self, span: Span) {
        let mut state = self.lock();
        if state.spans.len() >= QUEUE_MAX || state.is_ended {
            state.counts.dropped += 1;
            return;
        }
        state.spans.push_back(span);
        drop(state);
        self.changed.notify_all();
    }

    /// Waits for spans that go together; `None` when the process stops and nothing is left to send, or no time.
    pub fn next_batch(&self) -> Option<Vec<Span>> {
        let mut state = self.lock();
        let mut since = None;
        loop {
            if let Some(stop_by) = state.stop_by
                && (state.spans.is_empty() || Instant::now() >= stop_by)
            {
                return None;
            }
            let waited = since.map_or(Duration::ZERO, |since: Instant| since.elapsed());
            let is_due = state.spans.len() >= BATCH_MAX || state.stop_by.is_some() || waited >= LINGER;
            if is_due && !state.spans.is_empty() {
                let count = state.spans.len().min(BATCH_MAX);
                state.on_their_way = count as u64;
                return Some(state.spans.drain(..count).collect());
            }
            state = if state.spans.is_empty() {
                self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
            } else {
                since.get_or_insert_with(Instant::now);
                self.changed.wait_timeout(state, LINGER - waited).unwrap_or_else(PoisonError::into_inner).0
            };
        }
    }

    /// Returns how long may still be waited for anything: what is asked for, or less once the process stops.
    pub fn time_left(&self, wanted: Duration) -> Duration {
        let stop_by = self.lock().stop_by;
        stop_by.map_or(wanted, |stop_by| stop_by.saturating_duration_since(Instant::now()).min(wanted))
    }

    /// Waits before a batch is sent again; returns whether there is time for it.
    pub fn pause(&self, wanted: Duration) -> bool {
        let until = Instant::now() + wanted;
        let mut state = self.lock();
        loop {
            if state.stop_by.is_some_and(|stop_by| until >= stop_by) {
                return false;
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Counts what became of a batch.
    pub fn count(&self, exported: u64, failed: u64) {
        let mut state = self.lock();
        if state.is_ended {
            // Nobody waited for it any more, and it was counted.
            return;
        }
        state.on_their_way = 0;
        state.counts.exported += exported;
        state.counts.failed += failed;
    }

    /// Says that nothing is sent any more: what is left was dropped, and what is on its way counts as not taken.
    pub fn end(&self) {
        let mut state = self.lock();
        state.counts.failed += std::mem::take(&mut state.on_their_way);
        state.is_ended = true;
        state.counts.dropped += state.spans.len() as u64;
        state.spans.clear();
        drop(state);
        self.changed.notify_all();
    }

    /// Asks that what waits be sent now, and waits for the end of it, for so long at the most; what is not sent then
    /// never is.
    pub fn stop(&self, longest: Duration) {
        let stop_by = Instant::now() + longest;
        let mut state = self.lock();
        state.stop_by = Some(stop_by);
        self.changed.notify_all();
        while !state.is_ended {
            let left = stop_by.saturating_duration_since(Instant::now());
            if left.is_zero() {
                drop(state);
                return self.end();
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Returns what became of spans by now.
    pub fn counts(&self) -> SpanCounts {
        self.lock().counts
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::traces::span::SpanId;

    fn span() -> Span {
        Span {
            trace: "0".repeat(32).into(),
            id: SpanId::root("0"),
            parent: None,
            name: "store",
            begun_at: Timestamp::UNIX_EPOCH,
            ended_at: Timestamp::UNIX_EPOCH,
            attributes: Vec::new(),
            failure: None,
        }
    }

    #[test]
    fn what_finds_no_room_is_dropped_and_counted() {
        let queue = Queue::default();
        (0..QUEUE_MAX + 3).for_each(|_| queue.push(span()));
        assert_eq!(queue.counts(), SpanCounts { dropped: 3, ..SpanCounts::default() });
        assert_eq!(queue.next_batch().map(|batch| batch.len()), Some(BATCH_MAX));
    }

    #[test]
    fn who_stops_waits_for_nobody_past_the_bound() {
        let queue = Queue::default();
        queue.push(span());
        let begun = Instant::now();
        queue.stop(Duration::from_millis(50));
        assert!(begun.elapsed() < Duration::from_secs(1));
        assert_eq!(queue.counts(), SpanCounts { dropped: 1, ..SpanCounts::default() });
        queue.push(span());
        queue.count(1, 0);
        assert_eq!(queue.counts(), SpanCounts { dropped: 2, ..SpanCounts::default() });
        assert!(queue.next_batch().is_none());
        assert!(!queue.pause(Duration::from_secs(1)));
    }
}
