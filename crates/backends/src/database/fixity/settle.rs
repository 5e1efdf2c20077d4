//! What came of a check, and the ranges that good checks make.

use jiff::Timestamp;
use model::{Evidence, ObjectId, StoreId};

use super::super::engine::Query;
use super::super::engine::{Transaction, query};
use super::super::error::Asked;
use super::super::rows::micros;
use super::super::{Database, DatabaseError};
use super::claim::FixityClaim;

/// What came of a check.
#[derive(Debug, Clone, Copy)]
pub enum CheckResult<'a> {
    /// Every byte was right, or was put right and read back.
    Proven {
        /// When the check began.
        begun_at: Timestamp,
        /// How good the proof is.
        evidence: Evidence,
    },
    /// Something is wrong, and its incidents are noted.
    Damaged,
    /// It could not be made. That is no pass: the replica stays as old as it was.
    NotChecked {
        /// Why.
        because: &'a str,
    },
}

impl Database {
    /// Writes what came of a check and lets go of the replica, in one transaction.
    ///
    /// Proven, its open incidents have passed, and the range of its good checks grows; damage ends that range.
    ///
    /// # Errors
    /// The lease is lost, or the database cannot be written.
    pub async fn settle_fixity(
        &self,
        claim: &FixityClaim,
        result: CheckResult<'_>,
        now: Timestamp,
    ) -> Result<(), DatabaseError> {
        let mut transaction = self.write().await?;
        let (proven_at, text) = match result {
            CheckResult::Proven { begun_at, .. } => (Some(micros(begun_at)), "proven".to_owned()),
            CheckResult::Damaged => (None, "damaged".to_owned()),
            CheckResult::NotChecked { because } => (None, format!("not checked: {because}")),
        };
        let set = "proven_at = coalesce($5, proven_at), tried_at = $6, result = $7, queued_at = NULL, cursor = NULL, \
                   lease_owner = NULL, lease_until = 0";
        let values = |statement: Query| statement.bind(proven_at).bind(micros(now)).bind(text);
        claim.change(&mut *transaction, set, values).await?;
        if let CheckResult::Proven { begun_at, evidence } = result {
            extend_range(&mut transaction, claim.replica.object, &claim.replica.store, begun_at, evidence).await?;
            query(
                "UPDATE incidents SET state = 'passed', ended_at = $1 \
                 WHERE object_id = $2 AND store = $3 AND state = 'open'",
            )
            .bind(micros(now))
            .bind(claim.replica.object.0.as_bytes().as_slice())
            .bind(&claim.replica.store.0)
            .execute(&mut *transaction)
            .await
            .asked("settle a check")?;
        }
        transaction.commit().await.asked("settle a check")
    }
}

/// Adds one good check to the last range, or begins one.
pub(in crate::database) async fn extend_range(
    transaction: &mut Transaction,
    object: ObjectId,
    store: &StoreId,
    at: Timestamp,
    evidence: Evidence,
) -> Result<(), DatabaseError> {
    let extended = query(
        "UPDATE fixity_ranges SET last_at = $1, checks = checks + 1, longest_gap = CASE WHEN longest_gap > $1 - last_at \
         THEN longest_gap ELSE $1 - last_at END \
         WHERE object_id = $2 AND store = $3 AND is_ended = 0 AND evidence = $4 AND last_at <= $1 AND first_at = \
         (SELECT max(first_at) FROM fixity_ranges WHERE object_id = $2 AND store = $3)",
    )
    .bind(micros(at))
    .bind(object.0.as_bytes().as_slice())
    .bind(&store.0)
    .bind(evidence.letter())
    .execute(&mut **transaction)
    .await
    .asked("note a check")?;
    if extended.rows_affected() == 1 {
        return Ok(());
    }
    query(
        "INSERT INTO fixity_ranges (object_id, store, first_at, last_at, checks, longest_gap, evidence) \
         VALUES ($1, $2, $3, $3, 1, 0, $4) ON CONFLICT DO NOTHING",
    )
    .bind(object.0.as_bytes().as_slice())
    .bind(&store.0)
    .bind(micros(at))
    .bind(evidence.letter())
    .execute(&mut **transaction)
    .await
    .asked("note a check")?;
    Ok(())
}
