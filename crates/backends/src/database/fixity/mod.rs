//! The checks of fixity: which replica is next, who is at it, and what came of it.

mod claim;
mod due;
mod reads;
mod record;
mod samples;
mod settle;
#[cfg(test)]
mod tests;

pub use claim::{FixityClaim, NextCheck};
pub use reads::DayReads;
pub(super) use record::{record_documents, record_fixity};
pub use samples::SampleStep;
pub use settle::CheckResult;
pub(super) use settle::extend_range;
