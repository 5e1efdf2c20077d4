//! What a check found, as data: one type that every checker of this workspace speaks.
//!
//! A finding is not an error. A check that could be made answers `Ok` with findings; `Err` means that the check
//! itself could not be made. Each crate keeps one table of [`Rule`]s, so that every code, clause and piece of
//! advice stands in one place and the reference pages can be generated from it.

mod finding;
mod first;
mod list;
mod rule;

pub use finding::{Finding, Severity};
pub use first::{FINDINGS_TOLD_MAX, FirstFindings};
pub use list::{FINDINGS_MAX, Findings};
pub use rule::Rule;
