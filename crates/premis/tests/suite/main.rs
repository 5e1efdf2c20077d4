//! The tests of the crate as a whole, in one binary so that it is linked once.

mod documents;
mod foreign;
mod fuzz;
mod hostile;
mod million;
mod round_trip;
