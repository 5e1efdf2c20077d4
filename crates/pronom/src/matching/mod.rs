//! The comparison of a file with all signatures at once.

mod anchors;
mod evaluate;
mod filter;
mod fragments;
mod index;
mod occurrences;
mod search;
mod whole;
mod work;

pub use evaluate::{Ends, Hit, evaluate};
pub use index::{Index, Scratch};
pub use search::Place;
pub use whole::match_whole;
pub use work::{WORK_MAX, Work};
