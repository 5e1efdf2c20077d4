//! Jobs on whole stores: asked for once, claimed by a lease, gone on with after a kill.

use jiff::Timestamp;
use model::{Job, JobClaim, JobId, JobKind, JobOptions, JobProgress, JobResult, JobStatus, Owner, StoreId};

use super::engine::{QueryBuilder, Transaction, query, query_scalar};
use super::error::Asked;
use super::queue::Pulse;
use super::rows::{job, job_result, micros, signed};
use super::{Asking, Database, DatabaseError};

/// Results of one job that are kept; what is more is only counted.
pub const JOB_RESULTS_MAX: u64 = 100_000;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct JobRequest {
    /// What to do.
    pub kind: JobKind,
    /// The store that it is about; the first of several.
    pub store: StoreId,
    /// What is to be done besides.
    pub options: JobOptions,
    /// Who asks.
    pub by: String,
}

/// Which jobs to list: newest first, a page at a time.
#[derive(Debug, Clone, Default)]
pub struct JobFilter {
    /// With this status only.
    pub status: Option<JobStatus>,
    /// Only those before this one: the cursor.
    pub before: Option<JobId>,
    /// At most so many.
    pub most: u32,
}

/// How the work on a claimed job ended.
#[derive(Debug, Clone)]
pub enum JobEnd {
    /// It is done, and its end state was proven.
    Done(String),
    /// A person must look.
    Stopped(String),
    /// A person ended it.
    Cancelled(String),
    /// It is to be tried again.
    Later {
        /// When.
        until: Timestamp,
        /// Why.
        because: String,
        /// Failed attempts in a row.
        attempts: u32,
    },
    /// The process stops; whoever is next goes on at once.
    HandedBack,
}

