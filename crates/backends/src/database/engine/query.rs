//! A statement with its values, and what it answers.

use std::marker::PhantomData;

use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments as _, AssertSqlSafe, Postgres, SqlSafeStr as _, SqlStr, Sqlite};

use super::connection::On;
use super::value::{IntoValue, Kind, Value};
use super::{Column, Row};

/// A statement with its values.
#[derive(Debug)]
pub struct Query {
    text: Text,
    values: Vec<Value>,
}

/// The text of a statement.
#[derive(Debug)]
pub(super) enum Text {
    /// One that both engines take.
    Same(SqlStr),
    /// One for each.
    Twins {
        /// For SQLite.
        sqlite: SqlStr,
        /// For PostgreSQL.
        postgres: SqlStr,
    },
}

/// How much a statement changed.
#[derive(Debug, Clone, Copy)]
pub struct Changed(u64);

impl Changed {
    /// Returns how many rows were changed.
    pub fn rows_affected(self) -> u64 {
        self.0
    }
}

/// Makes a statement of a text that both engines take. Nothing that came from outside may stand in it.
pub fn query(text: impl Into<SqlText>) -> Query {
    Query { text: Text::Same(text.into().0), values: Vec::new() }
}

/// Makes a statement of a text for SQLite and one for PostgreSQL that mean the same. Nothing that came from outside may
/// stand in them.
pub fn twins(sqlite: impl Into<SqlText>, postgres: impl Into<SqlText>) -> Query {
    Query { text: Text::Twins { sqlite: sqlite.into().0, postgres: postgres.into().0 }, values: Vec::new() }
}

/// Makes a statement of which the first column of each row is asked for.
pub fn query_scalar<T>(text: impl Into<SqlText>) -> ScalarQuery<T> {
    ScalarQuery { query: query(text), column: PhantomData }
}

/// The text of a statement, written here or put together here.
#[derive(Debug)]
pub struct SqlText(SqlStr);

impl From<&'static str> for SqlText {
    fn from(text: &'static str) -> Self {
        Self(SqlStr::from_static(text))
    }
}

impl From<String> for SqlText {
    fn from(text: String) -> Self {
        Self(AssertSqlSafe(text).into_sql_str())
    }
}

impl Query {
    pub(super) fn built(text: Text, values: Vec<Value>) -> Self {
        Self { text, values }
    }

    /// Adds the value of the next placeholder.
    pub fn bind(mut self, value: impl IntoValue) -> Self {
        self.values.push(value.into_value());
        self
    }

    /// Runs the statement and says how many rows it changed.
    pub async fn execute<'c>(self, on: impl Into<On<'c>>) -> Result<Changed, sqlx::Error> {
        Ok(Changed(match on.into() {
            On::SqlitePool(pool) => self.for_sqlite()?.execute(pool).await?.rows_affected(),
            On::Sqlite(connection) => self.for_sqlite()?.execute(connection).await?.rows_affected(),
            On::PostgresPool(pool) => self.for_postgres()?.execute(pool).await?.rows_affected(),
            On::Postgres(connection) => self.for_postgres()?.execute(connection).await?.rows_affected(),
        }))
    }

    /// Runs the statement and returns all rows.
    pub async fn fetch_all<'c>(self, on: impl Into<On<'c>>) -> Result<Vec<Row>, sqlx::Error> {
        Ok(match on.into() {
            On::SqlitePool(pool) => rows(self.for_sqlite()?.fetch_all(pool).await?, Row::Sqlite),
            On::Sqlite(connection) => rows(self.for_sqlite()?.fetch_all(connection).await?, Row::Sqlite),
            On::PostgresPool(pool) => rows(self.for_postgres()?.fetch_all(pool).await?, Row::Postgres),
            On::Postgres(connection) => rows(self.for_postgres()?.fetch_all(connection).await?, Row::Postgres),
        })
    }

    /// Runs the statement and returns the first row, if there is one.
    pub async fn fetch_optional<'c>(self, on: impl Into<On<'c>>) -> Result<Option<Row>, sqlx::Error> {
        Ok(match on.into() {
            On::SqlitePool(pool) => self.for_sqlite()?.fetch_optional(pool).await?.map(Row::Sqlite),
            On::Sqlite(connection) => self.for_sqlite()?.fetch_optional(connection).await?.map(Row::Sqlite),
            On::PostgresPool(pool) => self.for_postgres()?.fetch_optional(pool).await?.map(Row::Postgres),
            On::Postgres(connection) => self.for_postgres()?.fetch_optional(connection).await?.map(Row::Postgres),
        })
    }

    /// Runs the statement and returns the first row; none is an error.
    pub async fn fetch_one<'c>(self, on: impl Into<On<'c>>) -> Result<Row, sqlx::Error> {
        self.fetch_optional(on).await?.ok_or(sqlx::Error::RowNotFound)
    }

    fn for_sqlite(self) -> Result<sqlx::query::Query<'static, Sqlite, SqliteArguments>, sqlx::Error> {
        let mut arguments = SqliteArguments::default();
        arguments.reserve(self.values.len(), 0);
        for value in self.values {
            match value {
                Value::Absent(_) => arguments.add(None::<i64>),
                Value::Integer(number) => arguments.add(number),
                Value::Text(text) => arguments.add(text),
                Value::Bytes(bytes) => arguments.add(bytes),
            }
            .map_err(sqlx::Error::Encode)?;
        }
        let (Text::Same(text) | Text::Twins { sqlite: text, .. }) = self.text;
        Ok(sqlx::query_with(text, arguments))
    }

    fn for_postgres(self) -> Result<sqlx::query::Query<'static, Postgres, PgArguments>, sqlx::Error> {
        let mut arguments = PgArguments::default();
        arguments.reserve(self.values.len(), 0);
        for value in self.values {
            match value {
                Value::Absent(Kind::Integer) => arguments.add(None::<i64>),
                Value::Absent(Kind::Text) => arguments.add(None::<String>),
                Value::Absent(Kind::Bytes) => arguments.add(None::<Vec<u8>>),
                Value::Integer(number) => arguments.add(number),
                Value::Text(text) => arguments.add(text),
                Value::Bytes(bytes) => arguments.add(bytes),
            }
            .map_err(sqlx::Error::Encode)?;
        }
        let (Text::Same(text) | Text::Twins { postgres: text, .. }) = self.text;
        Ok(sqlx::query_with(text, arguments))
    }
}

