//! Looking at deletions, and the two moments at which a second person may change one: approving and calling off.

use jiff::Timestamp;
use model::{
    Action, Agreed, AlertKind, Deletion, DeletionId, DeletionState, DeletionTarget, DeletionTerms, InstitutionName,
    ItemId, LoneAdmin, Refusal, TargetState, User, UserRole,
};

use super::alerts::note_answered;
use super::deletion_rows::{deletion, target};
use super::engine::{QueryBuilder, Transaction, query, query_as};
use super::error::Asked;
use super::rows::micros;
use super::users::{deciders, user_within};
use super::{Database, DatabaseError};

/// Which deletions to list: newest first, a page at a time.
#[derive(Debug, Clone, Default)]
pub struct DeletionFilter {
    /// Of this institution only.
    pub institution: Option<InstitutionName>,
    /// In this state only.
    pub state: Option<DeletionState>,
    /// Only those before this one: the cursor.
    pub before: Option<DeletionId>,
    /// At most so many.
    pub most: u32,
}

impl Database {
    /// Returns a deletion.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn deletion(&self, id: DeletionId) -> Result<Option<Deletion>, DatabaseError> {
        let reading = query("SELECT * FROM deletions WHERE id = $1").bind(id.0);
        let row = reading.fetch_optional(&self.pool).await.asked("read a deletion")?;
        row.as_ref().map(deletion).transpose()
    }

    /// Lists deletions, newest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn deletions(&self, filter: &DeletionFilter) -> Result<Vec<Deletion>, DatabaseError> {
        let mut query = QueryBuilder::new("SELECT * FROM deletions WHERE true");
        if let Some(institution) = &filter.institution {
            query.push(" AND institution = ").push_bind(institution.as_str());
        }
        if let Some(state) = filter.state {
            query.push(" AND state = ").push_bind(state.name());
        }
        if let Some(before) = filter.before {
            query.push(" AND id < ").push_bind(before.0);
        }
        query.push(" ORDER BY id DESC LIMIT ").push_bind(i64::from(filter.most));
        let rows = query.build().fetch_all(&self.pool).await.asked("list deletions")?;
        rows.iter().map(deletion).collect()
    }

    /// Lists the objects that a deletion is about, in the order of their names.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn deletion_targets(&self, id: DeletionId) -> Result<Vec<DeletionTarget>, DatabaseError> {
        let text = "SELECT * FROM deletion_targets WHERE deletion_id = $1 ORDER BY institution, name, object_id";
        let rows = query(text).bind(id.0).fetch_all(&self.pool).await.asked("list the targets of a deletion")?;
        rows.iter().map(target).collect()
    }

    /// Returns the work of deletions whose waiting period is over and that has not ended, the oldest first. What was
    /// deleted and is not certified yet is among it, and what was called off while a worker held it.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn due_deletions(&self, now: Timestamp) -> Result<Vec<(DeletionId, ItemId)>, DatabaseError> {
        let rows: Vec<(i64, i64)> = query_as(
            "SELECT t.deletion_id, w.id FROM work_items w JOIN deletion_targets t ON t.item_id = w.id \
             JOIN deletions d ON d.id = t.deletion_id WHERE w.status IN ('pending', 'started') AND w.action = $1 \
             AND d.due_at <= $2 ORDER BY w.id",
        )
        .bind(Action::Delete.name())
        .bind(micros(now))
        .fetch_all(&self.pool)
        .await
        .asked("list what is due")?;
        Ok(rows.into_iter().map(|(deletion, item)| (DeletionId(deletion), ItemId(item))).collect())
    }

    /// Approves a deletion and puts the work that carries it out into the queue, in one transaction: there is no
    /// approved deletion without its work, and no work without an approval.
    ///
    /// # Errors
    /// The database cannot be read or written.
    pub async fn approve_deletion(
        &self,
        id: DeletionId,
        approver: &User,
        terms: &DeletionTerms,
        now: Timestamp,
    ) -> Result<Result<Deletion, Refusal>, DatabaseError> {
        let mut transaction = self.write().await?;
        let asked = match approvable(&mut transaction, id, approver, terms).await? {
            Ok(asked) => asked,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let due_at = now + terms.cooling_off;
        query(
            "UPDATE deletions SET state = 'approved', approved_login = $1, approved_person = $2, approved_at = $3, \
             due_at = $4 WHERE id = $5",
        )
        .bind(approver.login.as_str())
        .bind(approver.person.as_str())
        .bind(micros(now))
        .bind(micros(due_at))
        .bind(id.0)
        .execute(&mut *transaction)
        .await
        .asked("approve a deletion")?;
        enqueue_targets(&mut transaction, id, now, due_at).await?;
        note_answered(&mut transaction, AlertKind::DeletionRequested, &subject(id), now).await?;
        transaction.commit().await.asked("approve a deletion")?;
        let approved = Some(Agreed { login: approver.login.clone(), person: approver.person.clone(), at: now });
        Ok(Ok(Deletion { state: DeletionState::Approved, approved, due_at: Some(due_at), ..asked }))
    }

    /// Calls a deletion off: whatever of it has not begun to go stays. Refused when nothing of it can stay any more.
    ///
    /// # Errors
    /// The database cannot be read or written.
    pub async fn cancel_deletion(
        &self,
        id: DeletionId,
        user: &User,
        now: Timestamp,
    ) -> Result<Result<Vec<DeletionTarget>, Refusal>, DatabaseError> {
        let mut transaction = self.write().await?;
        let reading = query("SELECT * FROM deletions WHERE id = $1").bind(id.0);
        let Some(row) = reading.fetch_optional(&mut *transaction).await.asked("read a deletion")? else {
            return Ok(Err(Refusal::NoDeletion(id)));
        };
        let asked = deletion(&row)?;
        let is_their_own = user.is_active && user.person == asked.requested.person;
        if let Err(refusal) = may_decide(user, &asked).or_else(|refusal| is_their_own.then_some(()).ok_or(refusal)) {
            return Ok(Err(refusal));
        }
        if matches!(asked.state, DeletionState::Cancelled) {
            return Ok(Err(Refusal::Cancelled(id)));
        }
        let rows = query(
            "UPDATE deletion_targets SET state = 'cancelled' WHERE deletion_id = $1 AND state = 'waiting' RETURNING *",
        )
        .bind(id.0)
        .fetch_all(&mut *transaction)
        .await
        .asked("cancel a deletion")?;
        if rows.is_empty() || asked.state == DeletionState::Ended {
            return Ok(Err(Refusal::TooLate(id)));
        }
        end_items(&mut transaction, id, user, now).await?;
        note_answered(&mut transaction, AlertKind::DeletionRequested, &subject(id), now).await?;
        query(
            "UPDATE deletions SET state = 'cancelled', cancelled_login = $1, cancelled_person = $2, cancelled_at = $3 \
             WHERE id = $4",
        )
        .bind(user.login.as_str())
        .bind(user.person.as_str())
        .bind(micros(now))
        .bind(id.0)
        .execute(&mut *transaction)
        .await
        .asked("cancel a deletion")?;
        transaction.commit().await.asked("cancel a deletion")?;
        rows.iter().map(target).collect::<Result<_, _>>().map(Ok)
    }
}

