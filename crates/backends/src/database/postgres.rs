//! Opening a database of a PostgreSQL server.

use std::pin::pin;
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};

use super::address::Server;
use super::engine::Pool;
use super::migrations::{newest_version, postgres_migrator};
use super::open::{Share, found_version};
use super::tables_in_use::{self, Working};
use super::{Address, DatabaseError};

/// How long a process waits for a connection before it gives up, in seconds.
const CONNECT_SECONDS: u64 = 30;
/// After what time somebody is told that it waits, and for what.
const TOLD_AFTER: Duration = Duration::from_secs(2);
/// For how long a transaction may say nothing before the server breaks it off. A process that was paused in the middle of
/// one, or whose machine was lost, would otherwise keep its rows locked, and nobody could take up its work.
const IDLE_IN_TRANSACTION: &str = "SET idle_in_transaction_session_timeout = '30s'";
/// Statements over a million rows are slow by nature, in seconds.
const SLOW_SECONDS: u64 = 60;
/// The oldest release that is tested: `MERGE`, multiranges and `xid8` are not used, `SKIP LOCKED` and `FILTER` are.
const SERVER_VERSION_MIN: i64 = 130_000;

/// Opens the database and brings its tables up to date.
pub(super) async fn open(server: &Server) -> Result<PgPool, DatabaseError> {
    let pool = connect(server, Share::WORK, None).await?;
    let found = found_version(&Pool::Postgres(pool.clone())).await?;
    if found == newest_version() {
        return Ok(pool);
    }
    let refused = |source| DatabaseError::Open { path: Address::Server(server.clone()).to_string(), source };
    let mut connection = pool.acquire().await.map_err(refused)?;
    tables_in_use::alone(&mut connection, found).await?;
    postgres_migrator().run(&pool).await.map_err(DatabaseError::Migrate)?;
    tables_in_use::not_alone(&mut connection).await?;
    Ok(pool)
}

/// Connects to a database, whatever its tables; those who will work on them share their lock.
pub(super) async fn connect(server: &Server, share: Share, working: Option<Working>) -> Result<PgPool, DatabaseError> {
    let refused = |source| DatabaseError::Open { path: Address::Server(server.clone()).to_string(), source };
    let name = format!("strongroom {} with tables {}", env!("CARGO_PKG_VERSION"), newest_version());
    let named = server.0.as_ref().clone().application_name(&name);
    let options = named.log_slow_statements(log::LevelFilter::Debug, Duration::from_secs(SLOW_SECONDS));
    let opening = PgPoolOptions::new()
        .max_connections(share.connections_max)
        .acquire_timeout(Duration::from_secs(CONNECT_SECONDS))
        .after_connect(move |connection, _| {
            let working = working.clone();
            Box::pin(async move {
                sqlx::query(IDLE_IN_TRANSACTION).execute(&mut *connection).await?;
                if let Some(working) = working {
                    working.join(connection).await?;
                }
                let Some(longest) = share.statement_max else { return Ok(()) };
                let bound = sqlx::query("SELECT set_config('statement_timeout', $1, false)");
                bound.bind(format!("{}ms", longest.as_millis())).execute(connection).await.map(drop)
            })
        })
        .connect_with(options.clone());
    let mut opening = pin!(opening);
    let pool = tokio::select! {
        pool = &mut opening => pool,
        () = tell_what_is_waited_for(server, &options) => opening.await,
    };
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

/// Ends when it has told: a pool tries again without a word, and somebody may sit and wait.
async fn tell_what_is_waited_for(server: &Server, options: &PgConnectOptions) {
    tokio::time::sleep(TOLD_AFTER).await;
    if let Err(error) = options.connect().await {
        let server = Address::Server(server.clone());
        tracing::error!(%server, %error, "no answer yet; it is tried for {CONNECT_SECONDS} seconds");
    }
}
