//! The work at hand: one claimed item, and all that a step of it needs.

use std::path::PathBuf;
use std::sync::Arc;

use backends::database::DatabaseError;
use backends::storage::Store;
use model::{Claim, ItemState, StepError};

use super::ingest::Remembered;
use super::{Context, Meter, Signal};
use crate::traces::Step;

/// One claimed item with everything that its steps need. Cheap to clone.
#[derive(Clone)]
pub struct Work {
    /// The doors and bounds of this process.
    pub context: Arc<Context>,
    /// The item and the right to write on its behalf.
    pub claim: Arc<Claim>,
    /// What earlier stages have handed on.
    pub state: Arc<ItemState>,
    /// Where progress is noted.
    pub meter: Arc<Meter>,
    /// What may tell the step to stop.
    pub signal: Signal,
    /// What gather has read, as long as this process has it in its memory.
    pub remembered: Remembered,
    /// Where long parts of the step are told of, for its trace.
    pub step: Step,
}

impl Work {
    /// Returns the item's folder in staging. It may not exist.
    ///
    /// Whoever takes the item over goes on in it. One that lost its lease may still write there: what it writes is of the
    /// same deposit, and each step proves what it reads there by the digests that were gathered.
    #[must_use]
    pub fn staging(&self) -> PathBuf {
        self.context.staging.join(format!("item-{}", self.claim.item.id))
    }

    /// Makes sure that the claim still holds, before a change that no transaction guards; call within
    /// [`Work::blocking`].
    ///
    /// # Errors
    /// `LeaseLost`, or the database cannot be read.
    pub fn assert_held(&self) -> Result<(), StepError> {
        self.ask(self.context.database.assert_held(&self.claim))
    }

    /// Runs what reads and writes files on a thread of its own, where it may block.
    ///
    /// # Errors
    /// Those of the function; a panic is passed on.
    pub async fn blocking<T, F>(&self, function: F) -> Result<T, StepError>
    where
        T: Send + 'static,
        F: FnOnce(&Work) -> Result<T, StepError> + Send + 'static,
    {
        let (work, span) = (self.clone(), tracing::Span::current());
        match tokio::task::spawn_blocking(move || span.in_scope(|| function(&work))).await {
            Ok(result) => result,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }

    /// Does the same with each of a few things, all at once, each on a thread of its own; call within
    /// [`Work::blocking`]. Returns what came of each, in their order.
    ///
    /// # Errors
    /// That of the first of them that failed; a panic is passed on.
    pub fn side_by_side<'a, I: Sync, T: Send>(
        &self,
        items: &'a [I],
        function: impl Fn(&'a I) -> Result<T, StepError> + Sync,
    ) -> Result<Vec<T>, StepError> {
        let (runtime, function) = (tokio::runtime::Handle::current(), &function);
        let span = tracing::Span::current();
        std::thread::scope(|scope| {
            let on_thread = |item| {
                let (runtime, span) = (&runtime, &span);
                scope.spawn(move || {
                    let _inside = runtime.enter();
                    span.in_scope(|| function(item))
                })
            };
            let threads: Vec<_> = items.iter().map(on_thread).collect();
            let results = threads
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            results.collect::<Vec<_>>().into_iter().collect()
        })
    }

    /// Does two things at once, the first on a thread of its own; call within [`Work::blocking`].
    ///
    /// # Errors
    /// That of the first, or else of the second; a panic is passed on. Both have ended either way.
    pub fn both<A: Send, B>(
        &self,
        one: impl FnOnce() -> Result<A, StepError> + Send,
        other: impl FnOnce() -> Result<B, StepError>,
    ) -> Result<(A, B), StepError> {
        let runtime = tokio::runtime::Handle::current();
        std::thread::scope(|scope| {
            let thread = scope.spawn(move || {
                let _inside = runtime.enter();
                one()
            });
            let other = other();
            let one = thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            Ok((one?, other?))
        })
    }

    /// Does a long part of a step in one store, and tells of it in the trace.
    ///
    /// # Errors
    /// That of the part.
    pub fn part<T>(
        &self,
        name: &'static str,
        store: &Store,
        function: impl FnOnce() -> Result<T, StepError>,
    ) -> Result<T, StepError> {
        let begun_at = self.context.clock.now();
        let result = function();
        self.step.part(name, store.id(), (begun_at, self.context.clock.now()), &result);
        result
    }

    /// Waits for the database from within [`Work::blocking`].
    ///
    /// # Errors
    /// Those of the query, as a step's error.
    pub fn ask<T>(&self, query: impl Future<Output = Result<T, DatabaseError>>) -> Result<T, StepError> {
        ask(query)
    }
}

/// Waits for the database on a thread that may block.
///
/// # Errors
/// Those of the query, as a step's error.
pub fn ask<T>(query: impl Future<Output = Result<T, DatabaseError>>) -> Result<T, StepError> {
    tokio::runtime::Handle::current().block_on(query).map_err(database)
}

/// Says whether trying again may help against an error of the database.
pub fn database(error: DatabaseError) -> StepError {
    match error {
        DatabaseError::LeaseLost(_)
        | DatabaseError::ReplicaLost { .. }
        | DatabaseError::ReplicationLost { .. }
        | DatabaseError::JobLost(_) => StepError::LeaseLost,
        error if error.is_passing() => StepError::retry(error),
        error => StepError::stop(error),
    }
}
