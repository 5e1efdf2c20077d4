//! Ingest: a deposit is taken in. Ten steps, in the order of their names here.
//!
//! receive → gather → validate → check_reingest → unpack → identify → store → verify → record → clean_up

mod receive;
mod gather;
mod validate;
mod check_reingest;
mod unpack;
mod identify;
mod store;
mod verify;
mod record;
mod clean_up;

mod events;
mod layout;
mod members;
mod plan;
mod plain_folder;
mod profile;
mod rules;
mod sidecars;
mod tags;

pub use check_reingest::check_reingest;
pub use clean_up::{clean_up, discard};
pub use gather::gather;
pub use identify::identify;
pub use receive::receive;
pub use record::record;
pub use rules::RULES;
pub use store::store;
pub use unpack::unpack;
pub use validate::validate;
pub use verify::verify;
pub use events::rejection;
