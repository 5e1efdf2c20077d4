//! A registry in the making: rows that come from the documents of a store and from no work item.

use std::path::Path;

use jiff::Timestamp;
use model::{Event, FileFormat, ItemId, Object, ObjectId, ObjectVersion, Replica, StoreId};

use sqlx::sqlite::{SqlitePoolOptions, SqliteSynchronous};

use super::engine::{Pool, QueryBuilder, Transaction, query, query_scalar};
use super::error::Asked;
use super::fixity::record_documents;
use super::migrations::sqlite_migrator;
use super::open::options;
use super::record::{record_object, record_replicas, record_version};
use super::rows::{micros, signed};
use super::{Database, DatabaseError};

/// Rows after which the transaction is committed and a new one begun, once the object at hand is whole.
const TRANSACTION_ROWS: u64 = 20_000;
/// Versions whose events are read at once when all are put in the order of time.
const PAGE_VERSIONS: i64 = 200;
/// Rows that one statement adds.
const STATEMENT_ROWS: usize = 250;
/// What SQLite keeps of the new registry in memory, in KiB: its indexes are filled in no order, and a page that is dropped
/// and read again for each row takes most of the time.
const CACHE: &str = "-65536";

/// A new database that is filled object by object. Nobody else may open it before it is finished.
///
/// Its writes do not wait for the disk: half of it is worth nothing. [`RegistryDraft::finish`] makes it durable.
#[derive(Debug)]
pub struct RegistryDraft {
    pool: Pool,
    pub(super) transaction: Transaction,
    pub(super) rows: u64,
}

/// A file that is new in a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RebuiltFile<'a> {
    /// The object.
    pub object: ObjectId,
    /// The path in the bag.
    pub path: &'a str,
    /// The version.
    pub version: u32,
    /// Bytes.
    pub size_bytes: u64,
    /// When the depositor last changed it (Unix seconds).
    pub modified_at: i64,
    /// What it is.
    pub format: Option<&'a FileFormat>,
    /// Its digests, as far as the deposit had them.
    pub md5: Option<&'a [u8]>,
    /// See `md5`.
    pub sha1: Option<&'a [u8]>,
    /// What stores address it by.
    pub sha256: &'a [u8],
    /// See `md5`.
    pub sha512: Option<&'a [u8]>,
    /// Those of other algorithms, as a row keeps them.
    pub other_digests: Option<&'a str>,
}

impl RegistryDraft {
    /// Makes a new database with the tables of this program.
    ///
    /// # Errors
    /// The file cannot be made.
    pub async fn begin(path: &Path) -> Result<Self, DatabaseError> {
        let options = options(path).create_if_missing(true).synchronous(SqliteSynchronous::Off);
        let options = options.pragma("cache_size", CACHE);
        // One connection: the table of what is to be put in order lives in it.
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await;
        let pool = pool.map_err(|source| DatabaseError::Open { path: path.display().to_string(), source })?;
        sqlite_migrator().run(&pool).await.map_err(DatabaseError::Migrate)?;
        let pool = Pool::Sqlite(pool);
        let mut transaction = pool.begin().await.asked("begin a transaction")?;
        for text in [
            "CREATE TEMP TABLE told (number INTEGER PRIMARY KEY, at INTEGER NOT NULL, events TEXT NOT NULL)",
            "CREATE INDEX temp.told_in_order ON told (at, number)",
        ] {
            query(text).execute(&mut *transaction).await.asked("make a table")?;
        }
        Ok(Self { pool, transaction, rows: 0 })
    }

