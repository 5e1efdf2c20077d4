//! Files that start a fleet, written from the table of roles.

mod compose;

pub use compose::{Mode, compose};
