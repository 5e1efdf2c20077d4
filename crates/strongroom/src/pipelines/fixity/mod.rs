//! fixity: whether each replica is still what was deposited, and the mending of those that are not.
//!
//! A check takes a claimed replica: one object in one store. What it must be comes from the registry and never from the
//! store itself: first the documents, of which the registry keeps the digests, and by the inventory that is so proven
//! each content. Damage is confirmed by a second read, noted as an incident, and repaired from another store. Safe to
//! repeat because a check changes nothing, and a repair swaps in bytes that were proven before and after.

mod canaries;
mod check;
mod contents;
mod documents;
mod found;
mod frozen;
mod repair;
mod sample;
mod scope;
mod terms;

pub(super) use canaries::PLANTED as CANARIES;
pub use check::{Checked, LEASE, check};
pub(super) use contents::unlisted;
pub(super) use documents::{expected, inventory};
pub(super) use found::note;
pub use sample::{RETRY as SAMPLE_RETRY, Sampled, sample};
pub use scope::Scope;
pub use terms::{FixityTerms, ReadLimits};
