//! clean_up: staging, and the deposit if it was received by us, are removed.
//!
//! Takes a recorded version, or a deposit that brought nothing new. Leaves nothing in staging; of the deposit nothing
//! if it is still the very same. Safe to repeat because removing what is gone changes nothing.

use std::path::Path;

use backends::storage::{Fingerprint, Removal, StorageError, remove_if_same, remove_object_if_same};
use model::{Answer, ItemState, Origin, StepError};

use super::super::Work;
use super::super::context::storage;
use super::layout::remove_staging;
use super::{object, plan};

/// Removes what the ingest needed and nobody needs any more.
///
/// # Errors
/// Something cannot be removed.
pub async fn clean_up(work: &Work) -> Result<Answer, StepError> {
    work.blocking(|work| {
        remove_staging(&work.staging()).map_err(StepError::retry)?;
        if work.claim.item.deposit.origin == Origin::Receiving {
            remove_deposit(work)?;
        }
        Ok(Answer::done(ItemState::clone(&work.state)))
    })
    .await
}

fn remove_deposit(work: &Work) -> Result<(), StepError> {
    let deposit = &work.claim.item.deposit;
    let removal = match object::in_bucket(work)? {
        Some(place) => remove_object_if_same(&place.client, &place.address, &place.fingerprint),
        None => {
            let expected: Fingerprint = deposit.fingerprint.parse().map_err(StepError::stop)?;
            remove_if_same(Path::new(&deposit.path), &expected)
        }
    };
    match removal.map_err(storage)? {
        Removal::Removed | Removal::AlreadyGone => {}
        // A newer deposit lies there now; it is a work item of its own.
        Removal::Changed => tracing::info!(work.id = work.claim.item.id.0, "a newer deposit is left in its place"),
    }
    Ok(())
}

/// Removes all that an ended item has left in staging and in the stores' workspaces. The deposit stays.
///
/// # Errors
/// Something cannot be removed; the sweeper will try again.
pub async fn discard(work: &Work) -> Result<(), StepError> {
    work.blocking(|work| {
        remove_staging(&work.staging()).map_err(StepError::retry)?;
        let Ok(planned) = plan::planned(work) else { return Ok(()) };
        for in_store in work.context.stores_of(&planned.storage_option)? {
            let draft = super::store::left_draft(work, &in_store)?;
            match draft.discard() {
                Ok(()) => {}
                // The version is on its way into the store and cannot be taken back: not this one's business.
                Err(error @ StorageError::Conflict { .. }) => return Err(StepError::stop(error)),
                Err(error) => return Err(storage(error)),
            }
        }
        Ok(())
    })
    .await
}
