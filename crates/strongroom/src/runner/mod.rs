//! The runner: claims work, runs its steps one after the other, and alone turns answers into rows.

mod alerts;
mod dispatch;
mod drills;
mod figures;
mod fixity;
mod heartbeat;
mod item;
mod jobs;
mod owner;
mod patience;
mod roles;
mod sampling;
mod settings;
mod single;
mod stop;
mod sweep;
mod workers;

pub use figures::{Figures, RoleFigures, StepEnd};
pub use fixity::{check_replica, queue_all};
pub use item::{Ended, WORK, run_item};
pub use jobs::run_job;
pub use owner::{Process, Reach, living};
pub use roles::run_roles;
pub use sampling::{SampleEnd, claim_sample, go_on_with_sample};
pub use settings::Settings;
pub use single::Crew;
pub use stop::Stop;
pub use sweep::{release_dead, remove_leftovers};
