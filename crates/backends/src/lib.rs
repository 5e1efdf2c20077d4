//! The doors to the world: the database and the stores. Nothing else of the workspace names a driver.

mod at_once;
pub mod authorities;
pub mod aws;
pub mod database;
pub mod s3;
pub mod storage;

/// What the targets begin with under which the drivers log. Below warnings they print whole requests and answers, with
/// signatures, session tokens and the secrets that are fetched.
pub const LOG_TARGETS: [&str; 3] = ["ureq", "rustls", "sqlx"];

pub use at_once::{AT_ONCE_MAX, each_at_once, map_at_once};
