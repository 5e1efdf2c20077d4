//! Who works on the tables of a server, and who changes them: never both at once.
//!
//! Every connection of a process that works holds a lock of the server that such connections share, and has looked at the
//! version of the tables after it got it. Whoever changes the tables holds the lock alone. So no process ever writes into
//! tables of another version than its own, whatever was started and stopped in which order; the server gives the locks of a
//! process back that dies.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::PgConnection;
use sqlx::{Postgres, query, query_scalar};
use tokio::sync::watch;

use super::DatabaseError;
use super::migrations::newest_version;

/// The locks of a database are told apart by numbers alone. This one is of the tables.
const TABLES: i64 = 0x7374_726f_6e67_726d;
/// The lock of those who change tables, one after the other.
const CHANGING: i64 = TABLES + 1;
/// How often those who work are asked for the lock, and how long is waited in between: commands end by themselves.
const TRIES_MAX: u32 = 25;
const PAUSE: Duration = Duration::from_millis(200);

/// How the connections of a working process see to it that the tables are theirs.
#[derive(Debug, Clone)]
pub(super) struct Working(Arc<State>);

#[derive(Debug)]
struct State {
    /// Whether the version was looked at, so that a connection that comes later must find the same.
    is_begun: AtomicBool,
    /// The version that a later connection found.
    other: watch::Sender<Option<i64>>,
}

impl Working {
    pub(super) fn new() -> Self {
        Self(Arc::new(State { is_begun: AtomicBool::new(false), other: watch::Sender::new(None) }))
    }

    /// From now on connections insist on the version of this program.
    pub(super) fn begin(&self) {
        self.0.is_begun.store(true, Ordering::SeqCst);
    }

    /// Takes a share of the lock for a new connection; waits for whoever changes the tables.
    pub(super) async fn join(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        query("SELECT pg_advisory_lock_shared($1)").bind(TABLES).execute(&mut *connection).await?;
        if !self.0.is_begun.load(Ordering::SeqCst) {
            return Ok(());
        }
        let text = "SELECT max(version) FROM _sqlx_migrations WHERE success";
        let found: Option<i64> = query_scalar(text).fetch_one(connection).await?;
        let found = found.unwrap_or(0);
        if found == newest_version() {
            return Ok(());
        }
        self.0.other.send_replace(Some(found));
        Err(sqlx::Error::Protocol(format!("the tables are of version {found} now")))
    }

    /// Waits until the tables are found to be of another version, and returns which.
    pub(super) async fn other(&self) -> i64 {
        let mut other = self.0.other.subscribe();
        loop {
            if let Some(found) = *other.borrow_and_update() {
                return found;
            }
            if other.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}

/// Takes the lock for whoever is about to change the tables, from the version that they have.
///
/// # Errors
/// `InUse` names those who work on them.
pub(super) async fn alone(connection: &mut PoolConnection<Postgres>, found: i64) -> Result<(), DatabaseError> {
    let failed = |source| DatabaseError::Query { what: "be left alone with its tables", source };
    query("SELECT pg_advisory_lock($1)").bind(CHANGING).execute(&mut **connection).await.map_err(failed)?;
    for _ in 0..TRIES_MAX {
        let text = "SELECT pg_try_advisory_lock($1)";
        if query_scalar(text).bind(TABLES).fetch_one(&mut **connection).await.map_err(failed)? {
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
    // A number of 64 bits is told in two halves.
    let text = "SELECT string_agg(DISTINCT a.application_name || coalesce(' at ' || host(a.client_addr), ''), ', ') \
                FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid \
                WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND a.datname = current_database() \
                AND l.classid::bigint = ($1 >> 32) & 4294967295 AND l.objid::bigint = $1 & 4294967295";
    let by: Option<String> = query_scalar(text).bind(TABLES).fetch_one(&mut **connection).await.map_err(failed)?;
    let by = by.unwrap_or_else(|| "somebody who has just ended".to_owned());
    Err(DatabaseError::InUse { found, expected: newest_version(), by })
}

/// Gives back what [`alone`] took.
pub(super) async fn not_alone(connection: &mut PoolConnection<Postgres>) -> Result<(), DatabaseError> {
    let failed = |source| DatabaseError::Query { what: "let others at its tables again", source };
    query("SELECT pg_advisory_unlock_all()").execute(&mut **connection).await.map(drop).map_err(failed)
}