/// Returns what the alert about a deletion is about.
pub(super) fn subject(id: DeletionId) -> String {
    format!("deletion {id}")
}

/// Says whether somebody may decide about a deletion: an active admin of the institution that it is about.
fn may_decide(user: &User, asked: &Deletion) -> Result<(), Refusal> {
    if user.decides_for(asked.institution.as_ref()) {
        return Ok(());
    }
    Err(not_theirs(user, format!("deletion {}", asked.id), asked.institution.as_ref()))
}

/// Says that somebody may not decide, and who may.
pub(super) fn not_theirs(user: &User, whose: String, institution: Option<&InstitutionName>) -> Refusal {
    let (login, role) = (user.login.clone(), user.role);
    let whose = institution.map_or(whose.clone(), |institution| format!("{whose} of {institution}"));
    let needed = if institution.is_none() { "another admin" } else { "an institutional_admin of that institution" };
    Refusal::NotTheirs { login, role, whose, needed }
}

/// Returns a deletion that this user may approve now, with all that must hold for that.
async fn approvable(
    transaction: &mut Transaction,
    id: DeletionId,
    approver: &User,
    terms: &DeletionTerms,
) -> Result<Result<Deletion, Refusal>, DatabaseError> {
    let reading = query("SELECT * FROM deletions WHERE id = $1").bind(id.0);
    let Some(row) = reading.fetch_optional(&mut **transaction).await.asked("read a deletion")? else {
        return Ok(Err(Refusal::NoDeletion(id)));
    };
    let asked = deletion(&row)?;
    let institution = asked.institution.as_ref();
    if let Err(refusal) = may_decide(approver, &asked) {
        return Ok(Err(refusal));
    }
    if asked.state != DeletionState::Requested {
        return Ok(Err(Refusal::NotRequested { id, state: asked.state }));
    }
    if approver.person == asked.requested.person {
        let persons = deciders(transaction, institution).await?;
        match terms.lone_admin {
            LoneAdmin::MayApprove if persons == 1 => {}
            LoneAdmin::MayApprove => return Ok(Err(Refusal::NotAlone { id, persons })),
            LoneAdmin::NeedsSecond => {
                let (person, login) = (approver.person.clone(), approver.login.clone());
                return Ok(Err(Refusal::SamePerson { id, person, login }));
            }
        }
    }
    if let Err(refusal) = still_decides(transaction, &asked, &asked.requested).await? {
        return Ok(Err(refusal));
    }
    let moved = query(
        "SELECT t.*, o.head AS now FROM deletion_targets t JOIN objects o ON o.id = t.object_id \
         WHERE t.deletion_id = $1 AND (o.head <> t.head OR o.state <> 'active') LIMIT 1",
    )
    .bind(id.0)
    .fetch_optional(&mut **transaction)
    .await
    .asked("compare the versions of a deletion")?;
    if let Some(row) = moved {
        let now: i64 = row.get("now");
        let target = target(&row)?;
        let now = u32::try_from(now).unwrap_or(0);
        return Ok(Err(Refusal::OtherVersion { id, object: target.identifier, then: target.head, now }));
    }
    Ok(Ok(asked))
}

