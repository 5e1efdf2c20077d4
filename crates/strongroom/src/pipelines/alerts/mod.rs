//! alerts: what a person must hear of is handed to a program until it took it.
//!
//! Takes alerts that are due, which were written in the transaction of what they tell of. Leaves each as delivered, or
//! with the time of its next try. Safe to repeat because an alert counts as delivered only when that is written: killed
//! before, it is delivered once more, and its number tells the program that it is the same.

mod deliver;

pub use deliver::{AlertTerms, Delivered, deliver};
