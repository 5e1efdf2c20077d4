//! Moving all that a database holds into an empty one, from a file to a server or back, and proving that it arrived.

use digests::{Algorithm, Algorithms, Hasher};

use super::engine::{Connection, Engine, Kind, QueryBuilder, Value, query, query_scalar};
use super::error::Asked;
use super::{Database, DatabaseError};

/// Rows that are read and written at once.
const PAGE_ROWS: i64 = 1_000;

/// Every table, each after those that it refers to, and its numbered key if it has one.
const TABLES: &[(&str, Option<&str>)] = &[
    ("institutions", None),
    ("stores", None),
    ("users", None),
    ("work_items", Some("id")),
    ("gathered_files", None),
    ("objects", None),
    ("object_versions", None),
    ("file_versions", None),
    ("replicas", None),
    ("events", Some("number")),
    ("documents", None),
    ("fixity", None),
    ("fixity_ranges", None),
    ("fixity_reads", None),
    ("fixity_samples", None),
    ("fixity_sample_months", None),
    ("incidents", Some("id")),
    ("canaries", None),
    ("deletions", Some("id")),
    ("deletion_targets", None),
    ("deletion_files", None),
    ("deletion_stores", None),
    ("jobs", Some("id")),
    ("job_results", None),
    ("replications", None),
    ("alerts", Some("id")),
    ("drills", Some("id")),
    ("role_leases", None),
];

/// What was moved of one table.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct MovedTable {
    /// The table.
    pub name: &'static str,
    /// How many rows it has.
    pub rows: u64,
    /// The sha256 over all rows in the order of the key, the same in both databases.
    pub sha256: String,
}

/// A column: its name, what it holds, and its place in the key, from 1 on; 0 when it is not of the key.
struct Column {
    name: String,
    kind: Kind,
    key: i64,
}

impl Database {
    /// Moves all rows into another database with the same tables that holds nothing, in one transaction there, then reads
    /// both and compares them. This one is not changed. `told` hears of each table that is through.
    ///
    /// # Errors
    /// The other holds something, either cannot be read or written, or what was read back is not what was written: then
    /// the other stays as empty as it was.
    pub async fn move_to(
        &self,
        target: &Database,
        mut told: impl FnMut(&MovedTable),
    ) -> Result<Vec<MovedTable>, DatabaseError> {
        if target.holds_anything().await? {
            return Err(DatabaseError::NotEmpty);
        }
        let mut source = self.pool.begin().await.asked("begin a transaction")?;
        let mut written = target.write().await?;
        let mut moved = Vec::new();
        for &(name, number) in TABLES {
            let columns = columns(&mut source, name).await?;
            // What opening an empty database puts there is in the source as well, with its time. Anything else that is there
            // stays, so that what is read back differs and nothing is moved: users, say, are not thrown away.
            if matches!(name, "institutions" | "stores") {
                query(format!("DELETE FROM {name}")).execute(&mut *written).await.asked("make room")?;
            }
            let wanted = copy(&mut source, &mut written, name, &columns).await?;
            if let Some(number) = number {
                go_on_counting(&mut source, &mut written, name, number).await?;
            }
            let mut pages = Pages::new(name, &columns);
            while pages.next(&mut written).await?.is_some() {}
            if pages.end() != wanted {
                return Err(DatabaseError::NotMoved { table: name });
            }
            told(&wanted);
            moved.push(wanted);
        }
        written.commit().await.asked("end the move")?;
        Ok(moved)
    }

