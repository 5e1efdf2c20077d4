//! From a stage to its step: the one match that knows them all.

use model::{Answer, Stage, StepError};

use crate::pipelines::{Work, ingest};

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
        unknown => Err(StepError::stop(format!("this version of strongroom has no step for the stage {unknown}"))),
    }
}
