//! The tests of the crate as a whole, in one binary so that it is linked once.

mod documents;
mod fuzz;
mod hostile;
mod million;
mod round_trip;
mod schema;
