//! drills: the day on which it matters, rehearsed while nothing is lost.
//!
//! A spot restore gives back an object drawn by chance and has it validated by others; a rebuilding makes the registry
//! anew from one store, beside the one in use, and holds the two against each other. Takes nothing but what it reads.
//! Leaves a row with what was seen, an alert when it failed, and no file. Safe to repeat because it works in a folder of
//! its own that is locked while it does, and whatever a killed drill has left there is removed before the next.

mod compare;
mod rebuild;
mod restore;
mod scratch;
mod terms;

pub use rebuild::rebuild;
pub use restore::restore;
pub use scratch::remove_leftovers;
pub use terms::DrillTerms;
