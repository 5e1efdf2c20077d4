//! The queue: deposits become work items, workers claim them by a lease.

use findings::Findings;
use jiff::Timestamp;
use model::{Action, Claim, Deposit, ItemId, Origin, Owner, STAGES, Stage, WorkItem};

use super::engine::{Query, Transaction, query, query_scalar};
use super::error::Asked;
use super::rows::{micros, signed, work_item};
use super::waking::tell;
use super::{Database, DatabaseError};

/// What became of a deposit that was put in the queue.
#[derive(Debug)]
pub enum Enqueued {
    /// It is a new work item.
    New(ItemId),
    /// The very same deposit was seen before; nothing was done. Its item may be in work or ended.
    Known(Box<WorkItem>),
}

/// What a heartbeat learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pulse {
    /// Go on: the lease holds until the time that was asked for.
    Held,
    /// A person or a newer deposit has ended the item; it is still at a stage at which that counts.
    Ended,
    /// The lease is lost.
    Lost,
}

/// Versions of an object are made one after the other. A deletion that waits for its time is in nobody's way; one whose
/// bytes have begun to go is in the way of every deposit of that name.
const UNHINDERED: &str = "NOT EXISTS (SELECT 1 FROM work_items o WHERE o.institution = w.institution \
    AND o.name = w.name AND o.id < w.id AND o.action = 'ingest' AND o.status IN ('pending', 'started')) \
    AND (w.action <> 'ingest' OR NOT EXISTS (SELECT 1 FROM deletion_targets d WHERE d.institution = w.institution \
    AND d.name = w.name AND d.state = 'removing'))";

