//! What has thawed is given back, as a restoration that nobody waits for at a terminal; or goes back to thawing.

use std::path::PathBuf;

use model::{Answer, Completion, FileVersion, ItemState, Restoring, Stage, StepError, StoreId};

use super::super::Work;
use super::{Doors, Existing, Request, RestorationError, Target, restore};

/// How often a restoration begins to thaw anew, since the thaw ended before its use; past this a person must look.
const ROUNDS_MAX: u32 = 5;

/// Gives back what was asked for; goes back to thawing when it has frozen again.
///
/// # Errors
/// The result cannot be written, no replica is good, or the work is to stop.
pub fn give_back(work: &Work) -> Result<Answer, StepError> {
    let restoring = asked_for(work)?;
    let Some(object) = work.ask(work.context.database.object(&work.claim.item.deposit.identifier))? else {
        return Ok(Answer::Cancel { because: "the object was deleted".to_owned() });
    };
    let file = file(work, &restoring)?;
    let staging = work.staging();
    std::fs::create_dir_all(&staging).map_err(StepError::retry)?;
    let target = target(work, &restoring)?;
    let doors = Doors {
        database: work.context.database.clone(),
        stores: work.context.stores.clone(),
        staging: staging.clone(),
        clock: work.context.clock.clone(),
        agent: work.context.agent.clone(),
        signatures: work.context.signatures,
        meter: work.meter.clone(),
        signal: work.signal.clone(),
    };
    let existing = if restoring.is_overwriting { Existing::Replace } else { Existing::Keep };
    let outcome = restore(&doors, Request { object, version: restoring.version, file, target, existing });
    match outcome.result {
        Ok(restored) => {
            super::super::ingest::remove_staging(&staging).map_err(StepError::retry)?;
            let state = ItemState::clone(&work.state);
            let outcome = Some(format!("restored and proven: {}, {} bytes", restoring.target, restored.size_bytes));
            Ok(Answer::Done(Box::new(Completion { state, outcome, ..Completion::default() })))
        }
        Err(error) if error.is_frozen() => again(work, restoring),
        Err(RestorationError::Interrupted) => {
            work.signal.check()?;
            Err(StepError::Interrupted)
        }
        Err(error) => Err(step_error(error)),
    }
}

/// Returns where the result goes, and makes the folder above it.
fn target(work: &Work, restoring: &Restoring) -> Result<Target, StepError> {
    if restoring.target.starts_with("s3://") {
        // It was named whole when it was asked for.
        return work.context.restore_buckets.object(&restoring.target, "").map(Target::Object).map_err(StepError::stop);
    }
    let path = PathBuf::from(&restoring.target);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(StepError::retry)?;
    }
    Ok(if restoring.is_unpacked { Target::Folder(path) } else { Target::File(path) })
}

/// Goes back to thawing: it took longer to come to than the files stayed thawed.
fn again(work: &Work, mut restoring: Restoring) -> Result<Answer, StepError> {
    restoring.rounds += 1;
    if restoring.rounds >= ROUNDS_MAX {
        let because = "it was thawed and had frozen again before it was read, five times: set [cold] days higher";
        return Err(StepError::stop(because));
    }
    let mut state = ItemState::clone(&work.state);
    state.restoring = Some(restoring);
    let completion = Completion { state, skip_to: Some(Stage::Thaw), ..Completion::default() };
    Ok(Answer::Done(Box::new(completion)))
}

/// Returns what was asked for.
///
/// # Errors
/// The item is none of a restoration.
pub fn asked_for(work: &Work) -> Result<Restoring, StepError> {
    work.state.restoring.clone().ok_or_else(|| StepError::stop("the work item does not say what is to be restored"))
}

/// Returns the store that is thawed.
pub fn store_of(work: &Work) -> StoreId {
    work.state.restoring.as_ref().map_or_else(|| StoreId(String::new()), |restoring| restoring.store.clone())
}

/// Returns the one file that is to be given back, if it is one.
///
/// # Errors
/// The registry cannot be read, or the version does not have it.
pub fn file(work: &Work, restoring: &Restoring) -> Result<Option<FileVersion>, StepError> {
    let Some(path) = &restoring.path else { return Ok(None) };
    let history = work.ask(work.context.database.file_history(restoring.object, path))?;
    let is_of = |file: &FileVersion| {
        file.version <= restoring.version && file.ended_by.is_none_or(|ended_by| ended_by > restoring.version)
    };
    let file = history.into_iter().find(is_of);
    file.map(Some).ok_or_else(|| StepError::stop(format!("version {} has no file {path} any more", restoring.version)))
}

/// Says whether trying again may help.
pub fn step_error(error: RestorationError) -> StepError {
    if matches!(error, RestorationError::Interrupted) {
        return StepError::Interrupted;
    }
    // Whoever keeps the disk may make room meanwhile, and what has thawed was paid for.
    if error.is_passing() || error.is_full() { StepError::retry(error) } else { StepError::stop(error) }
}

/// Removes what an item that ended before its time has left in staging. What has thawed freezes by itself.
///
/// # Errors
/// Something cannot be removed; the sweeper will try again.
pub async fn discard(work: &Work) -> Result<(), StepError> {
    work.blocking(|work| super::super::ingest::remove_staging(&work.staging()).map_err(StepError::retry)).await
}
