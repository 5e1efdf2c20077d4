//! Users: accounts, whose they are, and what proves them.

use jiff::Timestamp;
use model::{InstitutionName, Login, Person, User, UserRole};

use super::engine::{QueryBuilder, Row, Transaction, query, query_scalar};
use super::error::Asked;
use super::rows::{micros, optional_time};
use super::{Database, DatabaseError};

/// What became of a new account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddedUser {
    /// It is there.
    Added,
    /// An account of this name is there already, active or not. Nothing was changed.
    Taken,
}

impl Database {
    /// Adds an account; of its secret only the digest is kept.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn add_user(&self, user: &User, token_sha256: &[u8]) -> Result<AddedUser, DatabaseError> {
        let added = query(
            "INSERT INTO users (login, person, institution, role, token_sha256, is_active, created_at) \
             VALUES ($1, $2, $3, $4, $5, 1, $6) ON CONFLICT (login) DO NOTHING",
        )
        .bind(user.login.as_str())
        .bind(user.person.as_str())
        .bind(user.institution.as_ref().map(InstitutionName::as_str))
        .bind(user.role.name())
        .bind(token_sha256)
        .bind(micros(user.created_at))
        .execute(&self.pool)
        .await
        .asked("add a user")?;
        Ok(if added.rows_affected() == 1 { AddedUser::Added } else { AddedUser::Taken })
    }

    /// Returns an account with the digest of its secret.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn user(&self, login: &Login) -> Result<Option<(User, Vec<u8>)>, DatabaseError> {
        let query = query("SELECT * FROM users WHERE login = $1").bind(login.as_str());
        let row = query.fetch_optional(&self.pool).await.asked("read a user")?;
        row.map(|row| Ok((user(&row)?, row.get("token_sha256")))).transpose()
    }

    /// Lists accounts in the order of their names; of one institution only.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn users(
        &self,
        institution: Option<&InstitutionName>,
        after: Option<&Login>,
        most: u32,
    ) -> Result<Vec<User>, DatabaseError> {
        let mut query = QueryBuilder::new("SELECT * FROM users WHERE true");
        if let Some(institution) = institution {
            query.push(" AND institution = ").push_bind(institution.as_str());
        }
        if let Some(after) = after {
            query.push(" AND login > ").push_bind(after.as_str());
        }
        query.push(" ORDER BY login LIMIT ").push_bind(i64::from(most));
        let rows = query.build().fetch_all(&self.pool).await.asked("list the users")?;
        rows.iter().map(user).collect()
    }

    /// Says whether there is any account at all.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn has_users(&self) -> Result<bool, DatabaseError> {
        let query = query_scalar("SELECT EXISTS (SELECT 1 FROM users)");
        query.fetch_one(&self.pool).await.asked("look for users")
    }

    /// Takes all rights from an account, for good. `false` when it is not active, or the last active admin.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn deactivate_user(&self, login: &Login, now: Timestamp) -> Result<bool, DatabaseError> {
        let done = query(
            "UPDATE users SET is_active = 0, deactivated_at = $1 WHERE login = $2 AND is_active = 1 \
             AND (role <> 'admin' OR EXISTS (SELECT 1 FROM users o WHERE o.role = 'admin' AND o.is_active = 1 \
                                             AND o.login <> users.login))",
        )
        .bind(micros(now))
        .bind(login.as_str())
        .execute(&self.pool)
        .await
        .asked("deactivate a user")?;
        Ok(done.rows_affected() == 1)
    }
}

/// Returns an account as it is within a transaction.
pub(super) async fn user_within(transaction: &mut Transaction, login: &str) -> Result<Option<User>, DatabaseError> {
    let query = query("SELECT * FROM users WHERE login = $1").bind(login);
    let row = query.fetch_optional(&mut **transaction).await.asked("read a user")?;
    row.as_ref().map(user).transpose()
}

/// Returns how many persons may decide about the deletions of an institution now; of all institutions, for `None`.
pub(super) async fn deciders(
    transaction: &mut Transaction,
    institution: Option<&InstitutionName>,
) -> Result<u64, DatabaseError> {
    let count: i64 = query_scalar(
        "SELECT count(DISTINCT person) FROM users WHERE is_active = 1 \
         AND CASE WHEN $1 IS NULL THEN role = 'admin' ELSE role = 'institutional_admin' AND institution = $1 END",
    )
    .bind(institution.map(InstitutionName::as_str))
    .fetch_one(&mut **transaction)
    .await
    .asked("count the admins")?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Returns the logins of those who may approve what a person asked for, in order, at most so many: active admins of the
/// institution who are another person; of all institutions, for `None`.
pub(super) async fn approvers(
    transaction: &mut Transaction,
    institution: Option<&InstitutionName>,
    asked_by: &Person,
    most: u32,
) -> Result<Vec<String>, DatabaseError> {
    query_scalar(
        "SELECT login FROM users WHERE is_active = 1 AND person <> $2 \
         AND CASE WHEN $1 IS NULL THEN role = 'admin' ELSE role = 'institutional_admin' AND institution = $1 END \
         ORDER BY login LIMIT $3",
    )
    .bind(institution.map(InstitutionName::as_str))
    .bind(asked_by.as_str())
    .bind(i64::from(most))
    .fetch_all(&mut **transaction)
    .await
    .asked("list who may approve")
}

fn user(row: &Row) -> Result<User, DatabaseError> {
    let damaged = |error: &dyn std::fmt::Display| DatabaseError::Damaged(error.to_string());
    let institution: Option<String> = row.get("institution");
    Ok(User {
        login: row.get::<String, _>("login").parse::<Login>().map_err(|error| damaged(&error))?,
        person: row.get::<String, _>("person").parse::<Person>().map_err(|error| damaged(&error))?,
        institution: institution.map(|name| name.parse()).transpose().map_err(|error| damaged(&error))?,
        role: row.get::<&str, _>("role").parse::<UserRole>().map_err(|error| damaged(&error))?,
        is_active: row.get::<i64, _>("is_active") != 0,
        created_at: optional_time(row, "created_at")?.unwrap_or_default(),
        deactivated_at: optional_time(row, "deactivated_at")?,
    })
}
