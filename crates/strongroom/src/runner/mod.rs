//! The runner: claims work, runs its steps one after the other, and alone turns answers into rows.

mod alerts;
mod dispatch;
mod drills;
mod fixity;
mod heartbeat;
mod item;
mod jobs;
mod owner;
mod patience;
mod roles;
mod settings;
mod sweep;

pub use fixity::{check_replica, queue_all};
pub use item::{Ended, run_item};
pub use jobs::run_job;
pub use owner::{Process, living};
pub use roles::{Stop, up};
pub use settings::Settings;
pub use sweep::{release_dead, remove_leftovers};