impl Database {
    /// Puts a deposit in the queue, unless the very same one was seen before.
    ///
    /// "The same" is name, place, fingerprint and what was asked for. That holds for whatever became of it: what was rejected would be rejected
    /// again, and what a person cancelled stays cancelled until a person asks for it again. Only what was stored and has
    /// been deleted since, whole or in part, is a new deposit. Older deposits of the
    /// same bag that have not begun to be stored are superseded; one that has finishes first.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn enqueue(&self, deposit: &Deposit, now: Timestamp) -> Result<Enqueued, DatabaseError> {
        let mut transaction = self.write().await?;
        // Two that look at once must not both find that the deposit is new, and none comes while a deletion begins.
        transaction.lock_name(&deposit.identifier.to_string()).await.asked("add a work item")?;
        if let Some(known) = same_deposit(&mut transaction, deposit).await? {
            return Ok(Enqueued::Known(Box::new(known)));
        }
        let id = insert(&mut transaction, deposit, now).await?;
        supersede(&mut transaction, deposit, id, now).await?;
        tell(&mut transaction).await?;
        transaction.commit().await.asked("add a work item")?;
        self.turns.forget();
        Ok(Enqueued::New(id))
    }

    /// Returns the newest item of exactly this deposit, if it was ever seen.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn known_deposit(&self, deposit: &Deposit) -> Result<Option<WorkItem>, DatabaseError> {
        let mut transaction = self.pool.begin().await.asked("begin a transaction")?;
        same_deposit(&mut transaction, deposit).await
    }

    /// Claims the next item that is ready at one of the stages, or nothing.
    ///
    /// The institution with the fewest items in work goes first, then the item that has waited longest; what other
    /// processes have in work is known as it was a second ago or so. An item waits while an older one of the same object
    /// has not ended, since versions are made one after the other. What was claimed by one whose lease ran out waits again.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn claim(
        &self,
        stages: &[Stage],
        owner: &Owner,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Option<Claim>, DatabaseError> {
        let ready = format!(
            "SELECT w.id FROM work_items w WHERE w.status = 'pending' AND w.stage = $4 AND w.institution = $5 \
             AND w.next_try_at <= $1 AND {UNHINDERED} ORDER BY w.next_try_at, w.id LIMIT 1"
        );
        // Nothing is said to be there only after looking anew.
        for has_looked in [false, true] {
            loop {
                let (number, turn) = self.turns.next(stages, now);
                let Some(turn) = turn else {
                    if !has_looked {
                        self.look_whose_turn(number, now).await?;
                    }
                    break;
                };
                let take = self.take(&ready, owner, now, lease_until);
                let claim = claimed(take.bind(turn.stage.name()).bind(&turn.institution), self, owner).await?;
                let first = claim.as_ref().map(|claim| (micros(claim.item.next_try_at), claim.item.id.0));
                self.turns.ended(number, &turn, first);
                if claim.is_some() {
                    return Ok(claim);
                }
            }
        }
        Ok(None)
    }

    /// Claims one item, whatever stage it is at, unless another worker holds it, it has ended or must wait for an
    /// older item of the same object. Its next try is not waited for: a person asked.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn claim_item(
        &self,
        item: ItemId,
        owner: &Owner,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Option<Claim>, DatabaseError> {
        let ready = format!(
            "SELECT w.id FROM work_items w WHERE w.id = $4 \
             AND w.status IN ('pending', 'started') AND w.lease_until < $1 AND {UNHINDERED}"
        );
        claimed(self.take(&ready, owner, now, lease_until).bind(item.0), self, owner).await
    }

    /// Returns the statement that claims an item: one statement, which is its own transaction.
    fn take(&self, ready: &str, owner: &Owner, now: Timestamp, lease_until: Timestamp) -> Query {
        let update = format!(
            "UPDATE work_items SET status = 'started', lease_owner = $2, lease_until = $3, fence = fence + 1, \
             updated_at = $1 WHERE id = ({ready}{}) RETURNING *",
            self.pool.engine().passing_locked()
        );
        query(update).bind(micros(now)).bind(&owner.0).bind(micros(lease_until))
    }

    /// Prolongs a lease and learns whether the item should go on.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn heartbeat(&self, claim: &Claim, lease_until: Timestamp) -> Result<Pulse, DatabaseError> {
        let row = query(
            "UPDATE work_items SET lease_until = $1 WHERE id = $2 AND fence = $3 AND lease_owner = $4 \
             RETURNING stage, superseded_by IS NOT NULL OR cancelled_by IS NOT NULL AS has_ended",
        )
        .bind(micros(lease_until))
        .bind(claim.item.id.0)
        .bind(claim.fence)
        .bind(&claim.owner.0)
        .fetch_optional(&self.pool)
        .await
        .asked("prolong a lease")?;
        let Some(row) = row else { return Ok(Pulse::Lost) };
        let has_ended: bool = row.get("has_ended");
        let is_early = row.get::<&str, _>("stage").parse::<Stage>().is_ok_and(|stage| !stage.is_from_store());
        Ok(if has_ended && is_early { Pulse::Ended } else { Pulse::Held })
    }

    /// Returns whether a claim still holds, for the last moment before a change that no transaction guards.
    ///
    /// # Errors
    /// The lease is lost, or the database cannot be read.
    pub async fn assert_held(&self, claim: &Claim) -> Result<(), DatabaseError> {
        let held: Option<i64> =
            query_scalar("SELECT id FROM work_items WHERE id = $1 AND fence = $2 AND lease_owner = $3")
                .bind(claim.item.id.0)
                .bind(claim.fence)
                .bind(&claim.owner.0)
                .fetch_optional(&self.pool)
                .await
                .asked("look at a lease")?;
        held.map(|_| ()).ok_or(DatabaseError::LeaseLost(claim.item.id))
    }

    /// Returns who holds leases now.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn lease_owners(&self) -> Result<Vec<Owner>, DatabaseError> {
        let owners: Vec<String> = query_scalar(
            "SELECT lease_owner FROM work_items WHERE lease_owner IS NOT NULL \
                 UNION SELECT lease_owner FROM fixity WHERE lease_owner IS NOT NULL \
                 UNION SELECT lease_owner FROM jobs WHERE lease_owner IS NOT NULL \
                 UNION SELECT lease_owner FROM replications WHERE lease_owner IS NOT NULL \
                 UNION SELECT owner FROM role_leases WHERE lease_until > 0",
        )
        .fetch_all(&self.pool)
        .await
        .asked("list the owners of leases")?;
        Ok(owners.into_iter().map(Owner).collect())
    }

    /// Ends all leases of an owner that is known to be dead, and returns how many there were.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn release(&self, owner: &Owner) -> Result<u64, DatabaseError> {
        let done = query(
            "UPDATE work_items SET lease_owner = NULL, lease_until = 0, fence = fence + 1, \
             status = CASE status WHEN 'started' THEN 'pending' ELSE status END WHERE lease_owner = $1",
        )
        .bind(&owner.0)
        .execute(&self.pool)
        .await
        .asked("release leases")?;
        let mut count = done.rows_affected();
        for text in [
            "UPDATE fixity SET lease_owner = NULL, lease_until = 0 WHERE lease_owner = $1",
            "UPDATE jobs SET lease_owner = NULL, lease_until = 0, fence = fence + 1, \
             status = CASE status WHEN 'started' THEN 'pending' ELSE status END WHERE lease_owner = $1",
            "UPDATE role_leases SET lease_until = 0 WHERE owner = $1 AND lease_until > 0",
        ] {
            count += query(text).bind(&owner.0).execute(&self.pool).await.asked("release leases")?.rows_affected();
        }
        let copies = query("DELETE FROM replications WHERE lease_owner = $1").bind(&owner.0);
        copies.execute(&self.pool).await.asked("release leases")?;
        Ok(count)
    }
}

