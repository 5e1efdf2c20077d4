//! Samples of frozen replicas: drawn within the budget of the month, looked at when they are due, read when they are thawed.

use std::sync::Arc;

use backends::database::{DayReads, FixityClaim, NextCheck};
use model::{SampleAccount, StepError, StoreId};

use super::Process;
use crate::pipelines::fixity::{self, FixityTerms, Sampled};
use crate::pipelines::{Context, Meter, Signal};

/// Draws in each store that has a budget for it, as much as the month has left, and returns how many files that are.
///
/// # Errors
/// The database cannot be written.
pub async fn draw_all(context: &Context, terms: &FixityTerms) -> anyhow::Result<u64> {
    let (mut drawn, now) = (0, context.clock.now());
    for (store, _) in &context.stores.0 {
        let budget = terms.sample_of(store);
        let spent = context.database.sample_account(store, now).await?;
        // Nothing of one byte fits: the files need not be looked at.
        if !budget.fits(store, spent, 1) {
            continue;
        }
        let SampleAccount { files, size_bytes } = context.database.draw_samples(store, now, &budget).await?;
        if files > 0 {
            tracing::info!(store.id = store.0, files, size_bytes, "files were drawn, to be thawed and read");
        }
        drawn += files;
    }
    Ok(drawn)
}

/// Claims a replica with a file that is to be looked at by now; `None` when there is none.
///
/// # Errors
/// The database cannot be written.
pub async fn claim_sample(
    context: &Context,
    process: &Process,
    store: Option<&StoreId>,
) -> anyhow::Result<Option<FixityClaim>> {
    let (database, now) = (&context.database, context.clock.now());
    let Some(due) = database.due_sample(store, now).await? else { return Ok(None) };
    let next = NextCheck::Of(due.object, &due.store);
    Ok(database.claim_fixity(next, process.owner(), now, now + fixity::LEASE).await?)
}

/// What came of going on with a sample.
#[derive(Debug)]
pub enum SampleEnd {
    /// It was read.
    Read(Sampled),
    /// It could not be: it is made again, later.
    PutOff,
    /// The process stops, or the claim was lost: it is gone on with at once.
    BrokenOff,
}

/// Goes on with the sample of a claimed replica.
///
/// # Errors
/// The database cannot be reached; the claim ends with its lease or with this process.
pub async fn go_on_with_sample(
    context: &Arc<Context>,
    claim: FixityClaim,
    terms: Arc<FixityTerms>,
    meter: Arc<Meter>,
    signal: Signal,
) -> anyhow::Result<SampleEnd> {
    let (claim, database) = (Arc::new(claim), &context.database);
    let sampled = {
        let (context, claim, meter) = (context.clone(), claim.clone(), meter.clone());
        tokio::task::spawn_blocking(move || fixity::sample(&context, &claim, &terms, &meter, &signal)).await?
    };
    let read = meter.read();
    let reads = DayReads { files: read.files, size_bytes: read.bytes };
    database.add_reads(&claim.replica.store, reads, context.clock.now()).await?;
    let sampled = match sampled {
        Ok(sampled) => SampleEnd::Read(sampled),
        Err(StepError::LeaseLost) => return Ok(SampleEnd::BrokenOff),
        Err(StepError::Interrupted) => SampleEnd::BrokenOff,
        Err(error) => {
            let replica = &claim.replica;
            tracing::warn!(object = %replica.identifier, store.id = replica.store.0, %error, "a sample is put off");
            // Else the same one would be claimed over and over, and the others would wait.
            let now = context.clock.now();
            database.put_off_samples(&claim, now, now + fixity::SAMPLE_RETRY).await?;
            SampleEnd::PutOff
        }
    };
    database.hand_back_fixity(&claim).await?;
    Ok(sampled)
}
