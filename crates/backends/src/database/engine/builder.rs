//! A statement that is put together piece by piece.

use sqlx::{AssertSqlSafe, SqlSafeStr as _};

use super::query::{Query, Text};
use super::value::{IntoValue, Value};

/// A statement that is put together piece by piece. SQLite gets `?` for each value, since it looks up the names of
/// thousands of numbered ones by going through them; PostgreSQL knows no other than numbered ones.
#[derive(Debug)]
pub struct QueryBuilder {
    sqlite: String,
    postgres: String,
    values: Vec<Value>,
}

impl QueryBuilder {
    /// Begins with a text. Nothing that came from outside may stand in it.
    pub fn new(text: &str) -> Self {
        Self { sqlite: text.to_owned(), postgres: text.to_owned(), values: Vec::new() }
    }

    /// Adds a piece of text. Nothing that came from outside may stand in it.
    pub fn push(&mut self, text: impl AsRef<str>) -> &mut Self {
        self.sqlite.push_str(text.as_ref());
        self.postgres.push_str(text.as_ref());
        self
    }

    /// Adds a piece of text that the engines spell differently.
    pub fn push_twins(&mut self, sqlite: &'static str, postgres: &'static str) -> &mut Self {
        self.sqlite.push_str(sqlite);
        self.postgres.push_str(postgres);
        self
    }

    /// Adds a value.
    pub fn push_bind(&mut self, value: impl IntoValue) -> &mut Self {
        self.push_value(value.into_value());
        self
    }

    /// Adds values as one row.
    pub fn push_row(&mut self, values: Vec<Value>) {
        self.push("(");
        let mut row = Separated { builder: self, is_first: true };
        values.into_iter().for_each(|value| row.push_value(value));
        self.push(")");
    }

    fn push_value(&mut self, value: Value) {
        self.values.push(value);
        self.sqlite.push('?');
        self.postgres.push_str(&format!("${}", self.values.len()));
    }

    /// Adds `VALUES` with a row for each, whose values `row` adds.
    pub fn push_values<T>(
        &mut self,
        rows: impl IntoIterator<Item = T>,
        mut row: impl FnMut(Separated<'_>, T),
    ) -> &mut Self {
        self.push("VALUES ");
        for (place, one) in rows.into_iter().enumerate() {
            self.push(if place == 0 { "(" } else { ", (" });
            row(Separated { builder: self, is_first: true }, one);
            self.push(")");
        }
        self
    }

    /// Ends the statement.
    pub fn build(self) -> Query {
        let twins = Text::Twins {
            sqlite: AssertSqlSafe(self.sqlite).into_sql_str(),
            postgres: AssertSqlSafe(self.postgres).into_sql_str(),
        };
        Query::built(twins, self.values)
    }
}

/// The values of one row, with a comma between them.
#[derive(Debug)]
pub struct Separated<'b> {
    builder: &'b mut QueryBuilder,
    is_first: bool,
}

impl Separated<'_> {
    /// Adds a value.
    pub fn push_bind(&mut self, value: impl IntoValue) -> &mut Self {
        self.push_value(value.into_value());
        self
    }

    /// Adds a value as it is.
    pub fn push_value(&mut self, value: Value) {
        if !self.is_first {
            self.builder.push(", ");
        }
        self.is_first = false;
        self.builder.push_value(value);
    }
}
