//! Settling a step: its results, its events and the next stage's availability in ONE transaction.

use findings::Findings;
use jiff::Timestamp;
use model::{Claim, Completion, Event, ItemState, Stage, Status};

use super::engine::{Transaction, query};
use super::error::Asked;
use super::record::record;
use super::record_removal::record_removal;
use super::rows::micros;
use super::waking::tell;
use super::{Database, DatabaseError};

/// How a step ended.
#[derive(Debug)]
pub enum Settlement {
    /// Done; the same worker goes on with the next stage and keeps the lease.
    Advance {
        /// The stage to go on with.
        to: Stage,
        /// What the step brought.
        completion: Box<Completion>,
    },
    /// Done; whoever runs the next stage takes the item up from there.
    HandOn {
        /// The stage to go on with.
        to: Stage,
        /// What the step brought.
        completion: Box<Completion>,
    },
    /// Done, and it was the last stage.
    Finish(Box<Completion>),
    /// The deposit is at fault.
    Reject {
        /// What is wrong with it.
        findings: Box<Findings>,
        /// The refusal, as an event.
        events: Vec<Event>,
    },
    /// A person must look.
    Stop {
        /// Why.
        because: String,
    },
    /// A newer deposit or a person has ended it.
    Cancel {
        /// Why.
        because: String,
    },
    /// To be tried again.
    Postpone {
        /// From which stage on.
        stage: Stage,
        /// When.
        until: Timestamp,
        /// Why.
        because: String,
        /// Failed attempts of the stage so far.
        attempts: u32,
    },
}

/// Whether a settlement counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// It is written.
    Written,
    /// The lease was lost before: nothing is written.
    LeaseLost,
}

impl Database {
    /// Settles a step in one transaction, if the claim still holds.
    ///
    /// # Errors
    /// The database cannot be written; then nothing is.
    pub async fn settle(
        &self,
        claim: &Claim,
        settlement: &Settlement,
        now: Timestamp,
    ) -> Result<Settled, DatabaseError> {
        let mut transaction = self.write().await?;
        if !update_item(&mut transaction, claim, settlement, now).await? {
            return Ok(Settled::LeaseLost);
        }
        match settlement {
            Settlement::Advance { completion, .. }
            | Settlement::HandOn { completion, .. }
            | Settlement::Finish(completion) => {
                if let Some(accession) = &completion.accession {
                    record(&mut transaction, claim, accession).await?;
                }
                if let Some(removal) = &completion.removal {
                    record_removal(&mut transaction, removal).await?;
                }
                add_events(&mut transaction, &completion.events).await?;
            }
            Settlement::Reject { events, .. } => add_events(&mut transaction, events).await?,
            Settlement::Stop { .. } | Settlement::Cancel { .. } | Settlement::Postpone { .. } => {}
        }
        if matches!(settlement, Settlement::Finish(_) | Settlement::Reject { .. } | Settlement::Cancel { .. }) {
            forget_gathered(&mut transaction, claim).await?;
        }
        if matches!(settlement, Settlement::HandOn { .. }) {
            tell(&mut transaction).await?;
        }
        transaction.commit().await.asked("settle a step")?;
        Ok(Settled::Written)
    }

    /// Notes what a step has settled before its end, if the claim still holds: what comes after relies on it.
    ///
    /// # Errors
    /// The lease is lost, or the database cannot be written.
    pub async fn save_state(&self, claim: &Claim, state: &ItemState) -> Result<(), DatabaseError> {
        let text = serde_json::to_string(state).map_err(|error| DatabaseError::Damaged(error.to_string()))?;
        let done = query("UPDATE work_items SET state = $1 WHERE id = $2 AND fence = $3 AND lease_owner = $4")
            .bind(text)
            .bind(claim.item.id.0)
            .bind(claim.fence)
            .bind(&claim.owner.0)
            .execute(&self.pool)
            .await
            .asked("note the state of a work item")?;
        if done.rows_affected() == 1 { Ok(()) } else { Err(DatabaseError::LeaseLost(claim.item.id)) }
    }

    /// Gives a claimed item back as it is, so that another worker may take it at once.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn hand_back(&self, claim: &Claim) -> Result<(), DatabaseError> {
        query(
            "UPDATE work_items SET lease_owner = NULL, lease_until = 0, status = 'pending' \
             WHERE id = $1 AND fence = $2 AND lease_owner = $3 AND status = 'started'",
        )
        .bind(claim.item.id.0)
        .bind(claim.fence)
        .bind(&claim.owner.0)
        .execute(&self.pool)
        .await
        .asked("hand a work item back")?;
        Ok(())
    }
}

/// The columns of a work item that a settlement changes.
struct Change<'a> {
    status: Status,
    /// The stage to go on with; `None` leaves the item where it ended, which is not where it was claimed.
    stage: Option<Stage>,
    attempts: u32,
    next_try_at: Timestamp,
    last_error: Option<&'a str>,
    outcome: Option<&'a str>,
    state: Option<String>,
    object: Option<Vec<u8>>,
    findings: Option<String>,
}