fn rows<R>(rows: Vec<R>, of_engine: fn(R) -> Row) -> Vec<Row> {
    rows.into_iter().map(of_engine).collect()
}

/// A statement of which the first column of each row is asked for.
#[derive(Debug)]
pub struct ScalarQuery<T> {
    query: Query,
    column: PhantomData<fn() -> T>,
}

impl<T: for<'r> Column<'r>> ScalarQuery<T> {
    /// See [`Query::bind`].
    pub fn bind(self, value: impl IntoValue) -> Self {
        Self { query: self.query.bind(value), column: PhantomData }
    }

    /// See [`Query::fetch_all`].
    pub async fn fetch_all<'c>(self, on: impl Into<On<'c>>) -> Result<Vec<T>, sqlx::Error> {
        self.query.fetch_all(on).await?.iter().map(|row| row.try_get(0)).collect()
    }

    /// See [`Query::fetch_optional`].
    pub async fn fetch_optional<'c>(self, on: impl Into<On<'c>>) -> Result<Option<T>, sqlx::Error> {
        self.query.fetch_optional(on).await?.map(|row| row.try_get(0)).transpose()
    }

    /// See [`Query::fetch_one`].
    pub async fn fetch_one<'c>(self, on: impl Into<On<'c>>) -> Result<T, sqlx::Error> {
        self.query.fetch_one(on).await?.try_get(0)
    }
}

/// Makes a statement of which the first columns of each row are asked for.
pub fn query_as<T>(text: impl Into<SqlText>) -> TupleQuery<T> {
    TupleQuery { query: query(text), columns: PhantomData }
}

/// What the first columns of a row make.
pub trait FromColumns: Sized {
    /// Reads them.
    fn from_columns(row: &Row) -> Result<Self, sqlx::Error>;
}

impl<A: for<'r> Column<'r>, B: for<'r> Column<'r>> FromColumns for (A, B) {
    fn from_columns(row: &Row) -> Result<Self, sqlx::Error> {
        Ok((row.try_get(0)?, row.try_get(1)?))
    }
}

impl<A: for<'r> Column<'r>, B: for<'r> Column<'r>, C: for<'r> Column<'r>> FromColumns for (A, B, C) {
    fn from_columns(row: &Row) -> Result<Self, sqlx::Error> {
        Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))
    }
}

/// A statement of which the first columns of each row are asked for.
#[derive(Debug)]
pub struct TupleQuery<T> {
    query: Query,
    columns: PhantomData<fn() -> T>,
}

impl<T: FromColumns> TupleQuery<T> {
    /// See [`Query::bind`].
    pub fn bind(self, value: impl IntoValue) -> Self {
        Self { query: self.query.bind(value), columns: PhantomData }
    }

    /// See [`Query::fetch_all`].
    pub async fn fetch_all<'c>(self, on: impl Into<On<'c>>) -> Result<Vec<T>, sqlx::Error> {
        self.query.fetch_all(on).await?.iter().map(T::from_columns).collect()
    }

    /// See [`Query::fetch_optional`].
    pub async fn fetch_optional<'c>(self, on: impl Into<On<'c>>) -> Result<Option<T>, sqlx::Error> {
        self.query.fetch_optional(on).await?.as_ref().map(T::from_columns).transpose()
    }

    /// See [`Query::fetch_one`].
    pub async fn fetch_one<'c>(self, on: impl Into<On<'c>>) -> Result<T, sqlx::Error> {
        T::from_columns(&self.query.fetch_one(on).await?)
    }
}
