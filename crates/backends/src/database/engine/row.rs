//! A row of an answer.

use super::{Kind, Value};
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{ColumnIndex, Decode, Postgres, Row as _, Sqlite, Type};

/// A row of an answer.
#[derive(Debug)]
pub enum Row {
    /// Of SQLite.
    Sqlite(SqliteRow),
    /// Of PostgreSQL.
    Postgres(PgRow),
}

/// What a column can be read as, whichever the engine.
pub trait Column<'r>: Decode<'r, Sqlite> + Type<Sqlite> + Decode<'r, Postgres> + Type<Postgres> {}

impl<'r, T: Decode<'r, Sqlite> + Type<Sqlite> + Decode<'r, Postgres> + Type<Postgres>> Column<'r> for T {}

impl Row {
    /// Returns a column by its name or place. The statement must have it, of this type.
    pub fn get<'r, T: Column<'r>, I: ColumnIndex<SqliteRow> + ColumnIndex<PgRow>>(&'r self, place: I) -> T {
        match self {
            Row::Sqlite(row) => row.get(place),
            Row::Postgres(row) => row.get(place),
        }
    }

    /// Returns the value of a column of this kind.
    pub fn value(&self, place: usize, kind: Kind) -> Value {
        let value = match kind {
            Kind::Integer => self.get::<Option<i64>, _>(place).map(Value::Integer),
            Kind::Text => self.get::<Option<String>, _>(place).map(Value::Text),
            Kind::Bytes => self.get::<Option<Vec<u8>>, _>(place).map(Value::Bytes),
        };
        value.unwrap_or(Value::Absent(kind))
    }

    /// Returns a column by its name or place.
    pub fn try_get<'r, T: Column<'r>, I: ColumnIndex<SqliteRow> + ColumnIndex<PgRow>>(
        &'r self,
        place: I,
    ) -> Result<T, sqlx::Error> {
        match self {
            Row::Sqlite(row) => row.try_get(place),
            Row::Postgres(row) => row.try_get(place),
        }
    }
}
