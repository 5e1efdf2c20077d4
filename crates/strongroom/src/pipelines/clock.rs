//! Time and new identifiers, handed in so that a test can say what they are.

use std::sync::Arc;

use jiff::{Timestamp, TimestampRound, Unit};
use model::{EventId, ObjectId};
use ring::rand::{SecureRandom, SystemRandom};
use uuid::Uuid;

/// Where time, new identifiers, secrets and chance come from.
#[derive(Clone)]
pub struct Clock {
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    id: Arc<dyn Fn() -> Uuid + Send + Sync>,
    secret: Arc<dyn Fn() -> Option<[u8; 32]> + Send + Sync>,
}

impl Clock {
    /// The clock of this machine, and identifiers of UUID version 7.
    #[must_use]
    pub fn system() -> Self {
        Self { now: Arc::new(Timestamp::now), id: Arc::new(Uuid::now_v7), secret: Arc::new(secret) }
    }

    /// Returns the time, to the microsecond: that is what the database keeps.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let now = (self.now)();
        now.round(TimestampRound::new().smallest(Unit::Microsecond)).unwrap_or(now)
    }

    /// Draws an identity for a new object.
    #[must_use]
    pub fn object_id(&self) -> ObjectId {
        ObjectId((self.id)())
    }

    /// Draws an identity for an event that no work item brings about.
    #[must_use]
    pub fn event_id(&self) -> EventId {
        EventId((self.id)())
    }

    /// Draws 32 bytes that nobody can guess; none when the system has none to give.
    #[must_use]
    pub fn secret(&self) -> Option<[u8; 32]> {
        (self.secret)()
    }

    /// Draws a number by chance, for the spreading of retries.
    #[must_use]
    pub fn jitter(&self) -> u32 {
        let bytes = (self.id)().into_bytes();
        u32::from_be_bytes([bytes[12], bytes[13], bytes[14], bytes[15]])
    }
}

fn secret() -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).ok().map(|()| bytes)
}