impl Database {
    /// Notes a job, unless the same one is waiting or in work: then that one is returned.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn request_job(&self, request: &JobRequest, now: Timestamp) -> Result<Job, DatabaseError> {
        let options = serde_json::to_string(&request.options).map_err(damaged)?;
        let mut transaction = self.write().await?;
        query(
            "INSERT INTO jobs (kind, store, options, status, progress, requested_by, next_try_at, created_at, updated_at) \
             VALUES ($1, $2, $3, 'pending', '{}', $4, $5, $5, $5) ON CONFLICT DO NOTHING",
        )
        .bind(request.kind.name())
        .bind(&request.store.0)
        .bind(&options)
        .bind(&request.by)
        .bind(micros(now))
        .execute(&mut *transaction)
        .await
        .asked("note a job")?;
        let row = query(
            "SELECT * FROM jobs WHERE kind = $1 AND store = $2 AND options = $3 AND status IN ('pending', 'started')",
        )
        .bind(request.kind.name())
        .bind(&request.store.0)
        .bind(&options)
        .fetch_one(&mut *transaction)
        .await
        .asked("note a job")?;
        transaction.commit().await.asked("note a job")?;
        job(&row)
    }

    /// Claims a job: that one, whenever its next try would be, or the next that is ready. `None` when there is none, or
    /// another process is at it.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn claim_job(
        &self,
        wanted: Option<JobId>,
        owner: &Owner,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<JobClaim>, DatabaseError> {
        let mut transaction = self.write().await?;
        let next = "SELECT id FROM jobs WHERE status IN ('pending', 'started') \
            AND (lease_owner IS NULL OR lease_until < $3) \
            AND CASE WHEN $4 IS NULL THEN next_try_at <= $3 ELSE id = $4 END ORDER BY next_try_at, id LIMIT 1";
        let row = query(format!(
            "UPDATE jobs SET status = 'started', lease_owner = $1, lease_until = $2, fence = fence + 1, updated_at = $3 \
             WHERE id = ({next}{}) RETURNING *",
            transaction.engine().passing_locked()
        ))
        .bind(&owner.0)
        .bind(micros(until))
        .bind(micros(now))
        .bind(wanted.map(|id| id.0))
        .fetch_optional(&mut *transaction)
        .await
        .asked("claim a job")?;
        transaction.commit().await.asked("claim a job")?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(JobClaim { job: job(&row)?, owner: owner.clone(), fence: row.get("fence") }))
    }

    /// Prolongs the lease of a job and learns whether to go on.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn job_heartbeat(&self, claim: &JobClaim, until: Timestamp) -> Result<Pulse, DatabaseError> {
        let row = query(
            "UPDATE jobs SET lease_until = $1 WHERE id = $2 AND fence = $3 AND lease_owner = $4 \
             RETURNING cancelled_by IS NOT NULL AS has_ended",
        )
        .bind(micros(until))
        .bind(claim.job.id.0)
        .bind(claim.fence)
        .bind(&claim.owner.0)
        .fetch_optional(&self.pool)
        .await
        .asked("prolong the lease of a job")?;
        Ok(match row {
            None => Pulse::Lost,
            Some(row) if row.get::<bool, _>("has_ended") => Pulse::Ended,
            Some(_) => Pulse::Held,
        })
    }

    /// Notes how far a job has come and what it came upon, in one transaction: nothing is told twice after a kill.
    ///
    /// # Errors
    /// The claim is lost, or the database cannot be written.
    pub async fn save_job(
        &self,
        claim: &JobClaim,
        progress: &JobProgress,
        results: &[JobResult],
        now: Timestamp,
    ) -> Result<(), DatabaseError> {
        let mut transaction = self.write().await?;
        let done =
            query("UPDATE jobs SET progress = $1, updated_at = $2 WHERE id = $3 AND fence = $4 AND lease_owner = $5")
                .bind(serde_json::to_string(progress).map_err(damaged)?)
                .bind(micros(now))
                .bind(claim.job.id.0)
                .bind(claim.fence)
                .bind(&claim.owner.0)
                .execute(&mut *transaction)
                .await
                .asked("note how far a job came")?;
        if done.rows_affected() != 1 {
            return Err(DatabaseError::JobLost(claim.job.id));
        }
        // The progress counts these results already.
        let first = progress.results.saturating_sub(results.len() as u64);
        for (number, result) in (first..JOB_RESULTS_MAX).zip(results) {
            insert_result(&mut transaction, claim.job.id, number, result).await?;
        }
        transaction.commit().await.asked("note how far a job came")
    }

    /// Ends the work on a job, or puts it back for later.
    ///
    /// # Errors
    /// The claim is lost, or the database cannot be written.
    pub async fn settle_job(&self, claim: &JobClaim, end: &JobEnd, now: Timestamp) -> Result<(), DatabaseError> {
        let (status, text, attempts, until) = match end {
            JobEnd::Done(outcome) => (JobStatus::Done, Some(outcome), 0, now),
            JobEnd::Stopped(because) => (JobStatus::Stopped, Some(because), claim.job.attempts, now),
            JobEnd::Cancelled(because) => (JobStatus::Cancelled, Some(because), 0, now),
            JobEnd::Later { until, because, attempts } => (JobStatus::Pending, Some(because), *attempts, *until),
            JobEnd::HandedBack => (JobStatus::Pending, None, claim.job.attempts, now),
        };
        let is_error = matches!(end, JobEnd::Stopped(_) | JobEnd::Later { .. });
        let has_ended = matches!(end, JobEnd::Done(_) | JobEnd::Stopped(_) | JobEnd::Cancelled(_));
        let mut transaction = self.write().await?;
        let done = query(
            "UPDATE jobs SET status = $1, last_error = $2, outcome = $3, attempts = $4, next_try_at = $5, updated_at = $6, \
             ended_at = $7, lease_owner = NULL, lease_until = 0 WHERE id = $8 AND fence = $9 AND lease_owner = $10",
        )
        .bind(status.name())
        .bind(text.filter(|_| is_error))
        .bind(text.filter(|_| has_ended && !is_error))
        .bind(i64::from(attempts))
        .bind(micros(until))
        .bind(micros(now))
        .bind(has_ended.then(|| micros(now)))
        .bind(claim.job.id.0)
        .bind(claim.fence)
        .bind(&claim.owner.0)
        .execute(&mut *transaction)
        .await
        .asked("settle a job")?;
        if done.rows_affected() != 1 {
            return Err(DatabaseError::JobLost(claim.job.id));
        }
        if status == JobStatus::Cancelled {
            reopen_store(&mut transaction, claim.job.id, now).await?;
        }
        transaction.commit().await.asked("settle a job")
    }

    /// Returns one job.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn job(&self, id: JobId) -> Result<Option<Job>, DatabaseError> {
        let query = query("SELECT * FROM jobs WHERE id = $1").bind(id.0);
        query.fetch_optional(&self.pool).await.asked("read a job")?.as_ref().map(job).transpose()
    }

    /// Lists jobs, newest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn jobs(&self, filter: &JobFilter) -> Result<Vec<Job>, DatabaseError> {
        let mut query = QueryBuilder::new("SELECT * FROM jobs WHERE true");
        if let Some(status) = filter.status {
            query.push(" AND status = ").push_bind(status.name());
        }
        if let Some(before) = filter.before {
            query.push(" AND id < ").push_bind(before.0);
        }
        query.push(" ORDER BY id DESC LIMIT ").push_bind(i64::from(filter.most));
        query.build().fetch_all(&self.pool).await.asked("list jobs")?.iter().map(job).collect()
    }

    /// Lists what a job came upon, in its order, from a number on.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn job_results(&self, id: JobId, from: u64, most: u32) -> Result<Vec<JobResult>, DatabaseError> {
        let rows = query("SELECT * FROM job_results WHERE job_id = $1 AND number >= $2 ORDER BY number LIMIT $3")
            .bind(id.0)
            .bind(signed(from))
            .bind(i64::from(most))
            .fetch_all(&self.pool)
            .await
            .asked("list the results of a job")?;
        rows.iter().map(job_result).collect()
    }

    /// Ends a job for good; what it has done stays. One that a process is at ends within seconds.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn cancel_job(&self, id: JobId, who: &str, now: Timestamp) -> Result<Asking, DatabaseError> {
        let mut transaction = self.write().await?;
        let row = query(format!("SELECT * FROM jobs WHERE id = $1{}", transaction.engine().locking()))
            .bind(id.0)
            .fetch_optional(&mut *transaction)
            .await
            .asked("read a job")?;
        let Some(row) = row else { return Ok(Asking::Unknown) };
        let asking = match job(&row)?.status {
            JobStatus::Started => Asking::Noted,
            JobStatus::Pending | JobStatus::Stopped => Asking::Done,
            JobStatus::Done | JobStatus::Cancelled => return Ok(Asking::Refused),
        };
        query(
            "UPDATE jobs SET cancelled_by = $1, updated_at = $2, \
             ended_at = CASE status WHEN 'started' THEN ended_at ELSE $2 END, \
             outcome = CASE status WHEN 'started' THEN outcome ELSE 'cancelled by ' || $1 END, \
             status = CASE status WHEN 'started' THEN status ELSE 'cancelled' END WHERE id = $3",
        )
        .bind(who)
        .bind(micros(now))
        .bind(id.0)
        .execute(&mut *transaction)
        .await
        .asked("cancel a job")?;
        if asking == Asking::Done {
            reopen_store(&mut transaction, id, now).await?;
        }
        transaction.commit().await.asked("cancel a job")?;
        Ok(asking)
    }

    /// Returns who cancelled a job, if somebody did.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn job_cancelled_by(&self, id: JobId) -> Result<Option<String>, DatabaseError> {
        let query = query_scalar("SELECT cancelled_by FROM jobs WHERE id = $1").bind(id.0);
        Ok(query.fetch_optional(&self.pool).await.asked("read a job")?.flatten())
    }
}

