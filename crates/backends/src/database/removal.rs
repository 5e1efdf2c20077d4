//! Carrying a deletion out: the last look at its conditions, and the word of each store.

use jiff::{SignedDuration, Timestamp};
use model::{
    Claim, Confirmed, Deletion, DeletionId, DeletionState, DeletionTarget, DeletionTerms, Extent, LoneAdmin, ObjectId,
    Refusal, StoreId, TargetState, VersionCounts,
};

use super::deletion_checks::{retained, totals, work_of};
use super::deletion_rows::{deletion, target};
use super::deletions::still_decides;
use super::engine::{Row, Transaction, query, query_as, query_scalar};
use super::error::Asked;
use super::rows::{micros, signed};
use super::users::deciders;
use super::{Database, DatabaseError};

/// How long a deletion waits for work on its object to end before it looks again.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_secs(30);

/// What the conditions say.
#[derive(Debug)]
pub enum Conditions {
    /// They hold, or bytes have begun to go already.
    Hold(Box<(Deletion, DeletionTarget)>),
    /// Not yet.
    Wait {
        /// When to look again.
        until: Timestamp,
        /// Why.
        because: String,
    },
    /// They do not, and never will: the target has ended, and all is as it was.
    Refused(String),
}

/// Whether the bytes begin to go when the conditions hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looking {
    /// They stay for now.
    Only,
    /// From this transaction on nothing else may touch the object, and nobody may call it off.
    ToBegin,
}

impl Database {
    /// Looks at the conditions of a deletion: agreed to still, by two who may; due; the same version and files as when it
    /// was asked for; nothing else at work on the object; kept for long enough by every store.
    ///
    /// # Errors
    /// The lease is lost, or the database cannot be read or written.
    pub async fn deletion_conditions(
        &self,
        claim: &Claim,
        terms: &DeletionTerms,
        looking: Looking,
        now: Timestamp,
    ) -> Result<Conditions, DatabaseError> {
        let mut transaction = self.write().await?;
        assert_held(&mut transaction, claim).await?;
        let reading = query("SELECT * FROM deletion_targets WHERE item_id = $1").bind(claim.item.id.0);
        let row = reading.fetch_optional(&mut *transaction).await.asked("read the target of a deletion")?;
        let Some(row) = row else {
            return Ok(Conditions::Refused("the work belongs to no deletion that is known".to_owned()));
        };
        let target = target(&row)?;
        transaction.lock_name(&target.identifier.to_string()).await.asked("look at an object")?;
        let query = query("SELECT * FROM deletions WHERE id = $1").bind(target.deletion.0);
        let asked = deletion(&query.fetch_one(&mut *transaction).await.asked("read a deletion")?)?;
        match target.state {
            TargetState::Removing | TargetState::Deleted => return Ok(Conditions::Hold(Box::new((asked, target)))),
            TargetState::Cancelled => return Ok(Conditions::Refused(Refusal::Cancelled(asked.id).to_string())),
            TargetState::Refused => return Ok(Conditions::Refused(target.because.unwrap_or_default())),
            TargetState::Waiting => {}
        }
        if let Some((until, because)) = not_yet(&mut transaction, &asked, &target, now).await? {
            return Ok(Conditions::Wait { until, because });
        }
        if let Err(refusal) = holds(&mut transaction, &asked, &target, (terms, now)).await? {
            refuse(&mut transaction, &target, &refusal).await?;
            transaction.commit().await.asked("refuse a deletion")?;
            return Ok(Conditions::Refused(refusal.to_string()));
        }
        if looking == Looking::ToBegin {
            begin(&mut transaction, &target, now).await?;
            transaction.commit().await.asked("begin a deletion")?;
        }
        Ok(Conditions::Hold(Box::new((asked, target))))
    }

    /// Notes that a store has confirmed that the bytes are gone. Twice is well: the first word counts.
    ///
    /// # Errors
    /// The lease is lost, or the database cannot be written.
    pub async fn confirm_removal(
        &self,
        claim: &Claim,
        (deletion, object): (DeletionId, ObjectId),
        confirmed: &Confirmed,
    ) -> Result<(), DatabaseError> {
        let mut transaction = self.write().await?;
        assert_held(&mut transaction, claim).await?;
        query(
            "INSERT INTO deletion_stores (deletion_id, object_id, store, confirmed_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT DO NOTHING",
        )
        .bind(deletion.0)
        .bind(object.0.as_bytes().as_slice())
        .bind(&confirmed.store.0)
        .bind(micros(confirmed.at))
        .execute(&mut *transaction)
        .await
        .asked("note that a store has confirmed")?;
        transaction.commit().await.asked("note that a store has confirmed")
    }