fn change<'a>(settlement: &'a Settlement, now: Timestamp) -> Result<Change<'a>, DatabaseError> {
    let json = |result: Result<String, serde_json::Error>| {
        result.map_err(|error| DatabaseError::Damaged(format!("a result that cannot be written: {error}")))
    };
    let mut change = Change {
        status: Status::Started,
        stage: None,
        attempts: 0,
        next_try_at: now,
        last_error: None,
        outcome: None,
        state: None,
        object: None,
        findings: None,
    };
    match settlement {
        Settlement::Advance { to, completion } | Settlement::HandOn { to, completion } => {
            if matches!(settlement, Settlement::HandOn { .. }) {
                change.status = Status::Pending;
            }
            change.stage = Some(*to);
            change.state = Some(json(serde_json::to_string(&completion.state))?);
            change.object = completion.state.planned.as_ref().map(|planned| planned.object.0.as_bytes().to_vec());
            change.outcome = completion.outcome.as_deref();
        }
        Settlement::Finish(completion) => {
            change.status = Status::Success;
            change.state = Some(json(serde_json::to_string(&completion.state))?);
            change.outcome = completion.outcome.as_deref();
        }
        Settlement::Reject { findings, .. } => {
            change.status = Status::Rejected;
            change.outcome = Some("the deposit was refused; nothing of it is stored, and it stays where it is");
            change.findings = Some(json(serde_json::to_string(findings))?);
        }
        Settlement::Stop { because } => {
            change.status = Status::Stopped;
            change.last_error = Some(because);
        }
        Settlement::Cancel { because } => {
            change.status = Status::Cancelled;
            change.outcome = Some(because);
        }
        Settlement::Postpone { stage, until, because, attempts } => {
            change.status = Status::Pending;
            change.stage = Some(*stage);
            change.attempts = *attempts;
            change.next_try_at = *until;
            change.last_error = Some(because);
        }
    }
    Ok(change)
}

async fn update_item(
    transaction: &mut Transaction,
    claim: &Claim,
    settlement: &Settlement,
    now: Timestamp,
) -> Result<bool, DatabaseError> {
    let change = change(settlement, now)?;
    let done = query(
        "UPDATE work_items SET status = $1, stage = coalesce($2, stage), attempts = $3, next_try_at = $4, last_error = $5, \
         outcome = coalesce($6, outcome), state = coalesce($7, state), object_id = coalesce($8, object_id), \
         findings = $9, updated_at = $10, \
         lease_owner = CASE WHEN $1 = 'started' THEN lease_owner END, \
         lease_until = CASE WHEN $1 = 'started' THEN lease_until ELSE 0 END \
         WHERE id = $11 AND fence = $12 AND lease_owner = $13",
    )
    .bind(change.status.name())
    .bind(change.stage.map(Stage::name))
    .bind(i64::from(change.attempts))
    .bind(micros(change.next_try_at))
    .bind(change.last_error)
    .bind(change.outcome)
    .bind(change.state)
    .bind(change.object)
    .bind(change.findings)
    .bind(micros(now))
    .bind(claim.item.id.0)
    .bind(claim.fence)
    .bind(&claim.owner.0)
    .execute(&mut **transaction)
    .await
    .asked("settle a step")?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn add_events(transaction: &mut Transaction, events: &[Event]) -> Result<(), DatabaseError> {
    for event in events {
        // The identifier is computed from the step, so a step run twice adds its event once.
        query(
            "INSERT INTO events (id, event_type, at, outcome, detail, note, agent, item_id, object_id, version, path, \
             store, institution) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, \
             coalesce((SELECT institution FROM objects WHERE id = $9), \
             (SELECT institution FROM work_items WHERE id = $8))) ON CONFLICT (id) DO NOTHING",
        )
        .bind(event.id.0.as_bytes().as_slice())
        .bind(&event.event_type)
        .bind(micros(event.at))
        .bind(&event.outcome)
        .bind(&event.detail)
        .bind(&event.note)
        .bind(&event.agent)
        .bind(event.item.map(|item| item.0))
        .bind(event.object.map(|object| object.0.as_bytes().to_vec()))
        .bind(event.version.map(i64::from))
        .bind(&event.path)
        .bind(event.store.as_ref().map(|store| store.0.clone()))
        .execute(&mut **transaction)
        .await
        .asked("add an event")?;
    }
    Ok(())
}

async fn forget_gathered(transaction: &mut Transaction, claim: &Claim) -> Result<(), DatabaseError> {
    query("DELETE FROM gathered_files WHERE item_id = $1")
        .bind(claim.item.id.0)
        .execute(&mut **transaction)
        .await
        .asked("forget what was gathered")?;
    Ok(())
}
