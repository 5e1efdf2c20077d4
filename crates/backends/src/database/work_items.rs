//! Looking at work items, and what a person may do with them.

use findings::{Findings, FirstFindings};
use jiff::Timestamp;
use model::{Action, Claim, InstitutionName, ItemId, ItemState, ObjectIdentifier, STAGES, Status, WorkItem};

use super::engine::{QueryBuilder, query, query_as, query_scalar};
use super::error::Asked;
use super::queue::findings_of;
use super::rows::{WORK_ITEM, first_findings, item_state, micros, work_item};
use super::{Database, DatabaseError};

/// Which work items to list: newest first, a page at a time.
#[derive(Debug, Clone, Default)]
pub struct ItemFilter {
    /// Of this institution only.
    pub institution: Option<InstitutionName>,
    /// With this status only.
    pub status: Option<Status>,
    /// Of this object only.
    pub object: Option<ObjectIdentifier>,
    /// Only those before this one: the cursor.
    pub before: Option<ItemId>,
    /// At most so many.
    pub most: u32,
}

/// What came of a person's request about a work item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    /// It is done.
    Done,
    /// The worker that holds it will end it within seconds.
    Noted,
    /// There is no such item.
    Unknown,
    /// It cannot be done, in the state that the item is in.
    Refused,
}

