//! The signals that make a step stop before its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use model::StepError;

const GO_ON: u8 = 0;
const STOPPING: u8 = 1;
const ENDED: u8 = 2;
const LOST: u8 = 3;

/// Tells a step to stop: because the process stops, the item was ended, or the lease is lost. The worst is kept.
#[derive(Debug, Clone, Default)]
pub struct Signal {
    own: Arc<AtomicU8>,
    /// That of the whole process.
    process: Arc<AtomicU8>,
}

impl Signal {
    /// Makes a signal for one item, which is raised also when that of the process is.
    #[must_use]
    pub fn linked(process: &Signal) -> Self {
        Self { own: Arc::default(), process: process.own.clone() }
    }

    fn level(&self) -> u8 {
        self.own.load(Ordering::SeqCst).max(self.process.load(Ordering::SeqCst))
    }

    /// The process is stopping.
    pub fn stop(&self) {
        self.own.fetch_max(STOPPING, Ordering::SeqCst);
    }

    /// A person or a newer deposit has ended the item.
    pub fn end(&self) {
        self.own.fetch_max(ENDED, Ordering::SeqCst);
    }

    /// Another worker holds the item.
    pub fn lose(&self) {
        self.own.fetch_max(LOST, Ordering::SeqCst);
    }

    /// Returns whether a step should stop now.
    #[must_use]
    pub fn is_raised(&self) -> bool {
        self.level() != GO_ON
    }

    /// Returns whether the item was ended by a person or a newer deposit.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        self.level() == ENDED
    }

    /// Answers with an error when the step should stop now.
    ///
    /// # Errors
    /// `LeaseLost` or `Interrupted`.
    pub fn check(&self) -> Result<(), StepError> {
        match self.level() {
            GO_ON => Ok(()),
            LOST => Err(StepError::LeaseLost),
            _ => Err(StepError::Interrupted),
        }
    }
}
