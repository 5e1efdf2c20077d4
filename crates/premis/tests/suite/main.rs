//! The tests of the crate as a whole, in one binary so that it is linked once.
#![allow(clippy::unwrap_used, reason = "clippy.toml lets tests unwrap, but takes their helpers for something else")]

mod documents;
mod foreign;
mod fuzz;
mod hostile;
mod million;
mod round_trip;
