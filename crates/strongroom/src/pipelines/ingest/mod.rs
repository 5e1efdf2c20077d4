//! Ingest: a deposit is taken in. Ten steps, in the order of their names here.
//!
//! receive → gather → validate → check_reingest → unpack → identify → store → verify → record → clean_up

mod check_reingest;
mod clean_up;
mod gather;
mod identify;
mod receive;
mod record;
mod store;
mod unpack;
mod validate;
mod verify;

mod catch_up;
mod events;
mod known;
mod layout;
mod members;
mod object;
mod paged;
mod passing;
mod plain_folder;
mod plan;
mod profile;
mod remembered;
mod rules;
pub(super) mod sidecars;
mod tags;

pub use check_reingest::check_reingest;
pub use clean_up::{clean_up, discard};
pub use events::rejection;
pub use gather::gather;
pub use identify::identify;
pub(super) use layout::remove_staging;
pub(super) use plan::{object_path, ocfl_id};
pub use receive::receive;
pub use record::record;
pub use remembered::Remembered;
pub use store::store;
pub use unpack::unpack;
pub use validate::validate;
pub use verify::verify;
