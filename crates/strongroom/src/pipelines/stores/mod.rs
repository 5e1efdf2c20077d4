//! stores: the life of whole stores, as jobs: audit, backfill, compare, evacuate, retire.
//!
//! A job works through objects or paths in their order and notes after each stretch how far it came, so that a killed one
//! goes on there. What it brings into a store it proves twice: each byte as it is read from another store, against the
//! registry, and each file as the disk gives it back. Nothing is let go before its replacements are proven. Safe to
//! repeat because every object is looked at anew, and what is as it should be is left alone.

mod audit;
mod backfill;
mod beside;
pub mod chronicle;
mod compare;
mod doing;
mod evacuate;
mod events;
mod identify;
mod replicate;
mod retire;
mod sources;
mod tombstones;
mod version_copy;
mod walk;

pub use doing::{JobOutcome, run};
pub use evacuate::refusal as evacuation_refused;
pub use replicate::{For, Replication, Replicator};
pub use retire::refusal as retirement_refused;
