//! Pipelines: what is done to an object, one step a file. They know the doors and the model, and nobody who asks.

pub mod alerts;
mod clock;
mod context;
pub mod deletion;
mod deposit_buckets;
mod drafts;
pub mod drills;
pub mod fixity;
mod foreign;
mod hashing;
pub mod ingest;
mod meter;
mod object_names;
mod pace;
mod reading_back;
pub mod rebuild;
pub mod receiving;
pub mod restoration;
mod restore_buckets;
mod signal;
pub mod stores;
mod work;

pub use clock::Clock;
pub use context::{Context, IngestLimits, Profiles, StorePlaces};
pub use deposit_buckets::DepositBuckets;
pub use meter::Meter;
pub use restore_buckets::{RestoreBuckets, RestoreObject};
pub use signal::Signal;
pub use work::Work;