impl Database {
    /// Makes sure within a transaction that the claim of a job still holds.
    pub(super) async fn assert_job(transaction: &mut Transaction, claim: &JobClaim) -> Result<(), DatabaseError> {
        let held: Option<i64> = query_scalar(format!(
            "SELECT id FROM jobs WHERE id = $1 AND fence = $2 AND lease_owner = $3{}",
            transaction.engine().locking()
        ))
        .bind(claim.job.id.0)
        .bind(claim.fence)
        .bind(&claim.owner.0)
        .fetch_optional(&mut **transaction)
        .await
        .asked("look at a lease")?;
        held.map(|_| ()).ok_or(DatabaseError::JobLost(claim.job.id))
    }
}

/// A store whose evacuation was cancelled takes deposits again.
async fn reopen_store(transaction: &mut Transaction, id: JobId, now: Timestamp) -> Result<(), DatabaseError> {
    query(
        "UPDATE stores SET state = 'active', state_at = $1 WHERE state = 'evacuating' \
         AND id = (SELECT store FROM jobs WHERE id = $2 AND kind = 'evacuate')",
    )
    .bind(micros(now))
    .bind(id.0)
    .execute(&mut **transaction)
    .await
    .asked("open a store again")?;
    Ok(())
}

async fn insert_result(
    transaction: &mut Transaction,
    id: JobId,
    number: u64,
    result: &JobResult,
) -> Result<(), DatabaseError> {
    query(
        "INSERT INTO job_results (job_id, number, result, weight, store, object, path, detail, at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING",
    )
    .bind(id.0)
    .bind(signed(number))
    .bind(&result.result)
    .bind(result.weight.name())
    .bind(&result.store.0)
    .bind(&result.object)
    .bind(&result.path)
    .bind(&result.detail)
    .bind(micros(result.at))
    .execute(&mut **transaction)
    .await
    .asked("note a result")?;
    Ok(())
}

