//! Being woken when there is work: PostgreSQL tells every process that listens; with a file one looks again and again.

use sqlx::postgres::PgListener;

use super::engine::{Connection, Engine, Pool, query};
use super::error::Asked;
use super::{Database, DatabaseError};

/// The channel on which a server tells that there is work.
const CHANNEL: &str = "strongroom_work";

/// Hears that there is work. What is missed while the connection is lost is found by looking, which nobody leaves off.
#[derive(Debug)]
pub struct Waking(Option<PgListener>);

impl Waking {
    /// Hears nothing.
    #[must_use]
    pub fn none() -> Self {
        Self(None)
    }

    /// Waits until there is work; for ever where nobody tells.
    pub async fn next(&mut self) {
        loop {
            let Some(listener) = &mut self.0 else { return std::future::pending().await };
            match listener.recv().await {
                Ok(_) => return,
                Err(error) => {
                    // It connects anew by itself; what cannot be mended so leaves looking, which needs no listener.
                    tracing::warn!(%error, "nobody tells any more that there is work: it is looked for");
                    self.0 = None;
                }
            }
        }
    }
}

impl Database {
    /// Begins to listen for work.
    ///
    /// # Errors
    /// The server cannot be reached.
    pub async fn listen(&self) -> Result<Waking, DatabaseError> {
        let Pool::Postgres(pool) = &self.pool else { return Ok(Waking(None)) };
        let mut listener = PgListener::connect_with(pool).await.asked("tell when there is work")?;
        listener.listen(CHANNEL).await.asked("tell when there is work")?;
        Ok(Waking(Some(listener)))
    }
}

/// Tells all that listen that there is work, once the transaction is committed.
pub(super) async fn tell(connection: &mut Connection) -> Result<(), DatabaseError> {
    if connection.engine() == Engine::Postgres {
        query("SELECT pg_notify($1, '')").bind(CHANNEL).execute(connection).await.asked("tell that there is work")?;
    }
    Ok(())
}
