//! What a deletion that has ended before its time leaves behind, and its removal.

use backends::storage::StorageError;
use model::StepError;

use super::super::Work;
use super::super::context::storage;
use super::super::ingest::remove_staging;

/// Removes what was prepared in staging and in the stores' workspaces. The object stays as it is.
///
/// # Errors
/// Something cannot be removed; the sweeper will try again.
pub async fn discard(work: &Work) -> Result<(), StepError> {
    work.blocking(|work| {
        remove_staging(&work.staging()).map_err(StepError::retry)?;
        let Some(target) = work.ask(work.context.database.target_of_item(work.claim.item.id))? else { return Ok(()) };
        for (id, path) in work.ask(work.context.database.places_of(target.object))? {
            let store = work.context.stores.open(&id)?;
            match store.leaving(&work.left_draft_key(&store)?, &path).and_then(|leaving| leaving.give_up()) {
                Ok(()) => {}
                Err(error @ StorageError::Conflict { .. }) => return Err(StepError::stop(error)),
                Err(error) => return Err(storage(error)),
            }
        }
        Ok(())
    })
    .await
}
