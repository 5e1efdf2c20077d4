//! The runtime of commands that ask the registry and end.

use std::future::Future;

/// Runs a command that waits for nothing but the database, on this thread.
pub fn now<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}
