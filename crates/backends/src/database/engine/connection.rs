//! What a statement runs on: any connection, or that of a transaction.

use std::ops::{Deref, DerefMut};

use sqlx::postgres::{PgConnection, PgPool};
use sqlx::sqlite::{SqliteConnection, SqlitePool};
use sqlx::{Postgres, Sqlite};

use super::{Engine, Pool};

/// A transaction; it is rolled back unless it is committed.
#[derive(Debug)]
pub struct Transaction(Connection);

/// The connection of a transaction.
#[derive(Debug)]
pub enum Connection {
    /// To a file.
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    /// To a server.
    Postgres(sqlx::Transaction<'static, Postgres>),
}

impl Transaction {
    /// Makes all of it last, or nothing.
    pub async fn commit(self) -> Result<(), sqlx::Error> {
        match self.0 {
            Connection::Sqlite(transaction) => transaction.commit().await,
            Connection::Postgres(transaction) => transaction.commit().await,
        }
    }
}

impl Connection {
    /// Makes the transaction wait until no other holds the name, and holds it to its end. On SQLite there is no other.
    pub async fn lock_name(&mut self, name: &str) -> Result<(), sqlx::Error> {
        if self.engine() == Engine::Postgres {
            let query = super::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))").bind(name);
            query.execute(self).await?;
        }
        Ok(())
    }

    /// Returns the engine.
    pub fn engine(&self) -> Engine {
        match self {
            Connection::Sqlite(_) => Engine::Sqlite,
            Connection::Postgres(_) => Engine::Postgres,
        }
    }
}

impl Deref for Transaction {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.0
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.0
    }
}

impl From<sqlx::Transaction<'static, Sqlite>> for Transaction {
    fn from(transaction: sqlx::Transaction<'static, Sqlite>) -> Self {
        Self(Connection::Sqlite(transaction))
    }
}

impl From<sqlx::Transaction<'static, Postgres>> for Transaction {
    fn from(transaction: sqlx::Transaction<'static, Postgres>) -> Self {
        Self(Connection::Postgres(transaction))
    }
}

/// What a statement runs on.
#[derive(Debug)]
pub enum On<'c> {
    /// Any connection to the file.
    SqlitePool(&'c SqlitePool),
    /// That of a transaction.
    Sqlite(&'c mut SqliteConnection),
    /// Any connection to the server.
    PostgresPool(&'c PgPool),
    /// That of a transaction.
    Postgres(&'c mut PgConnection),
}

impl<'c> From<&'c Pool> for On<'c> {
    fn from(pool: &'c Pool) -> Self {
        match pool {
            Pool::Sqlite(pool) => On::SqlitePool(pool),
            Pool::Postgres(pool) => On::PostgresPool(pool),
        }
    }
}

impl<'c> From<&'c mut Connection> for On<'c> {
    fn from(connection: &'c mut Connection) -> Self {
        match connection {
            Connection::Sqlite(transaction) => On::Sqlite(&mut *transaction),
            Connection::Postgres(transaction) => On::Postgres(&mut *transaction),
        }
    }
}
