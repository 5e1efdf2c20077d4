//! The connections to a database, whichever the engine.

use sqlx::postgres::PgPool;
use sqlx::sqlite::SqlitePool;

use super::Transaction;

/// A database engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A file in the data directory.
    Sqlite,
    /// A server.
    Postgres,
}

impl Engine {
    /// Returns what ends a statement that looks for a row to change: one that another transaction is changing is passed
    /// over. SQLite has one writer at a time.
    pub fn passing_locked(self) -> &'static str {
        match self {
            Engine::Sqlite => "",
            Engine::Postgres => " FOR UPDATE SKIP LOCKED",
        }
    }

    /// Returns a statement in which `json_array` is what this engine calls it.
    pub fn json(self, text: &str) -> String {
        match self {
            Engine::Sqlite => text.to_owned(),
            Engine::Postgres => text.replace("json_array(", "json_build_array("),
        }
    }

    /// Returns what ends a statement that looks at a row which must stay as it is until the transaction ends.
    pub fn locking(self) -> &'static str {
        match self {
            Engine::Sqlite => "",
            Engine::Postgres => " FOR UPDATE",
        }
    }
}

/// The connections to a database.
#[derive(Debug, Clone)]
pub enum Pool {
    /// To a file.
    Sqlite(SqlitePool),
    /// To a server.
    Postgres(PgPool),
}

impl Pool {
    /// Returns the engine.
    pub fn engine(&self) -> Engine {
        match self {
            Pool::Sqlite(_) => Engine::Sqlite,
            Pool::Postgres(_) => Engine::Postgres,
        }
    }

    /// Begins a transaction that reads: all its statements see the same state of the database.
    pub async fn begin(&self) -> Result<Transaction, sqlx::Error> {
        match self {
            Pool::Sqlite(pool) => Ok(pool.begin().await?.into()),
            Pool::Postgres(pool) => Ok(pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ").await?.into()),
        }
    }

    /// Begins a transaction that will write. On SQLite it takes the write lock at once, so that it cannot fail half-way;
    /// on PostgreSQL each statement sees what was committed before it, and rows are locked as they are changed.
    pub async fn begin_write(&self) -> Result<Transaction, sqlx::Error> {
        match self {
            Pool::Sqlite(pool) => Ok(pool.begin_with("BEGIN IMMEDIATE").await?.into()),
            Pool::Postgres(pool) => Ok(pool.begin().await?.into()),
        }
    }

    /// Closes all connections.
    pub async fn close(&self) {
        match self {
            Pool::Sqlite(pool) => pool.close().await,
            Pool::Postgres(pool) => pool.close().await,
        }
    }
}
