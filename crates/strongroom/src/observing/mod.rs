//! Looking at a process from outside: whether it can work, and figures, over HTTP.

mod health;
mod metrics;
mod queue_figures;
mod server;

pub use health::Health;
pub use server::{Observed, listen};