/// Says whether somebody who agreed is the same active admin still.
pub(super) async fn still_decides(
    transaction: &mut Transaction,
    asked: &Deletion,
    agreed: &Agreed,
) -> Result<Result<(), Refusal>, DatabaseError> {
    let user = user_within(transaction, agreed.login.as_str()).await?;
    let holds = user.is_some_and(|user| {
        // An admin who asked for a take-down within one institution does not speak for it, and may ask all the same.
        let is_admins = user.is_active && user.role == UserRole::Admin && agreed == &asked.requested;
        user.person == agreed.person && (is_admins || user.decides_for(asked.institution.as_ref()))
    });
    Ok(if holds { Ok(()) } else { Err(Refusal::NoLongerAdmin(agreed.login.clone(), asked.id)) })
}

/// Makes a work item for each target, none of which is ready before the time.
async fn enqueue_targets(
    transaction: &mut Transaction,
    id: DeletionId,
    now: Timestamp,
    due_at: Timestamp,
) -> Result<(), DatabaseError> {
    query(
        "INSERT INTO work_items (action, stage, status, institution, name, object_id, path, origin, fingerprint, \
         size_bytes, modified_at, options, next_try_at, created_at, updated_at) \
         SELECT $1, $2, 'pending', institution, name, object_id, 'deletion ' || deletion_id, 'deletion', \
         'deletion ' || deletion_id, size_bytes, $3, '{}', $4, $3, $3 FROM deletion_targets WHERE deletion_id = $5 \
         ORDER BY institution, name",
    )
    .bind(Action::Delete.name())
    .bind(Action::Delete.first_stage().name())
    .bind(micros(now))
    .bind(micros(due_at))
    .bind(id.0)
    .execute(&mut **transaction)
    .await
    .asked("add the work of a deletion")?;
    query(
        "UPDATE deletion_targets SET item_id = (SELECT w.id FROM work_items w WHERE w.institution = \
         deletion_targets.institution AND w.name = deletion_targets.name AND w.object_id = deletion_targets.object_id \
         AND w.action = $1 AND w.fingerprint = 'deletion ' || deletion_targets.deletion_id) WHERE deletion_id = $2",
    )
    .bind(Action::Delete.name())
    .bind(id.0)
    .execute(&mut **transaction)
    .await
    .asked("add the work of a deletion")?;
    Ok(())
}

/// Ends the work of targets that were called off: what nobody holds at once, what a worker holds at its next sign of life.
async fn end_items(
    transaction: &mut Transaction,
    id: DeletionId,
    user: &User,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    query(
        "UPDATE work_items SET cancelled_by = $1, updated_at = $2, \
         outcome = CASE status WHEN 'started' THEN outcome ELSE 'cancelled by ' || $1 END, \
         status = CASE status WHEN 'started' THEN 'started' ELSE 'cancelled' END \
         WHERE status IN ('pending', 'started', 'stopped') AND id IN \
         (SELECT item_id FROM deletion_targets WHERE deletion_id = $3 AND state = $4)",
    )
    .bind(user.login.as_str())
    .bind(micros(now))
    .bind(id.0)
    .bind(TargetState::Cancelled.name())
    .execute(&mut **transaction)
    .await
    .asked("end the work of a deletion")?;
    Ok(())
}
