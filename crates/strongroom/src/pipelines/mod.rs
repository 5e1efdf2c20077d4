//! Pipelines: what is done to an object, one step a file. They know the doors and the model, and nobody who asks.

mod clock;
mod context;
pub mod deletion;
pub mod fixity;
mod hashing;
pub mod ingest;
mod meter;
mod reading_back;
pub mod rebuild;
pub mod receiving;
pub mod restoration;
mod signal;
mod work;

pub use clock::Clock;
pub use context::{Context, IngestLimits, Profiles, StorePlaces};
pub use meter::Meter;
pub use signal::Signal;
pub use work::Work;