    /// Returns what each version of an object comes to without the files that a deletion takes, the oldest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn counts_without(
        &self,
        deletion: DeletionId,
        object: ObjectId,
    ) -> Result<Vec<VersionCounts>, DatabaseError> {
        let rows = query(COUNTS)
            .bind(object.0.as_bytes().as_slice())
            .bind(deletion.0)
            .fetch_all(&self.pool)
            .await
            .asked("count what stays")?;
        Ok(rows.iter().map(counts).collect())
    }

    /// Returns the stores that hold an object, and where in them it lies.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn places_of(&self, object: ObjectId) -> Result<Vec<(StoreId, String)>, DatabaseError> {
        let rows: Vec<(String, String)> =
            query_as("SELECT store, object_path FROM fixity WHERE object_id = $1 ORDER BY store")
                .bind(object.0.as_bytes().as_slice())
                .fetch_all(&self.pool)
                .await
                .asked("list the stores of an object")?;
        Ok(rows.into_iter().map(|(store, path)| (StoreId(store), path)).collect())
    }
}

/// Each version's files and bytes: those that it has, and those that it brought, without the files of a deletion.
pub(super) const COUNTS: &str = "SELECT v.number, \
    (SELECT count(*) FROM file_versions f WHERE f.object_id = v.object_id AND f.version <= v.number \
     AND (f.ended_by IS NULL OR f.ended_by > v.number) AND NOT EXISTS (SELECT 1 FROM deletion_files d \
     WHERE d.deletion_id = $2 AND d.object_id = f.object_id AND d.path = f.path AND d.version = f.version)) AS files, \
    (SELECT CAST(coalesce(sum(f.size_bytes), 0) AS BIGINT) FROM file_versions f WHERE f.object_id = v.object_id \
     AND f.version <= v.number AND (f.ended_by IS NULL OR f.ended_by > v.number) AND NOT EXISTS \
     (SELECT 1 FROM deletion_files d WHERE d.deletion_id = $2 AND d.object_id = f.object_id AND d.path = f.path \
     AND d.version = f.version)) AS size_bytes, \
    (SELECT count(*) FROM file_versions f WHERE f.object_id = v.object_id AND f.version = v.number AND NOT EXISTS \
     (SELECT 1 FROM deletion_files d WHERE d.deletion_id = $2 AND d.object_id = f.object_id AND d.path = f.path \
     AND d.version = f.version)) AS new_files, \
    (SELECT CAST(coalesce(sum(f.size_bytes), 0) AS BIGINT) FROM file_versions f WHERE f.object_id = v.object_id \
     AND f.version = v.number AND NOT EXISTS (SELECT 1 FROM deletion_files d WHERE d.deletion_id = $2 \
     AND d.object_id = f.object_id AND d.path = f.path AND d.version = f.version)) AS new_size_bytes \
    FROM object_versions v WHERE v.object_id = $1 ORDER BY v.number";

pub(super) fn counts(row: &Row) -> VersionCounts {
    let count = |column: &'static str| u64::try_from(row.get::<i64, _>(column)).unwrap_or(0);
    VersionCounts {
        number: u32::try_from(row.get::<i64, _>("number")).unwrap_or(0),
        files: count("files"),
        size_bytes: count("size_bytes"),
        new_files: count("new_files"),
        new_size_bytes: count("new_size_bytes"),
    }
}

async fn assert_held(transaction: &mut Transaction, claim: &Claim) -> Result<(), DatabaseError> {
    let held: Option<i64> = query_scalar("SELECT id FROM work_items WHERE id = $1 AND fence = $2 AND lease_owner = $3")
        .bind(claim.item.id.0)
        .bind(claim.fence)
        .bind(&claim.owner.0)
        .fetch_optional(&mut **transaction)
        .await
        .asked("look at a lease")?;
    held.map(|_| ()).ok_or(DatabaseError::LeaseLost(claim.item.id))
}

/// Says what is to be waited for, if anything is.
async fn not_yet(
    transaction: &mut Transaction,
    asked: &Deletion,
    target: &DeletionTarget,
    now: Timestamp,
) -> Result<Option<(Timestamp, String)>, DatabaseError> {
    if let Some(due_at) = asked.due_at.filter(|due_at| *due_at > now) {
        return Ok(Some((due_at, format!("the cooling-off lasts until {due_at}"))));
    }
    let again = now + LOOK_AGAIN;
    if let Some(item) = work_of(transaction, &target.identifier).await? {
        return Ok(Some((again, format!("work item {item} is about the same object and has not ended"))));
    }
    let checked: Option<String> = query_scalar(
        "SELECT store FROM fixity WHERE object_id = $1 AND lease_owner IS NOT NULL AND lease_until >= $2 \
         UNION ALL SELECT store FROM replications WHERE object_id = $1 AND lease_until >= $2 LIMIT 1",
    )
    .bind(target.object.0.as_bytes().as_slice())
    .bind(micros(now))
    .fetch_optional(&mut **transaction)
    .await
    .asked("look for checks")?;
    Ok(checked.map(|store| (again, format!("its replica in the store {store} is being checked or made"))))
}

