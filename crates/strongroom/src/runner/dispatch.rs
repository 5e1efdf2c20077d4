//! From a stage to its step: the one match that knows them all.

use model::{Action, Answer, Stage, StepError};

use crate::pipelines::{Work, deletion, ingest, restoration};

/// Removes what an item that ended before its time leaves behind.
///
/// # Errors
/// Something cannot be removed.
pub async fn discard(work: &Work) -> Result<(), StepError> {
    match work.claim.item.action {
        Action::Delete => deletion::discard(work).await,
        Action::Restore => restoration::discard(work).await,
        _ => ingest::discard(work).await,
    }
}

/// Runs the step of a stage.
///
/// # Errors
/// Those of the step.
pub async fn dispatch(stage: Stage, work: &Work) -> Result<Answer, StepError> {
    match stage {
        Stage::Receive => ingest::receive(work).await,
        Stage::Gather => ingest::gather(work).await,
        Stage::Validate => ingest::validate(work).await,
        Stage::CheckReingest => ingest::check_reingest(work).await,
        Stage::Unpack => ingest::unpack(work).await,
        Stage::Identify => ingest::identify(work).await,
        Stage::Store => ingest::store(work).await,
        Stage::Verify => ingest::verify(work).await,
        Stage::Record => ingest::record(work).await,
        Stage::CleanUp => ingest::clean_up(work).await,
        Stage::CheckDeletion => deletion::check_deletion(work).await,
        Stage::Rewrite => deletion::rewrite(work).await,
        Stage::Remove => deletion::remove(work).await,
        Stage::RecordDeletion => deletion::record_deletion(work).await,
        Stage::Certify => deletion::certify(work).await,
        Stage::Thaw => restoration::thaw(work).await,
        Stage::RestoreObject => restoration::restore_object(work).await,
        Stage::RestoreFile => restoration::restore_file(work).await,
        unknown => Err(StepError::stop(format!("this version of strongroom has no step for the stage {unknown}"))),
    }
}
