//! check_deletion: the conditions of a deletion that is due are looked at again.
//!
//! Takes an approved deletion whose cooling-off is over. Leaves nothing but the word that it may go on; or it has ended,
//! refused. Safe to repeat because it only looks.

use backends::database::Looking;
use model::{Answer, ItemState, StepError};

use super::super::Work;
use super::super::context::storage;
use super::super::work::database;
use super::{answer, stores, waiting_for_stores};

/// Looks at the conditions, and whether every store is there and can be written.
///
/// # Errors
/// The database cannot be reached, or a store not be written.
pub async fn check_deletion(work: &Work) -> Result<Answer, StepError> {
    let doors = &work.context;
    let looked = doors.database.deletion_conditions(&work.claim, &doors.deletion, Looking::Only, doors.clock.now());
    let found = match answer(looked.await.map_err(database)?) {
        Ok(found) => found,
        Err(answer) => return Ok(answer),
    };
    let places = doors.database.places_of(found.1.object).await.map_err(database)?;
    let checked = work.blocking(move |work| {
        for (store, _) in stores(work, &places)? {
            store.check().map_err(storage)?;
        }
        Ok(Answer::done(ItemState::clone(&work.state)))
    });
    waiting_for_stores(work, checked.await)
}
