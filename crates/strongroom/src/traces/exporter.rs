//! The thread that sends spans: in batches, again when the collector asks for it, and never in the way of work.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::encoding::request;
use super::queue::Queue;
use super::sending::{Sender, Sent};
use super::{Target, Traces};

/// How long a process that stops waits until its last spans are sent.
const STOP_MAX: Duration = Duration::from_secs(3);
/// Requests with the same spans, until they are given up.
const TRIES_MAX: u32 = 6;
/// The wait before the first of them is repeated; each further one is twice as long.
const WAIT_FIRST: Duration = Duration::from_secs(1);
/// The longest wait, also of those that a collector asks for.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// Sends spans until it is stopped. Dropped without being stopped, it goes on for as long as the process does.
pub struct Exporter(Arc<Queue>);

impl Exporter {
    /// Starts the thread. `chance` draws a number, by which waits are shortened: so not all processes come back at once.
    ///
    /// # Errors
    /// The system has no thread to give.
    pub fn start(target: Target, chance: impl Fn() -> u32 + Send + 'static) -> io::Result<Self> {
        let queue = Arc::new(Queue::default());
        let sending = Sending { queue: queue.clone(), sender: Sender::new(target), is_failing: false };
        std::thread::Builder::new().name("traces".to_owned()).spawn(move || sending.run(chance))?;
        Ok(Self(queue))
    }

    /// Returns where spans are told that this one sends.
    #[must_use]
    pub fn traces(&self) -> Traces {
        Traces(Some(self.0.clone()))
    }

    /// Sends what waits, within [`STOP_MAX`]; what is not sent then is dropped.
    pub fn stop(self) {
        self.0.stop(STOP_MAX);
        let counts = self.0.counts();
        if counts.dropped + counts.failed > 0 {
            let (exported, dropped, failed) = (counts.exported, counts.dropped, counts.failed);
            tracing::warn!(exported, dropped, failed, "not all that was done here is in the traces");
        }
    }
}

struct Sending {
    queue: Arc<Queue>,
    sender: Sender,
    is_failing: bool,
}

impl Sending {
    fn run(mut self, chance: impl Fn() -> u32) {
        // However this ends, whoever stops the process learns of it.
        let _ending = Ending(self.queue.clone());
        while let Some(batch) = self.queue.next_batch() {
            let count = batch.len() as u64;
            let body = request(&self.sender.target().resource, &batch);
            drop(batch);
            let exported = self.send(&body, count, &chance);
            self.queue.count(exported, count - exported);
        }
    }

    /// Sends a batch until it is taken or given up; returns how many spans were taken.
    fn send(&mut self, body: &str, count: u64, chance: &impl Fn() -> u32) -> u64 {
        let mut wait = WAIT_FIRST;
        for tried in 1.. {
            let timeout = self.queue.time_left(self.sender.target().timeout);
            let because = match self.sender.send(body, timeout) {
                Sent::Taken { rejected: 0, .. } => {
                    self.told_well();
                    return count;
                }
                Sent::Taken { rejected, because } => {
                    self.told_ill(&format!("{rejected} spans were refused: {because}"));
                    return count.saturating_sub(rejected);
                }
                Sent::Refused { because } => {
                    self.told_ill(&because);
                    return 0;
                }
                Sent::Later { after, because } => {
                    let wanted = after.map_or_else(|| shortened(wait, chance()), |after| after.min(WAIT_MAX));
                    self.told_ill(&because);
                    if tried < TRIES_MAX && self.queue.pause(wanted) {
                        wait = (wait * 2).min(WAIT_MAX);
                        continue;
                    }
                    because
                }
            };
            tracing::debug!(spans = count, error = because, "spans are given up");
            return 0;
        }
        0
    }

    /// A collector that is away for a day is one line of the log, and one when it is back.
    fn told_ill(&mut self, because: &str) {
        if !self.is_failing {
            let url = self.sender.target().url();
            tracing::warn!(url, error = because, "traces cannot be sent; work goes on, and it is tried again");
        }
        self.is_failing = true;
    }

    fn told_well(&mut self) {
        if self.is_failing {
            tracing::info!(url = self.sender.target().url(), "traces are sent again");
        }
        self.is_failing = false;
    }
}

/// Shortens a wait by up to half.
fn shortened(wait: Duration, chance: u32) -> Duration {
    wait - wait.mul_f64(f64::from(chance) / f64::from(u32::MAX) / 2.0)
}

struct Ending(Arc<Queue>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_shortened_by_half_at_the_most() {
        let wait = Duration::from_secs(2);
        assert_eq!(shortened(wait, 0), wait);
        assert_eq!(shortened(wait, u32::MAX), Duration::from_secs(1));
    }
}
