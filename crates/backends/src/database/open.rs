//! Opening the database: SQLite in WAL mode with full synchronisation, or a PostgreSQL server.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use model::{InstitutionName, StoreId};
use sqlx::ConnectOptions as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};

use super::engine::{Engine, Pool, Transaction, query, query_scalar, twins};
use super::error::Asked;
use super::migrations::{newest_version, sqlite_migrator};
use super::rows::micros;
use super::turns::Turns;
use super::{Address, DatabaseError, postgres};

/// Connections held open at most.
const CONNECTIONS_MAX: u32 = 8;
/// How long a connection waits for another writer before it gives up, in seconds.
const BUSY_SECONDS: u64 = 60;

/// How often it is tried to bring a file up to date, and how long is waited in between.
const MIGRATE_TRIES_MAX: u32 = 30;
const MIGRATE_PAUSE: Duration = Duration::from_millis(100);

/// The database. Cheap to clone; all clones share the same connections.
#[derive(Debug, Clone)]
pub struct Database {
    pub(super) pool: Pool,
    pub(super) turns: Turns,
}

impl Database {
    /// Opens the database and brings its tables up to date. A file is made when it is not there, a server's database is not.
    ///
    /// # Errors
    /// It cannot be opened or written, or its tables are newer than this program.
    pub async fn open(address: &Address) -> Result<Self, DatabaseError> {
        let pool = match address {
            Address::File(path) => {
                let pool = connect(path, options(path).create_if_missing(true)).await?;
                migrate(&pool).await?;
                Pool::Sqlite(pool)
            }
            Address::Server(server) => Pool::Postgres(postgres::open(server).await?),
        };
        Ok(Self { pool, turns: Turns::default() })
    }

    /// Returns the version of the tables that are there, 0 for none, and that which this program reads and writes.
    /// Makes and changes nothing.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn tables(address: &Address) -> Result<(i64, i64), DatabaseError> {
        let pool = match address {
            Address::File(path) if !path.exists() => return Ok((0, newest_version())),
            Address::File(path) => Pool::Sqlite(connect(path, options(path)).await?),
            Address::Server(server) => Pool::Postgres(postgres::connect(server).await?),
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
        let pool = match address {
            Address::File(path) => Pool::Sqlite(connect(path, options(path)).await?),
            Address::Server(server) => Pool::Postgres(postgres::connect(server).await?),
        };
        let (found, expected) = (found_version(&pool).await?, newest_version());
        if found != expected {
            return Err(DatabaseError::OtherTables { found, expected });
        }
        Ok(Self { pool, turns: Turns::default() })
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
async fn found_version(pool: &Pool) -> Result<i64, DatabaseError> {
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

pub(super) async fn connect(path: &Path, options: SqliteConnectOptions) -> Result<SqlitePool, DatabaseError> {
    SqlitePoolOptions::new()
        .max_connections(CONNECTIONS_MAX)
        .connect_with(options)
        .await
        .map_err(|source| DatabaseError::Open { path: path.display().to_string(), source })
}