    /// Says whether another database holds the very same rows: then a move between them was made, and nothing after it.
    ///
    /// # Errors
    /// Either cannot be read.
    pub async fn holds_the_same(&self, other: &Database) -> Result<bool, DatabaseError> {
        let (mut own, mut theirs) = (self.pool.begin().await.asked("begin")?, other.pool.begin().await.asked("begin")?);
        for &(name, _) in TABLES {
            let columns = columns(&mut own, name).await?;
            let mut ends = Vec::new();
            for connection in [&mut own, &mut theirs] {
                let mut pages = Pages::new(name, &columns);
                while pages.next(connection).await?.is_some() {}
                ends.push(pages.end());
            }
            if ends[0] != ends[1] {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Returns the columns of a table.
async fn columns(connection: &mut Connection, table: &'static str) -> Result<Vec<Column>, DatabaseError> {
    let text = match connection.engine() {
        Engine::Sqlite => "SELECT name, type AS kind, pk AS key FROM pragma_table_info($1) ORDER BY cid",
        Engine::Postgres => {
            "SELECT a.attname::text AS name, format_type(a.atttypid, NULL) AS kind, \
             coalesce(array_position(i.indkey::int2[], a.attnum), -1)::bigint + 1 AS key \
             FROM pg_attribute a JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary \
             WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"
        }
    };
    let rows = query(text).bind(table).fetch_all(connection).await.asked("list the columns of a table")?;
    let column = |row: &super::engine::Row| {
        let kind = match row.get::<&str, _>("kind") {
            "INTEGER" | "bigint" => Kind::Integer,
            "TEXT" | "text" => Kind::Text,
            "BLOB" | "bytea" => Kind::Bytes,
            other => return Err(DatabaseError::Damaged(format!("a column of {table} of the type {other}"))),
        };
        Ok(Column { name: row.get("name"), kind, key: row.get("key") })
    };
    rows.iter().map(column).collect()
}

async fn copy(
    source: &mut Connection,
    target: &mut Connection,
    name: &'static str,
    columns: &[Column],
) -> Result<MovedTable, DatabaseError> {
    let mut pages = Pages::new(name, columns);
    while let Some(rows) = pages.next(source).await? {
        let mut insert = QueryBuilder::new(&format!("INSERT INTO {name} ({}) ", names(columns)));
        insert.push_values(rows, |mut values, row| row.into_iter().for_each(|value| values.push_value(value)));
        insert.build().execute(&mut *target).await.asked("take rows")?;
    }
    Ok(pages.end())
}

fn names(columns: &[Column]) -> String {
    columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// Makes the target give no number again that the source has given, whether or not its row is still there.
async fn go_on_counting(
    source: &mut Connection,
    target: &mut Connection,
    table: &'static str,
    column: &'static str,
) -> Result<(), DatabaseError> {
    let last = match source.engine() {
        Engine::Sqlite => query_scalar("SELECT seq FROM sqlite_sequence WHERE name = $1").bind(table),
        Engine::Postgres => query_scalar(
            "SELECT last_value FROM pg_sequences WHERE quote_ident(schemaname) || '.' || quote_ident(sequencename) = \
             pg_get_serial_sequence($1, $2)",
        )
        .bind(table)
        .bind(column),
    };
    let last: Option<Option<i64>> = last.fetch_optional(source).await.asked("tell the last number")?;
    let Some(last) = last.flatten().filter(|last| *last > 0) else { return Ok(()) };
    let go_on = match target.engine() {
        Engine::Sqlite => query("UPDATE sqlite_sequence SET seq = $2 WHERE name = $1").bind(table).bind(last),
        Engine::Postgres => {
            query("SELECT setval(pg_get_serial_sequence($1, $2), $3)").bind(table).bind(column).bind(last)
        }
    };
    go_on.execute(target).await.asked("go on with the numbers")?;
    Ok(())
}

/// The rows of a table in the order of its key, page by page, and the digest of those that were read.
struct Pages<'a> {
    name: &'static str,
    columns: &'a [Column],
    key: Vec<usize>,
    after: Option<Vec<Value>>,
    rows: u64,
    hasher: Hasher,
}

impl<'a> Pages<'a> {
    fn new(name: &'static str, columns: &'a [Column]) -> Self {
        let mut key: Vec<_> = (0..columns.len()).filter(|place| columns[*place].key > 0).collect();
        key.sort_by_key(|place| columns[*place].key);
        let hasher = Hasher::new(Algorithms::from(Algorithm::Sha256));
        Self { name, columns, key, after: None, rows: 0, hasher }
    }

    async fn next(&mut self, connection: &mut Connection) -> Result<Option<Vec<Vec<Value>>>, DatabaseError> {
        let key: Vec<_> = self.key.iter().map(|place| self.columns[*place].name.as_str()).collect();
        let key = key.join(", ");
        let mut select = QueryBuilder::new(&format!("SELECT {} FROM {}", names(self.columns), self.name));
        if let Some(after) = self.after.take() {
            select.push(format!(" WHERE ({key}) > "));
            select.push_row(after);
        }
        select.push(format!(" ORDER BY {key} LIMIT {PAGE_ROWS}"));
        let rows = select.build().fetch_all(connection).await.asked("give rows")?;
        let read = |row: &super::engine::Row| -> Vec<Value> {
            self.columns.iter().enumerate().map(|(place, column)| row.value(place, column.kind)).collect()
        };
        let rows: Vec<_> = rows.iter().map(read).collect();
        let Some(last) = rows.last() else { return Ok(None) };
        self.after = Some(self.key.iter().map(|place| last[*place].clone()).collect());
        self.rows += rows.len() as u64;
        for value in rows.iter().flatten() {
            digest(value, &mut self.hasher);
        }
        Ok(Some(rows))
    }

    fn end(self) -> MovedTable {
        let digest = self.hasher.finish().get(Algorithm::Sha256);
        let sha256 = digest.map(|digest| digest.to_string()).unwrap_or_default();
        MovedTable { name: self.name, rows: self.rows, sha256 }
    }
}

/// Adds a value to a digest, with its kind and length, so that no two rows give the same bytes.
fn digest(value: &Value, hasher: &mut Hasher) {
    let (kind, bytes): (u8, &[u8]) = match value {
        Value::Absent(_) => (0, &[]),
        Value::Integer(number) => (1, &number.to_be_bytes()),
        Value::Text(text) => (2, text.as_bytes()),
        Value::Bytes(bytes) => (3, bytes),
    };
    hasher.update(&[kind]);
    hasher.update(&(bytes.len() as u64).to_be_bytes());
    hasher.update(bytes);
}