impl Database {
    /// Returns one work item.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn item(&self, id: ItemId) -> Result<Option<WorkItem>, DatabaseError> {
        let row = query(format!("SELECT {WORK_ITEM} FROM work_items WHERE id = $1"))
            .bind(id.0)
            .fetch_optional(&self.pool)
            .await
            .asked("read a work item")?;
        row.as_ref().map(work_item).transpose()
    }

    /// Returns what the stages of an item have handed to each other so far.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn item_state(&self, id: ItemId) -> Result<ItemState, DatabaseError> {
        let row = query("SELECT state FROM work_items WHERE id = $1")
            .bind(id.0)
            .fetch_optional(&self.pool)
            .await
            .asked("read a work item's state")?;
        row.as_ref().map_or_else(|| Ok(ItemState::default()), item_state)
    }

    /// Returns why a deposit was rejected, if it was.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn item_findings(&self, id: ItemId) -> Result<Option<Findings>, DatabaseError> {
        let text: Option<Option<String>> = query_scalar("SELECT findings FROM work_items WHERE id = $1")
            .bind(id.0)
            .fetch_optional(&self.pool)
            .await
            .asked("read a work item's findings")?;
        findings_of(text.flatten())
    }

    /// Returns the first findings of a rejected deposit, and how many there are beside; the others are never held.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn first_item_findings(&self, id: ItemId) -> Result<Option<FirstFindings>, DatabaseError> {
        let row = query("SELECT findings FROM work_items WHERE id = $1 AND findings IS NOT NULL")
            .bind(id.0)
            .fetch_optional(&self.pool)
            .await
            .asked("read a work item's findings")?;
        row.as_ref().map(first_findings).transpose()
    }

    /// Lists work items, newest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn items(&self, filter: &ItemFilter) -> Result<Vec<WorkItem>, DatabaseError> {
        let mut query = QueryBuilder::new(&format!("SELECT {WORK_ITEM} FROM work_items WHERE true"));
        if let Some(institution) = &filter.institution {
            query.push(" AND institution = ").push_bind(institution.as_str());
        }
        if let Some(status) = filter.status {
            query.push(" AND status = ").push_bind(status.name());
        }
        if let Some(object) = &filter.object {
            query.push(" AND institution = ").push_bind(object.institution.as_str());
            query.push(" AND name = ").push_bind(object.name.as_str());
        }
        if let Some(before) = filter.before {
            query.push(" AND id < ").push_bind(before.0);
        }
        query.push(" ORDER BY id DESC LIMIT ").push_bind(i64::from(filter.most));
        let rows = query.build().fetch_all(&self.pool).await.asked("list work items")?;
        rows.iter().map(work_item).collect()
    }

    /// Returns how many items have not ended, and when the next of them is to be tried.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn backlog(&self) -> Result<(u64, Option<Timestamp>), DatabaseError> {
        let (count, next): (i64, Option<i64>) =
            query_as("SELECT count(*), min(next_try_at) FROM work_items WHERE status IN ('pending', 'started')")
                .fetch_one(&self.pool)
                .await
                .asked("look at the queue")?;
        let next = next.map(Timestamp::from_microsecond).transpose();
        Ok((u64::try_from(count).unwrap_or(0), next.map_err(|error| DatabaseError::Damaged(error.to_string()))?))
    }

    /// Puts an ended or waiting item back in the queue: a rejected or cancelled one from its first stage, a stopped
    /// one from where it stopped. An item that is done or in a worker's hands is refused.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn retry(&self, id: ItemId, now: Timestamp) -> Result<Asking, DatabaseError> {
        let done = query(
            "UPDATE work_items SET status = 'pending', attempts = 0, next_try_at = $1, updated_at = $1, \
             last_error = NULL, outcome = NULL, findings = NULL, superseded_by = NULL, cancelled_by = NULL, \
             stage = CASE WHEN status IN ('rejected', 'cancelled') THEN $2 ELSE stage END, \
             state = CASE WHEN status IN ('rejected', 'cancelled') THEN '{}' ELSE state END \
             WHERE id = $3 AND status IN ('rejected', 'stopped', 'cancelled', 'pending') \
             AND (action = 'ingest' OR status IN ('stopped', 'pending')) \
             AND (action = 'restore' OR NOT EXISTS (SELECT 1 FROM work_items n WHERE n.institution = work_items.institution \
                             AND n.name = work_items.name AND n.id > work_items.id AND n.action = work_items.action \
                             AND n.status IN ('pending', 'started', 'success')))",
        )
        .bind(micros(now))
        .bind(STAGES[0].name)
        .bind(id.0)
        .execute(&self.pool)
        .await
        .asked("retry a work item")?;
        self.answer(id, done.rows_affected() == 1).await
    }

    /// Ends an item before its time, for good: the same deposit is not picked up again unless a person retries it.
    /// From `store` on an item runs to its end and the request is refused, unless the item has stopped before any
    /// replica was proven: then no store holds anything of it.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn cancel(&self, id: ItemId, who: &str, now: Timestamp) -> Result<Asking, DatabaseError> {
        let mut transaction = self.write().await?;
        let row = query(format!("SELECT * FROM work_items WHERE id = $1{}", transaction.engine().locking()))
            .bind(id.0)
            .fetch_optional(&mut *transaction)
            .await
            .asked("read a work item")?;
        let Some(row) = row else { return Ok(Asking::Unknown) };
        let (item, state) = (work_item(&row)?, item_state(&row)?);
        // A deletion is called off as a whole, by those who may decide about it.
        if item.action == Action::Delete {
            return Ok(Asking::Refused);
        }
        let is_begun = item.stage.is_from_store() && (item.status != Status::Stopped || !state.replicas.is_empty());
        let may_end = match item.status {
            Status::Success | Status::Cancelled => false,
            Status::Rejected => true,
            Status::Pending | Status::Started | Status::Stopped => !is_begun,
        };
        if !may_end {
            return Ok(Asking::Refused);
        }
        let (status, outcome, asking) = match item.status {
            Status::Started => (Status::Started, item.outcome, Asking::Noted),
            _ => (Status::Cancelled, Some(format!("cancelled by {who}")), Asking::Done),
        };
        query("UPDATE work_items SET cancelled_by = $1, updated_at = $2, status = $3, outcome = $4 WHERE id = $5")
            .bind(who)
            .bind(micros(now))
            .bind(status.name())
            .bind(outcome)
            .bind(id.0)
            .execute(&mut *transaction)
            .await
            .asked("cancel a work item")?;
        transaction.commit().await.asked("cancel a work item")?;
        Ok(asking)
    }

    async fn answer(&self, id: ItemId, is_done: bool) -> Result<Asking, DatabaseError> {
        if is_done {
            return Ok(Asking::Done);
        }
        Ok(if self.item(id).await?.is_some() { Asking::Refused } else { Asking::Unknown })
    }

    /// Returns whether a claim's item is superseded or cancelled, and why.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn why_ended(&self, claim: &Claim) -> Result<Option<String>, DatabaseError> {
        let row: Option<(Option<i64>, Option<String>)> =
            query_as("SELECT superseded_by, cancelled_by FROM work_items WHERE id = $1")
                .bind(claim.item.id.0)
                .fetch_optional(&self.pool)
                .await
                .asked("read a work item")?;
        Ok(match row {
            Some((_, Some(who))) => Some(format!("cancelled by {who}")),
            Some((Some(newer), None)) => Some(format!("a newer deposit of the same bag has arrived: item {newer}")),
            _ => None,
        })
    }
}
