//! What can go wrong at the door to the database.

use model::{ItemId, JobId, ObjectId, ObjectIdentifier, StoreId};

/// What can go wrong at the door to the database.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// The database could not be opened.
    #[error("cannot open the database {path}")]
    Open {
        /// Its file.
        path: String,
        /// Why.
        source: sqlx::Error,
    },
    /// Its tables could not be brought to what this program expects.
    #[error("cannot bring the database's tables up to date; a newer strongroom may have used it: use that version")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// The server is of a release that this program is not tested with.
    #[error("the database server is PostgreSQL {found}, and strongroom needs {expected} or newer")]
    OldServer {
        /// What it is.
        found: i64,
        /// The oldest that serves.
        expected: i64,
    },
    /// The tables are those of another version of this program. Nothing was changed.
    #[error("the database has tables of version {found}, and this program knows version {expected}: {}", advice(*found, *expected))]
    OtherTables {
        /// What is there; 0 when there are none.
        found: i64,
        /// What this program reads and writes.
        expected: i64,
    },
    /// The tables cannot be changed while others work on them. Nothing was changed.
    #[error(
        "the tables cannot be brought from version {found} to {expected} while others work on them: {by}; stop those first \
         (`docker compose down` where they are containers), migrate, then start the new"
    )]
    InUse {
        /// What is there.
        found: i64,
        /// What this program would make of it.
        expected: i64,
        /// What those who work call themselves, and where they are.
        by: String,
    },
    /// A query failed.
    #[error("the database refused to {what}")]
    Query {
        /// What was asked of it.
        what: &'static str,
        /// Why.
        source: sqlx::Error,
    },
    /// The database that rows are to be moved into holds some.
    #[error("the target holds objects, work, events or users: rows are moved into an empty database only")]
    NotEmpty,
    /// What was read back is not what was written. Nothing was kept of it.
    #[error("the rows of the table {table} that were read back are not those that were written: nothing was moved")]
    NotMoved {
        /// The table.
        table: &'static str,
    },
    /// A row holds what no version of this program wrote.
    #[error("the database holds a row that cannot be read: {0}")]
    Damaged(String),
    /// The claim has been lost: another worker holds the item, or it has ended.
    #[error("the lease on work item {0} was lost")]
    LeaseLost(ItemId),
    /// The claim on a replica has been lost: another process checks it.
    #[error("the lease on {object} in the store {store} was lost")]
    ReplicaLost {
        /// The object.
        object: ObjectIdentifier,
        /// The store.
        store: StoreId,
    },
    /// The claim on the copying of an object has been lost.
    #[error("the lease on the copying of object {object} into the store {store} was lost")]
    ReplicationLost {
        /// The object.
        object: ObjectId,
        /// The store.
        store: StoreId,
    },
    /// The claim on a job has been lost: another process goes on with it, or it has ended.
    #[error("the lease on job {0} was lost")]
    JobLost(JobId),
}

fn advice(found: i64, expected: i64) -> &'static str {
    if found < expected { "run `strongroom migrate`, which brings them up to date" } else { "use a newer strongroom" }
}

impl DatabaseError {
    /// Returns whether nobody answered: a server that is down or starting, or a connection that broke. What was asked may
    /// or may not have been done.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        let (DatabaseError::Query { source, .. } | DatabaseError::Open { source, .. }) = self else { return false };
        match source {
            sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::PoolTimedOut => true,
            // PostgreSQL: class 08 are broken connections; 57P01 to 57P03 a server that stops, crashed or starts.
            sqlx::Error::Database(error) => {
                error.code().is_some_and(|code| code.starts_with("08") || code.starts_with("57P0"))
            }
            _ => false,
        }
    }

    /// Returns whether the database was there and could not take the question now: it is locked, full or too busy, or its file
    /// cannot be opened. What it says otherwise it will say again.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        let (DatabaseError::Query { source, .. } | DatabaseError::Open { source, .. }) = self else { return false };
        match source {
            sqlx::Error::PoolClosed => true,
            sqlx::Error::Database(error) => error.code().is_some_and(|code| is_busy_code(&code)),
            _ => false,
        }
    }

    /// Returns whether work is to try again: any query that was refused, since work has time, and a person would be asked
    /// for what ends by itself.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(self, DatabaseError::Query { .. } | DatabaseError::Open { .. })
    }
}

/// PostgreSQL: class 53 is a server without room; 40001, 40P01 and 55P03 are locks, 57014 a statement that took too long. SQLite
/// tells numbers, whose lower eight bits say busy, locked, full, or that the file cannot be opened.
fn is_busy_code(code: &str) -> bool {
    if code.len() == 5 {
        return code.starts_with("53") || ["40001", "40P01", "55P03", "57014"].contains(&code);
    }
    code.parse().is_ok_and(|code: u32| [5, 6, 13, 14].contains(&(code & 0xff)))
}

/// Says what was asked when a query fails.
pub(crate) trait Asked<T> {
    /// Names the purpose of the query, to follow "the database refused to".
    fn asked(self, what: &'static str) -> Result<T, DatabaseError>;
}

impl<T> Asked<T> for Result<T, sqlx::Error> {
    fn asked(self, what: &'static str) -> Result<T, DatabaseError> {
        self.map_err(|source| DatabaseError::Query { what, source })
    }
}

#[cfg(test)]
mod tests {
    use super::is_busy_code;

    #[test]
    fn what_passes_is_told_from_what_the_database_will_say_again() {
        for passing in ["5", "517", "6", "13", "14", "53100", "53300", "40001", "57014"] {
            assert!(is_busy_code(passing), "{passing}");
        }
        for lasting in ["1", "19", "2067", "11", "42P01", "22021", "23505"] {
            assert!(!is_busy_code(lasting), "{lasting}");
        }
    }
}