    /// Begins an object: what follows is kept or forgotten as a whole.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn begin_object(&mut self) -> Result<(), DatabaseError> {
        if self.rows >= TRANSACTION_ROWS {
            self.execute("COMMIT").await?;
            self.execute("BEGIN IMMEDIATE").await?;
            self.rows = 0;
        }
        self.execute("SAVEPOINT object").await
    }

    /// Keeps the object.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn keep_object(&mut self) -> Result<(), DatabaseError> {
        self.execute("RELEASE object").await
    }

    /// Forgets all that was added since the object began.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn forget_object(&mut self) -> Result<(), DatabaseError> {
        self.execute("ROLLBACK TO object").await?;
        self.execute("RELEASE object").await
    }

    async fn execute(&mut self, text: &'static str) -> Result<(), DatabaseError> {
        query(text).execute(&mut *self.transaction).await.asked("settle an object")?;
        Ok(())
    }

    /// Says whether an object of this identity was added.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn knows_object(&mut self, id: ObjectId) -> Result<bool, DatabaseError> {
        let query = query_scalar("SELECT EXISTS (SELECT 1 FROM objects WHERE id = $1)");
        let query = query.bind(id.0.as_bytes().as_slice());
        query.fetch_one(&mut *self.transaction).await.asked("look for an object")
    }

    /// Adds a version in the order of numbers: the object as it became by it, its replicas, events and documents.
    ///
    /// # Errors
    /// The database cannot be written, or the object is there already under another identity.
    pub async fn add_version(
        &mut self,
        object: &Object,
        version: &ObjectVersion,
        replicas: &[Replica],
    ) -> Result<(), DatabaseError> {
        let created_at = object.created_at;
        self.add_name("institutions", object.identifier.institution.as_str(), created_at).await?;
        for replica in replicas {
            self.add_name("stores", &replica.store.0, created_at).await?;
        }
        record_object(&mut self.transaction, object).await?;
        record_version(&mut self.transaction, version).await?;
        record_replicas(&mut self.transaction, replicas).await?;
        self.rows += 2 + replicas.len() as u64;
        self.add_fixity(replicas).await
    }

    /// Adds an institution or a store. Of its times only this is known: it was there when its first object came.
    pub(super) async fn add_name(&mut self, table: &str, name: &str, since: Timestamp) -> Result<(), DatabaseError> {
        let text = match table {
            "stores" => {
                "INSERT INTO stores (id, created_at) VALUES ($1, $2) \
                 ON CONFLICT DO UPDATE SET created_at = min(created_at, excluded.created_at)"
            }
            _ => {
                "INSERT INTO institutions (name, created_at) VALUES ($1, $2) \
                 ON CONFLICT DO UPDATE SET created_at = min(created_at, excluded.created_at)"
            }
        };
        let query = query(text).bind(name).bind(micros(since));
        query.execute(&mut *self.transaction).await.asked("add an institution or a store")?;
        Ok(())
    }

    /// Every replica counts as never proven: nobody has read its content since the registry was lost.
    async fn add_fixity(&mut self, replicas: &[Replica]) -> Result<(), DatabaseError> {
        for replica in replicas {
            query(
                "INSERT INTO fixity (object_id, store, object_path, head, files, size_bytes) \
                 VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (object_id, store) DO UPDATE SET \
                 files = fixity.files + excluded.files, \
                 size_bytes = fixity.size_bytes + excluded.size_bytes, head = excluded.head",
            )
            .bind(replica.object.0.as_bytes().as_slice())
            .bind(&replica.store.0)
            .bind(&replica.object_path)
            .bind(i64::from(replica.version))
            .bind(signed(replica.files))
            .bind(signed(replica.size_bytes))
            .execute(&mut *self.transaction)
            .await
            .asked("record a replica")?;
        }
        Ok(())
    }

    /// Ends the current row of a file.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn end_file(&mut self, object: ObjectId, path: &str, version: u32) -> Result<(), DatabaseError> {
        self.rows += 1;
        query(
            "UPDATE file_versions SET ended_by = $1 WHERE object_id = $2 AND path = $3 AND ended_by IS NULL \
             AND version < $1",
        )
        .bind(i64::from(version))
        .bind(object.0.as_bytes().as_slice())
        .bind(path)
        .execute(&mut *self.transaction)
        .await
        .asked("end a file")?;
        Ok(())
    }

    /// Adds a file that is new in a version; `false` when it is there already.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn add_file(&mut self, file: &RebuiltFile<'_>) -> Result<bool, DatabaseError> {
        self.rows += 1;
        let added = query(
            "INSERT INTO file_versions (object_id, path, version, size_bytes, modified_at, format, format_basis, puid, \
             format_note, format_signatures, md5, sha1, sha256, sha512, other_digests) \
             VALUES ($1, $2, $3, $4, $5, coalesce($6, 'application/octet-stream'), coalesce($7, 'unknown'), \
             $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT DO NOTHING",
        )
        .bind(file.object.0.as_bytes().as_slice())
        .bind(file.path)
        .bind(i64::from(file.version))
        .bind(signed(file.size_bytes))
        .bind(file.modified_at)
        .bind(file.format.map(|format| format.media_type.as_str()))
        .bind(file.format.map(|format| format.basis.name()))
        .bind(file.format.and_then(|format| format.puid.as_deref()))
        .bind(file.format.and_then(|format| format.note.as_deref()))
        .bind(file.format.and_then(|format| format.signatures.as_deref()))
        .bind(file.md5)
        .bind(file.sha1)
        .bind(file.sha256)
        .bind(file.sha512)
        .bind(file.other_digests)
        .execute(&mut *self.transaction)
        .await
        .asked("add a file")?;
        Ok(added.rows_affected() == 1)
    }

    /// Returns how many files the newest version that was added has, and their bytes.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn current_files(&mut self, object: ObjectId) -> Result<(u64, u64), DatabaseError> {
        let row = query(
            "SELECT count(*) AS files, CAST(coalesce(sum(size_bytes), 0) AS BIGINT) AS size_bytes FROM file_versions \
             WHERE object_id = $1 AND ended_by IS NULL",
        )
        .bind(object.0.as_bytes().as_slice())
        .fetch_one(&mut *self.transaction)
        .await
        .asked("count files")?;
        let count = |column| u64::try_from(row.get::<i64, _>(column)).unwrap_or(0);
        Ok((count("files"), count("size_bytes")))
    }

    /// Notes what the documents of a version must be.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn add_documents(
        &mut self,
        object: ObjectId,
        version: u32,
        documents: &[(String, Vec<u8>)],
    ) -> Result<(), DatabaseError> {
        self.rows += documents.len() as u64;
        record_documents(&mut self.transaction, object, version, documents).await
    }

    /// Notes the events of a version. They get their numbers at the end, when all are in the order of time.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn add_events(&mut self, events: &[Event]) -> Result<(), DatabaseError> {
        let Some(at) = events.iter().map(|event| event.at).max() else { return Ok(()) };
        let text = serde_json::to_string(events).map_err(|error| DatabaseError::Damaged(error.to_string()))?;
        let query = query("INSERT INTO told (at, events) VALUES ($1, $2)").bind(micros(at)).bind(text);
        query.execute(&mut *self.transaction).await.asked("note events")?;
        self.rows += events.len() as u64;
        Ok(())
    }

    /// Ends the registry: events in the order of time, a store by its id, and no number of a work item given twice.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn finish(mut self, store: &StoreId, since: Timestamp, last_item: ItemId) -> Result<(), DatabaseError> {
        self.add_name("stores", &store.0, since).await?;
        self.put_events_in_order().await?;
        query("INSERT INTO sqlite_sequence (name, seq) VALUES ('work_items', $1)")
            .bind(last_item.0)
            .execute(&mut *self.transaction)
            .await
            .asked("go on with the numbers of work items")?;
        self.transaction.commit().await.asked("end the registry")?;
        self.pool.close().await;
        Ok(())
    }

    async fn put_events_in_order(&mut self) -> Result<(), DatabaseError> {
        let mut after = (i64::MIN, 0);
        loop {
            let page =
                query("SELECT at, number, events FROM told WHERE (at, number) > ($1, $2) ORDER BY at, number LIMIT $3")
                    .bind(after.0)
                    .bind(after.1)
                    .bind(PAGE_VERSIONS)
                    .fetch_all(&mut *self.transaction)
                    .await
                    .asked("read events")?;
            let Some(last) = page.last() else { return Ok(()) };
            after = (last.get("at"), last.get("number"));
            let mut in_order = Vec::new();
            for row in &page {
                let events: Vec<Event> = serde_json::from_str(row.get("events"))
                    .map_err(|error| DatabaseError::Damaged(error.to_string()))?;
                in_order.extend(events);
            }
            for events in in_order.chunks(STATEMENT_ROWS) {
                self.add_numbered(events).await?;
            }
        }
    }

    /// Adds events in this order, many with one statement.
    async fn add_numbered(&mut self, events: &[Event]) -> Result<(), DatabaseError> {
        let mut query = QueryBuilder::new(
            "INSERT INTO events (id, event_type, at, outcome, detail, note, agent, item_id, object_id, version, path, \
             store, institution) VALUES ",
        );
        for (place, event) in events.iter().enumerate() {
            query.push(if place == 0 { "(" } else { "), (" });
            query.push_bind(event.id.0.as_bytes().to_vec());
            query.push(", ").push_bind(event.event_type.clone()).push(", ").push_bind(micros(event.at));
            query.push(", ").push_bind(event.outcome.clone()).push(", ").push_bind(event.detail.clone());
            query.push(", ").push_bind(event.note.clone()).push(", ").push_bind(event.agent.clone());
            query.push(", ").push_bind(event.item.map(|item| item.0));
            query.push(", ").push_bind(event.object.map(|object| object.0.as_bytes().to_vec()));
            query.push(", ").push_bind(event.version.map(i64::from)).push(", ").push_bind(event.path.clone());
            query.push(", ").push_bind(event.store.as_ref().map(|store| store.0.clone()));
            query.push(", (SELECT institution FROM objects WHERE id = ");
            query.push_bind(event.object.map(|object| object.0.as_bytes().to_vec())).push(")");
        }
        query.push(") ON CONFLICT (id) DO NOTHING");
        query.build().execute(&mut *self.transaction).await.asked("add events")?;
        Ok(())
    }
}

impl Database {
    /// Returns whether the registry or the queue holds anything: an object, a work item, an event, a user, a job.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn holds_anything(&self) -> Result<bool, DatabaseError> {
        query_scalar(
            "SELECT EXISTS (SELECT 1 FROM objects) OR EXISTS (SELECT 1 FROM work_items) OR EXISTS (SELECT 1 FROM events) \
             OR EXISTS (SELECT 1 FROM users) OR EXISTS (SELECT 1 FROM jobs)",
        )
        .fetch_one(&self.pool)
        .await
        .asked("look whether it is empty")
    }
}
