//! Opening the embedded database: SQLite in WAL mode with full synchronisation.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use model::{InstitutionName, StoreId};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, SqlStr, Sqlite, Transaction};

use super::DatabaseError;
use super::error::Asked;
use super::rows::micros;

/// Connections held open at most.
const CONNECTIONS_MAX: u32 = 8;
/// How long a connection waits for another writer before it gives up, in seconds.
const BUSY_SECONDS: u64 = 60;

/// Every migration, oldest first: (version, description, text). Forward only; one that was released is never changed.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "registry and queue", include_str!("../../migrations/sqlite/0001_registry_and_queue.sql")),
    (2, "gathered by path", include_str!("../../migrations/sqlite/0002_gathered_by_path.sql")),
    (3, "formats", include_str!("../../migrations/sqlite/0003_formats.sql")),
    (4, "fixity", include_str!("../../migrations/sqlite/0004_fixity.sql")),
    (5, "deletion", include_str!("../../migrations/sqlite/0005_deletion.sql")),
    (6, "stores' life", include_str!("../../migrations/sqlite/0006_stores_life.sql")),
    (7, "keeping", include_str!("../../migrations/sqlite/0007_keeping.sql")),
];

/// The database. Cheap to clone; all clones share the same connections.
#[derive(Debug, Clone)]
pub struct Database {
    pub(super) pool: SqlitePool,
}

impl Database {
    /// Opens the database, makes it when it is not there, and brings its tables up to date.
    ///
    /// # Errors
    /// The file cannot be opened or written, or its tables are newer than this program.
    pub async fn open(path: &Path) -> Result<Self, DatabaseError> {
        let pool = connect(path, options(path).create_if_missing(true)).await?;
        migrator().run(&pool).await.map_err(DatabaseError::Migrate)?;
        Ok(Self { pool })
    }

    /// Opens a database that was made before and has the tables of this very program. Makes and changes nothing.
    ///
    /// # Errors
    /// The file is not there or is no database, or its tables are older or newer than this program's.
    pub async fn open_existing(path: &Path) -> Result<Self, DatabaseError> {
        let pool = connect(path, options(path)).await?;
        let found: Option<i64> = sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations WHERE success")
            .fetch_one(&pool)
            .await
            .asked("tell the version of its tables")?;
        let (found, expected) = (found.unwrap_or(0), MIGRATIONS.last().map_or(0, |migration| migration.0));
        if found != expected {
            return Err(DatabaseError::OtherTables { found, expected });
        }
        Ok(Self { pool })
    }

    /// Begins a transaction that will write, taking the write lock at once so that it cannot fail half-way.
    pub(super) async fn write(&self) -> Result<Transaction<'_, Sqlite>, DatabaseError> {
        self.pool.begin_with("BEGIN IMMEDIATE").await.asked("begin a transaction")
    }

    /// Makes sure that an institution is known.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn add_institution(&self, name: &InstitutionName, now: Timestamp) -> Result<(), DatabaseError> {
        sqlx::query("INSERT INTO institutions (name, created_at) VALUES ($1, $2) ON CONFLICT DO NOTHING")
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
        let names: Vec<String> = sqlx::query_scalar("SELECT name FROM institutions ORDER BY name")
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
        let known: Option<String> = sqlx::query_scalar("SELECT id FROM stores WHERE id = $1")
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
        let query = sqlx::query_scalar("SELECT id FROM stores ORDER BY id");
        let ids: Vec<String> = query.fetch_all(&self.pool).await.asked("list the stores")?;
        Ok(ids.into_iter().map(StoreId).collect())
    }

    /// Notes that a store was made. Twice is well.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn add_store(&self, id: &StoreId, now: Timestamp) -> Result<(), DatabaseError> {
        sqlx::query("INSERT INTO stores (id, created_at) VALUES ($1, $2) ON CONFLICT DO NOTHING")
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
        let found: Vec<String> =
            sqlx::query_scalar("PRAGMA quick_check").fetch_all(&self.pool).await.asked("check itself")?;
        Ok(found.into_iter().filter(|line| line != "ok").collect())
    }

    /// Closes all connections, writing the log back into the database file.
    pub async fn close(&self) {
        self.pool.close().await;
    }
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

async fn connect(path: &Path, options: SqliteConnectOptions) -> Result<SqlitePool, DatabaseError> {
    SqlitePoolOptions::new()
        .max_connections(CONNECTIONS_MAX)
        .connect_with(options)
        .await
        .map_err(|source| DatabaseError::Open { path: path.display().to_string(), source })
}

pub(super) fn migrator() -> Migrator {
    let migration = |&(version, description, text): &(i64, &'static str, &'static str)| {
        Migration::new(version, description.into(), MigrationType::Simple, SqlStr::from_static(text), false)
    };
    Migrator::with_migrations(MIGRATIONS.iter().map(migration).collect())
}
