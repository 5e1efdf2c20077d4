//! A job at work: how far it is, what it came upon, and how it comes to its end.

use std::time::{Duration, Instant};

use model::{JobClaim, JobKind, JobProgress, JobResult, StepError, StoreId, Weight};

use super::super::work::ask;
use super::super::{Context, Meter, Signal};
use super::{audit, backfill, compare, evacuate, retire};

/// How long is worked until it is noted how far the job has come.
const STRETCH: Duration = Duration::from_secs(2);
/// How long is waited between two rounds over what is in work elsewhere.
const PAUSE: Duration = Duration::from_secs(1);
/// Results that wait to be noted.
const FRESH_MAX: usize = 200;

/// What came of the work on a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobOutcome {
    /// It is done, and its end state was proven.
    Done(String),
    /// Something is left that will be possible soon; nobody is at fault.
    Wait(String),
    /// A person must look.
    Stopped(String),
}

/// Works on a claimed job from where it stands. Call where it may block.
///
/// # Errors
/// A store or the database cannot be reached, a disk is full, the claim is lost, or the work is to stop.
pub fn run(context: &Context, claim: &JobClaim, meter: &Meter, signal: &Signal) -> Result<JobOutcome, StepError> {
    let mut doing = Doing {
        context,
        claim,
        meter,
        signal,
        progress: claim.job.progress.clone(),
        fresh: Vec::new(),
        saved: Instant::now(),
    };
    let outcome = match claim.job.kind {
        JobKind::Audit => audit::audit(&mut doing),
        JobKind::Backfill => backfill::backfill(&mut doing),
        JobKind::Compare => compare::compare(&mut doing),
        JobKind::Evacuate => evacuate::evacuate(&mut doing),
        JobKind::Retire => retire::retire(&mut doing),
    };
    match outcome {
        // Another process goes on with it: whatever is not noted is its business.
        Err(StepError::LeaseLost) => Err(StepError::LeaseLost),
        outcome => {
            doing.save()?;
            outcome
        }
    }
}

/// A claimed job, and what is to be noted of it.
pub struct Doing<'a> {
    pub context: &'a Context,
    pub claim: &'a JobClaim,
    pub meter: &'a Meter,
    pub signal: &'a Signal,
    pub progress: JobProgress,
    fresh: Vec<JobResult>,
    saved: Instant,
}

/// What a result is about.
#[derive(Debug, Clone, Default)]
pub struct At {
    /// The object's name, or its path where it has none.
    pub object: Option<String>,
    /// The file.
    pub path: String,
}

impl At {
    /// An object as a whole.
    pub fn object(object: impl ToString) -> Self {
        Self { object: Some(object.to_string()), path: String::new() }
    }

    /// A file or folder of a store.
    pub fn path(path: impl Into<String>) -> Self {
        Self { object: None, path: path.into() }
    }

    /// A file of an object.
    pub fn file(object: impl ToString, path: impl Into<String>) -> Self {
        Self { object: Some(object.to_string()), path: path.into() }
    }
}

impl Doing<'_> {
    /// Returns the store that the job is about.
    pub fn store(&self) -> &StoreId {
        &self.claim.job.store
    }

    /// Counts and keeps a result.
    pub fn result(&mut self, result: &str, weight: Weight, store: &StoreId, at: At, detail: impl Into<String>) {
        self.progress.count(result, 1);
        self.progress.count(&format!("weight {weight}"), 1);
        self.progress.results += 1;
        self.fresh.push(JobResult {
            result: result.to_owned(),
            weight,
            store: store.clone(),
            object: at.object,
            path: at.path,
            detail: detail.into(),
            at: self.context.clock.now(),
        });
    }

    /// Notes that all up to an object or path is done, from time to time in the database too.
    ///
    /// # Errors
    /// The work is to stop, the claim is lost, or the database cannot be written.
    pub fn reached(&mut self, after: String) -> Result<(), StepError> {
        self.progress.after = after;
        if self.saved.elapsed() >= STRETCH || self.fresh.len() >= FRESH_MAX {
            self.save()?;
        }
        self.signal.check()
    }

    /// Waits a moment for what is in work elsewhere, unless the work is to stop.
    ///
    /// # Errors
    /// The work is to stop.
    pub fn pause(&self) -> Result<(), StepError> {
        let until = Instant::now() + PAUSE;
        while Instant::now() < until {
            self.signal.check()?;
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// Begins a step of the job.
    ///
    /// # Errors
    /// As [`Doing::reached`].
    pub fn begin_step(&mut self, step: u32) -> Result<(), StepError> {
        self.progress.step = step;
        self.progress.after.clear();
        self.save()?;
        self.signal.check()
    }

    /// Writes how far the job is, with what it came upon since, in one transaction.
    ///
    /// # Errors
    /// The claim is lost, or the database cannot be written.
    pub fn save(&mut self) -> Result<(), StepError> {
        let elapsed = std::mem::replace(&mut self.saved, Instant::now()).elapsed();
        self.progress.milliseconds += u64::try_from(elapsed.as_millis()).unwrap_or(0);
        let now = self.context.clock.now();
        ask(self.context.database.save_job(self.claim, &self.progress, &self.fresh, now))?;
        self.fresh.clear();
        Ok(())
    }
}