/// Says whether all holds that held when the deletion was approved.
async fn holds(
    transaction: &mut Transaction,
    asked: &Deletion,
    target: &DeletionTarget,
    (terms, now): (&DeletionTerms, Timestamp),
) -> Result<Result<(), Refusal>, DatabaseError> {
    let id = asked.id;
    let Some(approved) = asked.approved.as_ref().filter(|_| asked.state == DeletionState::Approved) else {
        return Ok(Err(Refusal::Cancelled(id)));
    };
    for agreed in [&asked.requested, approved] {
        if let Err(refusal) = still_decides(transaction, asked, agreed).await? {
            return Ok(Err(refusal));
        }
    }
    if approved.person == asked.requested.person {
        let persons = deciders(transaction, asked.institution.as_ref()).await?;
        if terms.lone_admin == LoneAdmin::NeedsSecond || persons != 1 {
            return Ok(Err(Refusal::NotAlone { id, persons }));
        }
    }
    let query = query_as("SELECT head, state FROM objects WHERE id = $1");
    let query = query.bind(target.object.0.as_bytes().as_slice());
    let held: Option<(i64, String)> = query.fetch_optional(&mut **transaction).await.asked("read an object")?;
    let Some((head, _)) = held.filter(|(_, state)| state == "active") else { return Ok(Err(Refusal::OtherFiles(id))) };
    if head != i64::from(target.head) {
        let (object, then) = (target.identifier.clone(), target.head);
        return Ok(Err(Refusal::OtherVersion { id, object, then, now: u32::try_from(head).unwrap_or(0) }));
    }
    let seen = totals(transaction, id, target.object, target.extent).await?;
    if seen != (signed(target.files), signed(target.size_bytes)) {
        return Ok(Err(Refusal::OtherFiles(id)));
    }
    retained(transaction, id, (target.object, &target.identifier), target.extent, (terms, now)).await
}

async fn refuse(
    transaction: &mut Transaction,
    target: &DeletionTarget,
    refusal: &Refusal,
) -> Result<(), DatabaseError> {
    query("UPDATE deletion_targets SET state = 'refused', because = $1 WHERE deletion_id = $2 AND object_id = $3")
        .bind(refusal.to_string())
        .bind(target.deletion.0)
        .bind(target.object.0.as_bytes().as_slice())
        .execute(&mut **transaction)
        .await
        .asked("refuse a deletion")?;
    end_when_done(transaction, target.deletion).await
}

/// Marks the object as going, and notes every file that goes. Whoever checks it now loses the right to write what they find.
async fn begin(transaction: &mut Transaction, target: &DeletionTarget, now: Timestamp) -> Result<(), DatabaseError> {
    query("UPDATE deletion_targets SET state = 'removing', begun_at = $1 WHERE deletion_id = $2 AND object_id = $3")
        .bind(micros(now))
        .bind(target.deletion.0)
        .bind(target.object.0.as_bytes().as_slice())
        .execute(&mut **transaction)
        .await
        .asked("begin a deletion")?;
    if target.extent == Extent::Object {
        query(
            "INSERT INTO deletion_files (deletion_id, object_id, path, version, size_bytes, sha256) \
             SELECT $1, object_id, path, version, size_bytes, sha256 FROM file_versions WHERE object_id = $2",
        )
        .bind(target.deletion.0)
        .bind(target.object.0.as_bytes().as_slice())
        .execute(&mut **transaction)
        .await
        .asked("begin a deletion")?;
    }
    query("UPDATE fixity SET fence = fence + 1, lease_owner = NULL, lease_until = 0 WHERE object_id = $1")
        .bind(target.object.0.as_bytes().as_slice())
        .execute(&mut **transaction)
        .await
        .asked("begin a deletion")?;
    Ok(())
}

pub(super) async fn end_when_done(transaction: &mut Transaction, id: DeletionId) -> Result<(), DatabaseError> {
    query(
        "UPDATE deletions SET state = 'ended' WHERE id = $1 AND state = 'approved' AND NOT EXISTS \
         (SELECT 1 FROM deletion_targets WHERE deletion_id = $1 AND state IN ('waiting', 'removing'))",
    )
    .bind(id.0)
    .execute(&mut **transaction)
    .await
    .asked("end a deletion")?;
    Ok(())
}
