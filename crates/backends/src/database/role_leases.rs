//! Roles of which one process is enough: it holds a lease, and the others stand by until that has run out.

use jiff::Timestamp;
use model::{Owner, Role};

use super::engine::query;
use super::error::Asked;
use super::rows::micros;
use super::{Database, DatabaseError};

impl Database {
    /// Takes the lease of a role, or prolongs it for its owner; returns whether the owner holds it now. Another's lease
    /// is taken only when it has run out.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn hold_role(
        &self,
        role: Role,
        owner: &Owner,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, DatabaseError> {
        let done = query(
            "INSERT INTO role_leases (role, owner, lease_until, fence) VALUES ($1, $2, $3, 1) \
             ON CONFLICT (role) DO UPDATE SET owner = excluded.owner, lease_until = excluded.lease_until, \
             fence = role_leases.fence + CASE WHEN role_leases.owner = excluded.owner THEN 0 ELSE 1 END \
             WHERE role_leases.owner = excluded.owner OR role_leases.lease_until < $4",
        )
        .bind(role.row().name)
        .bind(&owner.0)
        .bind(micros(until))
        .bind(micros(now))
        .execute(&self.pool)
        .await
        .asked("hold a role")?;
        Ok(done.rows_affected() == 1)
    }

    /// Gives the lease of a role back, so that another takes it at once. Nothing happens when it is another's.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn leave_role(&self, role: Role, owner: &Owner) -> Result<(), DatabaseError> {
        query("UPDATE role_leases SET lease_until = 0 WHERE role = $1 AND owner = $2")
            .bind(role.row().name)
            .bind(&owner.0)
            .execute(&self.pool)
            .await
            .asked("leave a role")?;
        Ok(())
    }
}
