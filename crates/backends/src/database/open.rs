//! Opening the database: SQLite in WAL mode with full synchronisation, or a PostgreSQL server.

use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use model::{InstitutionName, StoreId};
use sqlx::ConnectOptions as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};

use super::engine::{Engine, Pool, Transaction, query, query_scalar, twins};
use super::error::Asked;
use super::migrations::{newest_version, sqlite_migrator};
use super::rows::micros;
use super::tables_in_use::Working;
use super::turns::Turns;
use super::{Address, DatabaseError, postgres};

/// How much of a database somebody may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Share {
    /// Connections held open at most.
    pub(super) connections_max: u32,
    /// How long a statement may take on a server; as long as it likes without it.
    pub(super) statement_max: Option<Duration>,
}

impl Share {
    /// What the work of one process takes. A thousand of them still leave a pooler room.
    pub(super) const WORK: Self = Self { connections_max: 8, statement_max: None };
    /// Connections for questions from outside.
    const QUESTIONS_CONNECTIONS_MAX: u32 = 4;
}

/// How long a connection waits for another writer before it gives up, in seconds.
const BUSY_SECONDS: u64 = 60;

/// How often the version of a file's tables is looked at: it has no lock for those who work on it.
const LOOKED_AT: Duration = Duration::from_secs(5);
/// How often it is tried to bring a file up to date, and how long is waited in between.
const MIGRATE_TRIES_MAX: u32 = 30;
const MIGRATE_PAUSE: Duration = Duration::from_millis(100);

/// The database. Cheap to clone; all clones share the same connections.
#[derive(Debug, Clone)]
pub struct Database {
    pub(super) pool: Pool,
    pub(super) turns: Turns,
    working: Working,
}

impl Database {
    /// Opens the database and brings its tables up to date. A file is made when it is not there, a server's database is not.
    ///
    /// # Errors
    /// It cannot be opened or written, or its tables are newer than this program.
    pub async fn open(address: &Address) -> Result<Self, DatabaseError> {
        let pool = match address {
            Address::File(path) => {
                let pool = connect(path, options(path).create_if_missing(true), Share::WORK).await?;
                migrate(&pool).await?;
                Pool::Sqlite(pool)
            }
            Address::Server(server) => Pool::Postgres(postgres::open(server).await?),
        };
        Ok(Self { pool, turns: Turns::default(), working: Working::new() })
    }

    /// Returns the version of the tables that are there, 0 for none, and that which this program reads and writes.
    /// Makes and changes nothing.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn tables(address: &Address) -> Result<(i64, i64), DatabaseError> {
        let pool = match address {
            Address::File(path) if !path.exists() => return Ok((0, newest_version())),
            Address::File(path) => Pool::Sqlite(connect(path, options(path), Share::WORK).await?),
            Address::Server(server) => Pool::Postgres(postgres::connect(server, Share::WORK, None).await?),
        };
        let found = found_version(&pool).await;
        pool.close().await;
        Ok((found?, newest_version()))
    }

    /// Opens a database that was made before and has the tables of this very program. Makes and changes nothing.
    ///
    /// # Errors
    /// It is not there or is no database, or its tables are older or newer than this program's.
    pub async fn open_existing(address: &Address) -> Result<Self, DatabaseError> {
        Self::open_share(address, Share::WORK).await
    }

    /// Opens the same for questions from outside, whose number and weight others decide: by a few connections of its own, so
    /// that those who work never wait for one. On a server a statement that takes longer than `statement_max` is ended.
    ///
    /// # Errors
    /// See [`Database::open_existing`].
    pub async fn open_for_questions(address: &Address, statement_max: Duration) -> Result<Self, DatabaseError> {
        let connections_max = Share::QUESTIONS_CONNECTIONS_MAX;
        Self::open_share(address, Share { connections_max, statement_max: Some(statement_max) }).await
    }

    async fn open_share(address: &Address, share: Share) -> Result<Self, DatabaseError> {
        let working = Working::new();
        let pool = match address {
            Address::File(path) => Pool::Sqlite(connect(path, options(path), share).await?),
            Address::Server(server) => Pool::Postgres(postgres::connect(server, share, Some(working.clone())).await?),
        };
        let (found, expected) = (found_version(&pool).await?, newest_version());
        if found != expected {
            return Err(DatabaseError::OtherTables { found, expected });
        }
        working.begin();
        Ok(Self { pool, turns: Turns::default(), working })
    }

    /// Waits until the tables are found to be of another version than this program's, and returns that as the error that it
    /// is. On a server nobody changes them while this process is connected; they may be others when it comes back to it.
    pub async fn other_tables(&self) -> DatabaseError {
        let expected = newest_version();
        loop {
            let found = match self.pool.engine() {
                Engine::Postgres => self.working.other().await,
                Engine::Sqlite => {
                    tokio::time::sleep(LOOKED_AT).await;
                    found_version(&self.pool).await.unwrap_or(expected)
                }
            };
            if found != expected {
                return DatabaseError::OtherTables { found, expected };
            }
        }
    }

    /// Begins a transaction that will write.
    pub(super) async fn write(&self) -> Result<Transaction, DatabaseError> {
        self.pool.begin_write().await.asked("begin a transaction")
    }

    /// Makes sure that an institution is known.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn add_institution(&self, name: &InstitutionName, now: Timestamp) -> Result<(), DatabaseError> {
        query("INSERT INTO institutions (name, created_at) VALUES ($1, $2) ON CONFLICT DO NOTHING")
            .bind(name.as_str())
            .bind(micros(now))
            .execute(&self.pool)
            .await
            .asked("add an institution")?;
        Ok(())
    }

    /// Returns the institutions' names in order.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn institutions(&self) -> Result<Vec<InstitutionName>, DatabaseError> {
        let names: Vec<String> = query_scalar("SELECT name FROM institutions ORDER BY name")
            .fetch_all(&self.pool)
            .await
            .asked("list the institutions")?;
        names
            .iter()
            .map(|name| name.parse().map_err(|_| DatabaseError::Damaged(format!("institution {name}"))))
            .collect()
    }

    /// Returns whether a store was ever made here.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn knows_store(&self, id: &StoreId) -> Result<bool, DatabaseError> {
        let known: Option<String> = query_scalar("SELECT id FROM stores WHERE id = $1")
            .bind(&id.0)
            .fetch_optional(&self.pool)
            .await
            .asked("look for a store")?;
        Ok(known.is_some())
    }

    /// Returns every store that was ever made here, in order.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn stores(&self) -> Result<Vec<StoreId>, DatabaseError> {
        let query = query_scalar("SELECT id FROM stores ORDER BY id");
        let ids: Vec<String> = query.fetch_all(&self.pool).await.asked("list the stores")?;
        Ok(ids.into_iter().map(StoreId).collect())
    }

    /// Notes that a store was made. Twice is well.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn add_store(&self, id: &StoreId, now: Timestamp) -> Result<(), DatabaseError> {
        query("INSERT INTO stores (id, created_at) VALUES ($1, $2) ON CONFLICT DO NOTHING")
            .bind(&id.0)
            .bind(micros(now))
            .execute(&self.pool)
            .await
            .asked("add a store")?;
        Ok(())
    }

    /// Asks the database to check itself, and answers with what it found; empty when all is well.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn check(&self) -> Result<Vec<String>, DatabaseError> {
        let text = match self.pool.engine() {
            Engine::Sqlite => "PRAGMA quick_check",
            // A server checks its pages as it reads them, if it was made with checksums; whether it answers is what counts.
            Engine::Postgres => "SELECT 'ok'",
        };
        let found: Vec<String> = query_scalar(text).fetch_all(&self.pool).await.asked("check itself")?;
        Ok(found.into_iter().filter(|line| line != "ok").collect())
    }

    /// Closes all connections, writing the log back into the database file.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// Returns the version of the tables; 0 when there are none.