async fn claimed(take: Query, database: &Database, owner: &Owner) -> Result<Option<Claim>, DatabaseError> {
    let Some(row) = take.fetch_optional(&database.pool).await.asked("claim a work item")? else { return Ok(None) };
    let fence = row.try_get("fence").map_err(|error| DatabaseError::Damaged(error.to_string()))?;
    Ok(Some(Claim { item: work_item(&row)?, owner: owner.clone(), fence }))
}

fn quoted(stages: &[Stage]) -> String {
    stages.iter().map(|stage| format!("'{}'", stage.name())).collect::<Vec<_>>().join(", ")
}

fn early_stages() -> String {
    let early: Vec<_> = STAGES.iter().map(|row| row.stage).filter(|stage| !stage.is_from_store()).collect();
    quoted(&early)
}

async fn same_deposit(transaction: &mut Transaction, deposit: &Deposit) -> Result<Option<WorkItem>, DatabaseError> {
    let row = query(
        "SELECT * FROM work_items w WHERE w.institution = $1 AND w.name = $2 AND w.fingerprint = $3 AND w.path = $4 \
         AND w.options = $5 AND w.action = 'ingest' AND NOT (w.status = 'success' AND EXISTS \
         (SELECT 1 FROM deletion_targets d WHERE d.institution = w.institution AND d.name = w.name \
          AND d.state IN ('removing', 'deleted') AND coalesce(d.deleted_at, d.begun_at) >= w.created_at)) ORDER BY w.id DESC LIMIT 1",
    )
    .bind(deposit.identifier.institution.as_str())
    .bind(deposit.identifier.name.as_str())
    .bind(&deposit.fingerprint)
    .bind(&deposit.path)
    .bind(options_text(deposit)?)
    .fetch_optional(&mut **transaction)
    .await
    .asked("look for the same deposit")?;
    row.as_ref().map(work_item).transpose()
}

fn options_text(deposit: &Deposit) -> Result<String, DatabaseError> {
    serde_json::to_string(&deposit.options).map_err(|error| DatabaseError::Damaged(error.to_string()))
}

async fn insert(transaction: &mut Transaction, deposit: &Deposit, now: Timestamp) -> Result<ItemId, DatabaseError> {
    let options = options_text(deposit)?;
    let origin = match deposit.origin {
        Origin::Receiving => "receiving",
        Origin::Path => "path",
        Origin::Deletion => "deletion",
        Origin::Restoration => "restoration",
    };
    let id: i64 = query_scalar(
        "INSERT INTO work_items (action, stage, status, institution, name, path, origin, fingerprint, size_bytes, \
         modified_at, options, next_try_at, created_at, updated_at) \
         VALUES ($1, $2, 'pending', $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $11) RETURNING id",
    )
    .bind(Action::Ingest.name())
    .bind(Action::Ingest.first_stage().name())
    .bind(deposit.identifier.institution.as_str())
    .bind(deposit.identifier.name.as_str())
    .bind(&deposit.path)
    .bind(origin)
    .bind(&deposit.fingerprint)
    .bind(signed(deposit.size_bytes))
    .bind(micros(deposit.modified_at))
    .bind(options)
    .bind(micros(now))
    .fetch_one(&mut **transaction)
    .await
    .asked("add a work item")?;
    Ok(ItemId(id))
}

/// Marks the older deposits of the same bag as superseded. Whoever holds one learns of it at its next heartbeat; one
/// that nobody holds ends here.
async fn supersede(
    transaction: &mut Transaction,
    deposit: &Deposit,
    newer: ItemId,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    let mark = format!(
        "UPDATE work_items SET superseded_by = $1 WHERE institution = $2 AND name = $3 AND id < $1 \
         AND action = 'ingest' AND status IN ('pending', 'started') AND stage IN ({})",
        early_stages()
    );
    query(mark)
        .bind(newer.0)
        .bind(deposit.identifier.institution.as_str())
        .bind(deposit.identifier.name.as_str())
        .execute(&mut **transaction)
        .await
        .asked("supersede older deposits")?;
    query(
        "UPDATE work_items SET status = 'cancelled', updated_at = $2, \
         outcome = 'a newer deposit of the same bag has arrived: item ' || $1 \
         WHERE superseded_by = $1 AND status = 'pending'",
    )
    .bind(newer.0)
    .bind(micros(now))
    .execute(&mut **transaction)
    .await
    .asked("supersede older deposits")?;
    Ok(())
}

/// Returns the findings of a row of work items.
pub(super) fn findings_of(text: Option<String>) -> Result<Option<Findings>, DatabaseError> {
    text.map(|text| serde_json::from_str(&text).map_err(|error| DatabaseError::Damaged(error.to_string()))).transpose()
}
