//! Two engines behind one set of words: what the database's door needs of a driver, for SQLite and PostgreSQL alike.
//!
//! The words are those of sqlx, so that who knows it knows this. A statement is written once where the dialects agree,
//! with `$1` as placeholder; [`twins`] takes one for each engine where they do not.

mod builder;
mod connection;
mod pool;
mod query;
mod row;
mod value;

pub(in crate::database) use builder::QueryBuilder;
pub(in crate::database) use connection::{Connection, On, Transaction};
pub(in crate::database) use pool::{Engine, Pool};
pub(in crate::database) use query::{Query, ScalarQuery, query, query_as, query_scalar, twins};
pub(in crate::database) use row::{Column, Row};
pub(in crate::database) use value::{Kind, Value};
