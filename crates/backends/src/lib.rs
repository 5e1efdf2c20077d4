//! The doors to the world: the database and the stores. Nothing else of the workspace names a driver.

pub mod aws;
pub mod database;
pub mod s3;
pub mod storage;