pub(super) async fn found_version(pool: &Pool) -> Result<i64, DatabaseError> {
    let asked = "tell the version of its tables";
    let tables: i64 = twins(
        "SELECT count(*) FROM sqlite_master WHERE name = '_sqlx_migrations'",
        "SELECT count(*) FROM pg_class WHERE oid = to_regclass('_sqlx_migrations')",
    )
    .fetch_one(pool)
    .await
    .asked(asked)?
    .get(0);
    if tables == 0 {
        return Ok(0);
    }
    let found =
        query_scalar::<Option<i64>>("SELECT max(version) FROM _sqlx_migrations WHERE success").fetch_one(pool).await;
    Ok(found.asked(asked)?.unwrap_or(0))
}

pub(super) fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        // A settled step must survive the loss of power: the stores were synchronised before it.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .pragma("cache_size", "-4096")
        .pragma("journal_size_limit", "67108864")
        .busy_timeout(Duration::from_secs(BUSY_SECONDS))
        // A statement over a million rows is slow by nature; a person could do nothing about the warning.
        .log_slow_statements(log::LevelFilter::Debug, Duration::from_secs(BUSY_SECONDS))
}

/// Brings a file up to date. SQLite knows no lock that outlasts a transaction: of two processes that begin with a new file,
/// one finds in the middle that the other was there, and looks again.
async fn migrate(pool: &SqlitePool) -> Result<(), DatabaseError> {
    let mut tries = 1;
    loop {
        let Err(error) = sqlite_migrator().run(pool).await else { return Ok(()) };
        let found = found_version(&Pool::Sqlite(pool.clone())).await?;
        if found > newest_version() || tries == MIGRATE_TRIES_MAX {
            return Err(DatabaseError::Migrate(error));
        }
        tries += 1;
        tokio::time::sleep(MIGRATE_PAUSE).await;
    }
}

pub(super) async fn connect(
    path: &Path,
    options: SqliteConnectOptions,
    share: Share,
) -> Result<SqlitePool, DatabaseError> {
    let began = Instant::now();
    loop {
        let pool = SqlitePoolOptions::new().max_connections(share.connections_max);
        match pool.connect_with(options.clone()).await {
            // To give a new file its journal takes a lock for which SQLite does not wait, whatever it was told.
            Err(error) if is_locked(&error) && began.elapsed() < Duration::from_secs(BUSY_SECONDS) => {}
            opened => {
                return opened.map_err(|source| DatabaseError::Open { path: path.display().to_string(), source });
            }
        }
        tokio::time::sleep(MIGRATE_PAUSE).await;
    }
}

/// Says whether another connection holds the file at this moment (SQLITE_BUSY).
fn is_locked(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|error| error.code()).is_some_and(|code| code == "5")
}