fn damaged(error: serde_json::Error) -> DatabaseError {
    DatabaseError::Damaged(error.to_string())
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use model::{StoreState, Weight};

    use super::*;

    fn now() -> Timestamp {
        "2026-11-01T00:00:00Z".parse().expect("it is a time")
    }

    fn owner(name: &str) -> Owner {
        Owner(name.to_owned())
    }

    fn request(kind: JobKind) -> JobRequest {
        JobRequest { kind, store: StoreId::from("first"), options: JobOptions::default(), by: "somebody".to_owned() }
    }

    fn with_database<F: Future<Output = ()>>(test: impl FnOnce(Database) -> F) {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("there is a runtime");
        runtime.block_on(async {
            let database = Database::open(&super::super::Address::File(folder.path().join("registry.sqlite")))
                .await
                .expect("it can be made");
            database.add_store(&StoreId::from("first"), now()).await.expect("it can be written");
            test(database).await;
        });
    }

    async fn claim(database: &Database, name: &str, at: Timestamp) -> Option<JobClaim> {
        let until = at + SignedDuration::from_mins(30);
        database.claim_job(None, &owner(name), at, until).await.expect("it can be claimed")
    }

    fn result() -> JobResult {
        JobResult {
            result: "missing".to_owned(),
            weight: Weight::Damage,
            store: StoreId::from("first"),
            object: None,
            path: "a".to_owned(),
            detail: String::new(),
            at: now(),
        }
    }

    #[test]
    fn the_same_job_is_asked_for_once_while_it_has_not_ended() {
        with_database(|database| async move {
            let one = database.request_job(&request(JobKind::Audit), now()).await.expect("it is noted");
            let same = database.request_job(&request(JobKind::Audit), now()).await.expect("it is known");
            let other = database.request_job(&request(JobKind::Backfill), now()).await.expect("it is noted");
            assert_eq!((one.id, one.id == other.id), (same.id, false));
            let claim = claim(&database, "one", now()).await.expect("it is ready");
            let end = JobEnd::Done("well".to_owned());
            database.settle_job(&claim, &end, now()).await.expect("it is ours");
            let next = database.request_job(&request(JobKind::Audit), now()).await.expect("it is noted");
            assert_ne!(next.id, one.id);
        });
    }

    #[test]
    fn a_job_is_held_by_one_and_a_late_one_writes_nothing() {
        with_database(|database| async move {
            database.request_job(&request(JobKind::Audit), now()).await.expect("it is noted");
            let late = claim(&database, "late", now()).await.expect("it is ready");
            assert!(claim(&database, "other", now()).await.is_none(), "it is held");
            let later = now() + SignedDuration::from_hours(1);
            let other = claim(&database, "other", later).await.expect("the lease has ended");
            let saved = database.save_job(&late, &JobProgress::default(), &[], later).await;
            assert!(matches!(saved, Err(DatabaseError::JobLost(_))));
            let settled = database.settle_job(&late, &JobEnd::HandedBack, later).await;
            assert!(matches!(settled, Err(DatabaseError::JobLost(_))));
            database.save_job(&other, &JobProgress::default(), &[], later).await.expect("it is theirs");
        });
    }

    #[test]
    fn results_are_kept_with_the_progress_and_told_once() {
        with_database(|database| async move {
            let job = database.request_job(&request(JobKind::Audit), now()).await.expect("it is noted");
            let held = claim(&database, "one", now()).await.expect("it is ready");
            let progress = |results| JobProgress { results, after: results.to_string(), ..JobProgress::default() };
            database.save_job(&held, &progress(2), &[result(), result()], now()).await.expect("it is ours");
            database.save_job(&held, &progress(3), &[result()], now()).await.expect("it is ours");
            database.release(&owner("one")).await.expect("it died");
            let next = claim(&database, "two", now()).await.expect("it is ready again");
            assert_eq!((next.job.progress.after.as_str(), next.job.progress.results), ("3", 3));
            let results = database.job_results(job.id, 0, 10).await.expect("they are listed");
            assert_eq!(results.len(), 3);
            assert_eq!(database.job_results(job.id, 2, 10).await.expect("they are listed").len(), 1);
        });
    }

    #[test]
    fn a_cancelled_evacuation_opens_the_store_again() {
        with_database(|database| async move {
            let store = StoreId::from("first");
            let state = async || database.store_state(&store).await.expect("it can be read");
            let job = database.request_job(&request(JobKind::Evacuate), now()).await.expect("it is noted");
            database.set_store_state(&store, StoreState::Evacuating, &[], now()).await.expect("it is written");
            let held = claim(&database, "one", now()).await.expect("it is ready");
            let asked = database.cancel_job(job.id, "somebody", now()).await.expect("it is noted");
            assert_eq!((asked, state().await), (Asking::Noted, Some(StoreState::Evacuating)));
            let pulse = database.job_heartbeat(&held, now()).await.expect("it beats");
            assert_eq!(pulse, Pulse::Ended);
            let end = JobEnd::Cancelled("cancelled".to_owned());
            database.settle_job(&held, &end, now()).await.expect("it is ours");
            assert_eq!(state().await, Some(StoreState::Active));
            assert_eq!(database.cancel_job(job.id, "somebody", now()).await.expect("it is read"), Asking::Refused);
        });
    }
}
