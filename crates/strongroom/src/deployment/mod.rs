//! Files that start a fleet, written from the table of roles.

mod compose;
mod known;

pub use compose::{Mode, compose};
pub use known::{Installation, Known, Password};
