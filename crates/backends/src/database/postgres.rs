//! Opening a database of a PostgreSQL server.

use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgPool, PgPoolOptions};

use super::address::Server;
use super::migrations::postgres_migrator;
use super::{Address, DatabaseError};

/// Connections that one process holds open at most. A thousand of them still leave a pooler room.
const CONNECTIONS_MAX: u32 = 8;
/// How long a process waits for a connection before it gives up, in seconds.
const CONNECT_SECONDS: u64 = 30;
/// For how long a transaction may say nothing before the server breaks it off. A process that was paused in the middle of
/// one, or whose machine was lost, would otherwise keep its rows locked, and nobody could take up its work.
const IDLE_IN_TRANSACTION: &str = "SET idle_in_transaction_session_timeout = '30s'";
/// Statements over a million rows are slow by nature, in seconds.
const SLOW_SECONDS: u64 = 60;
/// The oldest release that is tested: `MERGE`, multiranges and `xid8` are not used, `SKIP LOCKED` and `FILTER` are.
const SERVER_VERSION_MIN: i64 = 130_000;

/// Opens the database and brings its tables up to date.
pub(super) async fn open(server: &Server) -> Result<PgPool, DatabaseError> {
    let pool = connect(server).await?;
    postgres_migrator().run(&pool).await.map_err(DatabaseError::Migrate)?;
    Ok(pool)
}

/// Connects to a database, whatever its tables.
pub(super) async fn connect(server: &Server) -> Result<PgPool, DatabaseError> {
    let refused = |source| DatabaseError::Open { path: Address::Server(server.clone()).to_string(), source };
    let options =
        server.0.as_ref().clone().log_slow_statements(log::LevelFilter::Debug, Duration::from_secs(SLOW_SECONDS));
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS_MAX)
        .acquire_timeout(Duration::from_secs(CONNECT_SECONDS))
        .after_connect(|connection, _| {
            Box::pin(async move { sqlx::query(IDLE_IN_TRANSACTION).execute(connection).await.map(drop) })
        })
        .connect_with(options.clone())
        .await;
    let pool = match pool {
        Ok(pool) => pool,
        // A pool tries again until its time is over, and tells no more than that: what was wrong one connection says.
        Err(sqlx::Error::PoolTimedOut) => {
            return Err(refused(options.connect().await.err().unwrap_or(sqlx::Error::PoolTimedOut)));
        }
        Err(error) => return Err(refused(error)),
    };
    let version: i64 = sqlx::query_scalar("SELECT current_setting('server_version_num')::bigint")
        .fetch_one(&pool)
        .await
        .map_err(refused)?;
    if version < SERVER_VERSION_MIN {
        return Err(DatabaseError::OldServer { found: version / 10_000, expected: SERVER_VERSION_MIN / 10_000 });
    }
    Ok(pool)
}
